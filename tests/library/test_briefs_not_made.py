"""What could not be made: one line for each reason, with all analyses that it keeps from being made."""

import csv
import json
from pathlib import Path

from recredit.briefs.not_made import missing_analyses
from recredit.briefs.released import Released

COLUMNS = ("analysis", "title", "made", "why")


def released(folder: Path, *rows: tuple[str, str, str, str]) -> Released:
    (folder / "tables").mkdir()
    with (folder / "tables" / "analyses.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    described = {name: {"kind": "label", "label": name, "unit": None} for name in COLUMNS}
    sidecar = {"title": "Analyses", "population": "", "unit": "", "columns": described}
    (folder / "tables" / "analyses.json").write_text(json.dumps(sidecar), encoding="utf-8")
    return Released(folder)


def test_analyses_with_one_reason_share_a_line(tmp_path: Path) -> None:
    found = released(
        tmp_path,
        ("types", "Types of user", "no", "the study has no table sessions"),
        ("marks", "Passing", "no", "the study has no table marks"),
        ("pace", "Pace of work", "no", "the study has no table sessions"),
        ("flow", "Who is analysed", "yes", ""),
    )
    assert [sentence.plain for sentence in missing_analyses(found)] == [
        "Types of user; Pace of work: the study has no table sessions.",
        "Passing: the study has no table marks.",
    ]
    assert [sentence.plain for sentence in missing_analyses(found, ["marks", "flow"])] == [
        "Passing: the study has no table marks."
    ]


def test_nothing_is_listed_where_all_was_made(tmp_path: Path) -> None:
    assert missing_analyses(released(tmp_path, ("flow", "Who is analysed", "yes", ""))) == []
    assert missing_analyses(Released(tmp_path / "nowhere")) == []
