"""Measures of what each student did in each course, from the sums over the log or from a vendor's totals."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from recredit.engine import literal

# In the order of the columns of the table `measures`; hours and shares are ratios of integer sums.
_FROM_SUMS = """
SELECT c.enrollment_id,
  CASE WHEN {kept} THEN coalesce(s.sessions, 0) END AS sessions,
  CASE WHEN s.enrollment_id IS NULL AND {kept} THEN 0 WHEN s.dated_sessions > 0 THEN s.days END AS days,
  CASE WHEN s.enrollment_id IS NULL AND {kept} THEN 0 ELSE s.active_seconds / 3600 END AS active_hours,
  CASE WHEN s.enrollment_id IS NULL AND {kept} THEN 0 ELSE s.idle_seconds / 3600 END AS idle_hours,
  CASE WHEN s.enrollment_id IS NULL AND {kept} THEN 0 ELSE s.total_seconds / 3600 END AS total_hours,
  CASE WHEN s.idle_definitions = 1 AND {enough}
    THEN s.paired_idle_seconds / (s.paired_active_seconds + s.paired_idle_seconds) END AS idle_share,
  CASE WHEN s.idle_definitions = 1 AND {bounded}
    THEN s.idle_at_least_milliseconds / s.bounded_milliseconds END AS idle_share_at_least,
  CASE WHEN s.idle_definitions = 1 AND {bounded}
    THEN s.idle_at_most_milliseconds / s.bounded_milliseconds END AS idle_share_at_most,
  CASE WHEN s.enrollment_id IS NULL AND {kept} THEN 0 ELSE s.activities END AS activities,
  CASE WHEN s.dated_sessions > 0 THEN s.activities / s.days END AS activities_per_day,
  CASE WHEN s.timed_sessions > 0 THEN s.total_seconds / s.timed_sessions / 60 END AS minutes_per_session,
  CASE WHEN s.sessions_placed > 0 THEN s.sessions_outside / s.sessions_placed END AS share_outside_school_day,
  CASE WHEN s.idle_definitions = 1 THEN s.idle_definition END AS idle_definition,
  CASE WHEN s.enrollment_id IS NULL AND {kept} THEN 0 ELSE s.idle_definitions END AS idle_definitions
FROM cohort c LEFT JOIN sums s USING (enrollment_id)
"""

_FROM_TOTALS = """
SELECT c.enrollment_id,
  NULL::BIGINT AS sessions, NULL::BIGINT AS days,
  t.active_seconds / 3600 AS active_hours, t.idle_seconds / 3600 AS idle_hours, t.total_seconds / 3600 AS total_hours,
  CASE WHEN t.active_seconds + t.idle_seconds >= {seconds} AND t.active_seconds + t.idle_seconds > 0
    THEN t.idle_seconds / (t.active_seconds + t.idle_seconds) END AS idle_share,
  NULL::DOUBLE AS idle_share_at_least, NULL::DOUBLE AS idle_share_at_most,
  NULL::BIGINT AS activities, NULL::DOUBLE AS activities_per_day, NULL::DOUBLE AS minutes_per_session,
  NULL::DOUBLE AS share_outside_school_day, t.idle_definition,
  CASE WHEN t.enrollment_id IS NOT NULL THEN (t.idle_definition IS NOT NULL)::BIGINT END AS idle_definitions
FROM cohort c LEFT JOIN totals t USING (enrollment_id)
"""

# Days of use from daily sums, where there are no sessions to count them from.
_WITH_DAYS = """
SELECT b.* REPLACE (CASE WHEN b.days IS NULL THEN {days} ELSE b.days END AS days),
  {actions} AS actions, CASE WHEN d.days > 0 THEN d.actions / d.days END AS actions_per_day
FROM base b JOIN cohort c USING (enrollment_id) LEFT JOIN daily d USING (enrollment_id)
"""
_DAILY = """
SELECT enrollment_id, count(DISTINCT CASE WHEN actions > 0 THEN program_day END)::BIGINT AS days,
  sum(actions)::BIGINT AS actions
FROM {source} GROUP BY enrollment_id
"""


def combine_measures(
    connection: duckdb.DuckDBPyConnection,
    cohort: Path,
    sums: Sequence[Path],
    totals: Path | None,
    minimum_minutes: float,
    usage_days: Path | None = None,
) -> None:
    """Make the table ``measures`` in ``connection``: one row per enrollment of the cohort.

    Parameters
    ----------
    cohort : the cohort (Parquet); gives the enrollments and their arm.
    sums : the sums of every bucket (Parquet); empty where the study has no session log.
    totals : a vendor's totals per enrollment (Parquet), read only where there is no session log: sessions and totals
        are two measurements and are never mixed.
    minimum_minutes : below this total of active and idle time the idle share is missing.
    usage_days : a platform's daily sums (Parquet); they give the actions, and the days where no session log does.

    Notes
    -----
    The idle share is the ratio of sums idle / (active + idle). It is missing where an enrollment has sessions under
    two definitions of idle time, since those are never pooled; ``idle_definitions`` counts them. An online enrollment
    without a session has zeros, not missing values; a comparison enrollment without a session has missing values,
    since its work leaves no log. Without a row in ``totals`` an enrollment's time is unknown, and missing.
    """
    connection.execute(f"CREATE VIEW cohort AS SELECT enrollment_id, arm FROM read_parquet({literal(str(cohort))})")
    seconds = repr(float(minimum_minutes) * 60)
    if sums:
        files = ", ".join(literal(str(path)) for path in sums)
        connection.execute(f"CREATE VIEW sums AS SELECT * FROM read_parquet([{files}])")
        kept = "(s.enrollment_id IS NOT NULL OR c.arm = 'online')"
        paired = "(s.paired_active_seconds + s.paired_idle_seconds)"
        bounded = f"s.bounded_milliseconds >= 1000 * {seconds} AND s.bounded_milliseconds > 0"
        selection = _FROM_SUMS.format(kept=kept, enough=f"{paired} >= {seconds} AND {paired} > 0", bounded=bounded)
    else:
        connection.execute(f"CREATE VIEW totals AS {_totals(totals)}")
        selection = _FROM_TOTALS.format(seconds=seconds)
    connection.execute(f"CREATE VIEW base AS {selection}")
    connection.execute(f"CREATE TABLE measures AS {_with_days(connection, usage_days)} ORDER BY b.enrollment_id")


def _with_days(connection: duckdb.DuckDBPyConnection, path: Path | None) -> str:
    """An online enrollment that a platform's daily sums do not name was never there: zero, not missing."""
    empty = "(SELECT NULL::VARCHAR AS enrollment_id, NULL::BIGINT AS program_day, NULL::BIGINT AS actions WHERE false)"
    source = f"read_parquet({literal(str(path))})" if path else empty
    connection.execute(f"CREATE TABLE daily AS {_DAILY.format(source=source)}")
    found = "CASE WHEN d.enrollment_id IS NULL AND c.arm = 'online' THEN 0 ELSE d.{} END" if path else "d.{}"
    return _WITH_DAYS.format(days=found.format("days"), actions=found.format("actions"))


def _totals(path: Path | None) -> str:
    if path is not None:
        return f"SELECT * FROM read_parquet({literal(str(path))})"
    return (
        "SELECT NULL::VARCHAR AS enrollment_id, NULL::DOUBLE AS total_seconds, NULL::DOUBLE AS active_seconds, "
        "NULL::DOUBLE AS idle_seconds, NULL::VARCHAR AS idle_definition WHERE false"
    )
