"""Sums over sessions from clicks, in NumPy, against the SQL for a vendor's sessions on the same sessions."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recredit.measures.bucket import BucketFiles, measure_bucket, measure_clicks
from recredit.measures.click_sums import pieces_of, read_piece, sum_by_week
from recredit.measures.sums import Calendar, sum_sessions

DEFINITION = "computed from gaps over 5 minutes, time-out 30 minutes"


def draw(seed: int, *, activities: bool, dated: bool) -> pd.DataFrame:
    """Sessions of up to 12 enrollments, in the order of enrollment and day, in whole seconds as a vendor's."""
    random = np.random.default_rng(seed)
    size = int(random.integers(1, 80))
    table = pd.DataFrame(
        {
            "enrollment_id": [f"c{place:02d}" for place in random.integers(0, 12, size)],
            "program_day": random.integers(-3, 40, size),
            "active": random.integers(0, 4000, size),
            "idle": random.integers(0, 2000, size),
        }
    ).sort_values(["enrollment_id", "program_day"], ignore_index=True)
    table["order_in_day"] = table.groupby(["enrollment_id", "program_day"]).cumcount() + 1
    table["program_week"] = (table["program_day"] - 1) // 7 + 1
    table["activities_completed"] = pd.array(random.integers(0, 9, size) if activities else [None] * size, "Int64")
    table["outside_school_day"] = pd.array(random.choice([True, False, None], size), "boolean")
    table["school_year"] = 2018 + table["enrollment_id"].str[-1].astype(int) % 2
    if not dated:
        without = table["enrollment_id"] < "c04"
        days = table[["program_day", "program_week"]].astype("Int64").mask(without)
        table[["program_day", "program_week"]] = days
    return table


def write_pieces(path: Path, table: pa.Table, cuts: Sequence[str]) -> None:
    """Row groups end before the enrollments ``cuts``, as those of the parts of a bucket do; "" cuts anywhere."""
    codes = table["enrollment_id"].to_pylist()
    borders = sorted({0, len(codes), *(len(codes) // 2 if cut == "" else bisect_left(codes, cut) for cut in cuts)})
    with pq.ParquetWriter(path, table.schema) as writer:
        for begin, end in pairwise(borders):
            writer.write_table(table.slice(begin, end - begin))


def write(folder: Path, table: pd.DataFrame, cuts: Sequence[str] = ()) -> tuple[Path, Path, Calendar]:
    """The same sessions as coded from clicks and as coded from a vendor's log; enrollments with some days unknown."""
    common = table.drop(columns=["active", "idle"]).assign(idle_definition=DEFINITION)
    lists = pa.array([[idle, idle // 2] for idle in (1_000_000 * table["idle"]).tolist()], pa.list_(pa.int64()))
    clicks = common.assign(
        active_microseconds=1_000_000 * table["active"], idle_microseconds=1_000_000 * table["idle"],
        duration_microseconds=1_000_000 * (table["active"] + table["idle"]),
    )  # fmt: skip
    arrow = pa.Table.from_pandas(clicks, preserve_index=False).append_column("idle_microseconds_by_threshold", lists)
    write_pieces(folder / "clicks.parquet", arrow, cuts)
    common.assign(
        active_seconds=table["active"], idle_seconds=table["idle"], duration_seconds=table["active"] + table["idle"],
        idle_seconds_at_least=np.nan, idle_seconds_at_most=np.nan,
    ).to_parquet(folder / "vendor.parquet", index=False)  # fmt: skip
    codes = [f"c{place:02d}" for place in range(12)]
    starts = pd.array([1, 5, None, 9, 12, 1, 1, 2, 3, 4, 5, 6], "Int64")
    ends = pd.array([20, None, 30, 30, None, 7, 60, 60, 60, 60, 60, 9], "Int64")
    students = {"student_id": [f"s{place // 2}" for place in range(12)], "section_id": "a"}
    enrollments = pd.DataFrame({"enrollment_id": codes, **students, "starts_day": starts, "ends_day": ends})
    enrollments.to_parquet(folder / "enrollments.parquet", index=False)
    marks = pd.DataFrame({"enrollment_id": codes[::3], "completed": True, "completed_day": [10, 20, 30, 40]})
    marks.to_parquet(folder / "marks.parquet", index=False)
    pd.DataFrame({"section_id": ["a"], "term_id": ["t"]}).to_parquet(folder / "sections.parquet", index=False)
    terms = pd.DataFrame({"term_id": ["t"], "starts_on": [date(2018, 6, 18)]})
    terms.to_parquet(folder / "terms.parquet", index=False)
    days = Calendar(*(folder / f"{name}.parquet" for name in ("enrollments", "marks", "sections", "terms")))
    return folder / "clicks.parquet", folder / "vendor.parquet", days


def found(sessions: Path, days: Calendar, *, clicks: bool) -> dict[str, list[tuple[Any, ...]]]:
    folder = sessions.parent
    files = BucketFiles(*(folder / f"{name}.parquet" for name in ("sums", "weeks", "years")))
    with duckdb.connect() as connection:
        (measure_clicks if clicks else measure_bucket)(connection, sessions, days, files, 30)
    with duckdb.connect() as connection:
        if clicks:
            pieces = [sum_by_week(read_piece(sessions, groups)) for groups in pieces_of(sessions)]
            week_sums = pa.concat_tables(pieces)
            connection.register("week_sums", week_sums)
        else:
            sum_sessions(connection, sessions, days)
        queries = {"sums": f"SELECT * EXCLUDE (idle_microseconds_by_threshold) FROM '{files.sums}'"}
        queries |= {"week_sums": "FROM week_sums", "weeks": f"FROM '{files.weeks}'", "years": f"FROM '{files.years}'"}
        rows = {name: connection.execute(query).fetchall() for name, query in queries.items()}
        kinds = {f"{name} types": connection.execute(f"DESCRIBE {query}").fetchall() for name, query in queries.items()}
        return rows | kinds


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("cuts", [[], ["c03", "c07"], [""]])
@pytest.mark.parametrize(("activities", "dated"), [(True, True), (False, True), (True, False)])
def test_both_ways_of_adding_give_the_same_tables(
    tmp_path: Path, seed: int, cuts: list[str], activities: bool, dated: bool
) -> None:
    clicks, vendor, days = write(tmp_path, draw(seed, activities=activities, dated=dated), cuts)
    expected = found(vendor, days, clicks=False)
    assert expected["sums"] and expected["years"]
    assert found(clicks, days, clicks=True) == expected


def test_idle_time_under_each_threshold_is_added(tmp_path: Path) -> None:
    table = draw(1, activities=True, dated=True)
    clicks, _, days = write(tmp_path, table)
    files = BucketFiles(*(tmp_path / f"{name}.parquet" for name in ("sums", "weeks", "years")))
    with duckdb.connect() as connection:
        measure_clicks(connection, clicks, days, files, 30)
        query = f"SELECT enrollment_id, idle_microseconds_by_threshold FROM '{files.sums}'"
        rows = connection.execute(query).fetchall()
    idle = (1_000_000 * table["idle"]).groupby(table["enrollment_id"])
    assert dict(rows) == {code: [own.sum(), (own // 2).sum()] for code, own in idle}


def test_no_sessions_give_tables_without_rows(tmp_path: Path) -> None:
    clicks, vendor, days = write(tmp_path, draw(1, activities=True, dated=True))
    full = found(vendor, days, clicks=False)
    empty = tmp_path / "empty.parquet"
    pq.write_table(pq.read_table(clicks).slice(0, 0), empty)
    none = found(empty, days, clicks=True)
    for name in ("sums", "week_sums", "weeks", "years"):
        assert none[name] == [] and none[f"{name} types"] == full[f"{name} types"]
