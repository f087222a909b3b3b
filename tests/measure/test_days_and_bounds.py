"""Daily sums and bounds of idle time: figures worked out by hand."""

from pathlib import Path

import duckdb
import pytest

from recredit.measures.combine import Work, combine_measures
from recredit.measures.sums import sum_sessions


def write(folder: Path, name: str, rows: str) -> Path:
    path = folder / f"{name}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    return path


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        "cohort",
        "SELECT * FROM (VALUES ('a', 'online'), ('b', 'online'), ('c', 'comparison')) AS t(enrollment_id, arm)",
    )


def test_days_and_actions_from_daily_sums(tmp_path: Path, cohort: Path) -> None:
    """Two rows of one day add up; a day without an action is none; an online student who never came has zeros."""
    days = write(
        tmp_path,
        "days",
        "SELECT * FROM (VALUES ('a', 1, 4), ('a', 1, 6), ('a', 3, 20), ('a', 4, 0)) "
        "AS t(enrollment_id, program_day, actions)",
    )
    with duckdb.connect() as connection:
        combine_measures(connection, cohort, Work(usage_days=days), 30)
        found = connection.execute(
            "SELECT enrollment_id, days, actions, actions_per_day, sessions, total_hours FROM measures ORDER BY 1"
        ).fetchall()
    assert found == [
        ("a", 2, 30, 15.0, None, None),
        ("b", 0, 0, None, None, None),
        ("c", None, None, None, None, None),
    ]


def test_bounds_of_the_idle_share_are_ratios_of_sums(tmp_path: Path, cohort: Path) -> None:
    """1,000 and 3,000 seconds with 100.5 to 600 and 399.5 to 2,400 idle: 500 to 3,000 of 4,000. No single share."""
    sessions = write(
        tmp_path,
        "sessions",
        "SELECT enrollment_id, NULL::BIGINT AS active_seconds, NULL::BIGINT AS idle_seconds, idle_seconds_at_least, "
        "idle_seconds_at_most, NULL::BIGINT AS activities_completed, 'bounds' AS idle_definition, "
        "duration_seconds, 1 AS program_day, 1 AS program_week, 2018 AS school_year, "
        "NULL::BOOLEAN AS outside_school_day "
        "FROM (VALUES ('a', 100.5, 600.0, 1000), "
        "('a', 399.5, 2400.0, 3000), ('a', NULL, NULL, 500)) "
        "AS t(enrollment_id, idle_seconds_at_least, idle_seconds_at_most, duration_seconds)",
    )
    with duckdb.connect() as connection:
        sum_sessions(connection, sessions)
        connection.execute(f"COPY sums TO '{tmp_path / 'sums.parquet'}' (FORMAT parquet)")
    with duckdb.connect() as connection:
        combine_measures(connection, cohort, Work([tmp_path / "sums.parquet"]), 30)
        found = connection.execute(
            "SELECT idle_share_at_least, idle_share_at_most, idle_share, total_hours FROM measures "
            "WHERE enrollment_id = 'a'"
        ).fetchall()
    assert found == [(0.125, 0.75, None, 4500 / 3600)]
