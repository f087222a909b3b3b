"""Attrition by the What Works Clearinghouse: how many were lost, how unequally, and whether that is low."""

import csv
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path

from recredit.errors import EstimationError

BOUNDARIES = ("cautious", "optimistic")
COLUMNS = ("overall_percent", "cautious_percent", "optimistic_percent")


@dataclass(frozen=True)
class BoundaryTable:
    """Highest differential attrition that counts as low, by overall attrition; all in percent, exact fractions."""

    overall: tuple[Fraction, ...]
    cautious: tuple[Fraction, ...]
    optimistic: tuple[Fraction, ...]


@dataclass(frozen=True)
class Attrition:
    """Attrition of one outcome.

    Attributes
    ----------
    overall_percent, differential_percent : 0 to 100.
    boundary : its name. boundary_percent : the highest differential that is low here; None where none is determined.
    level : "low", "high" or "not determined".
    """

    overall_percent: float
    differential_percent: float
    treatment_percent: float
    comparison_percent: float
    boundary: str
    boundary_percent: float | None
    level: str

    @property
    def is_low(self) -> bool:
        return self.level == "low"


def read_boundary_table(path: Path) -> BoundaryTable:
    """A boundary table in CSV with the columns :data:`COLUMNS`, sorted by the first.

    Raises
    ------
    EstimationError where columns are missing or rows are out of order.
    """
    return _boundary_table(path.read_text(encoding="utf-8").splitlines(), path.name)


@cache
def boundary_table() -> BoundaryTable:
    """The table of the handbook that comes with the library (its source is in the JSON file beside it)."""
    file = resources.files("recredit.standards") / "wwc_attrition_boundary.csv"
    return _boundary_table(file.read_text(encoding="utf-8").splitlines(), file.name)


def _boundary_table(lines: Sequence[str], name: str) -> BoundaryTable:
    rows = list(csv.DictReader(lines))
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise EstimationError(f"{name}: rows with the columns {', '.join(COLUMNS)} were expected.")
    overall, cautious, optimistic = (tuple(Fraction(row[column]) for row in rows) for column in COLUMNS)
    if any(later <= earlier for earlier, later in pairwise(overall)):
        raise EstimationError(f"{name}: the rows must rise by overall_percent.")
    return BoundaryTable(overall, cautious, optimistic)


def attrition(
    randomised_treatment: int,
    analysed_treatment: int,
    randomised_comparison: int,
    analysed_comparison: int,
    *,
    boundary: str = "cautious",
    table: BoundaryTable | None = None,
) -> Attrition:
    """Overall and differential attrition of one outcome, and whether it is low.

    Overall: lost in both arms over assigned in both. Differential: absolute difference of the arms' rates. Low where
    the differential does not exceed the boundary at the overall rate; between two rows of the table the boundary is
    the straight line that also the handbook's figure shows. Beyond the table the cautious boundary is 0 and attrition
    high, since there even equal losses may bias by .05 SD; the optimistic one is not determined. Exact arithmetic.

    Parameters
    ----------
    randomised_*, analysed_* : students of an arm who were assigned, and those with the outcome analysed.
    boundary : "cautious" or "optimistic", as the study's configuration names it.
    table : another boundary table than the handbook's.

    Raises
    ------
    EstimationError for an empty arm, more analysed than assigned, counts that are not whole, an unknown boundary.
    """
    counts = (randomised_treatment, analysed_treatment, randomised_comparison, analysed_comparison)
    if any(int(count) != count for count in counts) or boundary not in BOUNDARIES:
        raise EstimationError(f"whole numbers of students, and one boundary of {BOUNDARIES}, were expected.")
    assigned_t, kept_t, assigned_c, kept_c = (int(count) for count in counts)
    if not (0 <= kept_t <= assigned_t and 0 <= kept_c <= assigned_c and assigned_t > 0 and assigned_c > 0):
        raise EstimationError("each arm needs assigned students, and no more analysed than assigned.")
    lost_t = Fraction(100 * (assigned_t - kept_t), assigned_t)
    lost_c = Fraction(100 * (assigned_c - kept_c), assigned_c)
    lost, assigned = assigned_t + assigned_c - kept_t - kept_c, assigned_t + assigned_c
    overall, differential = Fraction(100 * lost, assigned), abs(lost_t - lost_c)
    limit, level = _level(overall, differential, boundary, table or boundary_table())
    return Attrition(
        overall_percent=float(overall),
        differential_percent=float(differential),
        treatment_percent=float(lost_t),
        comparison_percent=float(lost_c),
        boundary=boundary,
        boundary_percent=None if limit is None else float(limit),
        level=level,
    )


def _level(
    overall: Fraction, differential: Fraction, boundary: str, table: BoundaryTable
) -> tuple[Fraction | None, str]:
    """The boundary at this overall rate, and what follows."""
    if overall > table.overall[-1]:
        return (Fraction(0), "high") if boundary == "cautious" else (None, "not determined")
    limits = table.cautious if boundary == "cautious" else table.optimistic
    row = bisect_right(table.overall, overall) - 1
    if row < 0:
        raise EstimationError("the boundary table begins above this overall rate.")
    limit = limits[row]
    if overall > table.overall[row]:
        along = (overall - table.overall[row]) / (table.overall[row + 1] - table.overall[row])
        limit += along * (limits[row + 1] - limit)
    return limit, "low" if differential <= limit else "high"
