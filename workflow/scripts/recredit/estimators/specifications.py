"""What each exact table says about itself: the release decides from this alone what may be shown."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.estimators.layouts import DESCRIPTIVE_LAYOUTS, difference_layout

DESCRIBE = "estimate/describe_cohort"
ONLINE_ENROLLMENTS = "Students who took an analysed course in an online class"


def label(words: str) -> ColumnSpecification:
    """A column of words."""
    return ColumnSpecification("label", words)


def count(words: str = "Students", unit: str = "students") -> ColumnSpecification:
    """A number of students or rows."""
    return ColumnSpecification("count", words, unit)


def hidden() -> ColumnSpecification:
    """A column that only the disclosure rules read."""
    return ColumnSpecification("hidden")


def mean(name: str, words: str, unit: str) -> dict[str, ColumnSpecification]:
    """A mean with the number of students and the standard deviation behind it."""
    return {
        f"{name}_mean": ColumnSpecification("mean", words, unit, n=f"{name}_students", sd=f"{name}_sd"),
        f"{name}_sd": hidden(),
        f"{name}_students": hidden(),
    }


def percent(name: str, words: str) -> dict[str, ColumnSpecification]:
    """A percentage of students with the number of students behind it."""
    return {
        f"{name}_percent": ColumnSpecification("percent", words, "percent", n=f"{name}_students"),
        f"{name}_students": hidden(),
    }


def units() -> dict[str, ColumnSpecification]:
    """The numbers of schools and teachers behind a row."""
    return {"schools": hidden(), "teachers": hidden()}


def model_figures(n: str | None = None, sd: str | None = None) -> dict[str, ColumnSpecification]:
    """Estimate, interval, standard error, p and degrees of freedom, with the hidden columns of the model rules."""
    return {
        "estimate": ColumnSpecification("estimate", "Estimate", n=n, sd=sd, std_error="std_error"),
        "ci_low": ColumnSpecification("ci_low", "95% interval from", n=n, sd=sd, std_error="std_error"),
        "ci_high": ColumnSpecification("ci_high", "95% interval to", n=n, sd=sd, std_error="std_error"),
        "std_error": ColumnSpecification("std_error", "Standard error"),
        "p_value": ColumnSpecification("p_value", "p"),
        "df": ColumnSpecification("df", "Degrees of freedom"),
        "residual_df": hidden(),
        "smallest_cell": hidden(),
        "max_leverage": hidden(),
    }


_FLOW = TableSpecification(
    "sample_flow",
    "Who is analysed, and who is not",
    "All students with an enrollment on file, by the class they were enrolled in, all terms together",
    "one row per step, course and mode of the class; a student counts once in each row",
    DESCRIBE,
    {"step": label("Step"), "course": label("Course"), "mode": label("Class"), "students": count()},
    # Steps follow one another; they are no categories that could be collapsed where a few students left at one.
    listing=True,
)

_CHARACTERISTICS = TableSpecification(
    "student_characteristics",
    "Characteristics of the students",
    "Students who took an analysed course",
    "one row per characteristic, category and mode of the class",
    DESCRIBE,
    {
        "characteristic": label("Characteristic"),
        "category": label("Category"),
        "mode": label("Class"),
        "share_percent": ColumnSpecification(
            "percent", "Share of the students of this mode", "percent", n="arm_students"
        ),
        # A percentage is shown without its numerator; the students of each mode stand in the flow.
        "arm_students": hidden(),
        "students": hidden(),
        **units(),
    },
    schools="schools",
    teachers="teachers",
)

_OUTCOMES = TableSpecification(
    "outcomes_by_mode",
    "Final grades, completion and passing by mode of the class",
    "Students with a final result in an analysed course, by the class they took",
    "one row per course and mode of the class",
    DESCRIBE,
    {
        "course": label("Course"),
        "mode": label("Class"),
        "students": count(),
        **mean("grade", "Mean final grade", "points of 100"),
        **percent("completed", "Completed"),
        **percent("passed", "Passed"),
        **units(),
    },
    schools="schools",
    teachers="teachers",
)

_ENGAGEMENT = TableSpecification(
    "engagement",
    "Time and pace in the platform",
    ONLINE_ENROLLMENTS,
    "one row per course and term",
    DESCRIBE,
    {
        "course": label("Course"),
        "term": label("Term"),
        "idle_definition": label("Definition of idle time"),
        "students": count(),
        **mean("sessions", "Sessions", "sessions"),
        **mean("days", "Days in the platform", "days"),
        **mean("active_hours", "Active hours", "hours"),
        **mean("idle_hours", "Idle hours", "hours"),
        **mean("total_hours", "Hours in the platform", "hours"),
        **mean("idle_share", "Idle share of the time", "percent"),
        **mean("idle_share_at_least", "Idle share of the time, at least", "percent"),
        **mean("idle_share_at_most", "Idle share of the time, at most", "percent"),
        **mean("actions_per_day", "Actions a day", "actions"),
        **mean("activities_per_day", "Activities a day", "activities"),
        **mean("minutes_per_session", "Minutes a session", "minutes"),
        **mean("outside_school_day", "Log-ins outside the school day", "percent"),
        **units(),
    },
    schools="schools",
    teachers="teachers",
)

_IDLE = TableSpecification(
    "outcomes_by_idle",
    "Final grades and passing by idle share",
    ONLINE_ENROLLMENTS,
    "one row per range of the idle share (idle time as a share of active and idle time together)",
    DESCRIBE,
    {
        "idle_share": label("Idle share"),
        "idle_definition": label("Definition of idle time"),
        "students": count(),
        **mean("grade", "Mean final grade", "points of 100"),
        **percent("completed", "Completed"),
        **percent("passed", "Passed"),
        **units(),
    },
    schools="schools",
    teachers="teachers",
)

_ATTEMPTS = TableSpecification(
    "outcomes_by_attempt",
    "Final grades, completion and passing by number of earlier attempts",
    "Students with a final result in an analysed course",
    "one row per number of times the student had taken the course before",
    DESCRIBE,
    {
        "earlier_attempts": label("Earlier attempts"),
        "students": count(),
        **mean("grade", "Mean final grade", "points of 100"),
        **percent("completed", "Completed"),
        **percent("passed", "Passed"),
        **units(),
    },
    schools="schools",
    teachers="teachers",
)

_REASONS = TableSpecification(
    "enrollment_reasons",
    "Why students enrolled",
    "Students who took an analysed course",
    "one row per reason as recorded",
    DESCRIBE,
    {
        "reason": label("Reason"),
        "students": count(),
        **mean("grade", "Mean final grade", "points of 100"),
        **units(),
    },
    schools="schools",
    teachers="teachers",
)

_QUALITY = TableSpecification(
    "data_quality",
    "What the checks of the records found",
    "All records the study received",
    "one row per table and finding",
    DESCRIBE,
    {
        "table": label("Table"),
        "check": label("Check"),
        "what": label("Finding"),
        "unit": label("Counted in"),
        "count": count("Found", ""),
        "checked": count("Checked", ""),
    },
    listing=True,
    unlinked="They count rows of the files as they came, before anybody was chosen; no table counts those.",
)

_DIFFERENCES = TableSpecification(
    "differences",
    "Online against teacher-directed classes",
    "Students of both arms with the outcome; in a lottery every student it assigned, whatever class was taken",
    "one row per contrast and course; the difference is online minus teacher-directed, adjusted for lottery blocks "
    "(effect) or for course and term (association); means and percentages are as they are",
    "estimate/estimate_differences",
    {
        "contrast": label("Contrast"),
        "title": label("Title"),
        "kind": label("Kind"),
        "outcome": label("Outcome"),
        "course": label("Course"),
        "unit": label("Unit of the difference"),
        "n_online": count("Students online"),
        "n_comparison": count("Students in teacher-directed classes"),
        "online_percent": ColumnSpecification("percent", "Online", "percent", n="n_online"),
        "comparison_percent": ColumnSpecification("percent", "Teacher-directed", "percent", n="n_comparison"),
        "online_mean": ColumnSpecification("mean", "Mean online", n="n_online", sd="online_sd"),
        "comparison_mean": ColumnSpecification("mean", "Mean teacher-directed", n="n_comparison", sd="comparison_sd"),
        "online_sd": hidden(),
        "comparison_sd": hidden(),
        **model_figures(n="students", sd="outcome_sd"),
        "students": count(),
        "clusters": ColumnSpecification("units", "Clusters", "clusters"),
        "convention": label("Standard error"),
        "outcome_sd": hidden(),
        "one_arm_blocks": hidden(),
        "left_out_one_arm": hidden(),
        **units(),
    },
    schools="schools",
    teachers="teachers",
    students="students",
)

_ANALYSES = TableSpecification(
    "analyses",
    "What was analysed, and what could not be",
    "All analyses this study asks for",
    "one row per analysis",
    "estimate/list_analyses",
    {"analysis": label("Analysis"), "title": label("Title"), "made": label("Made"), "why": label("Why not")},
    listing=True,
)

_WITH_LAYOUT = (_FLOW, _CHARACTERISTICS, _OUTCOMES, _ENGAGEMENT, _IDLE, _ATTEMPTS, _REASONS)
DESCRIPTIVE = (*(replace(one, layout=DESCRIPTIVE_LAYOUTS[one.name]) for one in _WITH_LAYOUT), _QUALITY)
# The contrasts of a study decide whom the rows count: the script puts their definitions into this layout.
_MODELS = (replace(_DIFFERENCES, layout=difference_layout([])),)
SPECIFICATIONS: Mapping[str, TableSpecification] = MappingProxyType(
    {one.name: one for one in (*DESCRIPTIVE, *_MODELS, _ANALYSES)}
)
