"""The one door for numbers in a brief: each is printed from a released cell, and the sentence says which one."""

import csv
import html
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from recredit.briefs.released import Cell
from recredit.errors import DisclosureError

TRACE_COLUMNS = ("sentence", "printed", "table", "row", "column")
_PLACE = re.compile(r"\{(\w+)\}")
_DIGIT = re.compile(r"\d")
# Characters that Markdown would take for its own when they stand in a label.
_MARKDOWN = re.compile(r"([\\`*_\[\]#~|])")


@dataclass(frozen=True)
class Printed:
    """A cell and the text it is printed as."""

    cell: Cell
    text: str


@dataclass(frozen=True)
class Declared:
    """A number or a phrase that is no result (a threshold, the study's own words), and where it is declared."""

    text: str
    source: str


Piece = str | Printed | Declared


@dataclass(frozen=True)
class Sentence:
    """A sentence in pieces: plain words without digits, printed cells, declared phrases."""

    pieces: tuple[Piece, ...]

    @property
    def plain(self) -> str:
        """The sentence as a reader sees it, without the marks of Markdown."""
        return "".join(piece.replace("**", "") if isinstance(piece, str) else piece.text for piece in self.pieces)

    @property
    def printed(self) -> list[Printed]:
        """The cells the sentence prints, in order."""
        return [piece for piece in self.pieces if isinstance(piece, Printed)]


Phrase = Piece | Sentence


def printed(cell: Cell) -> Printed:
    """`cell` as prose prints it: "1,680", "57%", "95% or more", "−6.2"; the defined wording where nothing is shown."""
    if not cell.shown:
        return Printed(cell, cell.instead)
    return Printed(cell, _as_prose(cell.text, cell.column.kind))


def magnitude(cell: Cell) -> Printed:
    """`cell` without its sign, for sentences that say the direction in words."""
    whole = printed(cell)
    return Printed(cell, whole.text.lstrip("−-"))


def opening(cell: Cell) -> Printed:
    """A label at the beginning of a sentence: "Engaged users"."""
    text = printed(cell).text
    return Printed(cell, text[:1].upper() + text[1:])


def compose(template: str, **values: Phrase | Cell) -> Sentence:
    """A sentence from `template`, whose `{names}` are filled from `values`.

    Raises
    ------
    DisclosureError if the template, or a plain text among the values, holds a digit: every figure of a brief is read
    from a released table, or declared.
    """
    pieces: list[Piece] = []
    position = 0
    for place in _PLACE.finditer(template):
        pieces.append(template[position : place.start()])
        value = values[place.group(1)]
        pieces.extend(value.pieces if isinstance(value, Sentence) else [_piece(value)])
        position = place.end()
    pieces.append(template[position:])
    for piece in pieces:
        if isinstance(piece, str) and _DIGIT.search(piece):
            raise DisclosureError(
                f"The sentence '{template}' holds a figure of its own. Read it from a released table, or declare "
                "where it comes from (recredit.briefs.numbers)."
            )
    return Sentence(tuple(piece for piece in pieces if piece != ""))


def join(sentences: Iterable[Sentence], between: str = " ") -> Sentence:
    """Several sentences as one text."""
    pieces: list[Piece] = []
    for sentence in sentences:
        pieces.extend([between, *sentence.pieces] if pieces else sentence.pieces)
    return Sentence(tuple(pieces))


def _piece(value: Piece | Cell) -> Piece:
    return printed(value) if isinstance(value, Cell) else value


def _as_prose(text: str, kind: str) -> str:
    if kind == "label":
        return text
    if kind in ("count", "units") and text.isdigit():
        return f"{int(text):,}"
    if kind == "percent":
        return _percent(text)
    if kind == "p_value":
        return f"{text[0]} {text[1:]}" if text[0] in "<>" else f"= {text}"
    return text.replace("-", "−")


def _percent(text: str) -> str:
    if text.startswith("≥"):
        return f"{text[1:]}% or more"
    if text.startswith("≤"):
        return f"{text[1:]}% or less"
    return "% to ".join(text.replace("–", "-").split("-")) + "%"


def markup(sentence: Sentence) -> str:
    """The sentence as Markdown with a `<span>` around each cell it prints and each phrase that is declared."""
    return "".join(_marked_up(piece) for piece in sentence.pieces)


def _marked_up(piece: Piece) -> str:
    if isinstance(piece, str):
        return html.escape(piece, quote=False)
    if isinstance(piece, Declared):
        # The study's own words may be Markdown; a label of a table may not.
        text = html.escape(piece.text, quote=False)
        return f'<span class="declared" data-source="{_attribute(piece.source)}">{text}</span>'
    label = piece.cell.column.kind == "label"
    kind = "label" if label else "number" if piece.cell.shown else "unshown"
    return f'<span class="{kind}" data-cell="{_attribute(piece.cell.address)}">{_escaped(piece.text)}</span>'


def _attribute(text: str) -> str:
    # A `|` would be taken for a column of a Markdown table, so it is written as a character reference.
    return html.escape(text).replace("|", "&#124;").replace("`", "&#96;").replace("*", "&#42;").replace("_", "&#95;")


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", html.escape(text, quote=False))


@dataclass
class Trace:
    """All numbers of a brief's text, in the order of the text."""

    records: list[dict[str, str]] = field(default_factory=list)

    def record(self, sentence: Sentence) -> None:
        """Note every cell that `sentence` prints."""
        for item in sentence.printed:
            self.records.append(
                {
                    "sentence": sentence.plain,
                    "printed": item.text,
                    "table": item.cell.table,
                    "row": item.cell.row_key,
                    "column": item.cell.column.name,
                }
            )

    def to_csv(self) -> str:
        """The trace as CSV text with the columns of :data:`TRACE_COLUMNS`."""
        text = io.StringIO()
        writer = csv.DictWriter(text, TRACE_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.records)
        return text.getvalue()
