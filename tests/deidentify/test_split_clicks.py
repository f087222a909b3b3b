"""The script `split_clicks`: each click in its student's bucket, numbered by the random codes, and none lost."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from recredit.deidentify.click_parts import read_packing, read_parts
from recredit.errors import ConfigurationError, VaultError

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
    """Bucket and number in it of each enrollment, by the district's identifier."""
    rows = duckdb.sql(
        f"SELECT identifier, bucket, number FROM '{folder}/enrollments.parquet' ORDER BY bucket, number"
    ).fetchall()
    codes = dict(duckdb.sql(f"SELECT identifier, code FROM '{crosswalk}' WHERE entity = 'enrollment'").fetchall())
    # In the order of the random codes: no order of the district's files is left.
    assert rows == sorted(rows, key=lambda row: (row[1], codes[row[0]]))
    return {row[0]: (row[1], row[2]) for row in rows}


@pytest.mark.parametrize("buckets", [1, 2, 20])
def test_each_click_lies_in_the_bucket_of_its_student(split: Callable[..., Path], district: Any, buckets: int) -> None:
    folder = split(CLICKS, buckets)
    known = numbers(folder, district.crosswalk)
    packing = read_packing(folder)
    found = []
    for bucket in range(buckets):
        for first, clicks in read_parts(folder, bucket, 1):
            for click in clicks.tolist():
                place, rest = divmod(click, packing.place_unit)
                found.append(((bucket, first + place), rest // 2 + packing.earliest, rest % 2 == 1))
    instants = {code: datetime.fromisoformat(f"{at}+00:00").timestamp() * 1e6 for code, _, at, _ in CLICKS}
    wanted = [(known[one[1]], instants[one[0]], one[3] == "quiz passed") for one in CLICKS]
    assert sorted(found) == sorted(wanted)
    # No identifier lies beside the clicks.
    assert b"ENROL" not in b"".join(path.read_bytes() for path in folder.rglob("bucket=*/*"))


def test_a_log_of_a_century_still_fits_into_integers(split: Callable[..., Path]) -> None:
    """A clock that jumps by a century: fewer enrollments share a part, and no instant is cut."""
    first = ("K-0", "ENROL-ONE", "1918-06-18 15:00:00", "page")
    folder = split([*CLICKS, first], 1)
    packing = read_packing(folder)
    assert packing.enrollments < 1 << 10
    found = [click % packing.place_unit // 2 for _, clicks in read_parts(folder, 0, 1) for click in clicks.tolist()]
    assert (
        min(found) == 0 and max(found) == (datetime(2018, 6, 19, 16) - datetime(1918, 6, 18, 15)).total_seconds() * 1e6
    )


def test_a_part_that_memory_cannot_hold_says_what_it_needs(split: Callable[..., Path]) -> None:
    folder = split(CLICKS, 1)
    with pytest.raises(ConfigurationError, match=r"resources\.memory_gb"):
        list(read_parts(folder, 0, 1e-9))


def test_a_click_of_nobody_stops_without_its_identifier(split: Callable[..., Path]) -> None:
    with pytest.raises(VaultError) as caught:
        split([*CLICKS, ("K-5", "ENROL-GHOST", "2018-06-18 15:00:00", "page")], 20)
    assert "clicks were lost or doubled" in str(caught.value) and "GHOST" not in str(caught.value)
