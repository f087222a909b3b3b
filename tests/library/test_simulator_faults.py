"""The ledger of planted faults, balanced to the row, and what the intake does with each kind."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.faults import FAULT_KINDS, LATE_ENCODING, LATE_LOG
from simulator.reading import read_settings
from simulator.truth import write_district

DIRTY = Path(__file__).resolve().parents[2] / "config" / "studies" / "demo_dirty" / "district.yaml"
SEED = 20260101
# A fault that takes its row out of the first file, and one that ends the run before anything else can be seen.
MOVED, STOPS = "late_session", "undeclared_encoding"
# Kinds that add a row; a second mark marks the first one too, a transfer the enrollment it ends.
ADDING = {
    "duplicated_session": 1.0,
    "overlapping_session": 1.0,
    "end_before_start": 1.0,
    "session_without_enrollment": 1.0,
    "late_session": 1.0,
    "late_session_again": 1.0,
    "mark_twice": 0.5,
    "transferred_student": 0.5,
    "two_identifiers": 1.0,
}


def lines(folder: Path, name: str) -> list[str]:
    encoding = LATE_ENCODING if name == LATE_LOG else "utf-8"
    return (folder / "raw" / name).read_text(encoding=encoding).splitlines()[1:]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same district with all kinds of faults, and with none."""
    given = yaml.safe_load(DIRTY.read_text(encoding="utf-8"))
    made = []
    for name, faults in (("dirty", given["faults"]), ("clean", {})):
        folder = tmp_path_factory.mktemp(name)
        settings = read_settings({**given, "faults": faults})
        write_district(settings, SEED, folder / "raw", folder / "truth.json", folder / "students.csv")
        made.append(folder)
    return made[0], made[1]


@pytest.fixture(scope="module")
def truth(folders: tuple[Path, Path]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folders[0] / "truth.json").read_text(encoding="utf-8"))
    return found


def test_each_kind_is_planted_as_often_as_asked(truth: dict[str, Any]) -> None:
    asked = yaml.safe_load(DIRTY.read_text(encoding="utf-8"))["faults"]
    assert set(asked) == set(FAULT_KINDS) - {STOPS}
    rows = {"mark_twice": 2, "transferred_student": 2, "two_identifiers": 3}
    assert truth["faults"]["rows"] == {kind: rows.get(kind, 1) * count for kind, count in asked.items()}


def test_every_row_that_differs_is_in_the_ledger_and_no_other(
    folders: tuple[Path, Path], truth: dict[str, Any]
) -> None:
    dirty, clean = folders
    ledger = truth["faults"]["ledger"]
    assert len({(one["file"], one["row"]) for one in ledger}) == len(ledger)
    moved = [one for one in ledger if one["fault"] == MOVED]
    for name in truth["rows"]:
        planted = {one["row"]: one["fault"] for one in ledger if one["file"] == name}
        rows = lines(dirty, name)
        assert len(rows) == truth["rows"][name]
        if name == LATE_LOG:
            assert len(planted) == len(rows)
            continue
        sound = Counter(row for number, row in enumerate(rows, start=1) if number not in planted)
        before = Counter(lines(clean, name))
        # What is sound stood there before; what is missing was changed in place or has moved to the later file.
        assert not sound - before, name
        missing = sum((before - sound).values())
        changed = sum(1 - ADDING.get(kind, 0.0) for kind in planted.values())
        if name.startswith("vendor/session_log"):
            assert missing >= changed
        else:
            assert missing in (changed, sum(kind == "mark_twice" for kind in planted.values()) / 2), name
    logs = [name for name in truth["rows"] if name.startswith("vendor/session_log")]
    before_all = sum(len(lines(clean, name)) for name in logs)
    added = [one for one in ledger if one["file"] in logs and one["fault"] in ADDING]
    assert sum(truth["rows"][name] for name in logs) == before_all + len(added) - len(moved)


def test_students_and_truth_are_those_of_the_clean_district(folders: tuple[Path, Path]) -> None:
    """Faults have random numbers of their own: they change no student's record."""
    dirty, clean = folders
    assert (dirty / "students.csv").read_bytes() == (clean / "students.csv").read_bytes()
    truths = [json.loads((folder / "truth.json").read_text(encoding="utf-8")) for folder in folders]
    for key in ("courses", "targets", "counts", "schools"):
        assert truths[0][key] == truths[1][key]


def test_fates_are_known_words(truth: dict[str, Any]) -> None:
    fates = {one["fate"] for one in truth["faults"]["ledger"]}
    assert fates == {"quarantined", "merged", "kept", "finding"}


def test_a_file_in_an_undeclared_encoding_is_written_so(tmp_path: Path) -> None:
    given = yaml.safe_load(DIRTY.read_text(encoding="utf-8"))
    settings = read_settings({**given, "scale": 0.2, "faults": {STOPS: 1}})
    write_district(settings, SEED, tmp_path / "raw", tmp_path / "truth.json", tmp_path / "students.csv")
    content = (tmp_path / "raw" / "district" / "attendance.csv").read_bytes().split(b"\n", 1)[1]
    assert content[1:2] == b"\x00"
