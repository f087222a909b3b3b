"""Putting results in place: exactly the files, readable for all, and nothing left of a killed run."""

import os
import stat
from pathlib import Path

import pytest

from recredit.publication.placing import place_folder


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_folder_holds_exactly_the_files_and_everybody_may_read_them(tmp_path: Path) -> None:
    target = tmp_path / "results" / "demo"
    before = os.umask(0o077)
    try:
        place_folder({"tables/a.csv": b"1"}, target)
        place_folder({"tables/b.csv": b"2", "audit/manifest.json": b"{}"}, target)
    finally:
        os.umask(before)
    assert files_in(target) == {"tables/b.csv": b"2", "audit/manifest.json": b"{}"}
    assert [path.name for path in target.parent.iterdir()] == ["demo"]
    for path in [target, *target.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644)


def test_leftovers_of_a_killed_run_are_cleaned(tmp_path: Path) -> None:
    target = tmp_path / "demo"
    for leftover in (".demo.staged", ".demo.previous"):
        (tmp_path / leftover / "tables").mkdir(parents=True)
        (tmp_path / leftover / "tables" / "half.csv").write_text("ha")
    place_folder({"tables/a.csv": b"1"}, target)
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    assert files_in(target) == {"tables/a.csv": b"1"}


def test_a_failure_while_writing_leaves_the_old_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "demo"
    place_folder({"tables/a.csv": b"old"}, target)

    def full_disk(*_: object) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="no space left"):
        place_folder({"tables/a.csv": b"new"}, target)
    assert files_in(target) == {"tables/a.csv": b"old"}
