"""Systems of tables to attack, and a second attacker that shares no code with the library."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from recredit.disclosure.linked.layout import CountedColumn, DescribedTable, TableLayout
from recredit.disclosure.rules import MARK, DisclosureRules

RULES = DisclosureRules()
Condition = Mapping[str, Sequence[str]]


def mask(frame: pd.DataFrame, conditions: Condition) -> np.ndarray:
    """Rows of `frame` in which each column holds one of the categories."""
    inside = np.ones(len(frame), dtype=bool)
    for column, values in conditions.items():
        inside &= frame[column].isin(list(values)).to_numpy()
    return inside


def count_table(
    frame: pd.DataFrame, name: str, columns: Sequence[str], *, totals: Sequence[str] = ()
) -> DescribedTable:
    """All combinations of `columns`, with a row "all" for those in `totals`; small counts marked, others rounded."""
    levels = [[*sorted(frame[column].unique()), *(["all"] if column in totals else [])] for column in columns]
    rows = []
    for labels in product(*levels):
        students = int(mask(frame, {c: [v] for c, v in zip(columns, labels, strict=True) if v != "all"}).sum())
        rows.append((*labels, MARK if students < 10 else str((students + 5) // 10 * 10)))
    layout = TableLayout({"n": CountedColumn()}, dimensions={column: column for column in columns})
    return DescribedTable(name, layout, pd.DataFrame(rows, columns=[*columns, "n"]))


def schools_of_students(seed: int = 4) -> pd.DataFrame:
    """1,829 students of 24 schools of uneven size, with categories that go together.

    The default seed gives as many small cells as the system that methods.md section 6 measured (201 of 784).
    """
    draw = np.random.default_rng(seed)
    size = draw.gamma(2.0, 1.0, 24)
    school = draw.choice(24, 1829, p=size / size.sum())
    mixes = draw.dirichlet([2.0, 1.2, 0.5], 24)
    race = np.array([draw.choice(["Black", "Latino", "other"], p=mixes[each]) for each in school])
    grade = draw.choice(["10", "11", "9"], 1829, p=[0.25, 0.1, 0.65])
    mode = draw.choice(["online", "teacher"], 1829)
    passed = draw.random(1829) < np.where(mode == "online", 0.62, 0.7) - 0.1 * (grade == "9")
    return pd.DataFrame(
        {
            "school": [f"S{each:02d}" for each in school],
            "race": race,
            "sex": draw.choice(["f", "m"], 1829, p=[0.45, 0.55]),
            "grade": grade,
            "course": draw.choice(["Algebra 1", "English 9"], 1829, p=[0.3, 0.7]),
            "mode": mode,
            "band": draw.choice(["high", "low", "middle"], 1829, p=[0.2, 0.35, 0.45]),
            "passed": np.where(passed, "yes", "no"),
        }
    )


def linked_tables(frame: pd.DataFrame) -> list[DescribedTable]:
    """Four linked three-way tables with 784 cells."""
    return [
        count_table(frame, "course_by_mode", ["school", "course", "mode"], totals=["course", "mode"]),
        count_table(frame, "sex_by_mode", ["school", "sex", "mode"], totals=["sex", "mode"]),
        count_table(frame, "grade_by_mode", ["school", "grade", "mode"], totals=["grade", "mode"]),
        count_table(frame, "race_by_grade", ["race", "grade", "band"], totals=["race", "grade", "band"]),
    ]


class Reference:
    """An attacker over the product of all columns, by `scipy.optimize.linprog`, one row per statement.

    Parameters
    ----------
    levels : categories of each column, those without students too.
    """

    def __init__(self, levels: Mapping[str, Sequence[str]]) -> None:
        self.base = pd.DataFrame(list(product(*levels.values())), columns=list(levels))
        self.rows: list[np.ndarray] = []
        self.limits: list[float] = []

    def count(self, conditions: Condition, low: float, high: float) -> None:
        """The number of students lies from `low` to `high`."""
        row = mask(self.base, conditions).astype(float)
        self._at_most(row, high)
        self._at_most(-row, -low)

    def share(self, counted: Condition, among: Condition, low: float, high: float) -> None:
        """The share of `counted` in `among` lies from `low` to `high`."""
        numerator, denominator = mask(self.base, counted).astype(float), mask(self.base, among).astype(float)
        self._at_most(numerator - high * denominator, 0.0)
        self._at_most(low * denominator - numerator, 0.0)

    def percent(self, counted: Condition, among: Condition, size: Condition, text: str) -> None:
        """What a shown percentage says, by the table of methods.md section 6."""
        tails = {(10, 19): (20, 80), (20, 39): (10, 90), (40, 99): (5, 95), (100, 299): (2, 98), (300, np.inf): (1, 99)}
        if text[0] in "≤≥":
            limit = int(text[1:])
            low, high = (0.0, limit + 0.5) if text[0] == "≤" else (limit - 0.5, 100.0)
            students: tuple[float, float] = next(numbers for numbers, tail in tails.items() if limit in tail)
        elif "-" in text:
            first, last = map(int, text.split("-"))
            low, high, students = first - 0.5, last + 0.5, (10, 19)
        else:
            low, high = int(text) - 0.5, int(text) + 0.5
            whole = [numbers[0] for numbers, tail in tails.items() if numbers[0] > 10 and tail[0] < int(text) < tail[1]]
            students = (min(whole), np.inf)
        self.share(counted, among, low / 100, high / 100)
        self.count(size, *students)

    def bounds(self, conditions: Condition) -> tuple[float, float]:
        """Smallest and largest number of students."""
        return self.bounds_of(mask(self.base, conditions).astype(float))

    def bounds_of(self, form: np.ndarray) -> tuple[float, float]:
        """Smallest and largest value of a sum over the base."""
        found = []
        for sign in (1.0, -1.0):
            rows = csr_array(np.array(self.rows))
            result = linprog(sign * form, rows, np.array(self.limits), bounds=(0, None), method="highs-ds")
            assert result.status in (0, 3), f"linprog: {result.message}"
            found.append(sign * result.fun if result.status == 0 else np.inf)
        return found[0], found[1]

    def _at_most(self, row: np.ndarray, limit: float) -> None:
        if np.isfinite(limit):
            self.rows.append(row)
            self.limits.append(limit)


@pytest.fixture(scope="session")
def rules() -> DisclosureRules:
    return RULES


@pytest.fixture(scope="session")
def students() -> pd.DataFrame:
    return schools_of_students()


@pytest.fixture(scope="session")
def tables(students: pd.DataFrame) -> list[DescribedTable]:
    return linked_tables(students)


@pytest.fixture(scope="session")
def make_table() -> Callable[..., DescribedTable]:
    return count_table


@pytest.fixture(scope="session")
def make_tables() -> Callable[[pd.DataFrame], list[DescribedTable]]:
    return linked_tables


@pytest.fixture(scope="session")
def reference() -> type[Any]:
    return Reference
