"""One bucket of students, from coded sessions to files of sums and of measures by week and school year."""

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from recredit.engine import write_parquet
from recredit.measures.sums import Calendar, measure_weeks, measure_years, sum_click_sessions, sum_sessions


@dataclass(frozen=True)
class BucketFiles:
    """Where the sums of a bucket go, and its measures by enrollment and week, and by student and school year."""

    sums: Path
    weeks: Path
    years: Path


def measure_bucket(
    connection: duckdb.DuckDBPyConnection,
    sessions: Path,
    days: Calendar,
    files: BucketFiles,
    minimum_minutes: float,
) -> None:
    """Write the three ``files`` of one bucket of a vendor's ``sessions``."""
    sum_sessions(connection, sessions, days)
    measure_weeks(connection, minimum_minutes)
    write_parquet(connection, "weeks", files.weeks)
    _write_sums_and_years(connection, files, minimum_minutes)


def measure_clicks(
    connection: duckdb.DuckDBPyConnection,
    sessions: Path,
    days: Calendar,
    files: BucketFiles,
    minimum_minutes: float,
    threads: int = 1,
) -> None:
    """Write the three ``files`` of one bucket of ``sessions`` from clicks, with several ``threads``."""
    weeks = sum_click_sessions(connection, sessions, days, minimum_minutes, threads)
    first = next(weeks)
    with pq.ParquetWriter(files.weeks, first.schema, store_schema=False) as writer:
        for piece in chain([first], weeks):
            writer.write_table(piece)
    _write_sums_and_years(connection, files, minimum_minutes)


def _write_sums_and_years(connection: duckdb.DuckDBPyConnection, files: BucketFiles, minimum_minutes: float) -> None:
    write_parquet(connection, "sums", files.sums)
    measure_years(connection, minimum_minutes)
    write_parquet(connection, "years", files.years)
