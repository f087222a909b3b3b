"""No orphan number: every figure of a rendered page is traced to a released cell, declared, or part of a table."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from recredit.briefs.numbers import magnitude, opening, printed
from recredit.briefs.released import Cell, Released
from recredit.briefs.terms import after_colon, term_texts
from recredit.briefs.wording import step_text
from recredit.errors import DisclosureError

# Words with figures that are no results; everything else has to be traced or declared.
ALLOWED = re.compile(
    r"\b(?:Tables?|Figures?) \d+\b"  # captions and references to them
    r"|\bbrief \d+ of \d+\b"  # the place in the series
    r"|\b95% confidence interval\b|\b[Bb]elow \.05\b"  # conventions, not results
)
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Elements whose text is not the brief's own: code, style, released tables and pictures, declared words.
_SILENT = {"style", "script", "pre", "code", "title", "svg"}
_SOURCES = ("data-cell", "data-source", "data-table", "data-figure")


@dataclass(frozen=True)
class TracedNumber:
    """A number of a page: the released cell it names and the text printed."""

    address: str
    printed: str


class _PageReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool, str | None]] = []
        self.free: list[str] = []
        self.traced: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        found = dict(attrs)
        covered = tag in _SILENT or any(name in found for name in _SOURCES)
        cell = found.get("data-cell")
        self.open.append((tag, covered, cell))
        if cell is not None:
            self.traced.append([cell, ""])

    def handle_endtag(self, tag: str) -> None:
        # `<img/>` comes as an end, too: taken for one, it would close all that is open around it.
        if any(opened == tag for opened, _, _ in self.open):
            while self.open.pop()[0] != tag:
                pass
        if tag in ("p", "li", "h1", "h2", "h3", "h4", "td", "th", "div"):
            self.free.append("\n")

    def handle_data(self, data: str) -> None:
        cells = [cell for _, _, cell in self.open if cell is not None]
        if cells:
            self.traced[-1][1] += data
        self.free.append(" " if any(covered for _, covered, _ in self.open) else data)


def orphan_numbers(page: str) -> list[str]:
    """Pieces of the text of `page` with a figure that is neither traced, declared nor allowed."""
    reader = _PageReader()
    reader.feed(page)
    text = ALLOWED.sub(" ", "".join(reader.free))
    return [line.strip() for line in text.splitlines() if re.search(r"\d", line)]


def traced_numbers(page: str) -> list[TracedNumber]:
    """The traced numbers of `page` in order."""
    reader = _PageReader()
    reader.feed(page)
    return [TracedNumber(address, text) for address, text in reader.traced]


def check_numbers(page: str, released: Released) -> int:
    """Read every traced number again from its released cell.

    Returns
    -------
    The count of numbers checked.

    Raises
    ------
    DisclosureError for an orphan number, an address that leads nowhere, or a text that its cell does not give.
    """
    orphans = orphan_numbers(page)
    if orphans:
        raise DisclosureError(
            f"A brief holds a figure that is read from no released table: '{orphans[0][:120]}'. Print it through "
            "recredit.briefs.numbers."
        )
    cells = released_cells(released)
    numbers = traced_numbers(page)
    for number in numbers:
        if number.printed not in cells.get(number.address, ()):
            raise DisclosureError(
                f"A brief prints '{number.printed}' for {number.address}, which the released table does not hold."
            )
    return len(numbers)


def released_cells(released: Released) -> dict[str, set[str]]:
    """Every released cell by its address, with the texts it may be printed as."""
    return {
        cell.address: {printed(cell).text, opening(cell).text, magnitude(cell).text, *_steps(cell)}
        for table in map(released.table, released.table_names())
        for row in table.rows
        for cell in map(row.__getitem__, table.columns)
    }


def _steps(cell: Cell) -> list[str]:
    """The texts of a term, a way of estimating or a group beside the whole one."""
    if cell.column.name == "group":
        return [after_colon(cell.text)]
    if cell.column.name not in ("term", "method"):
        return []
    return [step_text(cell.text), *term_texts(cell.text)]
