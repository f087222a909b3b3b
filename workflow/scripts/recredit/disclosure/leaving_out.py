"""Tables, and columns of tables, that a study leaves out of its release because protecting them costs too much."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from recredit.disclosure.linked.layout import TableLayout
from recredit.disclosure.protection import ExactTable
from recredit.disclosure.specification import TableSpecification
from recredit.errors import ConfigurationError

PLACE = "study.yaml: disclosure.leave_out"
# The list of what was made must always be there: it tells of what was left out.
ALWAYS_RELEASED = "analyses"


def left_out_tables(entries: Sequence[str]) -> list[str]:
    """The entries that name whole tables; the others name "table.column"."""
    return [entry for entry in entries if "." not in entry]


def leave_out(tables: Mapping[str, ExactTable], entries: Sequence[str]) -> dict[str, ExactTable]:
    """The tables that are released, without the columns that are not.

    Parameters
    ----------
    tables : exact tables by name.
    entries : "table" or "table.column".

    Raises
    ------
    ConfigurationError for an entry that names nothing, a label (rows could not be told apart without it), or the list
    of what was made.
    """
    whole = set(left_out_tables(entries))
    kept = {name: table for name, table in tables.items() if name not in whole}
    for entry in (each for each in entries if each not in whole):
        name, column = entry.split(".", 1)
        if name not in kept or column not in kept[name].specification.released:
            raise ConfigurationError(f"{PLACE}: {entry}: there is no such column of a released table.")
        if kept[name].specification.columns[column].kind == "label":
            raise ConfigurationError(f"{PLACE}: {entry}: a label tells rows apart and stays. Leave the table out.")
        kept[name] = ExactTable(kept[name].values, _without(kept[name].specification, column))
    return kept


def require_known(entries: Sequence[str], tables: Sequence[str]) -> None:
    """Refuse entries that name no table of the study, and the list of what was made.

    Raises
    ------
    ConfigurationError naming the entry.
    """
    for entry in entries:
        if entry.split(".", 1)[0] not in tables:
            raise ConfigurationError(f"{PLACE}: {entry}: there is no such table. Name one of the released tables.")
        if entry.split(".", 1)[0] == ALWAYS_RELEASED:
            raise ConfigurationError(f"{PLACE}: {entry}: the list of what was made cannot be left out.")


def still_declared(exact_cells: Sequence[Mapping[str, Any]], entries: Sequence[str]) -> list[dict[str, Any]]:
    """The declared exact cells (`disclosure.exact_cells`) of the tables and columns that are released."""
    kept = []
    for each in exact_cells:
        columns = [name for name in each["columns"] if f"{each['table']}.{name}" not in entries]
        if columns and each["table"] not in entries:
            kept.append({**each, "columns": columns})
    return kept


def _without(spec: TableSpecification, name: str) -> TableSpecification:
    """A specification with one column hidden, which the rules for other columns may still read."""
    column = spec.columns[name]
    hidden = replace(column, kind="hidden", left_out=column.kind)
    layout = None if spec.layout is None else _uncounted(spec.layout, name)
    return replace(spec, columns={**spec.columns, name: hidden}, layout=layout)


def _uncounted(layout: TableLayout, name: str) -> TableLayout:
    """A layout without a column; as a number that decides tail codes it stays known to the rules."""
    columns = {other: column for other, column in layout.columns.items() if other != name}
    if name in layout.sums:
        return replace(layout, sums={other: each for other, each in layout.sums.items() if other != name})
    if name not in layout.columns:
        return layout
    return replace(layout, columns=columns, sizes={**layout.sizes, name: layout.columns[name]})
