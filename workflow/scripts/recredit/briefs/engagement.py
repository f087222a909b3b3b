"""The findings of the brief on patterns of engagement: kinds of user, idle time, work outside school, pace by year."""

from collections.abc import Sequence

from recredit.briefs.blocks import Shown
from recredit.briefs.describing import change, change_claim, change_sentence, changes, extremes, with_unit
from recredit.briefs.numbers import Sentence, compose, join, opening
from recredit.briefs.overview import HOURS, Finding, association_findings, further_findings
from recredit.briefs.overview import IDLE as IDLE_TERM
from recredit.briefs.released import Released, Row
from recredit.briefs.user_types import (
    IDLE_SHARE,
    SHARE_OUTSIDE,
    idle_findings,
    outcome_findings,
    rating_findings,
    type_findings,
)
from recredit.briefs.wording import label

ALL = "all"
SESSIONS = "sessions_to_completion_mean"
# What tells of work in the platform, the first that a study has.
WORK = ("total_hours_mean", "days_mean", "sessions_mean")
# Analyses that belong to this brief, and are named in it where they could not be made.
ANALYSES = (
    "engagement",
    "outcomes_by_idle",
    "engagement_types",
    "type_ratings",
    "types_outcomes",
    "efficiency_by_year",
    "idle_thresholds",
    "idle_agreement",
)
TYPE_COLUMNS: Sequence[Shown] = (
    "type",
    "students",
    IDLE_SHARE,
    "sessions_mean",
    "activities_per_day_mean",
    SHARE_OUTSIDE,
    "low_grade_level_percent",
    "math_percent",
)
YEAR_COLUMNS: Sequence[Shown] = (
    "school_year",
    "type",
    "students",
    SESSIONS,
    "total_hours_mean",
    "activities_per_day_mean",
    "activities_per_active_hour_mean",
)
SELECTION_COLUMNS: Sequence[Shown] = ("types", "chosen", "smallest_share", "agreement", "verdict")
KEY_FINDINGS = 4


def has_years(released: Released) -> bool:
    """Whether there is more than one school year to set side by side."""
    return len({row.label("school_year") for row in released.table("efficiency_by_year").rows}) > 1


def year_findings(released: Released) -> list[Finding]:
    """Sessions to complete a course, from the first school year to the last, for each kind and for all."""
    rows = released.table("efficiency_by_year").rows
    kinds = list(dict.fromkeys(row.label("type") for row in rows if row.label("type") != ALL))
    spans = [span for kind in kinds if (span := _span([row for row in rows if row.label("type") == kind]))]
    if not spans:
        return []
    common = changes([change(first[SESSIONS], last[SESSIONS]) for first, last in spans])
    sentences = [change_sentence(*span, SESSIONS, opening(span[0]["type"])) for span in spans]
    whole = _span([row for row in rows if row.label("type") == ALL])
    detail = change_sentence(*whole, SESSIONS, "Everybody together") if whole else sentences[0]
    claim = change_claim(common, "sessions to complete a course")
    return [
        Finding(claim, [*sentences, detail] if whole else sentences, [row for span in spans for row in span], detail)
    ]


def _span(rows: Sequence[Row]) -> tuple[Row, Row] | None:
    """The first and the last school year with a row, where there are two."""
    ordered = sorted(rows, key=lambda row: row.label("school_year"))
    return (ordered[0], ordered[-1]) if len(ordered) > 1 else None


def findings(released: Released) -> list[Finding]:
    """All findings of the brief, in the order of its sections."""
    return [
        *type_findings(released),
        *rating_findings(released),
        *outcome_findings(released),
        *idle_findings(released),
        *year_findings(released),
        *work_findings(released),
    ]


def key_findings(released: Released) -> list[Sentence]:
    """The findings for the box: the ends of idle time and of work outside school, results, pace, and what goes with it.

    Without kinds of user it tells what the models and the averages say.
    """
    chosen = [
        *type_findings(released)[1:],
        *idle_findings(released)[:1],
        *year_findings(released),
        *association_findings(released, IDLE_TERM)[:1],
        *further_findings(released)[:2],
        *work_findings(released),
        *association_findings(released, HOURS)[:1],
    ]
    return [finding.key for finding in chosen[:KEY_FINDINGS]]


def work_findings(released: Released) -> list[Finding]:
    """Where students worked least and most in the platform: what there is to say without kinds of user."""
    rows = released.table("engagement").rows
    for column in WORK:
        shown = [row for row in rows if column in row and row[column].shown]
        ends = extremes(shown, column)
        if ends:
            claim = compose("Students worked more in some courses and terms than in others")
            sentences = [_worked(row, column, end) for row, end in zip(ends, ("Least", "Most"), strict=True)]
            return [Finding(claim, sentences, list(ends), join(sentences))]
    return []


def _worked(row: Row, column: str, end: str) -> Sentence:
    return compose(
        f"{end}: {{value}} on average, in {{course}}, {{term}}.",
        value=with_unit(row[column]),
        course=label(row["course"]),
        term=label(row["term"]),
    )
