"""From clicks to sessions, pauses and sums: against a slow implementation in plain Python, to the last integer."""

import hashlib
import tracemalloc
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recredit.deidentify.click_parts import lay_clicks_apart
from recredit.deidentify.click_runs import BYTES_PER_CLICK, Pauses, find_runs, make_packing
from recredit.deidentify.clicks import write_click_sessions
from recredit.engine import connect
from recredit.errors import VaultError
from recredit.measures.bucket import BucketFiles, measure_bucket, measure_clicks
from recredit.measures.combine import Work, combine_measures
from recredit.measures.sums import Calendar

ZONE = ZoneInfo("America/Los_Angeles")
PAUSES = Pauses(30, 5, (2, 5, 10, 30), ("done",))
MINUTE = 60_000_000
# The first day of the term; the clocks go forward at 2:00 on the next day, a Sunday.
TERM = date(2018, 3, 10)
NOON = int(datetime(2018, 3, 10, 12, tzinfo=ZONE).timestamp()) * 1_000_000
STUDENTS = {"E1": "ANN", "E2": "ANN", "E3": "BOB", "E4": "CYD"}
SCHOOLS = {"E1": "NORTH", "E2": "NORTH", "E3": "SOUTH", "E4": "SOUTH"}
# Monday: bells for all, other bells in the south; Tuesday has no school; Wednesday's bells are not known.
CALENDAR = {
    (date(2018, 3, 12), None): (True, time(8), time(15)),
    (date(2018, 3, 12), "SOUTH"): (True, time(10), time(16)),
    (date(2018, 3, 13), None): (False, None, None),
    (date(2018, 3, 14), None): (True, None, None),
}
BUCKETS = 2


@dataclass(frozen=True)
class Click:
    enrollment: str
    instant: int
    kind: str = "page"


def code_of(identifier: str) -> str:
    return "c" + hashlib.sha256(identifier.encode()).hexdigest()[:8]


def slow_sessions(clicks: Sequence[Click], pauses: Pauses = PAUSES) -> list[dict[str, Any]]:
    """What the definitions say, one click after another."""
    found: list[dict[str, Any]] = []
    by_enrollment = defaultdict(list)
    for click in clicks:
        by_enrollment[click.enrollment].append((click.instant, click.kind))
    for enrollment, own in by_enrollment.items():
        own.sort()
        runs = [[own[0]]]
        for before, after in pairwise(own):
            if after[0] - before[0] > pauses.timeout_minutes * MINUTE:
                runs.append([])
            runs[-1].append(after)
        of_day: dict[date, int] = defaultdict(int)
        for run in runs:
            gaps = [after[0] - before[0] for before, after in pairwise(run)]
            begin = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=run[0][0])).astimezone(ZONE)
            of_day[begin.date()] += 1
            idle = [sum(gap for gap in gaps if gap > m * MINUTE) for m in (5, *pauses.thresholds_minutes)]
            found.append(
                {
                    "enrollment_id": code_of(enrollment),
                    "active_microseconds": sum(gaps) - idle[0],
                    "idle_microseconds": idle[0],
                    "idle_microseconds_by_threshold": idle[1:],
                    "activities_completed": sum(kind == "done" for _, kind in run),
                    "clicks": len(run),
                    "idle_definition": "computed from gaps over 5 minutes, time-out 30 minutes",
                    "duration_microseconds": run[-1][0] - run[0][0],
                    "program_day": (begin.date() - TERM).days + 1,
                    "program_week": (begin.date() - TERM).days // 7 + 1,
                    "order_in_day": of_day[begin.date()],
                    "outside_school_day": slow_outside(begin, SCHOOLS[enrollment]),
                    "school_year": 2018,
                }
            )
    return found


def slow_outside(begin: datetime, school: str) -> bool | None:
    entry = CALENDAR.get((begin.date(), school), CALENDAR.get((begin.date(), None)))
    if entry is None or not entry[0]:
        return True
    first, last = entry[1:]
    return None if first is None or last is None else not first <= begin.time() < last


def write_identified(folder: Path, clicks: Sequence[Click]) -> None:
    pq.write_table(
        pa.table(
            {
                "event_id": pa.array([str(number) for number in range(len(clicks))], pa.string()),
                "enrollment_id": pa.array([click.enrollment for click in clicks], pa.string()),
                "at": pa.array([click.instant for click in clicks], pa.int64()).cast(pa.timestamp("us", tz="UTC")),
                "kind": pa.array([click.kind for click in clicks], pa.string()),
            }
        ),
        folder / "events.parquet",
    )
    days = [(day, school, *entry) for (day, school), entry in CALENDAR.items()]
    names = ("on_date", "school_id", "is_school_day", "first_bell", "last_bell")
    kinds = (pa.date32(), pa.string(), pa.bool_(), pa.time64("us"), pa.time64("us"))
    columns = {name: pa.array([day[place] for day in days], kinds[place]) for place, name in enumerate(names)}
    pq.write_table(pa.table(columns), folder / "calendar.parquet")


def split(connection: duckdb.DuckDBPyConnection, folder: Path, buckets: int, clicks_a_part: int) -> None:
    """Lays the clicks apart as the rule does, with the enrollments of this file."""
    connection.execute(f"CREATE VIEW events AS FROM '{folder}/events.parquet'")
    connection.execute("CREATE TABLE enrollment_terms (enrollment_id TEXT, student_id TEXT, school_id TEXT, "
                       "starts_on DATE, school_year BIGINT)")  # fmt: skip
    connection.execute("CREATE TABLE crosswalk (entity TEXT, identifier TEXT, code TEXT)")
    for enrollment, student in STUDENTS.items():
        row = (enrollment, student, SCHOOLS[enrollment], TERM, 2018)
        connection.execute("INSERT INTO enrollment_terms VALUES (?, ?, ?, ?, ?)", row)
        connection.execute("INSERT INTO crosswalk VALUES ('enrollment', ?, ?)", (enrollment, code_of(enrollment)))
    for student in sorted(set(STUDENTS.values())):
        connection.execute("INSERT INTO crosswalk VALUES ('student', ?, ?)", (student, code_of(student)))
    lay_clicks_apart(connection, folder / "clicks", buckets, PAUSES.completed_kinds, clicks_a_part)


def coded(folder: Path, clicks: Sequence[Click], buckets: int = BUCKETS, clicks_a_part: int = 1_000_000) -> list[Path]:
    """Files of the coded sessions of each bucket."""
    write_identified(folder, clicks)
    with connect(memory_gb=1, threads=2, scratch=folder / "scratch") as connection:
        split(connection, folder, buckets, clicks_a_part)
    files = []
    for bucket in range(buckets):
        files.append(folder / f"sessions{bucket}.parquet")
        with connect(memory_gb=1, threads=2, scratch=folder / "scratch") as connection:
            calendar = folder / "calendar.parquet"
            write_click_sessions(
                connection, folder / "clicks", bucket, files[-1], PAUSES, ZONE.key, calendar, memory_gb=1, threads=2
            )
    return files


def rows(files: Sequence[Path]) -> list[dict[str, Any]]:
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def in_order(sessions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(sessions, key=lambda row: (row["enrollment_id"], row["program_day"], row["order_in_day"]))


# Gaps of nothing, of just a threshold, a microsecond beside it, and anything, over some days with the change of clocks.
gaps = st.one_of(
    st.sampled_from([0, 1, 2 * MINUTE, 5 * MINUTE, 5 * MINUTE + 1, 10 * MINUTE, 30 * MINUTE, 30 * MINUTE + 1]),
    st.integers(0, 40 * MINUTE),
    st.integers(0, 40 * 60 * MINUTE),
)


@st.composite
def logs(draw: st.DrawFn) -> list[Click]:
    clicks: list[Click] = []
    for enrollment in draw(st.lists(st.sampled_from(list(STUDENTS)), unique=True, max_size=4)):
        instant = NOON + draw(st.integers(-20 * 60 * MINUTE, 100 * 60 * MINUTE))
        for gap in draw(st.lists(gaps, max_size=14)):
            instant += gap
            clicks.append(Click(enrollment, instant, draw(st.sampled_from(["page", "done"]))))
    return draw(st.permutations(clicks))


@settings(max_examples=25, deadline=None)
@given(clicks=logs(), clicks_a_part=st.sampled_from([1, 20, 1_000_000]))
def test_sessions_and_sums_agree_with_plain_python_to_the_last_integer(clicks: list[Click], clicks_a_part: int) -> None:
    expected = slow_sessions(clicks)
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = coded(folder, clicks, clicks_a_part=clicks_a_part)
        assert in_order(rows(files)) == in_order(expected)
        found = summed(folder, files)
    for enrollment in STUDENTS:
        own = [row for row in expected if row["enrollment_id"] == code_of(enrollment)]
        assert found.get(code_of(enrollment)) == slow_sums(own)


def summed(folder: Path, files: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """Sums by study code."""
    found = []
    for number, file in enumerate(files):
        out = BucketFiles(*(folder / f"{name}{number}.parquet" for name in ("sums", "weeks", "years")))
        with connect(memory_gb=1, threads=1, scratch=folder / "scratch") as connection:
            measure_clicks(connection, file, Calendar(), out, 30, 2)
        found += pq.read_table(out.sums).to_pylist()
    names = ("sessions", "days", "active_microseconds", "idle_microseconds", "total_microseconds", "activities")
    more = ("sessions_outside", "sessions_placed", "idle_microseconds_by_threshold")
    return {row["enrollment_id"]: {name: row[name] for name in (*names, *more)} for row in found}


def slow_sums(own: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    if not own:
        return None
    placed = [row["outside_school_day"] for row in own if row["outside_school_day"] is not None]
    lists = [row["idle_microseconds_by_threshold"] for row in own]
    return {
        "sessions": len(own),
        "days": len({row["program_day"] for row in own}),
        "active_microseconds": sum(row["active_microseconds"] for row in own),
        "idle_microseconds": sum(row["idle_microseconds"] for row in own),
        "total_microseconds": sum(row["duration_microseconds"] for row in own),
        "activities": sum(row["activities_completed"] for row in own),
        "sessions_outside": sum(placed),
        "sessions_placed": len(placed),
        "idle_microseconds_by_threshold": [sum(column) for column in zip(*lists, strict=True)],
    }


def run_of(*minutes: float, begin: int = NOON) -> list[Click]:
    """Clicks of one enrollment at ``minutes`` after ``begin``."""
    return [Click("E1", begin + round(minute * MINUTE)) for minute in minutes]


def figures(files: Sequence[Path]) -> list[tuple[float, float]]:
    """Active and idle minutes of each session, in order."""
    return [(row["active_microseconds"] / MINUTE, row["idle_microseconds"] / MINUTE) for row in in_order(rows(files))]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ((0, 5, 10, 15), [(15, 0)]),  # every gap is just the idle threshold: all of it active
        ((0, 30, 60), [(0, 60)]),  # every gap is just the time-out: one session, all of it idle
        ((0, 30.0001), [(0, 0), (0, 0)]),  # a little more: two sessions without length
        ((0, 4, 10), [(4, 6)]),
        ((7,), [(0, 0)]),  # a single click is a session without length
        ((3, 0, 2, 1), [(3, 0)]),  # out of order
        ((0, 2, 2, 4), [(4, 0)]),  # two clicks at one instant
        ((0, 1, 2, 1.5, 2.5), [(2.5, 0)]),  # a clock that jumps back: its time counts once
        ((0, 1, 61, 62), [(1, 0), (1, 0)]),  # a clock that jumps ahead ends the session
    ],
)
def test_gaps(tmp_path: Path, minutes: tuple[float, ...], expected: list[tuple[float, float]]) -> None:
    assert figures(coded(tmp_path, run_of(*minutes))) == expected


def test_a_session_over_midnight_belongs_to_the_day_it_began(tmp_path: Path) -> None:
    begin = NOON + 715 * MINUTE  # 23:55
    (row,) = rows(coded(tmp_path, run_of(0, 4, 8, 12, begin=begin)))
    assert (row["program_day"], row["order_in_day"], row["active_microseconds"]) == (1, 1, 12 * MINUTE)


def test_a_session_over_the_change_of_clocks_has_the_length_that_passed(tmp_path: Path) -> None:
    # 1:58 and then 3:02 by the clock on the wall, four minutes later.
    begin = int(datetime(2018, 3, 11, 1, 58, tzinfo=ZONE).timestamp()) * 1_000_000
    clicks = run_of(0, 4, begin=begin)
    assert datetime.fromtimestamp(clicks[1].instant / 1e6, ZONE).time() == time(3, 2)
    assert figures(coded(tmp_path, clicks)) == [(4, 0)]


def test_courses_that_overlap_each_keep_their_time(tmp_path: Path) -> None:
    clicks = [*run_of(0, 2, 4), *(Click("E2", NOON + number * MINUTE) for number in (1, 3, 5))]
    assert figures(coded(tmp_path, clicks)) == [(4, 0), (4, 0)]


def test_an_empty_bucket_carries_its_schema(tmp_path: Path) -> None:
    files = coded(tmp_path, run_of(0, 1))
    schemas = {tuple((field.name, str(field.type)) for field in pq.read_schema(file)) for file in files}
    assert len(schemas) == 1 and sum(pq.read_metadata(file).num_rows for file in files) == 1
    (tmp_path / "none").mkdir()
    assert rows(coded(tmp_path / "none", [])) == []


def test_no_clock_time_or_identifier_reaches_the_coded_zone(tmp_path: Path) -> None:
    files = coded(tmp_path, run_of(0, 1))
    kinds = {str(field.type) for file in files for field in pq.read_schema(file)}
    assert not any(kind.startswith(("date", "time")) for kind in kinds)
    content = b"".join(file.read_bytes() for file in files)
    assert not any(word in content for word in (b"ANN", b"E1", b"NORTH", b"page"))


def test_clicks_of_an_unknown_enrollment_stop_the_stage(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="run the intake again"):
        coded(tmp_path, [Click("NOBODY", NOON)])


def test_a_student_with_two_million_clicks() -> None:
    """One click a second for 23 days, in a shuffled order: one session, all of it active; in a tenth of a gigabyte."""
    packing = make_packing(0, 2_000_002_000_000, 1)
    clicks = np.arange(2_000_003) * 7919 % 2_000_003 * 2_000_000
    tracemalloc.start()
    runs = find_runs(clicks, packing, PAUSES)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (runs.clicks.tolist(), runs.duration.tolist(), runs.idle[0].tolist()) == (
        [2_000_003],
        [2_000_002_000_000],
        [0],
    )
    assert peak < BYTES_PER_CLICK * len(clicks) < 100_000_000


def test_measures_from_clicks_stand_beside_the_vendors(tmp_path: Path) -> None:
    """Five hours active by the vendor; by its clicks 40 minutes active, 10 idle. The vendor's are the measures."""
    pq.write_table(pa.table({"enrollment_id": [code_of("E1")], "arm": ["online"]}), tmp_path / "cohort.parquet")
    files = coded(tmp_path, run_of(*range(0, 41, 4), 50), buckets=1)
    vendor = "SELECT enrollment_id, 18000 AS active_seconds, 0 AS idle_seconds, NULL::DOUBLE AS idle_seconds_at_least, "
    vendor += "NULL::DOUBLE AS idle_seconds_at_most, 1 AS activities_completed, 'vendor' AS idle_definition, 18000 AS "
    vendor += "duration_seconds, program_day, program_week, order_in_day, outside_school_day, school_year "
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({vendor} FROM '{files[0]}') TO '{tmp_path}/vendor.parquet'")
    sums = []
    for name, file in (("vendor", tmp_path / "vendor.parquet"), ("clicks", files[0])):
        out = BucketFiles(*(tmp_path / f"{name}_{kind}.parquet" for kind in ("sums", "weeks", "years")))
        with connect(memory_gb=1, threads=1, scratch=tmp_path) as connection:
            clicks = name == "clicks"
            (measure_clicks if clicks else measure_bucket)(connection, file, Calendar(), out, 30)
        sums.append([out.sums])
    with connect(memory_gb=1, threads=1, scratch=tmp_path) as connection:
        combine_measures(connection, tmp_path / "cohort.parquet", Work(sums[0], sums[1]), 30)
        found = connection.execute(
            "SELECT active_hours, idle_share, idle_definition, active_hours_from_clicks, idle_share_from_clicks "
            "FROM measures"
        ).fetchall()
    assert found == [(5.0, 0.0, "vendor", 40 / 60, 0.2)]
