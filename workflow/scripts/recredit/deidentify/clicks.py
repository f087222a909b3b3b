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

# What hangs on the clock of the school; all else of a session is known without it.
_PLACED = """
WITH local AS (
  SELECT r.run, n.school_id, n.starts_on, n.school_year, {local} FROM runs r JOIN numbered n USING (number)
)
SELECT local_date - DATE '1970-01-01' AS date_number, {days}, {outside} AS outside_school_day, school_year
FROM local {joins}
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
    codes = connection.sql("SELECT enrollment_id FROM numbered ORDER BY number").to_arrow_table()["enrollment_id"]
    query = _query(time_zone, calendar=calendar is not None)
    packing = read_packing(folder)

    def coded(first: int, runs: Runs) -> pa.Table:
        own = codes.slice(first, packing.enrollments).combine_chunks()
        return _coded(runs, own, _placed(connection, query, runs, first), pauses)

    # Nothing at all comes first: an empty bucket has the same columns.
    nothing = coded(0, find_runs(np.empty(0, np.int64), packing, pauses))
    with pq.ParquetWriter(output, nothing.schema, store_schema=False) as writer:
        for first, runs in _all_runs(read_parts(folder, bucket, memory_gb / threads), packing, pauses, threads):
            writer.write_table(coded(first, runs))


def _query(time_zone: str, *, calendar: bool) -> str:
    outside, joins = outside_and_joins(calendar=calendar)
    local = LOCAL.format(zone=literal(time_zone), started="make_timestamptz(began)")
    return _PLACED.format(days=PROGRAM_DAYS, local=local, outside=outside, joins=joins)


def _all_runs(
    parts: Iterator[tuple[int, Integers]], packing: Packing, pauses: Pauses, threads: int
) -> Iterator[tuple[int, Runs]]:
    """The runs of each part; as many parts at a time as there are threads, and no more in memory."""
    with ThreadPoolExecutor(threads) as pool:
        while some := list(islice(parts, threads)):
            found = pool.map(lambda part: find_runs(part[1], packing, pauses), some)
            yield from zip((first for first, _ in some), found, strict=True)


def _placed(connection: duckdb.DuckDBPyConnection, query: str, runs: Runs, first: int) -> pa.Table:
    """Where each session of a part lies in its term and school day; its first enrollment has the number ``first``."""
    columns = {"run": np.arange(len(runs.place)), "number": runs.place + first, "began": runs.began}
    connection.register("runs", pa.table(columns))
    try:
        return connection.sql(query).to_arrow_table()
    finally:
        connection.unregister("runs")


def _coded(runs: Runs, codes: pa.StringArray, placed: pa.Table, pauses: Pauses) -> pa.Table:
    """The coded sessions of a part, whose enrollments have ``codes``."""
    sessions, idle = len(runs.place), runs.idle[0]
    thresholds = len(runs.idle) - 1
    ends = np.arange(sessions + 1, dtype=np.int32) * thresholds
    definition = pa.DictionaryArray.from_arrays(np.zeros(sessions, np.int32), [pauses.definition])
    columns = {
        "enrollment_id": pa.DictionaryArray.from_arrays(runs.place.astype(np.int32), codes),
        "active_microseconds": runs.duration - idle,
        "idle_microseconds": idle,
        "idle_microseconds_by_threshold": pa.ListArray.from_arrays(ends, runs.idle[1:].T.ravel()),
        "activities_completed": runs.completed if pauses.completed_kinds else pa.nulls(sessions, pa.int64()),
        "clicks": runs.clicks,
        "idle_definition": definition,
        "duration_microseconds": runs.duration,
        "program_day": placed["program_day"],
        "program_week": placed["program_week"],
        "order_in_day": _order_in_day(runs.place, placed["date_number"].to_numpy()),
        "outside_school_day": placed["outside_school_day"],
        "school_year": placed["school_year"],
    }
    return pa.table(columns)


def _order_in_day(place: Integers, day: Integers) -> Integers:
    """Place of each session in its day, from 1 on; sessions are in the order of enrollment and time."""
    days = (place << 32) + day
    _, firsts, own = np.unique(days, return_index=True, return_inverse=True)
    return np.arange(len(days)) - firsts[own] + 1
