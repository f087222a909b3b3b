"""Credits beside learning: who passes, who is proficient on an external test, and how far grades stand from it."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from recredit.disclosure.linked.layout import CountedColumn, TableLayout
from recredit.disclosure.specification import TableSpecification
from recredit.estimators.analysis import ARMS, distinct, mode_label
from recredit.estimators.bases import ENROLLMENTS, first_mark, first_units
from recredit.estimators.exact import Cell
from recredit.estimators.specifications import count, label, mean, percent, units

ALL_SOURCES = "all"
# Grades that a teacher gave alone and those given with the platform are told together: apart they would be few.
SOURCES: Mapping[str, tuple[str, ...]] = {"platform": ("platform",), "teacher": ("both", "teacher")}
TABLE = "grade_source"
# Rates: column, outcome, whom it is a rate of (categories of the analysis table that must be known or true).
RATES: Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    "passed": ("passed", {"passed": ("no", "yes")}),
    "proficient": ("test_proficient", {"test_proficient": ("no", "yes")}),
    "passed_proficient": ("test_proficient", {"test_proficient": ("no", "yes"), "passed": ("yes",)}),
}
_VALUES = {"yes": 1.0, "no": 0.0}

GRADE_SOURCE = TableSpecification(
    TABLE,
    "Passing beside proficiency on an external test",
    "Students with a final result in an analysed course, by the class they took",
    "one row per course and class; proficiency is of those tested after the course",
    "estimate/estimate_effects",
    {
        "course": label("Course"),
        "mode": label("Class"),
        "students": count(),
        **percent("passed", "Passed"),
        **percent("proficient", "Proficient on the test, of those tested"),
        **percent("passed_proficient", "Proficient on the test, of those tested who passed"),
        **units(),
    },
    schools="schools",
    teachers="teachers",
)

GRADE_GAP = TableSpecification(
    "grade_gap",
    "How far grades stand from an external test, by who gave the grade",
    "Students with a final result in an analysed course, by the class they took",
    "one row per course, class and source of the final grade. The gap is the grade minus the test score, each in "
    "standard deviations of the course's students with both: above 0 the grade stands higher than the test",
    "estimate/estimate_effects",
    {
        "course": label("Course"),
        "mode": label("Class"),
        "source": label("Source of the grade"),
        **mean("grade", "Mean final grade", "points of 100"),
        **mean("test", "Mean test score", "standard deviations"),
        **mean("gap", "Grade above test", "standard deviations"),
        **units(),
    },
    schools="schools",
    teachers="teachers",
)


def grade_source_rows(frame: pd.DataFrame, labels: Mapping[str, str]) -> Iterator[dict[str, Cell]]:
    """Rows of the table `grade_source`.

    Parameters
    ----------
    frame : the analysis table.
    labels : the study's labels of values.
    """
    for (_, course), part in _with_gap(with_result(frame)).groupby(["course_order", "course"], sort=True):
        for arm in ARMS:
            own = part[part["arm"] == arm]
            if own.empty:
                continue
            sources = [(source, own[own["grade_source"].isin(values)]) for source, values in SOURCES.items()]
            # An arm with one source is told once.
            found = [(source, rows) for source, rows in sources if 0 < len(rows) < len(own)]
            for source, rows in [(ALL_SOURCES, own), *found]:
                yield {"course": str(course), "mode": mode_label(arm, labels), "source": source, **_cells(rows)}


def with_result(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the analysis table with a final result in a class of either arm."""
    return frame[(frame["has_result"] == 1) & frame["arm"].notna()]


def _with_gap(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with `gap`: the grade minus the test, each standardised over the course's students with both."""
    both = frame[frame["percent"].notna() & frame["test_score_in_sd"].notna()]
    by_course = both.groupby("course")
    z = [
        (both[name] - by_course[name].transform("mean")) / by_course[name].transform("std")
        for name in ("percent", "test_score_in_sd")
    ]
    return frame.assign(gap=(z[0] - z[1]).replace([np.inf, -np.inf], np.nan).reindex(frame.index))


def _cells(rows: pd.DataFrame) -> dict[str, Cell]:
    cells: dict[str, Cell] = {"students": float(rows["student_id"].nunique())}
    for name, (outcome, among) in RATES.items():
        known = _among(rows, among)
        cells[f"{name}_percent"] = 100 * float(known[outcome].mean()) if len(known) else np.nan
        cells[f"{name}_students"] = float(known["student_id"].nunique())
    for name, column in (("grade", "percent"), ("test", "test_score_in_sd"), ("gap", "gap")):
        known = rows[rows[column].notna()]
        cells[f"{name}_mean"] = float(known[column].mean()) if len(known) else np.nan
        cells[f"{name}_sd"] = float(known[column].std()) if len(known) > 1 else np.nan
        cells[f"{name}_students"] = float(known["student_id"].nunique())
    return {
        **cells,
        "schools": distinct(rows["school_id"]),
        "teachers": distinct(rows["teacher_id"]),
    }


def _among(rows: pd.DataFrame, among: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    chosen = pd.Series(True, index=rows.index)
    for column, words in among.items():
        chosen &= rows[column].isin([_VALUES[word] for word in words])
    return rows[chosen]


def learning_marks(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Marks for the base: the first enrollment of each student in each row, for the row and for each rate."""
    rows, by = with_result(frame), ["course", "arm"]
    firsts = {name: first_units(_among(rows, among), by) for name, (_, among) in RATES.items()}
    return {first_mark(TABLE): first_units(rows, by), **{first_mark(TABLE, name): one for name, one in firsts.items()}}


def learning_layout() -> TableLayout:
    """The layout of the table `grade_source`."""
    rates = {
        f"{name}_percent": CountedColumn(where={outcome: ("yes",)}, among=among, n=f"{name}_students")
        for name, (outcome, among) in RATES.items()
    }
    return TableLayout(
        {"students": CountedColumn(marks=(first_mark(TABLE),)), **rates},
        population="with a result",
        dimensions={"course": "course", "mode": "mode"},
        absent_rows_are_zero=False,
        counts_of=ENROLLMENTS,
        sizes={f"{name}_students": CountedColumn(marks=(first_mark(TABLE, name),)) for name in RATES},
    )
