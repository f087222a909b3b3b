"""An independent look at the released files: each shown cell is held against the rules and the exact tables.

Nothing here uses the code that protected the tables: a fault there must not hide itself. It reads what a reader gets
(text of CSV files, sidecars) and the exact tables.
"""

import json
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pandas as pd

from recredit.disclosure.cell_checks import CELL_CHECKS, Cell
from recredit.disclosure.exact_cells import NOTHING_DECLARED
from recredit.disclosure.files import read_csv_rows, read_sidecar
from recredit.disclosure.protection import ExactTable
from recredit.disclosure.rules import MARK, MAXIMUM_LEVERAGE, MINIMUM_RESIDUAL_DF, NOT_OFFERED, DisclosureRules
from recredit.disclosure.specification import MODEL_COLUMNS, MODEL_KINDS, TableSpecification
from recredit.errors import DisclosureError

MESSAGES_SHOWN = 10
# Shares computed in another order may differ by this much of themselves.
ROUNDING = 1e-9
BROKEN = "The release breaks its own rules and is stopped. This is a fault of the software: please report it."


@dataclass(frozen=True)
class ReleasedTable:
    """One table as it lies in the release, with what it was made from.

    Attributes
    ----------
    rows : the CSV as text, header first.
    sidecar : the JSON beside it.
    exact : the exact table; `specification` says what each of its columns is.
    """

    rows: list[list[str]]
    sidecar: Mapping[str, Any]
    exact: pd.DataFrame
    specification: TableSpecification

    @classmethod
    def of(cls, rows: list[list[str]], sidecar: Mapping[str, Any], source: ExactTable) -> Self:
        """A released table with the exact one that it was made from."""
        return cls(rows, sidecar, source.values, source.specification)


def released_tables(files: Sequence[Path], exact: Mapping[str, ExactTable]) -> dict[str, ReleasedTable]:
    """Released CSV files by name, with their sidecars and the exact tables that they were made from."""
    return {
        path.stem: ReleasedTable.of(read_csv_rows(path), read_sidecar(path), exact[path.stem])
        for path in sorted(files, key=lambda path: path.stem)
    }


def certify(
    tables: Mapping[str, ReleasedTable],
    figures: Mapping[str, Mapping[str, Any]],
    rules: DisclosureRules,
    attacked: Mapping[str, Any],
    exact_cells: str = NOTHING_DECLARED,
) -> str:
    """The certificate of a release, as JSON text.

    Parameters
    ----------
    tables : released tables by name.
    figures : sidecars of the released figures by name.
    attacked : what the attacker found over all tables together (`recredit.disclosure.attacked`).
    exact_cells : what became of the cells that the study declares to be published exactly.

    Raises
    ------
    DisclosureError naming table, row and column of what violates a rule, without the value.
    """
    violations = [message for name, table in sorted(tables.items()) for message in table_violations(name, table, rules)]
    violations += list(_figure_violations(figures, tables))
    if violations:
        more = len(violations) - MESSAGES_SHOWN
        rest = [f"and {more} more."] if more > 0 else []
        raise DisclosureError("\n".join([BROKEN, *violations[:MESSAGES_SHOWN], *rest]))
    content = {
        "verdict": "every shown cell keeps the rules for single cells, and no marked cell follows from what is shown",
        "rules": {name: getattr(rules, name) for name in ("minimum_group", "minimum_units", "round_counts_to")},
        "tables": {name: _counts(table) for name, table in sorted(tables.items())},
        "figures": {name: sorted(figure["source_tables"]) for name, figure in sorted(figures.items())},
        "exact_cells": exact_cells,
        "linked_tables": dict(attacked),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _counts(table: ReleasedTable) -> dict[str, int]:
    """Cells of the columns that are no labels: shown, marked, empty, not offered."""
    header = table.rows[0]
    columns = [place for place, name in enumerate(header) if table.specification.columns[name].kind != "label"]
    cells = [row[place] for row in table.rows[1:] for place in columns]
    special = {"marked": MARK, "empty": "", "not_offered": NOT_OFFERED}
    counts = {name: cells.count(text) for name, text in special.items()}
    return {"rows": len(table.rows) - 1, "cells": len(cells), "shown": len(cells) - sum(counts.values()), **counts}


def table_violations(name: str, table: ReleasedTable, rules: DisclosureRules) -> Iterator[str]:
    """What is wrong with a released table, in words without values."""
    spec = table.specification
    expected = [column for column in spec.columns if spec.columns[column].kind != "hidden"]
    if not table.rows or table.rows[0] != expected:
        yield f"{name}: the columns are not those that may be released."
        return
    if list(table.sidecar.get("columns", {})) != expected or table.sidecar.get("title") != spec.title:
        yield f"{name}: the sidecar does not describe the columns of the table."
    if len(table.rows) - 1 != len(table.exact):
        yield f"{name}: the number of rows is not that of the exact table."
        return
    for number, (row, record) in enumerate(zip(table.rows[1:], table.exact.to_dict("records"), strict=True), start=1):
        for problem in _row_violations(row, record, spec, rules):
            yield f"{name}, row {number}, {problem}."


def _row_violations(
    row: list[str], record: Mapping[Hashable, Any], spec: TableSpecification, rules: DisclosureRules
) -> Iterator[str]:
    if len(row) != len(spec.released):
        yield "all columns: the row has another number of cells"
        return
    row_reason = _reason_to_mark_row(record, spec, rules)
    for name, text in zip(spec.released, row, strict=True):
        kind = spec.columns[name].kind
        if text == MARK and kind != "label":
            continue
        if (_missing(record[name]) or record[name] == "") or text == "":
            if text not in ("", NOT_OFFERED) or not (_missing(record[name]) or record[name] == ""):
                yield f"column {name}: a missing value and an empty cell do not go together"
            continue
        reason = row_reason if kind != "label" else None
        reason = reason or (_reason_to_mark_model(record, rules) if kind in MODEL_KINDS else None)
        reason = reason or _reason_dominated(name, record, spec, rules)
        value = float("nan") if kind == "label" else float(record[name])
        exact = spec.layout is not None and spec.layout.is_exact(name, record)
        cell = Cell(text, value, spec.columns[name], record, rules, _students(record, spec), exact)
        reason = reason or _not_offered_or_wrong(cell, kind, record[name])
        if reason:
            yield f"column {name}: {reason}"


def _not_offered_or_wrong(cell: Cell, kind: str, value: Any) -> str | None:
    if cell.text == NOT_OFFERED and kind != "label":
        flag = cell.column.not_offered
        declared = flag is not None and not _missing(cell.record[flag]) and bool(cell.record[flag])
        return None if declared and value == 0 else "it is not declared as not offered"
    if kind == "label":
        return None if _same_label(cell.text, value) else "the label is not that of the exact table"
    return CELL_CHECKS[kind](cell)


def _same_label(text: str, value: Any) -> bool:
    """Whether a released label is the exact one; a float column of whole numbers is shown without decimals."""
    if isinstance(value, bool):
        return text == {True: "yes", False: "no"}[value]
    return text == str(value) or (isinstance(value, float) and text.lstrip("-").isdigit() and float(text) == value)


def _students(record: Mapping[Hashable, Any], spec: TableSpecification) -> float:
    known = spec.students is not None and not _missing(record[spec.students])
    return float(record[spec.students]) if known else float("nan")


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _reason_to_mark_row(record: Mapping[Hashable, Any], spec: TableSpecification, rules: DisclosureRules) -> str | None:
    limits = (
        ("students", spec.students, rules.minimum_group),
        ("schools", spec.schools, rules.minimum_units),
        ("teachers", spec.teachers, rules.minimum_units),
    )
    for unit, column, minimum in limits:
        if column is not None and not _missing(record[column]) and record[column] < minimum:
            return f"fewer than {minimum} {unit} stand behind it"
    return None


def _reason_to_mark_model(record: Mapping[Hashable, Any], rules: DisclosureRules) -> str | None:
    residual_df, smallest_cell, max_leverage = (record[name] for name in MODEL_COLUMNS)
    if any(map(_missing, (residual_df, smallest_cell, max_leverage))):
        return "the model's residual degrees of freedom, cells or leverage are not known"
    if residual_df < MINIMUM_RESIDUAL_DF or smallest_cell < rules.minimum_group or max_leverage >= MAXIMUM_LEVERAGE:
        return "the model rests on too few students"
    return None


def _reason_dominated(
    name: str, record: Mapping[Hashable, Any], spec: TableSpecification, rules: DisclosureRules
) -> str | None:
    for part in {name, spec.columns[name].numerator, spec.columns[name].denominator} - {None}:
        column = spec.columns[str(part)]
        if column.largest is None:
            continue
        figures = [record[each] for each in (part, column.largest, column.second)]
        if any(map(_missing, figures)):
            return "the largest contributions to a sum are not known"
        total, largest, second = map(float, figures)
        others, most = total - largest - second, (100 - rules.dominance_percent) / 100 * total
        if others <= most * (1 - ROUNDING) or others < rules.p_percent / 100 * largest * (1 - ROUNDING):
            return "one or two students dominate the sum behind it"
    return None


def _figure_violations(figures: Mapping[str, Mapping[str, Any]], tables: Mapping[str, ReleasedTable]) -> Iterator[str]:
    for name, figure in sorted(figures.items()):
        if not figure.get("alt_text"):
            yield f"figure {name}: it has no alternative text."
        if not figure.get("source_tables") or not set(figure["source_tables"]) <= set(tables):
            yield f"figure {name}: it is not drawn from released tables."
