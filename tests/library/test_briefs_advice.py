"""Advice is given only where a released row supports it, and never promises what an association cannot."""

import json
from pathlib import Path

import pytest

from recredit.briefs.advice import implications
from recredit.briefs.released import Released

MODEL = {"model": "label", "title": "label", "outcome": "label", "term": "label", "unit": "label"}
FIGURES = {"estimate": "estimate", "ci_low": "ci_low", "ci_high": "ci_high", "p_value": "p_value"}


def study(folder: Path, term: str, estimate: str, p_value: str) -> Released:
    """A study with one model row."""
    (folder / "tables").mkdir(parents=True)
    columns = MODEL | FIGURES
    row = ["m", "Model", "Final grade", f'"{term} (per hour)"', "points", estimate, "-1", "1", p_value]
    (folder / "tables" / "associations.csv").write_text(f"{','.join(columns)}\n{','.join(row)}\n", encoding="utf-8")
    described = {name: {"kind": kind, "label": name} for name, kind in columns.items()}
    sidecar = {"title": "T", "population": "P", "unit": "one row", "columns": described}
    (folder / "tables" / "associations.json").write_text(json.dumps(sidecar), encoding="utf-8")
    return Released(folder)


@pytest.mark.parametrize(
    ("term", "estimate", "word"),
    [
        ("Idle share", "-2", "idle time"),
        ("Absence rate", "-2", "Attendance"),
        ("Hours in the platform", "2", "early sign"),
    ],
)
def test_advice_follows_the_row(tmp_path: Path, term: str, estimate: str, word: str) -> None:
    (text,) = [sentence.plain for sentence in implications(study(tmp_path / "sure", term, estimate, "<.001"))]
    assert word in text and "may" in text
    turned = estimate.removeprefix("-") if estimate.startswith("-") else f"-{estimate}"
    assert implications(study(tmp_path / "turned", term, turned, "<.001")) == []
    assert implications(study(tmp_path / "unsure", term, estimate, ".3")) == []
    assert implications(study(tmp_path / "hidden", term, "†", "†")) == []
