"""The columns of the analysis table in the words and units that readers see, and the tables they come from."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from recredit.errors import ConfigurationError

_POINTS = "percentage points"


@dataclass(frozen=True)
class Variable:
    """One column of the analysis table.

    Attributes
    ----------
    label : words for readers.
    unit : unit of a difference in it.
    kind : "number", "yes_no" (as an outcome in percentage points) or "category".
    tables : canonical tables that can supply it; any one of them is enough.
    step, per : one step as a term of a model, as a number and in words: shares go in steps of ten percentage points.
    """

    label: str
    unit: str = ""
    kind: str = "number"
    tables: tuple[str, ...] = ()
    step: float = 1.0
    per: str = ""

    @property
    def outcome_scale(self) -> float:
        """What an outcome is multiplied by so that a difference has ``unit``."""
        return 100.0 if self.unit == _POINTS else 1.0


_TEN = "10 percentage points"

_LOG = ("sessions", "events")
_TIME = ("sessions", "events", "usage_totals")
_STUDENTS = ("students",)

VARIABLES: Mapping[str, Variable] = MappingProxyType(
    {
        "percent": Variable("Final grade", "points of 100", tables=("marks",)),
        "passed": Variable("Course passed", _POINTS, "yes_no", ("marks",)),
        "completed": Variable("Course completed", _POINTS, "yes_no", ("marks",)),
        "credits_earned": Variable("Credits earned", "credits", tables=("marks",)),
        "test_score": Variable("External test score", "points", tables=("tests",)),
        "test_score_in_sd": Variable("External test score", "standard deviations", tables=("tests",)),
        "test_proficient": Variable("Proficient on the external test", _POINTS, "yes_no", ("tests",)),
        "survey_score": Variable("Score on the survey scale", "standard deviations", tables=("student_survey",)),
        "earlier_test_in_sd": Variable(
            "Earlier test score", "standard deviations", tables=("tests",), per="standard deviation"
        ),
        "sessions": Variable("Sessions", "sessions", tables=_LOG, per="session"),
        "days": Variable("Days in the platform", "days", tables=("sessions", "events", "usage_days"), per="day"),
        "active_hours": Variable("Active hours", "hours", tables=_TIME, per="hour"),
        "idle_hours": Variable("Idle hours", "hours", tables=_TIME, per="hour"),
        "total_hours": Variable("Hours in the platform", "hours", tables=_TIME, per="hour"),
        "idle_share": Variable("Idle share", _POINTS, tables=_TIME, step=0.1, per=_TEN),
        "idle_share_at_least": Variable("Least idle share", _POINTS, tables=_LOG, step=0.1, per=_TEN),
        "idle_share_at_most": Variable("Greatest idle share", _POINTS, tables=_LOG, step=0.1, per=_TEN),
        "actions": Variable(
            "Actions in the platform", "actions", tables=("usage_days",), step=100.0, per="100 actions"
        ),
        "actions_per_day": Variable(
            "Actions a day", "actions", tables=("usage_days",), step=10.0, per="10 actions a day"
        ),
        "activities": Variable("Activities completed", "activities", tables=_LOG, per="activity"),
        "activities_per_day": Variable("Activities a day", "activities", tables=_LOG, per="activity"),
        "minutes_per_session": Variable("Minutes a session", "minutes", tables=_LOG, per="minute"),
        "share_outside_school_day": Variable(
            "Share of log-ins outside the school day", _POINTS, tables=("calendar",), step=0.1, per=_TEN
        ),
        "activities_per_active_hour": Variable(
            "Activities an active hour", "activities", tables=_LOG, per="activity an hour"
        ),
        "sessions_to_completion": Variable("Sessions to completion", "sessions", tables=("marks",), per="session"),
        "pace": Variable(
            "Time in the platform against the target", "times the target", tables=("calendar",), per="target"
        ),
        "regularity": Variable("Regularity", _POINTS, tables=_LOG, step=0.1, per=_TEN),
        "first_week_activities": Variable("Activities in the first week", "activities", tables=_LOG, per="activity"),
        "first_week_active_hours": Variable("Active hours in the first week", "hours", tables=_LOG, per="hour"),
        "first_two_weeks_idle_share": Variable(
            "Idle share in the first two weeks", _POINTS, tables=_LOG, step=0.1, per=_TEN
        ),
        "first_two_weeks_days": Variable("Days in the platform in the first two weeks", "days", tables=_LOG, per="day"),
        "completed_in_two_weeks": Variable("Completed in the first two weeks", kind="category", tables=_LOG),
        "absence_rate": Variable("Absence rate", _POINTS, tables=("attendance",), step=0.1, per=_TEN),
        "first_attempt_percent": Variable(
            "Grade of the first attempt", "points of 100", tables=("enrollments",), per="point of 100"
        ),
        "earlier_attempts": Variable(
            "Earlier attempts at the course", "attempts", tables=("enrollments",), per="earlier attempt"
        ),
        "age_years": Variable("Age", "years", tables=_STUDENTS, per="year"),
        "grade_level": Variable("Grade", kind="category", tables=("enrollments",)),
        "sex": Variable("Sex", kind="category", tables=_STUDENTS),
        "race_ethnicity": Variable("Race and ethnicity", kind="category", tables=_STUDENTS),
        "english_learner": Variable("English learner", kind="yes_no", tables=_STUDENTS),
        "disability": Variable("Student with a disability", kind="yes_no", tables=_STUDENTS),
        "economically_disadvantaged": Variable("Economically disadvantaged", kind="yes_no", tables=_STUDENTS),
        "is_recovery": Variable("Taken for credit recovery", kind="yes_no", tables=("enrollments",)),
        "enrollment_reason": Variable("Reason for enrollment", kind="category", tables=("enrollments",)),
        "class_type": Variable("Type of class", kind="category", tables=("sections",)),
        "arm": Variable("Class", kind="category", tables=("sections",)),
        "grade_source": Variable("Source of the grade", kind="category", tables=("marks",)),
        "type": Variable("Type of user", kind="category", tables=_LOG),
        "idle_definition": Variable("Definition of idle time", kind="category", tables=_TIME),
        "course": Variable("Course", kind="category", tables=("courses",)),
        "course_id": Variable("Course", kind="category", tables=("courses",)),
        "subject": Variable("Subject", kind="category", tables=("courses",)),
        "term": Variable("Term", kind="category", tables=("terms",)),
        "term_id": Variable("Term", kind="category", tables=("terms",)),
        "school_year": Variable("School year", kind="category", tables=("terms",)),
        "school_id": Variable("school", kind="category", tables=("sections",)),
        "section_id": Variable("section", kind="category", tables=("sections",)),
        "teacher_id": Variable("teacher", kind="category", tables=("sections",)),
        "student_id": Variable("student", kind="category", tables=("enrollments",)),
        "lottery_block": Variable("lottery block", kind="category", tables=("enrollments",)),
    }
)

# Columns that hold random study codes: they may group rows, never name a level or order one.
CODES = ("enrollment_id", "student_id", "school_id", "section_id", "teacher_id", "lottery_block")
# Columns that the whole log has beside the cohort's, and those of the cohort's that the log has, too.
IN_THE_LOG_ALONE = ("type", "first_two_weeks_days", "completed_in_two_weeks")
IN_THE_LOG = (
    *IN_THE_LOG_ALONE,
    *("percent", "completed", "passed", "sessions", "days", "active_hours", "idle_hours", "total_hours", "idle_share"),
    *("activities", "activities_per_day", "minutes_per_session", "share_outside_school_day", "pace", "regularity"),
    *("activities_per_active_hour", "sessions_to_completion", "first_week_activities", "first_week_active_hours"),
    *("first_two_weeks_idle_share", "absence_rate", "grade_level", "idle_definition", "course", "course_id", "subject"),
    *("school_year", "school_id", "section_id", "teacher_id", "student_id"),
)
# Figures that mean something else under another definition of idle time: never pooled over two.
UNDER_A_DEFINITION = (
    *("active_hours", "idle_hours", "idle_share", "idle_share_at_least", "idle_share_at_most"),
    *("activities_per_active_hour", "first_week_active_hours", "first_two_weeks_idle_share"),
)

_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "american_indian": "American Indian",
        "asian": "Asian",
        "black": "Black",
        "hispanic": "Hispanic",
        "pacific_islander": "Pacific Islander",
        "two_or_more": "two or more races",
        "white": "White",
        "comparison": "teacher-directed",
    }
)


def check_columns(
    place: str, names: Iterable[str], *, terms: Iterable[str] = (), known: Iterable[str] | None = None
) -> None:
    """Refuse what a study's model or contrast cannot use.

    Parameters
    ----------
    place : the key of the configuration, for the message.
    names : every column named there.
    terms : those of them that become terms of the model, shown level by level.
    known : the columns there are; by default those of the cohort.

    Raises
    ------
    ConfigurationError for an unknown column, with the nearest known one, or for study codes among the terms.
    """
    there = [name for name in VARIABLES if name not in IN_THE_LOG_ALONE] if known is None else [*known]
    for name in names:
        if name not in there:
            near = difflib.get_close_matches(name, there, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ConfigurationError(
                f"study.yaml: {place}: '{name}' is no column of the analysis table.{hint} Columns: {', '.join(there)}."
            )
    for name in terms:
        if name in CODES:
            raise ConfigurationError(
                f"study.yaml: {place}: '{name}' cannot be a term, since its effects would show single schools, "
                "teachers or students. Name it under absorb."
            )


def value_label(value: object, labels: Mapping[str, str]) -> str:
    """``value`` of a category in words; ``labels`` of the study win, other texts lose their underscores."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return labels.get(text) or _VALUES.get(text) or text.replace("_", " ")
