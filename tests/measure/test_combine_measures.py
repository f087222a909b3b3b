"""The script `combine_measures`: who has zeros, who has missing values, and sums of a vendor where there is no log."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from recredit.measures.bucket import BucketFiles
from recredit.measures.combine import Work
from recredit.measures.plans import Plans
from recredit.measures.sums import Calendar

Load = Callable[[str], ModuleType]
ARMS = {"active": "online", "never there": "online", "taught": "comparison", "crossed": "comparison"}


def combined(load: Load, folder: Path, work: Work, minimum_minutes: float = 30) -> tuple[pd.DataFrame, pd.DataFrame]:
    cohort = folder / "cohort.parquet"
    pd.DataFrame({"enrollment_id": list(ARMS), "arm": list(ARMS.values())}).to_parquet(cohort, index=False)
    load("combine_measures").main(
        cohort=cohort,
        work=work,
        plans=Plans(),
        measures=folder / "measures.parquet",
        online=folder / "online.parquet",
        minimum_minutes=minimum_minutes,
        target_minutes=45,
        memory_gb=1,
        threads=1,
    )
    tables = (pd.read_parquet(folder / f"{name}.parquet") for name in ("measures", "online"))
    measures, online = (table.set_index("enrollment_id") for table in tables)
    return measures, online


@pytest.fixture
def sums(load: Load, tmp_path: Path) -> Path:
    """A bucket with two hours of one enrollment online, one of a class taught, and one outside the cohort."""
    session: dict[str, Any] = {
        "activities_completed": 6, "idle_definition": "vendor", "program_day": 1, "program_week": 1, "order_in_day": 1,
        "outside_school_day": True, "school_year": 2018, "idle_seconds_at_least": None, "idle_seconds_at_most": None,
    }  # fmt: skip
    rows = [
        {
            "enrollment_id": code,
            "active_seconds": active,
            "idle_seconds": idle,
            "duration_seconds": active + idle,
            **session,
        }
        for code, active, idle in (("active", 5400, 1800), ("crossed", 1200, 1200), ("elsewhere", 600, 300))
    ]
    kinds = {"idle_seconds_at_least": "float64", "idle_seconds_at_most": "float64"}
    pd.DataFrame(rows).astype(kinds).to_parquet(tmp_path / "sessions.parquet", index=False)
    files = BucketFiles(*(tmp_path / f"{name}.parquet" for name in ("0000", "weeks", "years")))
    load("measure_bucket").main(
        sessions=tmp_path / "sessions.parquet", files=files, days=Calendar(), minimum_minutes=30, memory_gb=1, threads=1
    )
    return files.sums


def test_zeros_and_missing_values(load: Load, tmp_path: Path, sums: Path) -> None:
    measures, online = combined(load, tmp_path, Work([sums]))
    assert sorted(measures.index) == sorted(ARMS)
    assert measures.loc["active", ["active_hours", "idle_share", "activities_per_day"]].tolist() == [1.5, 0.25, 6.0]
    # Online and never there: nothing was done. Taught by a teacher: the work leaves no log.
    assert measures.loc["never there", ["sessions", "active_hours"]].tolist() == [0, 0]
    assert pd.isna(measures.loc["never there", "idle_share"])
    assert measures.loc["taught", ["sessions", "active_hours", "idle_share"]].isna().all()
    # Who has a session in the other arm keeps it.
    assert measures.loc["crossed", "idle_share"] == 0.5
    # The table of the whole log: everybody with a session, in the cohort or not.
    assert sorted(online.index) == ["active", "crossed", "elsewhere"]


def test_the_minimum_of_minutes_is_that_of_the_study(load: Load, tmp_path: Path, sums: Path) -> None:
    shares = {minutes: combined(load, tmp_path, Work([sums]), minutes)[1]["idle_share"] for minutes in (0, 30, 60)}
    assert {minutes: int(share.notna().sum()) for minutes, share in shares.items()} == {0: 3, 30: 2, 60: 1}


def test_a_vendors_totals_stand_in_where_there_is_no_log(load: Load, tmp_path: Path) -> None:
    totals = pd.DataFrame(
        {
            "enrollment_id": ["active", "never there"], "total_seconds": [7200.0, 0.0], "active_seconds": [5400.0, 0.0],
            "idle_seconds": [1800.0, 0.0], "idle_definition": ["vendor", None],
        }
    )  # fmt: skip
    totals.to_parquet(tmp_path / "usage_totals.parquet", index=False)
    measures, online = combined(load, tmp_path, Work(totals=tmp_path / "usage_totals.parquet"))
    assert measures.loc["active", ["active_hours", "idle_share"]].tolist() == [1.5, 0.25]
    # Totals count no sessions and no days: missing, not zero. Who is not in them is unknown.
    assert measures["sessions"].isna().all() and pd.isna(measures.loc["crossed", "active_hours"])
    assert online.empty
