"""The script `measure_bucket`: sums, weeks and years of a bucket by hand, and an empty bucket with all its columns."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pyarrow.parquet as pq
import pytest

from recredit.measures.bucket import BucketFiles
from recredit.measures.sums import Calendar

Load = Callable[[str], ModuleType]

COLUMNS = {
    "enrollment_id": "str", "active_seconds": "Int64", "idle_seconds": "Int64", "activities_completed": "Int64",
    "idle_definition": "str", "duration_seconds": "Int64", "program_day": "Int64", "program_week": "Int64",
    "order_in_day": "Int64", "outside_school_day": "boolean", "school_year": "Int64",
    "idle_seconds_at_least": "float64", "idle_seconds_at_most": "float64",
}  # fmt: skip
# enrollment, active, idle, activities, definition, duration, day, week, order, outside, year, bounds
SESSIONS = [
    ("e1", 1800, 600, 4, "vendor", 2400, 1, 1, 1, False, 2018, None, None),
    ("e1", 1200, 0, 2, "vendor", 1200, 1, 1, 2, True, 2018, None, None),
    ("e1", 600, 1800, 0, "vendor", 2400, 9, 2, 1, False, 2018, None, None),
    ("e2", 300, 300, 1, "vendor", 600, 2, 1, 1, None, 2018, None, None),
]


@pytest.fixture
def run(load: Load, tmp_path: Path) -> Callable[[list[tuple[object, ...]]], BucketFiles]:
    def measured(sessions: list[tuple[object, ...]]) -> BucketFiles:
        table = pd.DataFrame(sessions, columns=list(COLUMNS)).astype(COLUMNS)
        table.to_parquet(tmp_path / "sessions.parquet", index=False)
        enrollments = pd.DataFrame(
            {
                "enrollment_id": ["e1", "e2"],
                "student_id": ["s1", "s1"],
                "section_id": "c",
                "starts_day": 1,
                "ends_day": 30,
            }
        )
        enrollments.to_parquet(tmp_path / "enrollments.parquet", index=False)
        files = BucketFiles(*(tmp_path / f"{name}.parquet" for name in ("sums", "weeks", "years")))
        load("measure_bucket").main(
            sessions=tmp_path / "sessions.parquet",
            files=files,
            days=Calendar(enrollments=tmp_path / "enrollments.parquet"),
            minimum_minutes=30,
            memory_gb=1,
            threads=1,
        )
        return files

    return measured


def test_sums_weeks_and_years_by_hand(run: Callable[[list[tuple[object, ...]]], BucketFiles]) -> None:
    files = run(SESSIONS)
    sums = pd.read_parquet(files.sums).set_index("enrollment_id")
    one = sums.loc["e1"]
    assert (one["sessions"], one["days"], one["weeks_worked"]) == (3, 2, 2)
    assert (one["active_microseconds"], one["idle_microseconds"]) == (3_600_000_000, 2_400_000_000)
    assert (one["sessions_outside"], one["sessions_placed"]) == (1, 3)
    # The first week ends on day 7: its active time is that of the two sessions of day 1.
    assert one["first_week_active_microseconds"] == 3_000_000_000
    assert one["early_idle_microseconds"] == 2_400_000_000
    weeks = pd.read_parquet(files.weeks).set_index(["enrollment_id", "program_week"])
    assert weeks.loc[("e1", 1), ["sessions", "days"]].tolist() == [2, 1]
    assert weeks.loc[("e1", 1), "idle_share"] == pytest.approx(600 / 3600)
    # Ten minutes are under the minimum of thirty: too little time for a share.
    assert pd.isna(weeks.loc[("e2", 1), "idle_share"])
    years = pd.read_parquet(files.years)
    assert years[["student_id", "school_year", "sessions"]].to_numpy().tolist() == [["s1", 2018, 4]]
    assert years["idle_share"].iloc[0] == pytest.approx(2700 / 6600)


def columns(path: Path) -> list[tuple[str, str]]:
    return [(field.name, str(field.type)) for field in pq.read_schema(path)]


def test_an_empty_bucket_carries_the_schema(run: Callable[[list[tuple[object, ...]]], BucketFiles]) -> None:
    full = {path: columns(path) for path in vars(run(SESSIONS)).values()}
    for path in vars(run([])).values():
        assert pq.read_table(path).num_rows == 0
        assert columns(path) == full[path]
