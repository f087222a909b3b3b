"""Rows whose times may overlap: whatever the check finds among all rows, it finds among these alone."""

from collections.abc import Iterator, Sequence

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recredit.intake import meeting
from recredit.intake.meeting import DAY, SECOND, Times, create_meeting, layout_of
from recredit.intake.sorting import Sorting

# Owner, begin and end in microseconds: few owners and times, so that rows touch, coincide and contain each other.
TIME = st.one_of(
    st.integers(0, 12).map(lambda n: n * SECOND), st.integers(0, 12 * SECOND), st.integers(0, 400).map(DAY.__mul__)
)
ROWS = st.lists(st.tuples(st.integers(0, 3), TIME, TIME), max_size=30)
OVERLAPS = (
    "NOT (started >= max(ended) OVER (PARTITION BY owner ORDER BY started, ended, place "
    "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))"
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def times(tmp_path_factory: pytest.TempPathFactory) -> Times:
    return Times(tmp_path_factory.mktemp("meeting") / "rows.parquet", "owner", "started", "ended")


def write(connection: duckdb.DuckDBPyConnection, times: Times, rows: Sequence[tuple[int | None, int, int]]) -> None:
    connection.execute("CREATE OR REPLACE TABLE rows (place INTEGER, owner INTEGER, started BIGINT, ended BIGINT)")
    if rows:
        connection.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", [[n, *row] for n, row in enumerate(rows)])
    connection.execute(
        f"COPY (SELECT place, owner, make_timestamptz(started + 1500000000123456) AS started, "
        f"make_timestamptz(ended + 1500000000123456) AS ended FROM rows) TO '{times.path}' (FORMAT parquet)"
    )


def overlapping(connection: duckdb.DuckDBPyConnection, times: Times, condition: str) -> set[int]:
    """Places of the rows that begin before an earlier one has ended, among those that fulfil ``condition``."""
    found = connection.execute(
        f"SELECT place FROM (SELECT place, {OVERLAPS} AS late FROM '{times.path}' WHERE {condition}) WHERE late"
    )
    return {place for (place,) in found.fetchall()}


def by_hand(rows: Sequence[tuple[int, int, int]]) -> set[int]:
    """The same in plain Python, each row against all earlier ones."""
    order = sorted((owner, begin, end, place) for place, (owner, begin, end) in enumerate(rows))
    return {
        place
        for number, (owner, begin, _, place) in enumerate(order)
        if any(one == owner and ended > begin for one, _, ended, _ in order[:number])
    }


@settings(deadline=None, max_examples=80)
@given(rows=ROWS, parts=st.integers(1, 3), block=st.integers(1, 40), length_bits=st.integers(1, 31))
def test_the_check_finds_the_same_among_them(
    connection: duckdb.DuckDBPyConnection, times: Times, rows: list[tuple[int, int, int]], parts: int, block: int,
    length_bits: int,
) -> None:  # fmt: skip
    write(connection, times, rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meeting, "BLOCK", block)
        patch.setattr(meeting, "MOST_MEETING", 1)
        # So few bits that lengths are beyond their range.
        patch.setattr(meeting, "LONGEST_BITS", length_bits)
        condition = create_meeting(connection, times, len(rows), Sorting(-(-len(rows) // parts) or 1, 1))
    assert (condition is None) is (not rows)
    found = overlapping(connection, times, condition or "true")
    assert found == overlapping(connection, times, "true") == by_hand(rows)


def test_rows_that_meet_no_other_are_left_out(connection: duckdb.DuckDBPyConnection, times: Times) -> None:
    hour, half = 3600 * SECOND, 1800 * SECOND
    rows = [(owner, n * hour, n * hour + half) for owner in range(40) for n in range(50)]
    rows[777] = (15, 27 * hour - 1, 27 * hour + half)
    write(connection, times, [*rows, (None, 0, 100 * hour), (15, 28 * hour + half - 1, 28 * hour + half + 1)])
    condition = create_meeting(connection, times, 2002, Sorting(10_000, 2))
    counted = connection.execute(f"SELECT count(*) FROM '{times.path}' WHERE {condition}").fetchall()
    assert counted == [(2,)]
    assert overlapping(connection, times, str(condition)) == {2001}


def test_where_most_rows_meet_all_are_compared(connection: duckdb.DuckDBPyConnection, times: Times) -> None:
    write(connection, times, [(n % 2, 0, SECOND) for n in range(20)])
    assert create_meeting(connection, times, 20, Sorting(100, 1)) is None


@pytest.mark.parametrize(("owners", "years"), [(1, 1), (200_000, 3), (2_000_000, 10), (2**31, 50)])
def test_a_day_can_be_told(owners: int, years: int) -> None:
    layout = layout_of(owners, 0, years * 366 * DAY)
    assert layout is not None
    assert owners.bit_length() + layout.begin_bits + layout.length_bits <= 63
    assert layout.unit << layout.length_bits > DAY
    assert years * 366 * DAY // layout.unit + 1 < 1 << layout.begin_bits
