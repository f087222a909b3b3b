"""Whom the released counts and percentages of the comparison count, and the marks for that on the base."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from recredit.cohort.rules import ANALYSED
from recredit.disclosure.linked.layout import CountedColumn, RowDefinition, TableLayout
from recredit.disclosure.linked.summed import Categories
from recredit.effects.impacts import Impact
from recredit.effects.learning import learning_marks
from recredit.effects.samples import Sample
from recredit.estimators.analysis import ARMS, mode_label
from recredit.estimators.bases import ENROLLMENTS, first_mark, first_units, marks_frame, step_mark
from recredit.estimators.differences import ALL_COURSES


def effects_base(impacts: Sequence[Impact], frame: pd.DataFrame) -> pd.DataFrame:
    """What the comparison adds to the base of enrollments: the marks of the students that its rows count.

    Parameters
    ----------
    frame : the analysis table.

    Returns
    -------
    One row per enrollment that bears any of them: `unit` and the marks.
    """
    marks: dict[str, set[str]] = {}
    for impact in impacts:
        if impact.sample.level != "cohort" and not in_differences(impact.sample):
            for mark, units in _marks(impact.sample).items():
                marks.setdefault(mark, set()).update(units)
    arm = arm_column(frame)
    marks[first_mark("delivered")] = set(first_units(frame[frame[arm].notna()], ["course", "term", arm]))
    marks |= {name: set(units) for name, units in learning_marks(frame).items()}
    return marks_frame(marks)


def _scope(sample: Sample) -> str:
    return "over all courses" if sample.level == "pooled" else "by course"


def arm_column(frame: pd.DataFrame) -> str:
    """The column with the arm of the comparison as a whole: the lottery's where one was held."""
    return "assigned_arm" if frame["assigned_arm"].notna().any() else "arm"


def _used(sample: Sample) -> str:
    """The mark of the students of a row; the table `differences` gives it, where it rests on the same students."""
    own = "" if in_differences(sample) else "impacts of "
    return f"used in {own}{sample.contrast.name} {_scope(sample)}"


def in_differences(sample: Sample) -> bool:
    """Whether the table `differences` has this row with the same students."""
    return sample.contrast.scale is None and sample.contrast.randomised


def _marks(sample: Sample) -> dict[str, pd.Series]:
    used = _used(sample)
    return {used: sample.analysed["enrollment_id"], first_mark(used, "arms"): first_units(sample.analysed, ["online"])}


def _arms(sample: Sample, labels: Mapping[str, str]) -> dict[str, Categories]:
    """The category that each arm of a contrast holds."""
    if sample.contrast.randomised:
        return {arm: {"assigned_mode": (arm,)} for arm in ARMS}
    return {arm: {"mode": (mode_label(arm, labels),)} for arm in ARMS}


def impact_layout(impacts: Sequence[Impact], labels: Mapping[str, str]) -> TableLayout:
    """The layout of the table `impacts`: students by arm, and the share of each arm with a yes."""
    shares = {f"percent_{arm}": CountedColumn(among={}, n=f"n_{arm}") for arm in ARMS}
    definitions = [_impact_definition(one.sample, labels) for one in impacts if one.sample.level != "cohort"]
    return _by_contrast(shares, definitions)


def attrition_layout(impacts: Sequence[Impact], labels: Mapping[str, str]) -> TableLayout:
    """The layout of the table `attrition`: the students analysed, by arm, who are those of `impacts`."""
    lotteries = [one.sample for one in impacts if one.sample.level != "cohort" and one.attrition is not None]
    return _by_contrast({}, [_analysed_definition(sample, labels) for sample in lotteries])


def _by_contrast(shares: Mapping[str, CountedColumn], definitions: Sequence[RowDefinition]) -> TableLayout:
    """The layout of a table with a row per contrast and course: students by arm, and ``shares`` of them."""
    return TableLayout(
        {**{f"n_{arm}": CountedColumn() for arm in ARMS}, **shares},
        population=step_mark(ANALYSED),
        dimensions={"course": "course"},
        totals=(ALL_COURSES,),
        absent_rows_are_zero=False,
        counts_of=ENROLLMENTS,
        definitions=tuple(definitions),
    )


def _analysed_definition(sample: Sample, labels: Mapping[str, str]) -> RowDefinition:
    """Whom the numbers of students of a contrast's row count."""
    arms = _arms(sample, labels)
    return RowDefinition(
        {"contrast": sample.contrast.name, "course": sample.course},
        {f"n_{arm}": (first_mark(_used(sample), "arms"),) for arm in ARMS},
        where={f"n_{arm}": arms[arm] for arm in ARMS},
    )


def _impact_definition(sample: Sample, labels: Mapping[str, str]) -> RowDefinition:
    counted = _analysed_definition(sample, labels)
    if not sample.is_share:
        return counted
    shares = {f"percent_{arm}": categories for arm, categories in _arms(sample, labels).items()}
    return replace(
        counted,
        marks={**counted.marks, **dict.fromkeys(shares, (_used(sample),))},
        where={**counted.where, **{share: {sample.contrast.outcome: ("yes",)} for share in shares}},
        among=shares,
    )


def counted_cohorts(impacts: Sequence[Impact]) -> set[tuple[str, str, str]]:
    """(contrast, course, cohort) of the rows by cohort whose students are those of the course's row in that term.

    So it is where no lottery block reaches over two terms; elsewhere the row shows no numbers of students.
    """
    whole = {
        (one.sample.contrast.name, one.sample.course): one.sample.analysed
        for one in impacts
        if one.sample.level == "course"
    }
    found = set()
    for sample in (impact.sample for impact in impacts if impact.sample.level == "cohort"):
        course = whole.get((sample.contrast.name, sample.course))
        inside = set() if course is None else set(course.loc[course["term"] == sample.cohort, "enrollment_id"])
        if inside == set(sample.analysed["enrollment_id"]):
            found.add((sample.contrast.name, sample.course, sample.cohort))
    return found


def cohort_layout(impacts: Sequence[Impact], labels: Mapping[str, str]) -> TableLayout:
    """The layout of the table `impacts_by_cohort`: students by arm.

    A student has one analysed enrollment in a course and term, so the enrollments of the course's own row that lie in
    the term are the students: the cells rest on marks that are there already.
    """
    definitions = []
    counted = counted_cohorts(impacts)
    for sample in (impact.sample for impact in impacts if impact.sample.level == "cohort"):
        if (sample.contrast.name, sample.course, sample.cohort) not in counted:
            continue
        arms = _arms(sample, labels)
        row = {"contrast": sample.contrast.name, "course": sample.course, "cohort": sample.cohort}
        marks = {f"n_{arm}": (_used(sample),) for arm in ARMS}
        definitions.append(RowDefinition(row, marks, where={f"n_{arm}": arms[arm] for arm in ARMS}))
    return TableLayout(
        {f"n_{arm}": CountedColumn() for arm in ARMS},
        population=step_mark(ANALYSED),
        dimensions={"course": "course", "cohort": "term"},
        absent_rows_are_zero=False,
        counts_of=ENROLLMENTS,
        definitions=tuple(definitions),
    )


def delivered_layout(frame: pd.DataFrame, labels: Mapping[str, str]) -> TableLayout:
    """The layout of the table `delivered`: students by course, cohort and class."""
    assigned = arm_column(frame) == "assigned_arm"
    modes = {mode_label(arm, labels): (arm,) for arm in ARMS}
    return TableLayout(
        {"students": CountedColumn(marks=(first_mark("delivered"),))},
        population=step_mark(ANALYSED),
        dimensions={"course": "course", "cohort": "term", "mode": "assigned_mode" if assigned else "mode"},
        collapsed={"assigned_mode": modes} if assigned else {},
        absent_rows_are_zero=False,
        counts_of=ENROLLMENTS,
    )
