"""One bucket of students, from coded sessions to files of sums and of measures by week and school year."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

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
    *,
    clicks: bool = False,
) -> None:
    """Write the three ``files`` of one bucket of a vendor's ``sessions``, or of those from ``clicks``."""
    (sum_click_sessions if clicks else sum_sessions)(connection, sessions, days)
    write_parquet(connection, "sums", files.sums)
    measure_weeks(connection, minimum_minutes)
    write_parquet(connection, "weeks", files.weeks)
    measure_years(connection, minimum_minutes)
    write_parquet(connection, "years", files.years)
