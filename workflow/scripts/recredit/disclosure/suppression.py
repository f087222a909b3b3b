"""Primary suppression: which cells of an exact table may not be shown, whatever else is released."""

import pandas as pd

from recredit.disclosure.dominance import dominated
from recredit.disclosure.rounding import PERCENT_TAILS, STUDENTS_IN_A_UNIT
from recredit.disclosure.rules import MAXIMUM_LEVERAGE, MINIMUM_RESIDUAL_DF, DisclosureRules
from recredit.disclosure.specification import MODEL_KINDS, TableSpecification
from recredit.errors import DisclosureError


def check_columns(table: pd.DataFrame, spec: TableSpecification) -> None:
    """Compare a table with its specification.

    Raises
    ------
    DisclosureError for a column that is described and not there, or there and not described.
    """
    missing = [name for name in spec.columns if name not in table.columns]
    extra = [str(name) for name in table.columns if name not in spec.columns]
    if missing or extra:
        raise DisclosureError(
            f"{spec.name}: the table and its specification differ. Described and not there: "
            f"{', '.join(missing) or 'none'}; there and not described: {', '.join(extra) or 'none'}. "
            "Describe each column; one that must not be shown is of kind 'hidden'."
        )


def primary_suppression(table: pd.DataFrame, spec: TableSpecification, rules: DisclosureRules) -> pd.DataFrame:
    """Which cells are suppressed by the rules for single cells.

    Parameters
    ----------
    table : exact table, one row per `spec.unit`, columns as specified.

    Returns
    -------
    Boolean table of the same index with the released columns, true where the cell is marked. Labels never are, and
    neither is an empty cell, nor one that is declared as not offered.

    Raises
    ------
    DisclosureError where table and specification differ.
    """
    check_columns(table, spec)
    rows = _too_few(table, spec.students, rules.minimum_group)
    for units in (spec.schools, spec.teachers):
        rows |= _too_few(table, units, rules.minimum_units)
    model = _model_violations(table, spec, rules)
    marked = {}
    for name in spec.released:
        kind = spec.columns[name].kind
        cells = rows | _cell_violations(table, spec, name, rules) | (model if kind in MODEL_KINDS else False)
        marked[name] = cells & _shown_otherwise(table, spec, name)
    return pd.DataFrame(marked, index=table.index, columns=spec.released)


def _shown_otherwise(table: pd.DataFrame, spec: TableSpecification, name: str) -> pd.Series:
    column = spec.columns[name]
    if column.kind == "label":
        return pd.Series(False, index=table.index)
    shown = table[name].notna()
    return shown & ~is_not_offered(table, spec, name)


def is_not_offered(table: pd.DataFrame, spec: TableSpecification, name: str) -> pd.Series:
    """Rows in which column `name` is empty by design.

    Raises
    ------
    DisclosureError where a cell that is said not to be offered holds something else than nothing or 0.
    """
    flag = spec.columns[name].not_offered
    if flag is None:
        return pd.Series(False, index=table.index)
    offered = table[flag].fillna(False).astype(bool)
    if (offered & table[name].fillna(0).ne(0)).any():
        raise DisclosureError(
            f"{spec.name}: column {name} is not 0 in a row that {flag} calls not offered. Correct the flag."
        )
    return offered


def _too_few(table: pd.DataFrame, column: str | None, minimum: float) -> pd.Series:
    """Rows in which a number of units is known and below `minimum`."""
    if column is None:
        return pd.Series(False, index=table.index)
    return table[column].notna() & table[column].lt(minimum)


def _not_enough(table: pd.DataFrame, column: str, minimum: float) -> pd.Series:
    """Rows in which a number is below `minimum` or not known: what cannot be judged is not shown."""
    return ~table[column].ge(minimum).fillna(False).astype(bool)


def _cell_violations(table: pd.DataFrame, spec: TableSpecification, name: str, rules: DisclosureRules) -> pd.Series:
    column = spec.columns[name]
    violated = pd.Series(False, index=table.index)
    if column.kind == "count":
        # With a coarse base a small count would round to a 0 that is none.
        violated |= _not_enough(table, name, max(rules.minimum_group, rules.round_counts_to / 2))
    if column.kind == "units":
        violated |= _not_enough(table, name, rules.minimum_units) | ~_units_can_be_shown(table, spec, name, rules)
    if column.n is not None:
        # There are tail codes for ten students and more, whatever the minimum group.
        least = PERCENT_TAILS[-1][0] if column.kind == "percent" else 0
        violated |= _not_enough(table, column.n, max(rules.minimum_group, least))
    if column.sd is not None:
        violated |= ~table[column.sd].gt(0).fillna(False).astype(bool)
    for part in (name, column.numerator, column.denominator):
        if part is not None and spec.columns[part].largest is not None:
            violated |= dominated(table, spec, part, rules)
    if column.std_error is not None:
        violated |= ~table[column.std_error].gt(0).fillna(False).astype(bool)
    return violated


def _units_can_be_shown(table: pd.DataFrame, spec: TableSpecification, name: str, rules: DisclosureRules) -> pd.Series:
    """Rows whose number of units is shown exactly, or is large enough to be shown as a number of students is."""
    students = table[spec.students].fillna(0)
    exact = table[name].mul(STUDENTS_IN_A_UNIT).le(students).fillna(False).astype(bool)
    return exact | table[name].ge(max(rules.minimum_group, rules.round_counts_to / 2)).fillna(False).astype(bool)


def _model_violations(table: pd.DataFrame, spec: TableSpecification, rules: DisclosureRules) -> pd.Series:
    """Rows whose model is too close to single students: their model figures are marked."""
    if not spec.of_kind(*MODEL_KINDS):
        return pd.Series(False, index=table.index)
    leverage = table["max_leverage"].lt(MAXIMUM_LEVERAGE).fillna(False).astype(bool)
    return (
        _not_enough(table, "residual_df", max(MINIMUM_RESIDUAL_DF, rules.minimum_group))
        | _not_enough(table, "smallest_cell", rules.minimum_group)
        | ~leverage
    )
