"""The list of what is handed over: complete, and held against the files on the other side."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from recredit.deidentify.handover import agreed_settings, check_handover
from recredit.errors import VaultError

from .conftest import District

SETTINGS = {
    "contract_version": 1,
    "tables": {"students": {}, "enrollments": {}},
    "buckets": 1,
    "coarsening": {"school": "school"},
    "seed": 5,
}


@pytest.fixture
def handed(district: District, script: Callable[[str], ModuleType], repository: Path) -> Path:
    """A coded zone with its list and risk report, as the rule writes them."""
    district.assign()
    district.code()
    tables = sorted(district.coded.glob("*.parquet"))
    script("deidentify/describe_handover.py").main(
        tables=tables,
        files=[*tables, *sorted((district.coded / "sessions").glob("*.parquet"))],
        contract=repository / "config" / "contract",
        minimum=10,
        settings=agreed_settings(SETTINGS),
        output=district.coded / "reidentification_risk.json",
        listed=district.coded / "handover.json",
    )
    return district.coded


def test_the_list_holds_every_coded_file_and_passes(handed: Path) -> None:
    listed = json.loads((handed / "handover.json").read_text())["files"]
    assert "sessions/0000.parquet" in listed
    assert set(listed) == {
        path.relative_to(handed).as_posix() for path in handed.rglob("*.parquet") if "risk" not in path.name
    }
    check_handover(handed, agreed_settings(SETTINGS))


def test_the_report_lies_beside_it_and_is_private(handed: Path) -> None:
    for form in ("json", "md", "parquet"):
        assert (handed / f"reidentification_risk.{form}").stat().st_mode & 0o077 == 0
    risky = pd.read_parquet(handed / "reidentification_risk.parquet")
    # Three students of three ages: each is alone, and stands there by the code and not by the identifier.
    assert risky.loc[risky["table"] == "students", "students_alike"].tolist() == [1, 1, 1]
    assert not risky["student_id"].str.contains("PUPIL").any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "marks.parquet").unlink(), "marks.parquet is missing"),
        (lambda folder: (folder / "marks.parquet").write_bytes(b"x"), "marks.parquet was changed"),
        (lambda folder: (folder / "handover.json").unlink(), "needs the whole folder"),
        (lambda folder: (folder / "handover.json").write_text("[]"), "cannot be read"),
    ],
)
def test_what_did_not_come_whole_is_refused(handed: Path, change: Callable[[Path], object], words: str) -> None:
    change(handed)
    with pytest.raises(VaultError, match=words):
        check_handover(handed, agreed_settings(SETTINGS))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("buckets", 2),
        ("contract_version", 2),
        ("tables", {"students": {}, "marks": {}}),
        ("coarsening", {"school": "block"}),
    ],
)
def test_a_zone_made_with_other_settings_is_refused(handed: Path, name: str, value: object) -> None:
    with pytest.raises(VaultError, match=rf"was made with other settings \({name}\)"):
        check_handover(handed, agreed_settings({**SETTINGS, name: value}))
