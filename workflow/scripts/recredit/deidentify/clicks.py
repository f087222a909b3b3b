"""Coded sessions from a click stream, computed where the clock times are; none of them goes further.

The clicks lie apart in parts (:mod:`recredit.deidentify.click_parts`); the sessions of each part are found in NumPy
(:mod:`recredit.deidentify.click_runs`) and put into the days of the term and the bells of the school here, in SQL.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recredit.deidentify.click_parts import ENROLLMENTS, read_packing, read_parts
from recredit.deidentify.click_runs import Integers, Packing, Pauses, Runs, find_runs
from recredit.deidentify.clock import LOCAL, PROGRAM_DAYS, outside_and_joins
from recredit.engine import literal

# Sessions are in the order of enrollment and time: the place in the day follows from the first one of the day.
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


def write_click_sessions(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    bucket: int,
    output: Path,
    pauses: Pauses,
    time_zone: str,
    calendar: Path | None,
    *,
    memory_gb: float,
    threads: int,
) -> None:
    """Write the coded sessions of one bucket to ``output``, part by part.

    Parameters
    ----------
    folder : what :func:`recredit.deidentify.click_parts.lay_clicks_apart` wrote.
    calendar : the school days and their bells (Parquet).
    memory_gb, threads : what finding the sessions may take, besides the connection.

    Notes
    -----
    Of a session the coded zone gets active and idle microseconds (also under the other thresholds), clicks and
    completed activities, program day and week, order in the day, seconds from its begin to its end, whether it began
    outside the school day, and the school year. A session belongs to the local day on which it began.
    """
    enrollments = literal(str(folder / ENROLLMENTS))
    connection.execute(f"CREATE TEMP TABLE numbered AS FROM read_parquet({enrollments}) WHERE bucket = {bucket}")
    if calendar is not None:
        connection.execute(f"CREATE TEMP TABLE calendar AS FROM read_parquet({literal(str(calendar))})")
    query = _query(pauses, time_zone, calendar=calendar is not None)
    packing = read_packing(folder)
    # Nothing at all comes first: an empty bucket has the same columns.
    nothing = find_runs(np.empty(0, np.int64), packing, pauses)
    schema = _coded(connection, query, 0, nothing).schema
    with pq.ParquetWriter(output, schema) as writer:
        for first, runs in _all_runs(read_parts(folder, bucket, memory_gb / threads), packing, pauses, threads):
            writer.write_table(_coded(connection, query, first, runs))


def _query(pauses: Pauses, time_zone: str, *, calendar: bool) -> str:
    outside, joins = outside_and_joins(calendar=calendar)
    return _CODED.format(
        activities="completed" if pauses.completed_kinds else "NULL::BIGINT",
        definition=literal(pauses.definition),
        days=PROGRAM_DAYS,
        local=LOCAL.format(zone=literal(time_zone), started="make_timestamptz(began)"),
        outside=outside,
        joins=joins,
    )


def _all_runs(
    parts: Iterator[tuple[int, Integers]], packing: Packing, pauses: Pauses, threads: int
) -> Iterator[tuple[int, Runs]]:
    """The runs of each part; as many parts at a time as there are threads, and no more in memory."""
    with ThreadPoolExecutor(threads) as pool:
        while some := list(islice(parts, threads)):
            found = pool.map(lambda part: find_runs(part[1], packing, pauses), some)
            yield from zip((first for first, _ in some), found, strict=True)


def _coded(connection: duckdb.DuckDBPyConnection, query: str, first: int, runs: Runs) -> pa.Table:
    """The coded sessions of a part whose first enrollment has the number ``first``."""
    idle, *thresholds = runs.idle
    ends = np.arange(len(idle) + 1, dtype=np.int32) * len(thresholds)
    by_threshold = np.stack(thresholds, axis=1).ravel() if thresholds else np.empty(0, np.int64)
    columns = {
        "run": np.arange(len(idle)),
        "number": runs.place + first,
        "began": runs.began,
        "duration": runs.duration,
        "clicks": runs.clicks,
        "completed": runs.completed,
        "idle": idle,
        "by_threshold": pa.ListArray.from_arrays(ends, by_threshold),
    }
    connection.register("runs", pa.table(columns))
    try:
        return connection.sql(query).to_arrow_table()
    finally:
        connection.unregister("runs")
