"""All descriptive tables of a study, and which of them its records do not allow."""

from collections.abc import Mapping, Sequence

import pandas as pd

from recredit.estimators import descriptive
from recredit.estimators.descriptive import MAXIMUM_REASONS, Rows, Words
from recredit.estimators.exact import Made, exact_table
from recredit.estimators.specifications import DESCRIPTIVE

# Tables that a descriptive table needs; any one of a group will do.
NEEDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "student_characteristics": (("students", "enrollments"),),
    "outcomes_by_mode": (("marks",),),
    "engagement": (("sessions", "events", "usage_totals", "usage_days"),),
    "outcomes_by_attempt": (("marks",),),
    "outcomes_by_idle": (("sessions", "events", "usage_totals"), ("marks",)),
}
# Why a table has no row although the study fills the tables it needs.
NOTHING = {
    "sample_flow": "no enrollment is on file",
    "student_characteristics": "no characteristic is recorded for the students analysed",
    "outcomes_by_mode": "no enrollment analysed has a final result",
    "engagement": "no online enrollment analysed has time in a platform",
    "outcomes_by_idle": "no online enrollment analysed has an idle share",
    "outcomes_by_attempt": "the number of earlier attempts is not recorded, or no enrollment has a result",
    "enrollment_reasons": f"no reason is recorded, or more than {MAXIMUM_REASONS} different texts are (map them to "
    "a few in the adapter: free text is not released)",
    "data_quality": "the checks found nothing",
}


def describe(
    frame: pd.DataFrame, flow: pd.DataFrame, quality: pd.DataFrame, words: Words, tables: Sequence[str]
) -> tuple[dict[str, pd.DataFrame], list[Made]]:
    """The descriptive tables of a study.

    Parameters
    ----------
    frame : the analysis table.
    flow, quality : the flow of the cohort and the findings of the intake.
    words : the study's labels and limits.
    tables : canonical tables the study fills.

    Returns
    -------
    Every table by name, without rows where the study does not allow it, and the list of what was made.
    """
    rows: dict[str, Rows] = {
        "sample_flow": descriptive.sample_flow(flow, frame, words),
        "student_characteristics": descriptive.student_characteristics(frame, words),
        "outcomes_by_mode": descriptive.outcomes_by_mode(frame, words),
        "engagement": descriptive.engagement(frame, words),
        "outcomes_by_idle": descriptive.outcomes_by_idle(frame, words),
        "outcomes_by_attempt": descriptive.outcomes_by_attempt(frame, words),
        "enrollment_reasons": descriptive.enrollment_reasons(frame, words),
        "data_quality": descriptive.data_quality(quality, frame),
    }
    made = [Made(one.name, one.title, _why_not(one.name, rows[one.name], tables)) for one in DESCRIPTIVE]
    return {one.name: exact_table(rows[one.name], one) for one in DESCRIPTIVE}, made


def _why_not(name: str, rows: Rows, tables: Sequence[str]) -> str:
    if rows:
        return ""
    lacking = [" or ".join(group) for group in NEEDS.get(name, ()) if not set(group) & set(tables)]
    return f"the study has no table {' and no table '.join(lacking)}" if lacking else NOTHING[name]
