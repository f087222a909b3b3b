"""Parts of a brief that are more than a line of text: tables, figures and the box of key findings.

Each is shown twice: as HTML for the page, and as a JSON block for the PDF, made from the same cells.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recredit.briefs.numbers import Sentence, markup
from recredit.briefs.released import MARK, SUPPRESSED, Column, Figure, ReleasedTable

BLOCK = "application/vnd.recredit.block+json"
# Texts up to this length stay on one line of a page's table.
SHORT = 16
NO_BREAK = "\u00a0"
Block = dict[str, Any]
Bundle = dict[str, Any]

_NUMERIC = ("count", "units", "percent", "mean", "estimate", "ci_low", "ci_high", "std_error", "p_value", "df")


@dataclass(frozen=True)
class Joined:
    """Several released columns shown as one: the texts that are there, with `between` them, under one heading."""

    heading: str
    names: tuple[str, ...]
    between: str = " "


Shown = str | Joined


def table_block(table: ReleasedTable, columns: Sequence[Shown], number: int, hide: Sequence[str] = ()) -> Block:
    """`table` as a block: caption, headings, text cells, which columns are numbers, and the notes under it.

    Parameters
    ----------
    columns : the released columns to show, in this order; those without any value are left out, and those in `hide`
        where every cell is equal.
    number : the table's number in the brief.
    """
    joined = [column if isinstance(column, Joined) else _alone(table, column) for column in columns]
    shown = [column for column in joined if _has_values(table, column) and not _repeats(table, column, hide)]
    used = {name for column in shown for name in column.names}
    marked = any(values.get(name) == MARK for values in table.values for name in used)
    mark_note = [f"{MARK} {SUPPRESSED[:1].upper()}{SUPPRESSED[1:]}."] if marked else []
    return {
        "kind": "table",
        "name": table.name,
        "label": f"Table {number}",
        "title": table.title,
        "headings": [column.heading for column in shown],
        "numeric": [_numeric(table, column) for column in shown],
        "rows": [[_text(table, values, column) for column in shown] for values in table.values],
        "notes": [*mark_note, f"Who: {_sentence(table.population)}"],
    }


def spread(table: ReleasedTable, value: str, across: Sequence[str]) -> ReleasedTable:
    """`table` with one row for each combination of its first labels, and a column of `value` for each of `across`.

    A combination without a row stays empty. The cells are those of `table`; only their places change.
    """
    varying = [name for name in across if len({values[name] for values in table.values}) > 1]
    first = [name for name, column in table.columns.items() if column.kind == "label" and name not in across]
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    columns = {name: table.columns[name] for name in first}
    for values in table.values:
        heading = ", ".join(values[name].replace(" ", NO_BREAK) for name in varying) or table.columns[value].label
        columns.setdefault(heading, replace(table.columns[value], name=heading, label=heading))
        labels = {name: values[name] for name in first}
        rows.setdefault(tuple(labels.values()), labels)[heading] = values[value]
    return replace(table, columns=columns, values=tuple(dict.fromkeys(columns, "") | row for row in rows.values()))


def _alone(table: ReleasedTable, name: str) -> Joined:
    return Joined(_heading(table, name) if name in table.columns else "", (name,))


def _has_values(table: ReleasedTable, column: Joined) -> bool:
    return any(values.get(name) for values in table.values for name in column.names)


def _repeats(table: ReleasedTable, column: Joined, hide: Sequence[str]) -> bool:
    return column.names[0] in hide and len({values[column.names[0]] for values in table.values}) <= 1


def _numeric(table: ReleasedTable, column: Joined) -> bool:
    return any(name in table.columns and table.columns[name].kind in _NUMERIC for name in column.names)


def _text(table: ReleasedTable, values: Mapping[str, str], column: Joined) -> str:
    """The texts of one row under one heading; a mark stands alone."""
    names = [name for name in column.names if values.get(name)]
    texts = [_shown(values[name], table.columns[name].kind) for name in names]
    if len(column.names) > 1:
        ending = ["%" if table.columns[name].kind == "percent" and values[name] != MARK else "" for name in names]
        texts = [text + percent for text, percent in zip(texts, ending, strict=True)]
    return MARK if MARK in texts else column.between.join(texts)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _heading(table: ReleasedTable, name: str) -> str:
    column = table.columns[name]
    if not column.unit or column.kind in ("label", "count", "units", "p_value", "df") or _said(column):
        return column.label
    unit = "%" if column.unit == "percent" else column.unit
    return f"{column.label} ({unit})"


def _said(column: Column) -> bool:
    """Whether the heading names the unit already: "Active hours" needs no "(hours)"."""
    return column.unit.lower() in column.label.lower()


def _shown(text: str, kind: str) -> str:
    if kind in _NUMERIC and kind not in ("count", "units", "percent"):
        return text.replace("-", "−")
    if kind == "percent":
        return text.replace("-", "–")
    return f"{int(text):,}" if kind in ("count", "units") and text.isdigit() else text


def table_html(block: Block) -> str:
    """The table as HTML with a caption, scopes for all headings, and a region that scrolls on a narrow screen."""
    widest = [max(len(row[place]) for row in block["rows"]) for place in range(len(block["headings"]))]
    words = ["short" if width <= SHORT else "text" for width in widest]
    align = ["number" if numeric else word for numeric, word in zip(block["numeric"], words, strict=True)]
    head = "".join(
        f'<th scope="col" class="{kind}">{html.escape(text)}</th>'
        for text, kind in zip(block["headings"], align, strict=True)
    )
    body = "\n".join(_row_html(row, align) for row in block["rows"])
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in block["notes"])
    identity = block["label"].lower().replace(" ", "-")
    return (
        f'<div class="table" role="region" aria-labelledby="{identity}" tabindex="0" data-table="{block["name"]}">\n'
        f'<table><caption id="{identity}"><b>{block["label"]}.</b> {html.escape(block["title"])}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>\n"
        f'<div class="notes">{notes}</div>\n</div>'
    )


def _row_html(row: Sequence[str], align: Sequence[str]) -> str:
    cells = [
        f'<th scope="row" class="{kind}">{html.escape(text)}</th>'
        if place == 0
        else f'<td class="{kind}">{html.escape(text)}</td>'
        for place, (text, kind) in enumerate(zip(row, align, strict=True))
    ]
    return f"<tr>{''.join(cells)}</tr>"


def figure_block(figure: Figure, number: int) -> Block:
    """`figure` as a block; the picture itself travels beside it."""
    return {
        "kind": "figure",
        "name": figure.name,
        "label": f"Figure {number}",
        "title": figure.title,
        "alt": figure.alt_text,
    }


def box_block(heading: str, sentences: Sequence[Sentence]) -> Block:
    """The box of key findings as a block: one item of Markdown per finding."""
    return {"kind": "box", "heading": heading, "items": [markup(sentence) for sentence in sentences]}
