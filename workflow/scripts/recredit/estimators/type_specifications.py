"""What the tables of types of user, of efficiency and of idle thresholds say about themselves."""

from collections.abc import Mapping
from types import MappingProxyType

from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.estimators.specifications import count, hidden, label, mean, percent, units
from recredit.measures.definitions import MEASURES

RULE = "estimate/describe_types"
# Types, school years and thresholds cannot be collapsed: where a small district loses most of a table, it stays marked.
NO_CATEGORIES = True
LOG = "Enrollments of the whole log, in every course that was taken in the platform"
# Measures shown by type and by year, with the factor from their unit to the table's.
BY_TYPE = {
    "idle_share": 100.0,
    "sessions": 1.0,
    "activities_per_day": 1.0,
    "minutes_per_session": 1.0,
    "share_outside_school_day": 100.0,
    "activities_per_active_hour": 1.0,
}
BY_YEAR = {
    "activities_per_active_hour": 1.0,
    "activities_per_day": 1.0,
    "minutes_per_session": 1.0,
    "total_hours": 1.0,
    "sessions_to_completion": 1.0,
}


def _means(factors: Mapping[str, float]) -> dict[str, ColumnSpecification]:
    found: dict[str, ColumnSpecification] = {}
    for name, factor in factors.items():
        found |= mean(name, MEASURES[name].label, "percent" if factor == 100 else MEASURES[name].unit)
    return found


_TYPES = TableSpecification(
    "engagement_types",
    "Types of user",
    LOG,
    "one row per type and definition of idle time; a student counts once in each row",
    RULE,
    {
        "type": label("Type of user"),
        "idle_definition": label("Definition of idle time"),
        "students": count(),
        **_means(BY_TYPE),
        **percent("low_grade_level", "In grade 9 or 10"),
        **percent("math", "In a math course"),
        **units(),
    },
    schools="schools",
    teachers="teachers",
    listing=NO_CATEGORIES,
)
_RATINGS = TableSpecification(
    "type_ratings",
    "Teachers' ratings by type of user",
    "Online students whose teachers rated them, 1 low to 5 high",
    "one row per type and item",
    RULE,
    {
        "type": label("Type of user"),
        "item": label("What was rated"),
        "students": count(),
        **mean("rating", "Mean rating", "points from 1 to 5"),
        **units(),
    },
    schools="schools",
    teachers="teachers",
    listing=NO_CATEGORIES,
)
_SELECTION = TableSpecification(
    "type_selection",
    "How many types the data hold",
    LOG,
    "one row per number of types; each criterion for each number, since they disagree",
    RULE,
    {
        "types": label("Types"),
        "chosen": label("Described in this study"),
        "bic": label("Bayesian information criterion (less is better)"),
        "likelihood_ratio_p": label("p against one type fewer (bootstrap)"),
        "entropy": label("Relative entropy (1: no doubt who is of which type)"),
        "smallest_share": label("Smallest type, percent"),
        "agreement": label("Agreement with resamples (adjusted Rand index)"),
        "verdict": label("Verdict"),
    },
    listing=True,
)
_STABILITY = TableSpecification(
    "type_stability",
    "Whether the same types come out of a part of the data",
    LOG,
    "one row per part; agreement of the types of all with those found in the part alone",
    RULE,
    {"part": label("Part"), "agreement": label("Agreement (adjusted Rand index)")},
    listing=True,
)
_YEARS = TableSpecification(
    "efficiency_by_year",
    "Pace of work by school year and type of user",
    LOG,
    "one row per school year, type and definition of idle time",
    RULE,
    {
        "school_year": label("School year"),
        "type": label("Type of user"),
        "idle_definition": label("Definition of idle time"),
        "students": count(),
        **_means(BY_YEAR),
        **units(),
    },
    schools="schools",
    teachers="teachers",
    listing=NO_CATEGORIES,
)
_THRESHOLDS = TableSpecification(
    "idle_thresholds",
    "Idle time under other thresholds",
    "Enrollments with clicks, of at least the minimum of minutes",
    "one row per threshold: a gap inside a session that is longer counts as idle time",
    RULE,
    {
        "threshold": label("A gap is idle time beyond"),
        "students": count(),
        **mean("idle_share", "Idle share of the time", "percent"),
        **units(),
    },
    schools="schools",
    teachers="teachers",
    listing=NO_CATEGORIES,
)
_AGREEMENT = TableSpecification(
    "idle_agreement",
    "Idle time by the vendor and from clicks",
    "Enrollments with an idle share by the vendor and one computed from clicks",
    "one row per definition of the vendor; the difference is that of the clicks minus the vendor's",
    RULE,
    {
        "idle_definition": label("The vendor's definition"),
        "students": count(),
        **mean("vendor", "Idle share by the vendor", "percent"),
        **mean("clicks", "Idle share from clicks", "percent"),
        **mean("difference", "Difference", "percentage points"),
        **mean("distance", "Size of the difference", "percentage points"),
        **units(),
    },
    schools="schools",
    teachers="teachers",
    listing=NO_CATEGORIES,
)
_OUTCOMES = TableSpecification(
    "types_outcomes",
    "Grades, completion and passing by type of user",
    f"{LOG}; with a final result",
    "one row per outcome, type and way of estimating; an association, not an effect",
    RULE,
    {
        "outcome": label("Outcome"),
        "type": label("Type of user"),
        "method": label("Way of estimating"),
        "unit": label("Unit"),
        "students": count(),
        "estimate": ColumnSpecification("estimate", "Estimate", n="students", sd="sd", std_error="std_error"),
        "ci_low": ColumnSpecification("ci_low", "95% interval from", n="students", sd="sd", std_error="std_error"),
        "ci_high": ColumnSpecification("ci_high", "95% interval to", n="students", sd="sd", std_error="std_error"),
        "std_error": ColumnSpecification("std_error", "Standard error"),
        "residual_df": hidden(),
        "smallest_cell": hidden(),
        "max_leverage": hidden(),
        "sd": hidden(),
        **units(),
    },
    schools="schools",
    teachers="teachers",
    students="students",
    listing=NO_CATEGORIES,
)
TYPE_TABLES: Mapping[str, TableSpecification] = MappingProxyType(
    {one.name: one for one in (_TYPES, _RATINGS, _SELECTION, _STABILITY, _YEARS, _THRESHOLDS, _AGREEMENT, _OUTCOMES)}
)
