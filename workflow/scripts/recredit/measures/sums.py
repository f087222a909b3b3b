"""Sums over the session log of one bucket of students: integers only, so that no order of adding can matter."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from recredit.engine import literal
from recredit.measures.click_sums import dates_of, pieces_of, read_piece, sum_by_enrollment, sum_by_week
from recredit.measures.definitions import at_level
from recredit.side_by_side import side_by_side

ROWS_A_BATCH = 1 << 14
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
  min(idle_definition) AS idle_definition, any_value(school_year) AS school_year
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
  NULL::BIGINT[] AS idle_microseconds_by_threshold
"""
_LOG = """
CREATE VIEW log AS
SELECT s.*, e.completed_day, e.last_day, s.program_day - e.first_day + 1 AS day
FROM sessions AS s LEFT JOIN enrollment_days AS e USING (enrollment_id)
"""
# A school year holds several terms, whose days have numbers of their own: a student's days are told apart by date.
_BY_YEAR = """
SELECT student_id, school_year, {sums}, any_value(d.days) AS days, min(idle_definition) AS idle_definition,
  CASE WHEN max(idle_definitions) = 1 AND min(idle_definition) = max(idle_definition) THEN 1 ELSE 2 END
    AS idle_definitions
FROM sums LEFT JOIN enrollment_days USING (enrollment_id)
LEFT JOIN (
  SELECT student_id, school_year, count(DISTINCT term_begins + program_day::INTEGER)::BIGINT AS days
  FROM dates LEFT JOIN enrollment_days USING (enrollment_id) GROUP BY ALL
) AS d USING (student_id, school_year)
GROUP BY student_id, school_year
"""
_ADDED = (
    *("sessions", "dated_sessions", "active_microseconds", "idle_microseconds", "paired_active_microseconds"),
    *("paired_idle_microseconds", "idle_at_least_milliseconds", "idle_at_most_milliseconds", "bounded_milliseconds"),
    *("total_microseconds", "timed_sessions", "activities", "sessions_outside", "sessions_placed"),
)
# Vendor sessions come in seconds, sessions from clicks in microseconds, since clicks have fractions of seconds.
_VENDOR = """
SELECT enrollment_id, 1000000 * active_seconds::BIGINT AS active, 1000000 * idle_seconds::BIGINT AS idle,
  1000000 * duration_seconds::BIGINT AS duration, idle_seconds_at_least, idle_seconds_at_most, activities_completed,
  idle_definition, program_day, program_week, school_year, outside_school_day
FROM read_parquet({path})
"""


@dataclass(frozen=True)
class Calendar:
    """Coded tables that place a session in its enrollment and term; None where the study has no such table."""

    enrollments: Path | None = None
    marks: Path | None = None
    sections: Path | None = None
    terms: Path | None = None


def sum_sessions(connection: duckdb.DuckDBPyConnection, sessions: Path, days: Calendar | None = None) -> None:
    """Make the table ``sums`` of a vendor's sessions in ``connection``: one row per enrollment with a session.

    Parameters
    ----------
    sessions : coded sessions of one bucket (Parquet). All sessions of a student lie in one bucket, so that distinct
        days are counted whole.
    days : the coded tables, for first weeks, days of a school year and sessions to completion.

    Notes
    -----
    Microseconds where the log gives active and idle time; where it gives neither, ``total_microseconds`` falls back to
    the time from begin to end of the session. A missing value in one column leaves the session in the sums of the
    others. Beside it stand ``week_sums``, by enrollment and program week, and ``dates``, the days with a session.
    """
    _create_days(connection, days or Calendar())
    connection.execute(f"CREATE VIEW sessions AS {_VENDOR.format(path=literal(str(sessions)))}")
    connection.execute(_LOG)
    connection.execute(
        f"CREATE TABLE sums AS SELECT enrollment_id, {_SUMS}{_OF_COURSE} FROM log "
        "GROUP BY enrollment_id ORDER BY enrollment_id"
    )
    keys = "enrollment_id, program_week"
    connection.execute(f"CREATE VIEW week_sums AS SELECT {keys}, {_SUMS} FROM sessions GROUP BY {keys} ORDER BY {keys}")
    connection.execute("CREATE VIEW dates AS SELECT enrollment_id, program_day, school_year FROM sessions")


def sum_click_sessions(
    connection: duckdb.DuckDBPyConnection, sessions: Path, days: Calendar, minimum_minutes: float, threads: int
) -> Iterator[pa.Table]:
    """The measures by week of the coded sessions of clicks, in pieces; after them ``sums`` and ``dates`` are known.

    These tables are those that :func:`sum_sessions` makes, the rows by week those of :func:`measure_weeks`. Pieces are
    worked on by several ``threads``, and nothing of the weeks is kept: there are many times as many as enrollments.
    """
    _create_days(connection, days)
    of_enrollments = connection.table("enrollment_days").to_arrow_table()
    query = _by_week(minimum_minutes)

    def summed(groups: list[int]) -> tuple[pa.Table, pa.Table, pa.Table]:
        piece = read_piece(sessions, groups)
        with connection.cursor() as cursor:
            cursor.register("week_sums", sum_by_week(piece))
            weeks = cursor.sql(query).to_arrow_table()
        return weeks, sum_by_enrollment(piece, of_enrollments), dates_of(piece)

    sums, dates = [], []
    for weeks, by_enrollment, by_day in side_by_side(summed, pieces_of(sessions), threads):
        sums.append(by_enrollment)
        dates.append(by_day)
        yield weeks
    for name, table in (("sums", pa.concat_tables(sums)), ("dates", pa.concat_tables(dates))):
        # In small batches, so that several threads can work on them; their order is kept.
        connection.register(name, pa.Table.from_batches(table.to_batches(ROWS_A_BATCH), table.schema))


def measure_weeks(connection: duckdb.DuckDBPyConnection, minimum_minutes: float) -> None:
    """Make the view ``weeks`` from ``week_sums``: one row per enrollment and program week with a session, in order.

    Columns are the keys, the measures of that level (:mod:`recredit.measures.definitions`) and ``idle_definition``.
    """
    connection.execute(f"CREATE VIEW weeks AS {_by_week(minimum_minutes)}")


def _by_week(minimum_minutes: float) -> str:
    return _measured("week", "enrollment_id, program_week", "FROM week_sums", minimum_minutes)


def measure_years(connection: duckdb.DuckDBPyConnection, minimum_minutes: float) -> None:
    """Make the view ``years`` from ``sums``: one row per student and school year with a session; as ``weeks``."""
    keys = "student_id, school_year"
    rows = _BY_YEAR.format(sums=", ".join(f"sum({name})::BIGINT AS {name}" for name in _ADDED))
    connection.execute(f"CREATE VIEW years AS {_measured('year', keys, rows, minimum_minutes)} ORDER BY {keys}")


def _measured(level: str, keys: str, rows: str, minimum_minutes: float) -> str:
    minimum = round(60_000_000 * minimum_minutes)
    columns = ", ".join(f"{one.sql.format(minimum=minimum)} AS {one.name}" for one in at_level(level))
    definition = "CASE WHEN idle_definitions = 1 THEN idle_definition END AS idle_definition"
    return f"SELECT {keys}, {columns}, {definition} FROM ({rows}) AS s"


_NO_ENROLLMENTS = (
    "SELECT NULL::VARCHAR AS enrollment_id, NULL::VARCHAR AS student_id, NULL::VARCHAR AS section_id, "
    "NULL::BIGINT AS starts_day, NULL::BIGINT AS ends_day WHERE false"
)
_NO_MARKS = "SELECT NULL::VARCHAR AS enrollment_id, NULL::BIGINT AS completed_day WHERE false"
_NO_TERMS = "SELECT NULL::VARCHAR AS section_id, NULL::DATE AS term_begins WHERE false"
_DAYS = """
CREATE TABLE enrollment_days AS
SELECT enrollment_id, student_id, greatest(coalesce(starts_day, 1), 1) AS first_day, ends_day AS last_day,
  completed_day, term_begins
FROM ({enrollments}) LEFT JOIN ({marks}) USING (enrollment_id) LEFT JOIN ({terms}) USING (section_id)
"""


def _create_days(connection: duckdb.DuckDBPyConnection, days: Calendar) -> None:
    """The table ``enrollment_days``: student, first and last day of the enrollment, day of completion, of the term."""
    enrollments, marks, terms = _NO_ENROLLMENTS, _NO_MARKS, _NO_TERMS
    if days.enrollments is not None:
        path = literal(str(days.enrollments))
        enrollments = f"SELECT enrollment_id, student_id, section_id, starts_day, ends_day FROM read_parquet({path})"
    if days.marks is not None:
        path = literal(str(days.marks))
        marks = f"SELECT enrollment_id, completed_day FROM read_parquet({path}) WHERE completed"
    if days.sections is not None and days.terms is not None:
        sections, files = (f"read_parquet({literal(str(path))})" for path in (days.sections, days.terms))
        terms = f"SELECT section_id, starts_on AS term_begins FROM {sections} JOIN {files} USING (term_id)"
    connection.execute(_DAYS.format(enrollments=enrollments, marks=marks, terms=terms))
