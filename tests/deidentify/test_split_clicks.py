"""The script `split_clicks`: each click in its student's bucket, numbered by the random codes, and none lost."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from recredit.errors import VaultError

Script = Callable[[str], ModuleType]
CLICKS = [
    ("K-1", "ENROL-ONE", "2018-06-18 15:00:00", "page"),
    ("K-2", "ENROL-ONE", "2018-06-18 15:04:00", "quiz passed"),
    ("K-3", "ENROL-TWO", "2018-06-18 16:00:00", "page"),
    ("K-4", "ENROL-TRE", "2018-06-19 16:00:00", "quiz passed"),
]


@pytest.fixture
def split(district: Any, script: Script) -> Callable[..., Path]:
    """Runs the script on the district's tables with a click stream."""

    def run(clicks: list[tuple[str, ...]], buckets: int) -> Path:
        district.rows["events"] = [
            {"event_id": code, "enrollment_id": enrollment, "at": f"'{at}+00'::TIMESTAMPTZ", "kind": kind}
            for code, enrollment, at, kind in clicks
        ]
        district.assign()
        placing = ("terms", "sections", "enrollments", "events")
        folder: Path = district.folder / "identified" / "deidentify" / "clicks"
        folder.parent.mkdir(exist_ok=True)
        script("deidentify/split_clicks.py").main(
            tables={name: path for name, path in district.coding().tables.items() if name in placing},
            crosswalk=district.crosswalk,
            folder=folder,
            buckets=[f"{number:04d}" for number in range(buckets)],
            completed_kinds=["quiz passed"],
            memory_gb=1,
            threads=1,
        )
        return folder

    return run


def numbers(folder: Path, crosswalk: Path) -> dict[str, tuple[int, int]]:
    """Number and bucket of each enrollment, by the district's identifier."""
    rows = duckdb.sql(
        f"SELECT identifier, number, bucket FROM '{folder}/enrollments.parquet' ORDER BY number"
    ).fetchall()
    codes = dict(duckdb.sql(f"SELECT identifier, code FROM '{crosswalk}' WHERE entity = 'enrollment'").fetchall())
    # In the order of the random codes: no order of the district's files is left.
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), key=codes.__getitem__)
    return {row[0]: (row[1], row[2]) for row in rows}


def test_many_buckets_lay_the_clicks_apart(split: Callable[..., Path], district: Any) -> None:
    folder = split(CLICKS, 20)
    known = numbers(folder, district.crosswalk)
    found = duckdb.sql(f"SELECT number, completed, bucket FROM '{folder}/bucket=*/*.parquet' ORDER BY ALL").fetchall()
    wanted = sorted((known[one[1]][0], one[3] == "quiz passed", known[one[1]][1]) for one in CLICKS)
    assert [tuple(map(int, row)) for row in found] == [tuple(map(int, row)) for row in wanted]
    # A student's clicks all lie in one bucket, and no identifier lies beside them.
    assert all(0 <= bucket < 20 for _, bucket in known.values())
    assert b"ENROL" not in b"".join(path.read_bytes() for path in folder.rglob("bucket=*/*.parquet"))


def test_few_buckets_read_the_stream_itself(split: Callable[..., Path], district: Any) -> None:
    folder = split(CLICKS, 2)
    assert [path.name for path in folder.iterdir()] == ["enrollments.parquet"]
    assert {bucket for _, bucket in numbers(folder, district.crosswalk).values()} <= {0, 1}


def test_a_click_of_nobody_stops_without_its_identifier(split: Callable[..., Path]) -> None:
    with pytest.raises(VaultError) as caught:
        split([*CLICKS, ("K-5", "ENROL-GHOST", "2018-06-18 15:00:00", "page")], 20)
    assert "clicks were lost or doubled" in str(caught.value) and "GHOST" not in str(caught.value)
