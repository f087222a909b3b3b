"""Released tables are read as text, row by row, and nothing is guessed."""

import json
from pathlib import Path

import pytest

from recredit.briefs.released import Released
from recredit.errors import VaultError

COLUMNS = {"course": "label", "mode": "label", "note": "label", "students": "count"}


def released(tmp_path: Path, lines: list[str], columns: dict[str, str] | None = None) -> Released:
    (tmp_path / "tables").mkdir(parents=True)
    names = columns or COLUMNS
    (tmp_path / "tables" / "t.csv").write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
    described = {name: {"label": name, "unit": None, "kind": kind, "disclosure": ""} for name, kind in names.items()}
    sidecar = {"name": "t", "title": "T", "population": "P", "unit": "one row", "columns": described}
    (tmp_path / "tables" / "t.json").write_text(json.dumps(sidecar), encoding="utf-8")
    return Released(tmp_path)


def test_a_cell_is_found_by_labels_and_column(tmp_path: Path) -> None:
    table = released(tmp_path, ["Algebra 1,online,x,490", "Algebra 1,teacher-directed,x,†"]).table("t")
    cell = table.row(course="Algebra 1", mode="online")["students"]
    assert (cell.text, cell.shown) == ("490", True)
    assert table.row(mode="teacher-directed")["students"].suppressed


def test_an_address_holds_only_the_labels_it_needs(tmp_path: Path) -> None:
    table = released(tmp_path, ["Algebra 1,online,x,490", "Algebra 1,teacher-directed,x,480"]).table("t")
    assert table.rows[0]["students"].address == "tables/t.csv | mode=online | students"


def test_rows_that_labels_cannot_tell_apart_are_numbered(tmp_path: Path) -> None:
    table = released(tmp_path, ["a,b,c,10", "a,b,c,20"]).table("t")
    assert [row["students"].row_key for row in table.rows] == [
        "course=a; mode=b; note=c; row=1",
        "course=a; mode=b; note=c; row=2",
    ]


@pytest.mark.parametrize("mode", ["online", "virtual"])
def test_none_or_two_rows_are_an_error(tmp_path: Path, mode: str) -> None:
    table = released(tmp_path, ["Algebra 1,online,x,490", "English 9,online,x,480"]).table("t")
    with pytest.raises(VaultError, match=r"has [02] rows with mode=.*needs exactly one"):
        table.row(mode=mode)


def test_an_unknown_column_is_an_error(tmp_path: Path) -> None:
    row = released(tmp_path, ["Algebra 1,online,x,490"]).table("t").rows[0]
    with pytest.raises(VaultError, match="has no column 'passed'"):
        row["passed"]


def test_a_table_that_disagrees_with_its_sidecar_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match=r"tables/t\.csv and its sidecar"):
        released(tmp_path, [], {"course": "label"}).table("t")


def test_a_table_the_study_does_not_have_is_empty(tmp_path: Path) -> None:
    assert not released(tmp_path, []).table("engagement")
    assert Released(tmp_path).made() == []
