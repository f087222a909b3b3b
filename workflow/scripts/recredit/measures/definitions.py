"""Every measure of work in the platform, defined once: name, words, unit, formula, source, and the SQL that follows it.

`combine` and `sums` compute what stands here and nothing else; docs/contract.md lists it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

CASE_STUDY = "case study of a large district (session logs)"
VENDOR = "a vendor's definition of active and idle time"
WORKBOOK = "a vendor's planning workbook: at least 45 minutes a day of class time for recovery work"
OURS = "ours"
# The longest text of a definition of idle time says all there is to say: no figure travels without it.
FROM_CLICKS = "computed from gaps over {idle:g} minutes, time-out {timeout:g} minutes"
MICROSECONDS_PER_HOUR = 3_600_000_000

_BOUNDED = "s.idle_definitions = 1 AND s.bounded_milliseconds >= {minimum} / 1000 AND s.bounded_milliseconds > 0"
_PAIRED = "s.paired_active_microseconds + s.paired_idle_microseconds"
_EARLY = "s.early_active_microseconds + s.early_idle_microseconds"
_PAIRED_TOTALS = "t.active_seconds + t.idle_seconds"


@dataclass(frozen=True)
class Measure:
    """One measure of what a student did in a course, in a week of it, or in a school year.

    Attributes
    ----------
    name, label, unit : the column, and its words and unit for readers; shares are computed as fractions of one.
    formula : what is counted, added or divided, in words.
    source : where the measure or its definition comes from.
    sql : its value from a row ``s`` of sums; ``{minimum}`` is the least time of an idle share in microseconds.
    whole : whether the value is a whole number.
    zero : whether an online enrollment without a session has 0, and not a missing value.
    totals : its value from a row ``t`` of a vendor's totals; "" where totals cannot tell.
    levels : where it is given: "course" (student and course), "week" (of the course), "year" (student, school year).
    """

    name: str
    label: str
    unit: str
    formula: str
    source: str
    sql: str
    whole: bool = False
    zero: bool = False
    totals: str = ""
    levels: tuple[str, ...] = ("course", "week", "year")

    @property
    def type(self) -> str:
        """SQL type of the column."""
        return "BIGINT" if self.whole else "DOUBLE"


def _hours(name: str, label: str, formula: str, source: str, column: str) -> Measure:
    sql = f"s.{column}_microseconds / {MICROSECONDS_PER_HOUR}"
    return Measure(name, label, "hours", formula, source, sql, zero=True, totals=f"t.{column}_seconds / 3600")


_ALL = (
    Measure(
        "sessions",
        "Sessions",
        "sessions",
        "number of sessions; with a click stream alone, runs of clicks with no gap over the time-out",
        CASE_STUDY,
        "s.sessions",
        whole=True,
        zero=True,
    ),
    Measure(
        "days",
        "Days in the platform",
        "days",
        "number of different local days on which a session began",
        CASE_STUDY,
        "CASE WHEN s.dated_sessions > 0 THEN s.days END",
        whole=True,
        zero=True,
    ),
    _hours("active_hours", "Active hours", "sum of the active seconds of the sessions, over 3,600", VENDOR, "active"),
    _hours("idle_hours", "Idle hours", "sum of the idle seconds of the sessions, over 3,600", VENDOR, "idle"),
    _hours(
        "total_hours",
        "Hours in the platform",
        "sum over the sessions of active and idle seconds, or of the time from begin to end where those are not given, "
        "over 3,600",
        VENDOR,
        "total",
    ),
    Measure(
        "idle_share",
        "Idle share",
        "share of the time",
        "idle seconds over active and idle seconds, each summed over the sessions that have both (a ratio of sums); "
        "missing below the minimum of minutes (30), or under two definitions of idle time",
        CASE_STUDY,
        f"CASE WHEN s.idle_definitions = 1 AND {_PAIRED} >= {{minimum}} AND {_PAIRED} > 0 "
        f"THEN s.paired_idle_microseconds / ({_PAIRED}) END",
        totals=f"CASE WHEN {_PAIRED_TOTALS} >= {{minimum}} / 1000000 AND {_PAIRED_TOTALS} > 0 "
        f"THEN t.idle_seconds / ({_PAIRED_TOTALS}) END",
    ),
    Measure(
        "idle_share_at_least",
        "Least idle share",
        "share of the time",
        "least idle seconds that fit the record over seconds of the sessions, where the log gives bounds alone",
        OURS,
        f"CASE WHEN {_BOUNDED} THEN s.idle_at_least_milliseconds / s.bounded_milliseconds END",
    ),
    Measure(
        "idle_share_at_most",
        "Greatest idle share",
        "share of the time",
        "most idle seconds that fit the record over seconds of the sessions, where the log gives bounds alone",
        OURS,
        f"CASE WHEN {_BOUNDED} THEN s.idle_at_most_milliseconds / s.bounded_milliseconds END",
    ),
    Measure(
        "activities",
        "Activities completed",
        "activities",
        "sum of the activities completed in the sessions; with a click stream alone, clicks of the kinds named in "
        "`measures.completed_kinds`",
        CASE_STUDY,
        "s.activities",
        whole=True,
        zero=True,
    ),
    Measure(
        "activities_per_day",
        "Activities a day",
        "activities a day",
        "activities over days in the platform",
        CASE_STUDY,
        "CASE WHEN s.dated_sessions > 0 THEN s.activities / s.days END",
    ),
    Measure(
        "minutes_per_session",
        "Minutes a session",
        "minutes",
        "minutes in the platform over the number of sessions whose length is known",
        CASE_STUDY,
        "CASE WHEN s.timed_sessions > 0 THEN s.total_microseconds / s.timed_sessions / 60000000 END",
    ),
    Measure(
        "share_outside_school_day",
        "Share of log-ins outside the school day",
        "share of the log-ins",
        "sessions that began outside the bells of a school day, in local time, over sessions for which the calendar "
        "tells; the first bell is inside, the last outside, a day that the calendar does not name is no school day",
        CASE_STUDY,
        "CASE WHEN s.sessions_placed > 0 THEN s.sessions_outside / s.sessions_placed END",
    ),
    Measure(
        "activities_per_active_hour",
        "Activities an active hour",
        "activities an hour",
        "activities over active hours; missing below the minimum of minutes of active time",
        CASE_STUDY,
        "CASE WHEN s.active_microseconds >= {minimum} AND s.active_microseconds > 0 "
        f"THEN s.activities / (s.active_microseconds / {MICROSECONDS_PER_HOUR}) END",
    ),
    Measure(
        "sessions_to_completion",
        "Sessions to completion",
        "sessions",
        "sessions up to and on the day on which the course was completed; missing where it was not completed",
        CASE_STUDY,
        "s.sessions_to_completion",
        whole=True,
        levels=("course",),
    ),
    Measure(
        "pace",
        "Time in the platform against the target",
        "times the target",
        "minutes in the platform over the target of `measures.target_minutes` (45) for each school day of the "
        "enrollment, by the calendar; an enrollment without an end of its own ends with its term",
        WORKBOOK,
        "CASE WHEN p.school_days > 0 THEN s.total_microseconds / 60000000 / ({target} * p.school_days) END",
        levels=("course",),
    ),
    Measure(
        "regularity",
        "Regularity",
        "share of the weeks",
        "weeks of the enrollment with a session over all its weeks; weeks count from its first day",
        OURS,
        "CASE WHEN p.weeks > 0 AND s.dated_sessions > 0 THEN s.weeks_worked / p.weeks END",
        levels=("course",),
    ),
    Measure(
        "first_week_activities",
        "Activities in the first week",
        "activities",
        "activities completed in sessions that began in the first seven days of the enrollment",
        OURS,
        "s.first_week_activities",
        whole=True,
        zero=True,
        levels=("course",),
    ),
    Measure(
        "first_week_active_hours",
        "Active hours in the first week",
        "hours",
        "active hours of sessions that began in the first seven days of the enrollment",
        OURS,
        f"s.first_week_active_microseconds / {MICROSECONDS_PER_HOUR}",
        zero=True,
        levels=("course",),
    ),
    Measure(
        "first_two_weeks_idle_share",
        "Idle share in the first two weeks",
        "share of the time",
        "the idle share over sessions that began in the first fourteen days of the enrollment, with the same minimum",
        OURS,
        f"CASE WHEN s.idle_definitions = 1 AND {_EARLY} >= {{minimum}} AND {_EARLY} > 0 "
        f"THEN s.early_idle_microseconds / ({_EARLY}) END",
        levels=("course",),
    ),
)
MEASURES: Mapping[str, Measure] = MappingProxyType({one.name: one for one in _ALL})

# Beside a vendor's own figures, where a study has clicks as well: columns `<name>_from_clicks`.
FROM_CLICKS_TOO = ("sessions", "active_hours", "idle_hours", "idle_share", "minutes_per_session")


def at_level(level: str) -> tuple[Measure, ...]:
    """The measures that are given at ``level``, in their order."""
    return tuple(one for one in _ALL if level in one.levels)
