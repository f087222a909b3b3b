"""Exact tables in, released CSV and sidecars out: the bytes, and nothing at all when a table is refused."""

import importlib.util
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from recredit.briefs.released import Released
from recredit.errors import ConfigurationError, DisclosureError

DISCLOSURE = {
    **{"minimum_group": 10, "minimum_units": 3, "round_counts_to": 10, "dominance_percent": 90, "p_percent": 10},
    **{"insiders": "schools", "known": [], "leave_out": [], "exact_cells": [], "decided_by": "", "reasons": {}},
}


def script(repository: Path, name: str) -> ModuleType:
    path = repository / "workflow" / "scripts" / "release" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def around(exact: Path) -> tuple[list[Path], dict[str, Path], Path, Path]:
    """The rows behind the exact table, no public counts, a registry that is not there; what is said of exact cells."""
    folder = exact.parent
    return [folder / "bases" / "students.parquet"], {}, folder / "registry", folder / "exact_cells.json"


def attack_tables(repository: Path, folder: Path, exact: Path, table: Path, disclosure: Mapping[str, Any]) -> None:
    """Attack one released table; what the rule writes goes into `folder`."""
    texts = folder / "inputs.json", folder / "determination.json"
    attack = script(repository, "attack_tables").main
    attack([exact], [table], folder / "attack.json", disclosure, *around(exact), *texts, "Online classes")


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


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        ("outcome_by_mode", "there is no such table"),
        ("outcomes_by_mode.failed", "there is no such column"),
        ("outcomes_by_mode.course", "a label tells rows apart"),
    ],
)
def test_what_cannot_be_left_out_is_refused(
    repository: Path, tmp_path: Path, exact_table: Callable[..., Path], left_out: str, words: str
) -> None:
    exact, settings = exact_table(tmp_path / "exact"), {**DISCLOSURE, "leave_out": [left_out]}
    with pytest.raises(ConfigurationError, match=f"disclosure.leave_out: {left_out}: {words}"):
        script(repository, "protect_tables").main([exact], [tmp_path / "x.csv"], settings, *around(exact))


def test_a_column_left_out_is_in_no_file_and_readable_as_hidden(
    repository: Path, tmp_path: Path, exact_table: Callable[..., Path]
) -> None:
    exact, folder = exact_table(tmp_path / "exact"), tmp_path / "tables"
    folder.mkdir()
    table, settings = folder / "outcomes_by_mode.csv", {**DISCLOSURE, "leave_out": ["outcomes_by_mode.students"]}
    script(repository, "protect_tables").main([exact], [table], settings, *around(exact))
    assert table.read_text().splitlines()[:2] == ["course,mode,passed_percent", "English 9,online,51"]
    assert json.loads(table.with_suffix(".json").read_text())["left_out"] == {
        "students": {"label": "Students", "unit": "students", "kind": "count"}
    }
    row = Released(tmp_path).table("outcomes_by_mode").rows[0]
    assert row["students"].suppressed and row["passed_percent"].text == "51"
    script(repository, "draw_figures").main([table], tmp_path / "figures")
    attack_tables(repository, tmp_path, exact, table, settings)
    attack, certificate = tmp_path / "attack.json", tmp_path / "certificate.json"
    certify = script(repository, "certify_release").main
    certify([exact], [table], tmp_path / "figures", certificate, settings, *around(exact), attack)
    found = json.loads((tmp_path / "certificate.json").read_text())["linked_tables"]["systems"]["students"]
    # The percentages alone are cells now; the count is no longer attacked, since nobody is told of it.
    assert found["cells"] == 4
    assert "outcomes_by_mode.students" in (tmp_path / "determination.json").read_text()


def test_a_table_left_out_leaves_the_others(repository: Path, tmp_path: Path, exact_table: Callable[..., Path]) -> None:
    rows = [("English 9", "online", 9.0, 50.0), ("Algebra 1", "online", 8.0, 50.0)]
    exact = exact_table(tmp_path / "exact", rows)
    with pytest.raises(DisclosureError, match=r"or leave the table or a column of it out \(disclosure.leave_out\)"):
        script(repository, "protect_tables").main([exact], [tmp_path / "x.csv"], DISCLOSURE, *around(exact))
    settings = {**DISCLOSURE, "leave_out": ["outcomes_by_mode"]}
    script(repository, "protect_tables").main([exact], [], settings, *around(exact))
    assert not list(tmp_path.glob("*.csv"))


def test_a_table_may_lose_all_its_counts(repository: Path, tmp_path: Path, exact_table: Callable[..., Path]) -> None:
    exact, table = exact_table(tmp_path / "exact"), tmp_path / "outcomes_by_mode.csv"
    both = [f"outcomes_by_mode.{column}" for column in ("students", "passed_percent")]
    script(repository, "protect_tables").main([exact], [table], {**DISCLOSURE, "leave_out": both}, *around(exact))
    assert table.read_text().splitlines()[:2] == ["course,mode", "English 9,online"]
