"""The attack from files: what it says of a protected release, and that it refuses one that gives a cell away."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from recredit.errors import DisclosureError

from .test_protect_tables import DISCLOSURE, around, attack_tables, script


def test_a_protected_release_withstands_and_its_files_are_noted(
    repository: Path, tmp_path: Path, exact_table: Callable[..., Path]
) -> None:
    exact, table = exact_table(tmp_path / "exact"), tmp_path / "outcomes_by_mode.csv"
    script(repository, "protect_tables").main([exact], [table], DISCLOSURE, *around(exact))
    attack_tables(repository, tmp_path, exact, table, DISCLOSURE)
    attack = json.loads((tmp_path / "attack.json").read_text())
    assert attack["files"] == {"outcomes_by_mode": hashlib.sha256(table.read_bytes()).hexdigest()}
    assert attack["found"]["verdict"] == "passed"
    assert attack["found"]["systems"]["students"]["recovered"] == 0
    assert "Online classes" in (tmp_path / "determination.json").read_text()
    assert set(json.loads((tmp_path / "inputs.json").read_text())) == {"inputs", "earlier", "layouts"}


def test_files_that_the_data_contradict_are_refused_and_nothing_is_written(
    repository: Path, tmp_path: Path, exact_table: Callable[..., Path]
) -> None:
    exact, table = exact_table(tmp_path / "exact"), tmp_path / "outcomes_by_mode.csv"
    script(repository, "protect_tables").main([exact], [table], DISCLOSURE, *around(exact))
    table.write_text(table.read_text().replace(",490,51", ",390,51"))
    with pytest.raises(DisclosureError, match="the cell and the student-level table disagree"):
        attack_tables(repository, tmp_path, exact, table, DISCLOSURE)
    assert not [name for name in ("attack.json", "determination.json", "inputs.json") if (tmp_path / name).exists()]
