"""Figures from released files: pictures, sidecars, and the same bytes a second time."""

import json
from collections.abc import Callable
from pathlib import Path

from .test_protect_tables import DISCLOSURE, around, script


def test_figures_and_sidecars(repository: Path, tmp_path: Path, exact_table: Callable[..., Path]) -> None:
    table = tmp_path / "outcomes_by_mode.csv"
    exact = exact_table(tmp_path / "exact")
    script(repository, "protect_tables").main([exact], [table], DISCLOSURE, *around(exact))
    for folder in ("first", "second"):
        script(repository, "draw_figures").main([table], tmp_path / folder)
    files = {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()}
    assert sorted(files) == ["passed_by_mode.json", "passed_by_mode.png"]
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "second").iterdir()}
    sidecar = json.loads(files["passed_by_mode.json"])
    assert sidecar["source_tables"] == ["outcomes_by_mode"]
    assert sidecar["alt_text"].startswith(
        "Bar chart. Passed by course and mode of the class, of students with a final result: online: English 9 51%"
    )
