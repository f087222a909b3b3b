"""From exact tables to tables of text that may be shown to anyone."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import pandas as pd

from recredit.disclosure import rounding
from recredit.disclosure.dominance import protection_levels
from recredit.disclosure.limits import check_limits
from recredit.disclosure.linked.layout import DescribedTable
from recredit.disclosure.linked.release import Surroundings, complementary_marks, require_layouts
from recredit.disclosure.linked.summed import SumCells
from recredit.disclosure.rules import MARK, NOT_OFFERED, DisclosureRules
from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.disclosure.suppression import is_not_offered, primary_suppression


@dataclass(frozen=True)
class ExactTable:
    """An exact table with its specification, as the stage `estimate` wrote it."""

    values: pd.DataFrame
    specification: TableSpecification


Marked = Mapping[str, pd.DataFrame]


def protect_release(
    tables: Mapping[str, ExactTable], rules: DisclosureRules, around: Surroundings
) -> dict[str, pd.DataFrame]:
    """All tables of a release as they may be shown.

    They are protected in one call because a cell hidden in one table may follow from another: what is suppressed in
    addition is decided here, between the primary suppression and the limits.

    Parameters
    ----------
    around : the rows that the tables count, public counts and earlier releases.

    Returns
    -------
    By name, a table of text with the released columns.

    Raises
    ------
    DisclosureError for a table that may not be released at all, or that says not whom it counts, and where a protected
    cell follows from what cannot be hidden.
    """
    require_layouts(table.specification for table in tables.values())
    marked = primary_marks(tables, rules)
    more = complementary_marks(described_tables(tables, marked, rules), rules, around)
    return _shown(tables, {name: _with(marks, more.get(name)) for name, marks in marked.items()}, rules)


def protect(table: pd.DataFrame, spec: TableSpecification, rules: DisclosureRules) -> pd.DataFrame:
    """One table as the rules for single cells show it when nothing else is released; see :func:`protect_release`."""
    tables = {spec.name: ExactTable(table, spec)}
    return _shown(tables, primary_marks(tables, rules), rules)[spec.name]


def primary_marks(tables: Mapping[str, ExactTable], rules: DisclosureRules) -> dict[str, pd.DataFrame]:
    """The cells of each table that the rules for single cells hide."""
    return {
        name: primary_suppression(table.values, table.specification, rules) for name, table in sorted(tables.items())
    }


def described_tables(tables: Mapping[str, ExactTable], marked: Marked, rules: DisclosureRules) -> list[DescribedTable]:
    """The tables with a layout as they would be shown with the cells ``marked`` hidden."""
    described = []
    for name, table in sorted(tables.items()):
        layout, marks = table.specification.layout, marked[name]
        if layout is not None and len(table.values):
            text = as_shown(table.values, marks, table.specification, rules)
            primary = marks[list(layout.columns)].reset_index(drop=True)
            sums = sum_cells(table.values, marks, table.specification, rules)
            described.append(DescribedTable(name, layout, text, primary, sums=sums))
    return described


def sum_cells(
    table: pd.DataFrame, marks: pd.DataFrame, spec: TableSpecification, rules: DisclosureRules
) -> dict[str, SumCells]:
    """What the attack must know of each column of sums: rounding, what is hidden for its own sake, and the widths."""
    return {
        name: SumCells(
            steps=tuple(float(rounding.sum_step(sd)) if sd > 0 else 0.0 for sd in table[spec.columns[name].sd]),
            levels=tuple(protection_levels(table, spec, name, rules)),
            primary=tuple(marks[name]),
        )
        for name in spec.of_kind("sum")
    }


def _with(marks: pd.DataFrame, more: pd.DataFrame | None) -> pd.DataFrame:
    if more is None:
        return marks
    extended = marks.copy()
    extended[list(more.columns)] |= more.to_numpy()
    return extended


def _shown(tables: Mapping[str, ExactTable], marked: Marked, rules: DisclosureRules) -> dict[str, pd.DataFrame]:
    for name, table in sorted(tables.items()):
        check_limits(table.values, marked[name], table.specification)
    return {
        name: as_shown(table.values, marked[name], table.specification, rules) for name, table in sorted(tables.items())
    }


def as_shown(
    table: pd.DataFrame, marked: pd.DataFrame, spec: TableSpecification, rules: DisclosureRules
) -> pd.DataFrame:
    """The released columns as text.

    Parameters
    ----------
    table : exact table.
    marked : boolean table of its suppressed cells.

    Returns
    -------
    Table of strings with a fresh index: a figure, a label, the mark, "not offered", or "" for a missing value.
    """
    records = table.to_dict("records")
    shown = {}
    for name in spec.released:
        flags = zip(is_not_offered(table, spec, name), marked[name], records, strict=True)
        texts = [
            NOT_OFFERED if not_offered else MARK if mark else _cell(spec, name, record, rules)
            for not_offered, mark, record in flags
        ]
        shown[name] = pd.Series(texts, dtype="str")
    return pd.DataFrame(shown, columns=spec.released)


def _cell(spec: TableSpecification, name: str, record: Mapping[Hashable, object], rules: DisclosureRules) -> str:
    """One cell that may be shown, "" where there is no value."""
    if pd.isna(record[name]):  # type: ignore[call-overload]
        return ""
    column = spec.columns[name]
    if column.kind == "label":
        return _label(record[name])
    if column.kind == "count" and spec.layout is not None and spec.layout.is_exact(name, record):
        return rounding.count_text(_number(record[name]), 1)
    return _figure(column, _number(record[name]), _roles(spec, column, record), rules.round_counts_to)


def _roles(
    spec: TableSpecification, column: ColumnSpecification, record: Mapping[Hashable, object]
) -> dict[str, float]:
    """The other figures of the row that decide how this one is shown, by their role."""
    names = {**column.refers_to}
    names.pop("not_offered", None)
    if column.kind == "df":
        names["residual_df"] = "residual_df"
    if column.kind == "units" and spec.students is not None:
        names["students"] = spec.students
    return {role: _number(record[name]) for role, name in names.items()}


def _figure(column: ColumnSpecification, figure: float, role: Mapping[str, float], base: int) -> str:
    """The text of a figure; what its kind needs is there, since the cell would be marked without it."""
    match column.kind:
        case "count":
            return rounding.count_text(figure, base)
        case "units":
            return rounding.count_text(figure, rounding.units_base(figure, role["students"], base))
        case "percent":
            return rounding.percent_text(figure, int(role["n"]))
        case "mean":
            return rounding.mean_text(figure, role["sd"], int(role["n"]))
        case "sum":
            return rounding.sum_text(figure, role["sd"])
        case "std_error":
            return rounding.standard_error_text(figure)
        case "p_value":
            return rounding.p_value_text(figure)
        case "df":
            return rounding.df_text(figure, role["residual_df"], base)
    n = int(role["n"]) if "n" in role else None
    return rounding.estimate_text(figure, rounding.estimate_step(role["std_error"], role.get("sd"), n))


def _number(value: object) -> float:
    """A cell of an exact table as a number."""
    return float(value)  # type: ignore[arg-type]


def _label(value: object) -> str:
    """A label as text: whole numbers (a school year, a grade level) without the decimals of a float column."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
