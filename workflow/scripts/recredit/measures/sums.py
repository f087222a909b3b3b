"""Sums over the session log of one bucket of students: integers only, so that no order of adding can matter."""

from pathlib import Path

import duckdb

from recredit.engine import literal

# `paired` sums cover the sessions for which both active and idle time are given: the idle share is their ratio.
SUMS = """
CREATE TABLE sums AS
SELECT enrollment_id,
  count(*)::BIGINT AS sessions,
  count(DISTINCT program_day)::BIGINT AS days,
  count(program_day)::BIGINT AS dated_sessions,
  sum(active_seconds)::BIGINT AS active_seconds,
  sum(idle_seconds)::BIGINT AS idle_seconds,
  sum(CASE WHEN idle_seconds IS NOT NULL THEN active_seconds END)::BIGINT AS paired_active_seconds,
  sum(CASE WHEN active_seconds IS NOT NULL THEN idle_seconds END)::BIGINT AS paired_idle_seconds,
  -- Bounds carry fractions of seconds: whole milliseconds add up to the same whatever the order.
  sum(CASE WHEN idle_seconds_at_most IS NOT NULL THEN round(1000 * idle_seconds_at_least) END)::BIGINT
    AS idle_at_least_milliseconds,
  sum(CASE WHEN idle_seconds_at_least IS NOT NULL THEN round(1000 * idle_seconds_at_most) END)::BIGINT
    AS idle_at_most_milliseconds,
  sum(CASE WHEN idle_seconds_at_least IS NOT NULL AND idle_seconds_at_most IS NOT NULL THEN 1000 * duration_seconds END
    )::BIGINT AS bounded_milliseconds,
  sum(coalesce(active_seconds + idle_seconds, duration_seconds))::BIGINT AS total_seconds,
  count(coalesce(active_seconds + idle_seconds, duration_seconds))::BIGINT AS timed_sessions,
  sum(activities_completed)::BIGINT AS activities,
  count(CASE WHEN outside_school_day THEN 1 END)::BIGINT AS sessions_outside,
  count(outside_school_day)::BIGINT AS sessions_placed,
  count(DISTINCT idle_definition)::BIGINT AS idle_definitions,
  min(idle_definition) AS idle_definition
FROM read_parquet({source})
GROUP BY enrollment_id
ORDER BY enrollment_id
"""


def sum_sessions(connection: duckdb.DuckDBPyConnection, sessions: Path) -> None:
    """Make the table ``sums`` in ``connection``: one row per enrollment with a session in ``sessions``.

    Parameters
    ----------
    sessions : coded sessions of one bucket (Parquet). All sessions of a student lie in one bucket, so that distinct
        days are counted whole.

    Notes
    -----
    Seconds where the log gives active and idle time; where it gives neither, ``total_seconds`` falls back to the time
    from begin to end of the session. A missing value in one column leaves the session in the sums of the others.
    """
    connection.execute(SUMS.format(source=literal(str(sessions))))
