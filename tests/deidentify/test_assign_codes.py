"""The crosswalk: random codes, kept for ever, written whole or not at all, private."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from recredit.deidentify.crosswalk import extend_crosswalk, new_codes, read_crosswalk
from recredit.errors import VaultError


def codes(path: Path) -> dict[tuple[str, str], str]:
    return {(row["entity"], row["identifier"]): row["code"] for row in read_crosswalk(path).to_pylist()}


def test_everyone_gets_a_code_and_the_stamp_counts_them(district) -> None:
    district.assign()
    counts = json.loads((district.coded / "codes.json").read_text())
    # The identifiers of the fixture, counted by hand; no teacher and no lottery block is named in it.
    few = {"block": 0, "school_block": 0, "teacher": 0}
    assert counts == {"enrollment": 3, "school": 2, "section": 3, "student": 3, **few}
    assert len(codes(district.crosswalk)) == 11


def test_codes_are_kept_and_new_students_added_behind(district) -> None:
    district.assign()
    before = read_crosswalk(district.crosswalk).to_pylist()
    district.rows["students"].append({"student_id": "PUPIL-AAAA-0"})
    district.assign()
    after = read_crosswalk(district.crosswalk).to_pylist()
    assert after[: len(before)] == before
    assert [row["identifier"] for row in after[len(before) :]] == ["PUPIL-AAAA-0"]


def test_a_run_without_new_students_does_not_touch_the_file(district) -> None:
    district.assign()
    before = district.crosswalk.stat()
    district.assign()
    assert district.crosswalk.stat().st_mtime_ns == before.st_mtime_ns


def test_students_who_left_keep_their_code(district) -> None:
    district.assign()
    before = codes(district.crosswalk)
    district.rows["students"].pop()
    district.rows["enrollments"].pop()
    district.rows["sessions"].pop()
    district.rows["tests"].clear()
    district.assign()
    assert codes(district.crosswalk) == before


def test_codes_say_nothing_about_the_identifiers(tmp_path: Path) -> None:
    """Codes of two crosswalks share nothing, and the order of the codes is not that of the identifiers."""
    identifiers = {"student": [f"{number:05d}" for number in range(2_000)]}
    drawn = []
    for name in ("one", "two"):
        extend_crosswalk(tmp_path / name / "crosswalk.parquet", identifiers)
        drawn.append([row["code"] for row in read_crosswalk(tmp_path / name / "crosswalk.parquet").to_pylist()])
    assert not set(drawn[0]) & set(drawn[1])
    assert all(re.fullmatch("c[0-9a-f]{16}", code) for code in drawn[0])
    ranks = {code: rank for rank, code in enumerate(sorted(drawn[0]))}
    n = len(ranks)
    # Spearman's correlation of identifier and code; its standard deviation under independence is 1/sqrt(n - 1), so a
    # bound of 6 of them fails by chance in 2 of 10^9 runs.
    distance = sum((place - ranks[code]) ** 2 for place, code in enumerate(drawn[0]))
    assert abs(1 - 6 * distance / (n * (n**2 - 1))) < 6 / (n - 1) ** 0.5


def test_codes_come_from_the_operating_system_and_never_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["a", "a", "b", "c"])
    monkeypatch.setattr("recredit.deidentify.crosswalk.secrets.token_hex", lambda _: next(drawn))
    assert set(new_codes(2, {"cb"})) == {"ca", "cc"}


def test_modes_whatever_the_umask(district, repository: Path, script) -> None:
    tables = district.write()
    before = os.umask(0o000)
    try:
        script("deidentify/assign_codes.py").main(
            tables, repository / "config" / "contract", district.crosswalk, district.coded / "codes.json", 1, 1
        )
    finally:
        os.umask(before)
    assert stat.S_IMODE(district.crosswalk.stat().st_mode) == 0o600
    assert stat.S_IMODE(district.crosswalk.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((district.coded / "codes.json").stat().st_mode) == 0o600


def test_a_damaged_crosswalk_is_not_made_anew_without_a_word(district) -> None:
    district.assign()
    district.crosswalk.write_bytes(b"PAR1 not any more")
    with pytest.raises(VaultError, match="damaged"):
        district.assign()


KILLED = """
import os, signal, sys
from pathlib import Path
from recredit.deidentify.crosswalk import extend_crosswalk

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(os, sys.argv[2], kill) if sys.argv[2] == "fsync" else setattr(Path, "replace", kill)
extend_crosswalk(Path(sys.argv[1]), {"student": ["new"]})
"""


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_kill_while_writing_leaves_the_old_file(tmp_path: Path, moment: str) -> None:
    path = tmp_path / "state" / "crosswalk.parquet"
    extend_crosswalk(path, {"student": ["old"]})
    before = path.read_bytes()
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), moment], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    # The next run goes on from there.
    extend_crosswalk(path, {"student": ["new"]})
    assert [row["identifier"] for row in read_crosswalk(path).to_pylist()] == ["old", "new"]
