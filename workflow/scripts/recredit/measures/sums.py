"""Sums over the session log of one bucket of students: integers only, so that no order of adding can matter."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from recredit.engine import literal
from recredit.measures.definitions import at_level

# `paired` sums cover the sessions for which both active and idle time are given: the idle share is their ratio.
_SUMS = """
  count(*)::BIGINT AS sessions,
  count(DISTINCT program_day)::BIGINT AS days,
  count(program_day)::BIGINT AS dated_sessions,
  sum(active)::BIGINT AS active_microseconds,
  sum(idle)::BIGINT AS idle_microseconds,
  sum(CASE WHEN idle IS NOT NULL THEN active END)::BIGINT AS paired_active_microseconds,
  sum(CASE WHEN active IS NOT NULL THEN idle END)::BIGINT AS paired_idle_microseconds,
  -- Bounds carry fractions of seconds: whole milliseconds add up to the same whatever the order.
  sum(CASE WHEN idle_seconds_at_most IS NOT NULL THEN round(1000 * idle_seconds_at_least) END)::BIGINT
    AS idle_at_least_milliseconds,
  sum(CASE WHEN idle_seconds_at_least IS NOT NULL THEN round(1000 * idle_seconds_at_most) END)::BIGINT
    AS idle_at_most_milliseconds,
  sum(CASE WHEN idle_seconds_at_least IS NOT NULL AND idle_seconds_at_most IS NOT NULL THEN duration // 1000 END
    )::BIGINT AS bounded_milliseconds,
  sum(coalesce(active + idle, duration))::BIGINT AS total_microseconds,
  count(coalesce(active + idle, duration))::BIGINT AS timed_sessions,
  sum(activities_completed)::BIGINT AS activities,
  count(CASE WHEN outside_school_day THEN 1 END)::BIGINT AS sessions_outside,
  count(outside_school_day)::BIGINT AS sessions_placed,
  count(DISTINCT idle_definition)::BIGINT AS idle_definitions,
  min(idle_definition) AS idle_definition
"""
# Days and weeks of an enrollment count from its own first day, or from its term's where that is later or alone known.
_OF_COURSE = """,
  CASE WHEN any_value(completed_day) IS NOT NULL
    THEN count(CASE WHEN program_day <= completed_day THEN 1 END)::BIGINT END AS sessions_to_completion,
  count(DISTINCT CASE WHEN day >= 1 AND (last_day IS NULL OR program_day <= last_day) THEN (day - 1) // 7 END
    )::BIGINT AS weeks_worked,
  CASE WHEN count(day) > 0 AND count(activities_completed) > 0
    THEN coalesce(sum(CASE WHEN day <= 7 THEN activities_completed END), 0) END::BIGINT AS first_week_activities,
  CASE WHEN count(day) > 0 AND count(active) > 0 THEN coalesce(sum(CASE WHEN day <= 7 THEN active END), 0) END::BIGINT
    AS first_week_active_microseconds,
  sum(CASE WHEN day <= 14 AND idle IS NOT NULL THEN active END)::BIGINT AS early_active_microseconds,
  sum(CASE WHEN day <= 14 AND active IS NOT NULL THEN idle END)::BIGINT AS early_idle_microseconds,
  {thresholds}
"""
_LOG = """
CREATE VIEW log AS
SELECT s.*, e.student_id, e.completed_day, e.last_day, s.program_day - e.first_day + 1 AS day
FROM ({sessions}) AS s LEFT JOIN enrollment_days AS e USING (enrollment_id)
"""
# Vendor sessions come in seconds, sessions from clicks in microseconds, since clicks have fractions of seconds.
_VENDOR = """
SELECT enrollment_id, 1000000 * active_seconds::BIGINT AS active, 1000000 * idle_seconds::BIGINT AS idle,
  1000000 * duration_seconds::BIGINT AS duration, idle_seconds_at_least, idle_seconds_at_most, activities_completed,
  idle_definition, program_day, program_week, school_year, outside_school_day, NULL::BIGINT[] AS by_threshold
FROM read_parquet({path})
"""
_CLICKS = """
SELECT enrollment_id, active_microseconds AS active, idle_microseconds AS idle, duration_microseconds AS duration,
  NULL::DOUBLE AS idle_seconds_at_least, NULL::DOUBLE AS idle_seconds_at_most, activities_completed,
  idle_definition, program_day, program_week, school_year, outside_school_day,
  idle_microseconds_by_threshold AS by_threshold
FROM read_parquet({path})
"""


@dataclass(frozen=True)
class Calendar:
    """Coded tables that place a session in its enrollment; None where the study has no such table."""

    enrollments: Path | None = None
    marks: Path | None = None


def sum_sessions(
    connection: duckdb.DuckDBPyConnection,
    sessions: Path,
    days: Calendar | None = None,
    *,
    clicks: bool = False,
    thresholds: int = 0,
) -> None:
    """Make the view ``log`` and the table ``sums`` in ``connection``: one row per enrollment with a session.

    Parameters
    ----------
    sessions : coded sessions of one bucket (Parquet). All sessions of a student lie in one bucket, so that distinct
        days are counted whole.
    days : the coded enrollments and marks, for first weeks and sessions to completion.
    clicks : whether the sessions were computed from clicks; they then hold idle time under ``thresholds`` thresholds.

    Notes
    -----
    Microseconds where the log gives active and idle time; where it gives neither, ``total_microseconds`` falls back to
    the time from begin to end of the session. A missing value in one column leaves the session in the sums of the
    others.
    """
    _create_days(connection, days or Calendar())
    source = (_CLICKS if clicks else _VENDOR).format(path=literal(str(sessions)))
    connection.execute(_LOG.format(sessions=source))
    listed = ", ".join(f"sum(by_threshold[{place}])::BIGINT" for place in range(1, thresholds + 1))
    known = f"[{listed}]" if thresholds else "NULL::BIGINT[]"
    more = _OF_COURSE.format(thresholds=f"{known} AS idle_microseconds_by_threshold")
    connection.execute(f"CREATE TABLE sums AS SELECT enrollment_id, {_SUMS}{more} FROM log GROUP BY ALL ORDER BY ALL")


def sum_by(connection: duckdb.DuckDBPyConnection, level: str, minimum_minutes: float) -> None:
    """Make the table ``level`` ("week" or "year") in ``connection`` from the view ``log``.

    One row per enrollment and program week, or per student and school year, with a session; columns are the keys, the
    measures of that level (see :mod:`recredit.measures.definitions`) and ``idle_definition``.
    """
    keys = {"week": "enrollment_id, program_week", "year": "student_id, school_year"}[level]
    minimum = round(60_000_000 * minimum_minutes)
    columns = ", ".join(f"{one.sql.format(minimum=minimum)} AS {one.name}" for one in at_level(level))
    connection.execute(
        f"CREATE TABLE {level} AS SELECT {keys}, {columns}, "
        "CASE WHEN idle_definitions = 1 THEN idle_definition END AS idle_definition "
        f"FROM (SELECT {keys}, {_SUMS} FROM log GROUP BY {keys}) AS s ORDER BY ALL"
    )


def _create_days(connection: duckdb.DuckDBPyConnection, days: Calendar) -> None:
    """The view ``enrollment_days``: student, first and last day of the enrollment, day of its completion."""
    if days.enrollments is None:
        enrollments = "SELECT NULL::VARCHAR AS enrollment_id, NULL::VARCHAR AS student_id, NULL::BIGINT AS starts_day, "
        enrollments += "NULL::BIGINT AS ends_day WHERE false"
    else:
        path = literal(str(days.enrollments))
        enrollments = f"SELECT enrollment_id, student_id, starts_day, ends_day FROM read_parquet({path})"
    marks = "SELECT NULL::VARCHAR AS enrollment_id, NULL::BIGINT AS completed_day WHERE false"
    if days.marks is not None:
        path = literal(str(days.marks))
        marks = f"SELECT enrollment_id, completed_day FROM read_parquet({path}) WHERE completed"
    connection.execute(
        "CREATE VIEW enrollment_days AS SELECT enrollment_id, student_id, greatest(coalesce(starts_day, 1), 1) AS "
        f"first_day, ends_day AS last_day, completed_day FROM ({enrollments}) LEFT JOIN ({marks}) USING (enrollment_id)"
    )
