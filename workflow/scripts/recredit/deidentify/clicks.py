"""Sessions and pauses from a click stream, computed where the clock times are; none of them goes further.

A study's clicks are read bucket by bucket of students, with a number for each enrollment; where the buckets are many,
they are laid apart first. The definitions, in words, stand in docs/contract.md; here they are SQL.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from recredit.deidentify.clock import LOCAL, PROGRAM_DAYS, outside_and_joins
from recredit.engine import literal
from recredit.errors import VaultError
from recredit.measures.definitions import FROM_CLICKS

ENROLLMENTS = "enrollments.parquet"
MICROSECONDS_PER_MINUTE = 60_000_000
# To write and read clicks a second time costs what some eight readings of their identifiers cost.
READ_AT_ONCE = 8
LOST = (
    "deidentify: clicks were lost or doubled on the way to their buckets. The intake's tables do not fit each other: "
    "run the intake again."
)
# Integers sort and join several times as fast as texts, so that each enrollment gets a number, in the order of the
# random codes: no order of the district's files is left in what follows it.
_NUMBERED = """
CREATE TEMP TABLE numbered AS
SELECT CAST(row_number() OVER (ORDER BY k.code) AS INTEGER) AS number, e.enrollment_id AS identifier,
  k.code AS enrollment_id, e.school_id, e.starts_on, e.school_year,
  CAST(md5_number_lower(s.code) % {buckets} AS INTEGER) AS bucket
FROM enrollment_terms e
JOIN crosswalk k ON k.entity = 'enrollment' AND k.identifier = e.enrollment_id
JOIN crosswalk s ON s.entity = 'student' AND s.identifier = e.student_id
"""
_LAID_APART = """
SELECT n.number, epoch_us(c."at") AS instant, {completed} AS completed, n.bucket
FROM {events} c JOIN numbered n ON n.identifier = c.enrollment_id
"""
# Materialised in order: the windows below have no PARTITION BY, and so read the rows as they come, in constant memory.
_ORDERED = "CREATE TEMP TABLE ordered AS SELECT number, instant, completed FROM {source} ORDER BY number, instant"
_RUNS = """
CREATE TEMP TABLE runs AS
WITH paired AS (
  SELECT number, instant, completed, lag(instant) OVER () AS previous, lag(number) OVER () AS neighbour FROM ordered
), paused AS (
  SELECT number, instant, completed,
    CASE WHEN neighbour = number AND instant - previous <= {timeout} THEN instant - previous END AS pause,
    neighbour > number OR (neighbour = number AND previous > instant) AS disordered
  FROM paired
), counted AS (
  SELECT *, count(*) FILTER (pause IS NULL) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS run FROM paused
)
SELECT run, any_value(number) AS number, min(instant) AS began, max(instant) - min(instant) AS duration,
  count(*) AS clicks,
  CAST(count(*) FILTER (completed) AS BIGINT) AS completed, bool_or(disordered) AS disordered,
  {idle} AS idle, [{thresholds}] AS by_threshold
FROM counted GROUP BY run
"""
# Runs are numbered in the order of enrollment and time: the place in the day follows from the first run of the day.
_CODED = """
WITH placed AS (
  SELECT r.*, n.enrollment_id, n.school_id, n.starts_on, n.school_year, {local}
  FROM runs r JOIN numbered n USING (number)
), firsts AS (
  SELECT number, local_date, min(run) AS first_run FROM placed GROUP BY ALL
)
SELECT local.enrollment_id, duration - idle AS active_microseconds, idle AS idle_microseconds,
  by_threshold AS idle_microseconds_by_threshold, {activities} AS activities_completed, clicks,
  {definition} AS idle_definition, duration AS duration_microseconds, {days}, run - first_run + 1 AS order_in_day,
  {outside} AS outside_school_day, school_year
FROM placed AS local JOIN firsts USING (number, local_date) {joins}
ORDER BY run
"""


@dataclass(frozen=True)
class Pauses:
    """What counts as a session and as a pause.

    Attributes
    ----------
    timeout_minutes : a gap over this many minutes ends the session; a gap of just as many does not.
    idle_minutes : a gap over this many minutes, inside a session, is idle time, all of it; one of just as many is not.
    thresholds_minutes : other thresholds, under which idle time is computed as well.
    completed_kinds : kinds of click that say that an activity was completed; empty where none does.
    """

    timeout_minutes: float
    idle_minutes: float
    thresholds_minutes: Sequence[float] = ()
    completed_kinds: Sequence[str] = ()

    @property
    def definition(self) -> str:
        """The name of this definition of idle time, which travels with every figure."""
        return FROM_CLICKS.format(idle=self.idle_minutes, timeout=self.timeout_minutes)


def lay_clicks_apart(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    buckets: int,
    completed_kinds: Sequence[str],
    read_at_once: int = READ_AT_ONCE,
) -> None:
    """Write the enrollments with their numbers below ``folder``, and the clicks as ``bucket=<number>/*.parquet``.

    Parameters
    ----------
    connection : holds the views and tables that :func:`recredit.deidentify.coding.open_tables` makes.
    buckets : number of buckets; a student's clicks all lie in one, that of the student's sessions.
    read_at_once : up to so many buckets each reads its clicks out of the whole stream, and nothing is laid apart.

    Raises
    ------
    VaultError if a click belongs to no enrollment, or to several.
    """
    connection.execute(_NUMBERED.format(buckets=buckets))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    connection.execute(f"COPY numbered TO {literal(str(folder / ENROLLMENTS))} (FORMAT parquet)")
    query = _LAID_APART.format(completed=_one_of("c.kind", completed_kinds), events="events")
    if buckets <= read_at_once:
        known = connection.execute(f"SELECT count(*) FROM ({query})").fetchone()
    else:
        partition = "FORMAT parquet, PARTITION_BY (bucket), OVERWRITE_OR_IGNORE"
        known = connection.execute(f"COPY ({query}) TO {literal(str(folder))} ({partition})").fetchone()
    if known != connection.execute("SELECT count(*) FROM events").fetchone():
        raise VaultError(LOST)


def create_runs(connection: duckdb.DuckDBPyConnection, source: str, pauses: Pauses) -> None:
    """Make the table ``runs`` in ``connection``: one row a session of clicks, in microseconds.

    Parameters
    ----------
    source : SQL of rows ``number`` (of the enrollment), ``instant`` (microseconds), ``completed``; in any order.

    Raises
    ------
    VaultError if the rows were not read in their order: no figure could then be right.
    """
    connection.execute(_ORDERED.format(source=source))
    idle, *thresholds = (
        f"CAST(coalesce(sum(pause) FILTER (pause > {_microseconds(minutes)}), 0) AS BIGINT)"
        for minutes in (pauses.idle_minutes, *pauses.thresholds_minutes)
    )
    timeout = _microseconds(pauses.timeout_minutes)
    connection.execute(_RUNS.format(timeout=timeout, idle=idle, thresholds=", ".join(thresholds)))
    if connection.execute("SELECT bool_or(disordered) FROM runs").fetchone() == (True,):
        raise VaultError("deidentify: the clicks of a bucket were not read in order of time. Run the stage again.")
    connection.execute("DROP TABLE ordered")


def write_click_sessions(
    connection: duckdb.DuckDBPyConnection,
    events: Path,
    folder: Path,
    bucket: int,
    output: Path,
    pauses: Pauses,
    time_zone: str,
    calendar: Path | None,
) -> None:
    """Write the coded sessions of one bucket to ``output``.

    Parameters
    ----------
    events : the canonical click stream (Parquet).
    folder : what :func:`lay_clicks_apart` wrote.

    Notes
    -----
    Of a session the coded zone gets active and idle microseconds (also under the other thresholds), clicks and
    completed activities, program day and week, order in the day, seconds from its begin to its end, whether it began
    outside the school day, and the school year. A session belongs to the local day on which it began.
    """
    enrollments = literal(str(folder / ENROLLMENTS))
    connection.execute(f"CREATE TEMP VIEW numbered AS FROM read_parquet({enrollments}) WHERE bucket = {bucket}")
    create_runs(connection, _clicks(events, folder, bucket, pauses), pauses)
    if calendar is not None:
        connection.execute(f"CREATE TEMP VIEW calendar AS FROM read_parquet({literal(str(calendar))})")
    outside, joins = outside_and_joins(calendar=calendar is not None)
    query = _CODED.format(
        activities="completed" if pauses.completed_kinds else "NULL::BIGINT",
        definition=literal(pauses.definition),
        days=PROGRAM_DAYS,
        local=LOCAL.format(zone=literal(time_zone), started="make_timestamptz(began)"),
        outside=outside,
        joins=joins,
    )
    connection.execute(f"COPY ({query}) TO {literal(str(output))} (FORMAT parquet)")


def _clicks(events: Path, folder: Path, bucket: int, pauses: Pauses) -> str:
    if not any(folder.glob("bucket=*")):
        stream = f"read_parquet({literal(str(events))})"
        return f"({_LAID_APART.format(completed=_one_of('c.kind', pauses.completed_kinds), events=stream)})"
    parts = sorted((folder / f"bucket={bucket}").glob("*.parquet"))
    if not parts:
        return "(SELECT NULL::INTEGER AS number, NULL::BIGINT AS instant, NULL::BOOLEAN AS completed WHERE false)"
    return f"read_parquet([{', '.join(literal(str(part)) for part in parts)}], hive_partitioning = false)"


def _one_of(column: str, words: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(map(literal, words))})" if words else "false"


def _microseconds(minutes: float) -> int:
    return round(minutes * MICROSECONDS_PER_MINUTE)


def make_pauses(settings: Mapping[str, Any]) -> Pauses:
    """The pauses of the study's key ``measures``."""
    return Pauses(
        timeout_minutes=settings["session_timeout_minutes"],
        idle_minutes=settings["idle_minutes"],
        thresholds_minutes=settings["idle_thresholds_minutes"],
        completed_kinds=settings["completed_kinds"],
    )
