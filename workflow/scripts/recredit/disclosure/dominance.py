"""Sums over students, such as hours in all: which of them one or two students dominate, and how wide they must stay.

Source: Hundepool et al. (2024), Handbook on Statistical Disclosure Control, 2nd edition, section 4.2: the (2, k) rule
and the p% rule (table 4.2), and the upper protection levels of both (table 4.4). The lower level is the same.
"""

import pandas as pd

from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.specification import TableSpecification
from recredit.errors import DisclosureError

# A total in floating point may miss its parts by this share.
SLACK = 1e-9


def dominated(table: pd.DataFrame, spec: TableSpecification, name: str, rules: DisclosureRules) -> pd.Series:
    """Rows whose sum gives one of its two largest contributions away.

    Parameters
    ----------
    table : exact table. name : a column with the roles `largest` and `second`.

    Returns
    -------
    True where the two largest hold at least `rules.dominance_percent` of the sum, or where the second largest, who
    takes the own contribution off the sum, would miss the largest by less than `rules.p_percent` of it; and where one
    of the figures is not known.

    Raises
    ------
    DisclosureError where contributions are negative or more than the sum: the rules hold for non-negative ones alone.
    """
    total, largest, second = _contributions(table, spec, name)
    two = largest + second
    free = (two < rules.dominance_percent / 100 * total) & (total - two >= rules.p_percent / 100 * largest)
    return ~(free & total.notna() & two.notna())


def protection_levels(table: pd.DataFrame, spec: TableSpecification, name: str, rules: DisclosureRules) -> pd.Series:
    """How far from its value, up and down, a hidden sum must still be able to lie, in the unit of the sum.

    The larger of the levels of the two rules, and no less than the share of the largest contribution that the p% rule
    protects; a sum of too few students must hide the whole of the largest contribution.
    """
    total, largest, second = _contributions(table, spec, name)
    levels = [
        100 / rules.dominance_percent * (largest + second) - total,
        rules.p_percent / 100 * largest - (total - largest - second),
        rules.p_percent / 100 * largest,
        largest.where(table[spec.columns[name].n].lt(rules.minimum_group), 0.0) if spec.columns[name].n else largest,
    ]
    return pd.concat(levels, axis=1).max(axis=1).fillna(0.0)


def _contributions(table: pd.DataFrame, spec: TableSpecification, name: str) -> tuple[pd.Series, pd.Series, pd.Series]:
    column = spec.columns[name]
    total, largest, second = (table[each].astype("float64") for each in (name, column.largest, column.second))
    wrong = (second < 0) | (largest < second) | (largest + second > total * (1 + SLACK) + SLACK)
    if wrong.any():
        raise DisclosureError(
            f"{spec.name}: column {name}: the two largest contributions are negative, in the wrong order or more than "
            "the sum. Sums of what can be negative are not released."
        )
    return total, largest, second
