"""Public tables of counts: the schools get their study codes, and bad files are refused."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from recredit.deidentify.crosswalk import extend_crosswalk, read_crosswalk
from recredit.disclosure.public_counts import read_counts, read_known
from recredit.errors import ConfigurationError

ENTRY = {
    "name": "enrollment",
    "file": "enrollment.csv",
    "columns": {"School": "school_id", "Race": "race_ethnicity"},
    "count": "Students",
    "relation": "at_most",
    "population": "each student once",
    "totals": ["all"],
    "counts_of": "enrollments",
}
TEXT = "School,Race,Students,Note\n017,Black,12,\n017,all,30,\n018,Black,4,x\n099,Black,7,\nall,Black,23,\n"


@pytest.fixture
def script(repository: Path) -> ModuleType:
    path = repository / "workflow" / "scripts" / "deidentify" / "code_public_counts.py"
    spec = importlib.util.spec_from_file_location("code_public_counts", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_schools_get_their_codes_and_strangers_go(script: ModuleType, tmp_path: Path) -> None:
    source, output, crosswalk = (tmp_path / name for name in ("a.csv", "b.csv", "state/crosswalk.parquet"))
    source.write_text(TEXT)
    extend_crosswalk(crosswalk, {"school": ["017", "018"], "student": ["099"]})
    script.main([source], [output], [ENTRY], crosswalk)
    codes = {row["identifier"]: row["code"] for row in read_crosswalk(crosswalk).to_pylist()}
    coded = pd.read_csv(output, dtype="str")
    assert coded["School"].tolist() == [codes["017"], codes["017"], codes["018"], "all"]
    known = read_known(ENTRY, output)
    assert known.counts["Students"].tolist() == [12, 30, 4, 23]
    assert known.dimensions == {"School": "school_id", "Race": "race_ethnicity"}
    assert (known.relation, known.population) == ("at_most", "each student once")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("School,Students\n017,3\n", "a.csv has no column Race"),
        ("School,Race,Students\n017,Black,<10\n", "a.csv, line 2: the count is no number"),
        (None, "a.csv cannot be read as CSV"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "a.csv").write_text(text)
    with pytest.raises(ConfigurationError, match=words):
        read_counts(ENTRY, tmp_path / "a.csv")
