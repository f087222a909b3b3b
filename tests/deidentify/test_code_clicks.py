"""The script `code_clicks`: sessions and pauses of a bucket by hand, with program days in place of clock times."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

Script = Callable[[str], ModuleType]
# 15:00 UTC is 8:00 in Los Angeles; a pause of 6 minutes is idle, one of 31 ends the session.
CLICKS = [
    ("ENROL-ONE", "2018-06-18 15:00:00", "page"),
    ("ENROL-ONE", "2018-06-18 15:04:00", "quiz passed"),
    ("ENROL-ONE", "2018-06-18 15:10:00", "page"),
    ("ENROL-ONE", "2018-06-18 15:41:00", "page"),
    ("ENROL-TWO", "2018-06-19 06:30:00", "page"),
]
MEASURES = {
    "session_timeout_minutes": 30, "idle_minutes": 5, "idle_thresholds_minutes": [5, 10],
    "completed_kinds": ["quiz passed"],
}  # fmt: skip


@pytest.fixture
def coded(district: Any, script: Script) -> Callable[[], list[dict[str, Any]]]:
    """Runs both scripts over the clicks, in one bucket; gives the sessions, by enrollment and order."""

    def run() -> list[dict[str, Any]]:
        district.rows["events"] = [
            {"event_id": f"K-{place}", "enrollment_id": code, "at": f"'{at}+00'::TIMESTAMPTZ", "kind": kind}
            for place, (code, at, kind) in enumerate(CLICKS)
        ]
        district.assign()
        tables = district.coding().tables
        folder = district.folder / "identified" / "deidentify" / "clicks"
        folder.parent.mkdir(exist_ok=True)
        placing = {name: tables[name] for name in ("terms", "sections", "enrollments", "events")}
        common = {"memory_gb": 1, "threads": 1}
        script("deidentify/split_clicks.py").main(
            tables=placing, crosswalk=district.crosswalk, folder=folder, buckets=["0000"],
            completed_kinds=["quiz passed"], **common,
        )  # fmt: skip
        sessions: Path = district.coded / "click_sessions" / "0000.parquet"
        sessions.parent.mkdir(parents=True, exist_ok=True)
        script("deidentify/code_clicks.py").main(
            clicks=folder, bucket=0, sessions=sessions, measures=MEASURES,
            time_zone="America/Los_Angeles", calendar=tables["calendar"], **common,
        )  # fmt: skip
        frame = duckdb.sql(
            f"SELECT k.identifier, s.* FROM '{sessions}' s JOIN '{district.crosswalk}' k "
            "ON k.code = s.enrollment_id AND k.entity = 'enrollment' ORDER BY 1, program_day, order_in_day"
        ).df()
        found: list[dict[str, Any]] = frame.to_dict("records")
        return found

    return run


def test_sessions_and_pauses_by_hand(coded: Callable[[], list[dict[str, Any]]]) -> None:
    first, second, third = coded()
    minute = 60_000_000
    assert (first["active_microseconds"], first["idle_microseconds"]) == (4 * minute, 6 * minute)
    # Under ten minutes nothing of it is idle.
    assert list(first["idle_microseconds_by_threshold"]) == [6 * minute, 0]
    assert (first["activities_completed"], first["clicks"]) == (1, 3)
    assert (second["order_in_day"], second["duration_microseconds"], second["clicks"]) == (2, 0, 1)
    assert first["idle_definition"] == "computed from gaps over 5 minutes, time-out 30 minutes"
    # 6:30 UTC on the 19th is the evening of the 18th in Los Angeles: the first day of the term, outside its bells.
    assert (third["identifier"], third["program_day"], third["outside_school_day"]) == ("ENROL-TWO", 1, True)


def test_no_clock_time_and_no_identifier_goes_further(coded: Callable[[], list[dict[str, Any]]], district: Any) -> None:
    coded()
    path = district.coded / "click_sessions" / "0000.parquet"
    kinds = {row[1] for row in duckdb.sql(f"DESCRIBE SELECT * FROM '{path}'").fetchall()}
    assert not [kind for kind in kinds if kind.startswith(("TIMESTAMP", "DATE", "TIME"))]
    assert b"ENROL" not in path.read_bytes()
