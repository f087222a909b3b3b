"""Whom the released counts and percentages of the comparison count, and the marks for that on the base."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from recredit.cohort.rules import ANALYSED
from recredit.disclosure.linked.layout import Categories, CountedColumn, RowDefinition, TableLayout
from recredit.effects.impacts import Impact
from recredit.effects.learning import learning_marks
from recredit.effects.samples import ALL_COHORTS, Sample
from recredit.estimators.analysis import ARMS, mode_label
from recredit.estimators.bases import ENROLLMENTS, UNIT, first_mark, first_units, marks_frame, step_mark
from recredit.estimators.differences import ALL_COURSES

TOTALS = (ALL_COURSES, ALL_COHORTS)
GRADE_SOURCE = "grade_source"


def effects_base(impacts: Sequence[Impact], frame: pd.DataFrame) -> pd.DataFrame:
    """What the comparison adds to the base of enrollments: marks of students used, and two categories.

    Parameters
    ----------
    frame : the analysis table.

    Returns
    -------
    One row per enrollment with any of them; `unit`, marks, and as text whether the outcome of a contrast is known and
    who gave the grade.
    """
    marks: dict[str, set[str]] = {}
    for impact in impacts:
        for mark, units in _marks(impact.sample).items():
            marks.setdefault(mark, set()).update(units)
    arm = arm_column(frame)
    marks[first_mark("delivered")] = set(first_units(frame[frame[arm].notna()], ["course", "term", arm]))
    known = frame["grade_source"].notna() & frame[arm].notna()
    marks["source of the grade known"] = set(frame.loc[known, "enrollment_id"])
    marks[first_mark("delivered", GRADE_SOURCE)] = set(first_units(frame[known], ["course", "term", arm]))
    marks |= {name: set(units) for name, units in learning_marks(frame).items()}
    base = marks_frame(marks)
    categories = {**_known_outcomes(impacts), GRADE_SOURCE: frame.set_index("enrollment_id")["grade_source"].dropna()}
    for name, values in categories.items():
        base[name] = base[UNIT].map(values).astype("str")
    return base


def arm_column(frame: pd.DataFrame) -> str:
    """The column with the arm of the comparison as a whole: the lottery's where one was held."""
    return "assigned_arm" if frame["assigned_arm"].notna().any() else "arm"


def _used(sample: Sample) -> str:
    return f"used in {sample.contrast.name}, {sample.level}"


def _assigned(sample: Sample) -> str:
    return f"assigned in {sample.contrast.name}, {sample.level}"


def _known(contrast: str) -> str:
    return f"outcome of {contrast} known"


def _marks(sample: Sample) -> dict[str, pd.Series]:
    used = _used(sample)
    return {
        used: sample.analysed["enrollment_id"],
        first_mark(used, "arms"): first_units(sample.analysed, ["online"]),
        _assigned(sample): sample.assigned["enrollment_id"],
    }


def _known_outcomes(impacts: Sequence[Impact]) -> dict[str, pd.Series]:
    """Per contrast with attrition whether an assigned enrollment is analysed: "yes" or "no"."""
    found: dict[str, pd.Series] = {}
    for impact in impacts:
        sample = impact.sample
        if impact.attrition is not None and sample.level == "course":
            analysed = sample.assigned["enrollment_id"].isin(sample.analysed["enrollment_id"])
            words = pd.Series(np.where(analysed, "yes", "no"), index=sample.assigned["enrollment_id"])
            name = _known(sample.contrast.name)
            found[name] = pd.concat([found[name], words]) if name in found else words
    return found


def _arms(sample: Sample, labels: Mapping[str, str]) -> dict[str, Categories]:
    """The category that each arm of a contrast holds."""
    if sample.contrast.randomised:
        return {arm: {"assigned_mode": (arm,)} for arm in ARMS}
    return {arm: {"mode": (mode_label(arm, labels),)} for arm in ARMS}


def impact_layout(impacts: Sequence[Impact], labels: Mapping[str, str]) -> TableLayout:
    """The layout of the table `impacts`: students by arm, and the share of each arm with a yes."""
    counts = {f"n_{arm}": CountedColumn() for arm in ARMS}
    shares = {f"percent_{arm}": CountedColumn(among={}, n=f"n_{arm}") for arm in ARMS}
    definitions = tuple(_impact_definition(impact.sample, labels) for impact in impacts)
    return TableLayout(
        {**counts, **shares},
        population=step_mark(ANALYSED),
        dimensions={"course": "course", "cohort": "term"},
        totals=TOTALS,
        absent_rows_are_zero=False,
        counts_of=ENROLLMENTS,
        definitions=definitions,
    )


def _impact_definition(sample: Sample, labels: Mapping[str, str]) -> RowDefinition:
    used, arms = _used(sample), _arms(sample, labels)
    row = {"contrast": sample.contrast.name, "course": sample.course, "cohort": sample.cohort}
    marks = {f"n_{arm}": (first_mark(used, "arms"),) for arm in ARMS}
    where: dict[str, Categories] = {f"n_{arm}": arms[arm] for arm in ARMS}
    if not sample.is_share:
        return RowDefinition(row, marks, where=where)
    shares = {f"percent_{arm}": arms[arm] for arm in ARMS}
    return RowDefinition(
        row,
        {**marks, **dict.fromkeys(shares, (used,))},
        where={**where, **{share: {sample.contrast.outcome: ("yes",)} for share in shares}},
        among=shares,
    )


def attrition_layout(impacts: Sequence[Impact]) -> TableLayout:
    """The layout of the table `attrition`: assignments by arm, those analysed, and the share that is lost."""
    columns = {f"{what}_{arm}": CountedColumn() for what in ("assigned", "analysed") for arm in ARMS}
    lost = {f"lost_{arm}_percent": CountedColumn(among={}, n=f"assigned_{arm}") for arm in ARMS}
    return TableLayout(
        {**columns, **lost, "overall_percent": CountedColumn(among={}, n="assigned")},
        population=step_mark(ANALYSED),
        dimensions={"course": "course"},
        totals=TOTALS,
        absent_rows_are_zero=False,
        counts_of=ENROLLMENTS,
        sizes={"assigned": CountedColumn()},
        definitions=tuple(_attrition_definition(one.sample) for one in impacts if one.sample.level != "cohort"),
    )


def _attrition_definition(sample: Sample) -> RowDefinition:
    used, assigned = (_used(sample),), (_assigned(sample),)
    arms: dict[str, Categories] = {arm: {"assigned_mode": (arm,)} for arm in ARMS}
    lost: Categories = {_known(sample.contrast.name): ("no",)}
    shares = {f"lost_{arm}_percent": arms[arm] for arm in ARMS}
    return RowDefinition(
        {"contrast": sample.contrast.name, "course": sample.course},
        {
            **{f"assigned_{arm}": assigned for arm in ARMS},
            **{f"analysed_{arm}": used for arm in ARMS},
            **dict.fromkeys((*shares, "overall_percent", "assigned"), assigned),
        },
        where={
            **{f"{what}_{arm}": arms[arm] for what in ("assigned", "analysed") for arm in ARMS},
            **dict.fromkeys((*shares, "overall_percent"), lost),
        },
        among=shares,
    )


def delivered_layout(frame: pd.DataFrame, labels: Mapping[str, str]) -> TableLayout:
    """The layout of the table `delivered`: students by course, cohort and class."""
    assigned = arm_column(frame) == "assigned_arm"
    modes = {mode_label(arm, labels): (arm,) for arm in ARMS}
    graded, platform = first_mark("delivered", GRADE_SOURCE), {GRADE_SOURCE: ("platform",)}
    took = CountedColumn(where={"mode": (mode_label("online", labels),)}, among={}, n="students", share_of=())
    columns = {
        "students": CountedColumn(marks=(first_mark("delivered"),)),
        "took_online_percent": took,
        "platform_grade_percent": CountedColumn(
            where=platform, marks=("source of the grade known",), among={}, n="platform_grade_students"
        ),
    }
    return TableLayout(
        columns,
        population=step_mark(ANALYSED),
        dimensions={"course": "course", "cohort": "term", "mode": "assigned_mode" if assigned else "mode"},
        collapsed={"assigned_mode": modes} if assigned else {},
        absent_rows_are_zero=False,
        counts_of=ENROLLMENTS,
        sizes={"platform_grade_students": CountedColumn(marks=(graded,))},
    )
