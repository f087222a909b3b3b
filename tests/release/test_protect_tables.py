"""Exact tables in, released CSV and sidecars out: the bytes, and nothing at all when a table is refused."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from recredit.errors import DisclosureError

DISCLOSURE = {
    **{"minimum_group": 10, "minimum_units": 3, "round_counts_to": 10},
    **{"insiders": "schools", "known": [], "exact_cells": [], "decided_by": "", "reasons": {}},
}


def script(repository: Path, name: str) -> ModuleType:
    path = repository / "workflow" / "scripts" / "release" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def around(exact: Path) -> tuple[list[Path], dict[str, Path], Path]:
    """The rows behind the exact table, no public counts, and a registry that is not there."""
    return [exact.parent / "bases" / "students.parquet"], {}, exact.parent / "registry"


def test_the_released_files(repository: Path, tmp_path: Path, exact_table: Callable[..., Path]) -> None:
    output = tmp_path / "outcomes_by_mode.csv"
    exact = exact_table(tmp_path / "exact")
    script(repository, "protect_tables").main([exact], [output], DISCLOSURE, *around(exact))
    assert output.read_bytes().decode() == (
        "course,mode,students,passed_percent\n"
        "English 9,online,490,51\n"
        "English 9,teacher-directed,490,67\n"
        "Algebra 1,online,260,63\n"
        "Algebra 1,teacher-directed,†,†\n"
    )
    sidecar = json.loads(output.with_suffix(".json").read_text())
    assert sidecar["title"] == "Courses passed by mode of the class"
    assert sidecar["columns"]["students"]["disclosure"] == "to the nearest 10; marked below 10"
    assert "†" in sidecar["marks"]


def test_a_refused_table_leaves_no_file(repository: Path, tmp_path: Path, exact_table: Callable[..., Path]) -> None:
    rows = [("English 9", "online", 9.0, 50.0), ("Algebra 1", "online", 8.0, 50.0)]
    output = tmp_path / "outcomes_by_mode.csv"
    exact = exact_table(tmp_path / "exact", rows)
    with pytest.raises(DisclosureError, match="Collapse categories of 'course'"):
        script(repository, "protect_tables").main([exact], [output], DISCLOSURE, *around(exact))
    assert not output.exists()


def test_a_table_without_its_specification_is_not_released(
    repository: Path, tmp_path: Path, exact_table: Callable[..., Path]
) -> None:
    exact = exact_table(tmp_path / "exact")
    exact.with_suffix(".json").unlink()
    with pytest.raises(DisclosureError, match="outcomes_by_mode: the table has no specification"):
        script(repository, "protect_tables").main([exact], [tmp_path / "x.csv"], DISCLOSURE, *around(exact))
