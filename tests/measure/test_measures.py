"""The scripts of the stage `measure` against a slow implementation in plain Python."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recredit.measures.bucket import BucketFiles
from recredit.measures.combine import Work
from recredit.measures.plans import Plans
from recredit.measures.sums import Calendar

Load = Callable[[str], ModuleType]

SCHEMA = (
    "enrollment_id VARCHAR, active_seconds BIGINT, idle_seconds BIGINT, activities_completed BIGINT, "
    "idle_definition VARCHAR, duration_seconds BIGINT, program_day BIGINT, program_week BIGINT, order_in_day BIGINT, "
    "outside_school_day BOOLEAN, school_year BIGINT, idle_seconds_at_least DOUBLE, idle_seconds_at_most DOUBLE"
)
MINIMUM_MINUTES = 30
# What every call of combine_measures gets besides.
REST: dict[str, Any] = {
    "plans": Plans(),
    "minimum_minutes": MINIMUM_MINUTES,
    "target_minutes": 45,
    "memory_gb": 1,
    "threads": 1,
}


@dataclass(frozen=True)
class Session:
    enrollment: str
    active: int | None
    idle: int | None
    activities: int | None
    definition: str
    duration: int
    day: int | None
    outside: bool | None

    @property
    def row(self) -> tuple[Any, ...]:
        return (
            self.enrollment, self.active, self.idle, self.activities, self.definition, self.duration, self.day,
            None, 1, self.outside, 2018, None, None,
        )  # fmt: skip


def slow_measures(sessions: Sequence[Session], arm: str) -> dict[str, float | str | None]:
    """What the stage promises, one session after another."""
    if not sessions and arm != "online":
        return dict.fromkeys(("sessions", "days", "active_hours", "idle_hours", "total_hours", "activities"))
    totals = [s.active + s.idle if s.active is not None and s.idle is not None else s.duration for s in sessions]
    paired = [s for s in sessions if s.active is not None and s.idle is not None]
    paired_idle = sum(s.idle or 0 for s in paired)
    paired_total = paired_idle + sum(s.active or 0 for s in paired)
    names = {s.definition for s in sessions}
    days = {s.day for s in sessions if s.day is not None}
    placed = [s.outside for s in sessions if s.outside is not None]
    enough = paired_total >= 60 * MINIMUM_MINUTES and len(names) == 1
    activities = _sum([s.activities for s in sessions])
    return {
        "sessions": len(sessions),
        "days": len(days) if days or not sessions else None,
        "active_hours": _hours(_sum([s.active for s in sessions])),
        "idle_hours": _hours(_sum([s.idle for s in sessions])),
        "total_hours": sum(totals) / 3600,
        "idle_share": paired_idle / paired_total if enough else None,
        "activities": activities,
        "activities_per_day": activities / len(days) if days and activities is not None else None,
        "minutes_per_session": sum(totals) / len(totals) / 60 if totals else None,
        "share_outside_school_day": sum(placed) / len(placed) if placed else None,
        "idle_definition": names.pop() if len(names) == 1 else None,
    }


def _sum(values: list[int | None]) -> int | None:
    """A sum over what is there; missing where nothing is, and 0 without a session."""
    known = [value for value in values if value is not None]
    return sum(known) if known or not values else None


def _hours(seconds: int | None) -> float | None:
    return None if seconds is None else seconds / 3600


def write_sessions(path: Path, sessions: Sequence[Session]) -> Path:
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE log ({SCHEMA})")
    if sessions:
        connection.executemany(
            "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [session.row for session in sessions]
        )
    connection.execute(f"COPY log TO '{path}' (FORMAT parquet)")
    return path


def write_cohort(path: Path, arms: dict[str, str]) -> Path:
    pd.DataFrame({"enrollment_id": list(arms), "arm": list(arms.values())}, dtype="str").to_parquet(path)
    return path


def run(load: Load, folder: Path, buckets: Sequence[Sequence[Session]], arms: dict[str, str]) -> pd.DataFrame:
    sums = []
    for number, sessions in enumerate(buckets):
        source = write_sessions(folder / f"sessions{number}.parquet", sessions)
        sums.append(folder / f"{number:04d}.parquet")
        load("measure_bucket").main(
            sessions=source,
            files=BucketFiles(sums[-1], folder / f"weeks{number}.parquet", folder / f"years{number}.parquet"),
            days=Calendar(),
            minimum_minutes=MINIMUM_MINUTES,
            memory_gb=1,
            threads=1,
        )
    measures = folder / "measures.parquet"
    load("combine_measures").main(
        cohort=write_cohort(folder / "cohort.parquet", arms),
        work=Work(sums),
        measures=measures,
        online=measures.with_name("online.parquet"),
        **REST,
    )
    return pd.read_parquet(measures).set_index("enrollment_id")


sessions_strategy = st.lists(
    st.builds(
        Session,
        enrollment=st.sampled_from(["a", "b", "c"]),
        active=st.none() | st.integers(0, 5000),
        idle=st.none() | st.integers(0, 5000),
        activities=st.none() | st.integers(0, 9),
        definition=st.sampled_from(["vendor", "vendor", "vendor", "other"]),
        duration=st.integers(0, 9000),
        day=st.none() | st.integers(-2, 5),
        outside=st.none() | st.booleans(),
    ),
    max_size=12,
)
ARMS = {"a": "online", "b": "comparison", "c": "online", "d": "online", "e": "comparison"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sessions=sessions_strategy)
def test_measures_agree_with_plain_python(load: Load, sessions: list[Session]) -> None:
    buckets = [[s for s in sessions if s.enrollment != "c"], [s for s in sessions if s.enrollment == "c"]]
    with TemporaryDirectory() as folder:
        table = run(load, Path(folder), buckets, ARMS)
    assert sorted(table.index) == sorted(ARMS)
    for code, arm in ARMS.items():
        own = [session for session in sessions if session.enrollment == code]
        for name, expected in slow_measures(own, arm).items():
            found = table.loc[code, name]
            if expected is None:
                assert pd.isna(found), (code, name)
            elif isinstance(expected, str):
                assert found == expected
            else:
                # Both divide the same whole numbers; the last bits may differ by the order of two divisions.
                assert math.isclose(found, expected, rel_tol=1e-12), (code, name)


def one(active: int, idle: int, *, definition: str = "vendor", day: int = 1, code: str = "a") -> Session:
    return Session(code, active, idle, 1, definition, active + idle, day, False)


def test_idle_share_is_a_ratio_of_sums(load: Load, tmp_path: Path) -> None:
    # The mean of the two shares would be (1/10 + 9/10) / 2 = .5.
    table = run(load, tmp_path, [[one(9000, 1000), one(100, 900)]], {"a": "online"})
    assert table.loc["a", "idle_share"] == pytest.approx(1900 / 11000)


@pytest.mark.parametrize(("seconds", "missing"), [(1799, True), (1800, False)])
def test_idle_share_is_missing_below_thirty_minutes(load: Load, tmp_path: Path, seconds: int, missing: bool) -> None:
    table = run(load, tmp_path, [[one(seconds - 600, 600)]], {"a": "online"})
    assert bool(pd.isna(table.loc["a", "idle_share"])) == missing
    assert table.loc["a", "total_hours"] == pytest.approx(seconds / 3600)


def test_two_definitions_of_idle_time_are_never_pooled(load: Load, tmp_path: Path) -> None:
    log = [one(9000, 1000), one(9000, 1000, definition="other")]
    table = run(load, tmp_path, [log], {"a": "online"})
    assert pd.isna(table.loc["a", "idle_share"]) and pd.isna(table.loc["a", "idle_definition"])
    assert table.loc["a", "idle_definitions"] == 2


def test_an_empty_bucket_and_a_student_who_never_started(load: Load, tmp_path: Path) -> None:
    table = run(load, tmp_path, [[], [one(9000, 1000)]], {"a": "online", "b": "online", "c": "comparison"})
    assert table.loc["b", ["sessions", "days", "total_hours", "activities"]].tolist() == [0, 0, 0, 0]
    assert pd.isna(table.loc["b", "idle_share"])
    assert table.loc["c"].isna().all()


def test_totals_of_a_vendor_without_sessions(load: Load, tmp_path: Path) -> None:
    totals = tmp_path / "usage_totals.parquet"
    pd.DataFrame(
        {
            "enrollment_id": ["a", "b"],
            "total_seconds": [7200.0, 3600.0],
            "active_seconds": [3600.0, None],
            "idle_seconds": [3600.0, None],
            "idle_definition": ["vendor", None],
        }
    ).to_parquet(totals)
    measures = tmp_path / "measures.parquet"
    load("combine_measures").main(
        cohort=write_cohort(tmp_path / "cohort.parquet", {"a": "online", "b": "online", "c": "online"}),
        work=Work(totals=totals),
        measures=measures,
        online=measures.with_name("online.parquet"),
        **REST,
    )
    table = pd.read_parquet(measures).set_index("enrollment_id")
    assert table.loc["a", ["total_hours", "active_hours", "idle_share"]].tolist() == [2.0, 1.0, 0.5]
    assert table.loc["b", "total_hours"] == 1.0 and pd.isna(table.loc["b", "idle_share"])
    # No row of totals: the time is unknown, and not zero.
    assert pd.isna(table.loc["c", "total_hours"])
    assert table["sessions"].isna().all()


def test_a_study_without_log_and_totals_has_no_measures(load: Load, tmp_path: Path) -> None:
    measures = tmp_path / "measures.parquet"
    load("combine_measures").main(
        cohort=write_cohort(tmp_path / "cohort.parquet", {"a": "online"}),
        work=Work(totals=None),
        measures=measures,
        online=measures.with_name("online.parquet"),
        **REST,
    )
    assert pd.read_parquet(measures).set_index("enrollment_id").loc["a"].isna().all()
