"""Descriptive tables: who the students are, what they did, and how they fared. Exact; not yet public."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from recredit.cohort.rules import ALL_TERMS, OTHER_COURSES, OTHER_MODE, UNKNOWN, is_possible
from recredit.estimators.analysis import ARMS, definitions, distinct, mode_label
from recredit.estimators.exact import Cell
from recredit.estimators.variables import VARIABLES, value_label

Rows = list[dict[str, Cell]]

CHARACTERISTICS = (
    "grade_level",
    "sex",
    "race_ethnicity",
    "english_learner",
    "disability",
    "economically_disadvantaged",
)
NOT_RECORDED = "not recorded"
# More different texts than this are no categories: they may be free text, with names in it.
MAXIMUM_REASONS = 12
IDLE_RANGES: Mapping[str, tuple[float, float]] = {
    "under 10 percent": (0.0, 0.1),
    "10 to 19 percent": (0.1, 0.2),
    "20 to 29 percent": (0.2, 0.3),
    "30 to 39 percent": (0.3, 0.4),
    "40 to 49 percent": (0.4, 0.5),
    "50 percent or more": (0.5, math.inf),
}
# Figures of the table `engagement`: name, column of the analysis table, factor.
ENGAGEMENT = (
    ("sessions", "sessions", 1.0),
    ("days", "days", 1.0),
    ("active_hours", "active_hours", 1.0),
    ("idle_hours", "idle_hours", 1.0),
    ("total_hours", "total_hours", 1.0),
    ("idle_share", "idle_share", 100.0),
    ("idle_share_at_least", "idle_share_at_least", 100.0),
    ("idle_share_at_most", "idle_share_at_most", 100.0),
    ("actions_per_day", "actions_per_day", 1.0),
    ("activities_per_day", "activities_per_day", 1.0),
    ("minutes_per_session", "minutes_per_session", 1.0),
    ("outside_school_day", "share_outside_school_day", 100.0),
)


@dataclass(frozen=True)
class Words:
    """The study's labels, and the shortest time for which an idle share is given."""

    labels: Mapping[str, str]
    minimum_minutes: float


def mean_cells(frame: pd.DataFrame, name: str, column: str, factor: float = 1.0) -> dict[str, Cell]:
    """Mean and standard deviation of ``column`` over enrollments, with the number of different students behind it."""
    known = frame[frame[column].notna()]
    values = known[column] * factor
    return {
        f"{name}_mean": float(values.mean()),
        f"{name}_sd": float(values.std()),
        f"{name}_students": float(known["student_id"].nunique()),
    }


def percent_cells(frame: pd.DataFrame, name: str, column: str) -> dict[str, Cell]:
    """Percent of enrollments with a yes in ``column``, with the number of different students behind it."""
    known = frame[frame[column].notna()]
    return {
        f"{name}_percent": 100 * float(known[column].mean()),
        f"{name}_students": float(known["student_id"].nunique()),
    }


def behind(frame: pd.DataFrame) -> dict[str, Cell]:
    """Different students, schools and teachers behind a row; a row without students has none of them."""
    return {
        "students": float(frame["student_id"].nunique()),
        "schools": distinct(frame["school_id"]) if len(frame) else 0.0,
        "teachers": distinct(frame["teacher_id"]) if len(frame) else 0.0,
    }


def _results(frame: pd.DataFrame) -> dict[str, Cell]:
    return {
        **mean_cells(frame, "grade", "percent"),
        **percent_cells(frame, "completed", "completed"),
        **percent_cells(frame, "passed", "passed"),
    }


def course_label(course_id: object, title: str, labels: Mapping[str, str]) -> str:
    """A course of the flow in the words of the analysis table; a group of courses, which has no id, by its name."""
    own = labels.get(course_id) if isinstance(course_id, str) else None
    return own or (labels.get(title, title) if isinstance(course_id, str) else title)


def sample_flow(flow: pd.DataFrame, frame: pd.DataFrame, words: Words) -> Rows:
    """The flow of the cohort over all terms.

    Parameters
    ----------
    flow : the flow table of the stage `cohort`.
    frame : the analysis table, for the order of the courses.
    """
    whole = flow[flow["term"] == ALL_TERMS].copy()
    orders = frame.groupby("course_id")["course_order"].first()
    last = float(orders.max()) + 1 if len(orders) else 0.0
    rank = {OTHER_COURSES: last + 1, UNKNOWN: last + 2}
    whole["course_order"] = whole["course_id"].map(orders).fillna(whole["course"].map(rank)).fillna(last)
    whole["arm_order"] = whole["arm"].map({"online": 0, "comparison": 1}).fillna(2)
    pairs = zip(whole["course_id"], whole["course"], strict=True)
    whole["shown"] = [course_label(*pair, words.labels) for pair in pairs]
    whole = whole.sort_values(["order", "course_order", "shown", "arm_order"], kind="stable")
    return [
        {
            "step": str(row["step"]),
            "course": str(row["shown"]),
            "mode": row["arm"] if row["arm"] == OTHER_MODE else mode_label(row["arm"], words.labels),
            "students": float(row["students"]),
        }
        for row in whole.to_dict("records")
        if is_possible(int(row["order"]), str(row["course"]), str(row["arm"]))
    ]


def student_characteristics(frame: pd.DataFrame, words: Words) -> Rows:
    """Students by characteristic, category and mode; a characteristic nobody has a value for is left out."""
    rows: Rows = []
    for name in CHARACTERISTICS:
        if frame[name].isna().all():
            continue
        for arm in ARMS:
            part = frame[frame["arm"] == arm]
            # One row per student: the first by content where two courses disagree, such as on the grade level.
            students = part.drop_duplicates("student_id")
            categories = students[name].map(lambda value, name=name: characteristic_category(value, name, words.labels))
            for category in _ordered_categories(frame[name], name, words.labels):
                own = students[categories == category]
                if len(students):
                    rows.append(_characteristic(own, name, category, arm, len(students), words))
    return rows


def _characteristic(own: pd.DataFrame, name: str, category: str, arm: str, total: int, words: Words) -> dict[str, Cell]:
    return {
        "characteristic": characteristic_name(name),
        "category": category,
        "mode": mode_label(arm, words.labels),
        "share_percent": 100 * len(own) / total,
        "arm_students": float(total),
        **behind(own),
    }


def characteristic_name(name: str) -> str:
    """A characteristic in words."""
    return VARIABLES[name].label if name != "grade_level" else "Grade level"


def characteristic_category(value: object, name: str, labels: Mapping[str, str]) -> str:
    """A student's value of a characteristic in words."""
    if pd.isna(value):  # type: ignore[call-overload]
        return NOT_RECORDED
    if VARIABLES[name].kind == "yes_no":
        return "yes" if value else "no"
    return value_label(value, labels)


def _ordered_categories(column: pd.Series, name: str, labels: Mapping[str, str]) -> list[str]:
    found = [characteristic_category(value, name, labels) for value in sorted(column.dropna().unique())]
    return [*found, NOT_RECORDED] if column.isna().any() else found


def outcomes_by_mode(frame: pd.DataFrame, words: Words) -> Rows:
    """Results by course and mode, over enrollments that have one."""
    rows: Rows = []
    results = frame[(frame["has_result"] == 1) & frame["arm"].notna()]
    for (_, course), part in results.groupby(["course_order", "course"], sort=True):
        for arm in ARMS:
            own = part[part["arm"] == arm]
            if len(own):
                rows.append(
                    {"course": str(course), "mode": mode_label(arm, words.labels), **_results(own), **behind(own)}
                )
    return rows


def engagement(frame: pd.DataFrame, words: Words) -> Rows:
    """Measures of online enrollments by course, term and definition of idle time."""
    rows: Rows = []
    online = measured_online(frame)
    for definition, part in definitions(online, ["idle_definition"]):
        by = ["course_order", "course", "term_order", "term"]
        for (_, course, _, term), own in part.groupby(by, sort=True):
            names = {"course": str(course), "term": str(term), "idle_definition": value_label(definition, words.labels)}
            figures = [mean_cells(own, name, column, factor) for name, column, factor in ENGAGEMENT]
            rows.append({**names, **_merged(figures), **behind(own)})
    return rows


def outcomes_by_idle(frame: pd.DataFrame, words: Words) -> Rows:
    """Results of online enrollments by range of the idle share, with a row for those without one."""
    rows: Rows = []
    online = measured_online(frame)
    if online["idle_share"].isna().all():
        return rows
    for definition, part in definitions(online, ["idle_share"]):
        for name, chosen in idle_ranges(part, words).items():
            own = part[chosen]
            if len(own):
                shared = {"idle_share": name, "idle_definition": value_label(definition, words.labels)}
                rows.append({**shared, **_results(own), **behind(own)})
    return rows


def idle_ranges(frame: pd.DataFrame, words: Words) -> dict[str, pd.Series]:
    """Which rows lie in each range of the idle share, and which have none."""
    share = frame["idle_share"]
    ranges = {name: share.ge(low) & share.lt(high) for name, (low, high) in IDLE_RANGES.items()}
    return {**ranges, f"under {words.minimum_minutes:g} minutes in the platform, or not known": share.isna()}


def outcomes_by_attempt(frame: pd.DataFrame, words: Words) -> Rows:
    """Results by the number of earlier attempts at the course, over enrollments with a result."""
    known = frame[(frame["has_result"] == 1) & frame["earlier_attempts"].notna()]
    return [
        {"earlier_attempts": value_label(attempts, words.labels), **_results(own), **behind(own)}
        for attempts, own in known.groupby("earlier_attempts", sort=True)
    ]


def enrollment_reasons(frame: pd.DataFrame, words: Words) -> Rows:
    """Students and mean grade by recorded reason; nothing where the texts are too many to be categories."""
    reasons = sorted(frame["enrollment_reason"].dropna().unique())
    if len(reasons) > MAXIMUM_REASONS:
        return []
    rows: Rows = []
    for reason in reasons:
        own = frame[frame["enrollment_reason"] == reason]
        shown = words.labels.get(reason, reason)
        rows.append({"reason": shown, **mean_cells(own, "grade", "percent"), **behind(own)})
    return rows


def data_quality(quality: pd.DataFrame, frame: pd.DataFrame) -> Rows:
    """What the intake found, in its order, and the enrollments whose idle time has two definitions.

    A check that found nothing is left out: its 0 would be marked like a small number, and read as one.
    """
    columns = ("table", "check", "what", "unit", "count", "checked")
    rows: Rows = [{name: row[name] for name in columns} for row in quality.to_dict("records") if row["count"] > 0]
    mixed = int((frame["idle_definitions"] > 1).sum())
    if mixed:
        rows.append(
            {
                "table": "sessions",
                "check": "one_idle_definition",
                "what": "enrollments with idle time under two definitions: their idle share is missing",
                "unit": "enrollments",
                "count": float(mixed),
                "checked": float(frame["idle_definitions"].notna().sum()),
            }
        )
    return rows


def measured_online(frame: pd.DataFrame) -> pd.DataFrame:
    """Online enrollments with anything measured."""
    return frame[(frame["arm"] == "online") & (frame["total_hours"].notna() | frame["actions"].notna())]


def _merged(parts: Sequence[Mapping[str, Cell]]) -> dict[str, Cell]:
    return {name: value for part in parts for name, value in part.items()}
