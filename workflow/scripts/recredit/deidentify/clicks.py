"""Coded sessions from a click stream, computed where the clock times are; none of them goes further.

The clicks lie apart in parts (:mod:`recredit.deidentify.click_parts`); the sessions of each part are found in NumPy
(:mod:`recredit.deidentify.click_runs`) and put into the days of the term and the bells of the school here, in SQL.
"""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recredit.columns import Integers, repeated, to_arrow, to_integers, whole
from recredit.deidentify.click_parts import ENROLLMENTS, read_packing, read_parts
from recredit.deidentify.click_runs import Pauses, Runs, find_runs
from recredit.deidentify.clock import LOCAL, PROGRAM_DAYS, outside_and_joins
from recredit.engine import literal
from recredit.side_by_side import side_by_side

# What hangs on the clock of the school; all else of a session is known without it.
_PLACED = """
WITH local AS (
  SELECT r.run, n.school_id, n.starts_on, n.school_year, {local} FROM runs r JOIN numbered n USING (number)
)
SELECT run, local_date - DATE '1970-01-01' AS date_number, {days}, {outside} AS outside_school_day, school_year
FROM local {joins}
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
    codes = _open_bucket(connection, folder, bucket, calendar)
    query = _query(time_zone, calendar=calendar is not None)
    packing = read_packing(folder)

    def coded(part: tuple[int, Integers]) -> pa.Table:
        first, clicks = part
        runs = find_runs(clicks, packing, pauses)
        # Each thread asks through a cursor of its own.
        with connection.cursor() as cursor:
            placed = _placed(cursor, query, runs, first)
        return _coded(runs, codes.slice(first, packing.enrollments), placed, pauses)

    # Nothing at all comes first: an empty bucket has the same columns.
    schema = coded((0, np.empty(0, np.int64))).schema
    with pq.ParquetWriter(output, schema, store_schema=False) as writer:
        for table in side_by_side(coded, read_parts(folder, bucket, memory_gb / threads), threads):
            writer.write_table(table)


def _open_bucket(
    connection: duckdb.DuckDBPyConnection, folder: Path, bucket: int, calendar: Path | None
) -> pa.StringArray:
    """Make the tables ``numbered`` (enrollments) and ``calendar``; returns the enrollments' codes by their numbers."""
    enrollments = literal(str(folder / ENROLLMENTS))
    connection.execute(f"CREATE TABLE numbered AS FROM read_parquet({enrollments}) WHERE bucket = {bucket}")
    if calendar is not None:
        connection.execute(f"CREATE TABLE calendar AS FROM read_parquet({literal(str(calendar))})")
    numbered = connection.sql("SELECT enrollment_id FROM numbered ORDER BY number").to_arrow_table()
    return whole(numbered["enrollment_id"])


def _query(time_zone: str, *, calendar: bool) -> str:
    outside, joins = outside_and_joins(calendar=calendar)
    local = LOCAL.format(zone=literal(time_zone), started="make_timestamptz(began)")
    return _PLACED.format(days=PROGRAM_DAYS, local=local, outside=outside, joins=joins)


def _placed(connection: duckdb.DuckDBPyConnection, query: str, runs: Runs, first: int) -> pa.Table:
    """Where each session of a part lies in its term and school day; its first enrollment has the number ``first``."""
    columns = {"run": np.arange(len(runs.place)), "number": runs.place + first, "began": runs.began}
    connection.register("runs", pa.table({name: to_arrow(values) for name, values in columns.items()}))
    placed = connection.sql(query).to_arrow_table()
    run = to_integers(placed["run"])
    # As a rule they come in order: to look takes a fraction of what a sort of the rows takes in SQL.
    return placed if (np.diff(run) > 0).all() else placed.take(to_arrow(np.argsort(run)))


def _coded(runs: Runs, codes: pa.StringArray, placed: pa.Table, pauses: Pauses) -> pa.Table:
    """The coded sessions of a part, whose enrollments have ``codes``."""
    sessions, idle = len(runs.place), runs.idle[0]
    thresholds = len(runs.idle) - 1
    ends = np.arange(sessions + 1, dtype=np.int32) * thresholds
    columns = {
        "enrollment_id": codes.take(to_arrow(runs.place)),
        "active_microseconds": to_arrow(runs.duration - idle),
        "idle_microseconds": to_arrow(idle),
        "idle_microseconds_by_threshold": pa.ListArray.from_arrays(to_arrow(ends), to_arrow(runs.idle[1:].T.ravel())),
        "activities_completed": to_arrow(runs.completed) if pauses.completed_kinds else pa.nulls(sessions, pa.int64()),
        "clicks": to_arrow(runs.clicks),
        "idle_definition": repeated(pauses.definition, sessions),
        "duration_microseconds": to_arrow(runs.duration),
        "program_day": placed["program_day"],
        "program_week": placed["program_week"],
        "order_in_day": to_arrow(_order_in_day(runs.place, to_integers(placed["date_number"]))),
        "outside_school_day": placed["outside_school_day"],
        "school_year": placed["school_year"],
    }
    return pa.table(columns)


def _order_in_day(place: Integers, day: Integers) -> Integers:
    """Place of each session in its day, from 1 on; sessions are in the order of enrollment and time."""
    days = (place << 32) + day
    _, firsts, own = np.unique(days, return_index=True, return_inverse=True)
    first: Integers = firsts[own]
    return np.arange(len(days)) - first + 1
