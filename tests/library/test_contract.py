"""The contract: what it describes is complete and consistent."""

from pathlib import Path

import pytest

from recredit.contract import load_contract
from recredit.errors import ConfigurationError


def test_references_point_to_earlier_tables_with_a_single_key(repository: Path) -> None:
    contract = load_contract(repository / "config" / "contract")
    seen: set[str] = set()
    for name, table in contract.items():
        seen.add(name)
        for column in table.columns.values():
            if column.references:
                assert column.references in seen
                assert len(contract[column.references].key) == 1


def test_no_clock_time_or_free_identifier_leaves_by_its_class(repository: Path) -> None:
    """A clock time is never of a class that is kept as it is; what identifies is never a measure."""
    for table in load_contract(repository / "config" / "contract").values():
        for column in table.columns.values():
            assert column.type != "timestamp" or column.privacy_class in ("quasi", "identifier")
            assert column.description.endswith(".")
            assert not (column.name.endswith("_seconds") and column.unit != "seconds")


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ("{type: text, class: public, description: A.}", "not valid"),
        ("{type: date, class: quasi, description: A.}", "not valid"),
        ("{type: category, class: public, description: A.}", "not valid"),
        ("{type: string, class: public, descripton: A.}", "unknown keys"),
        ("{type: string, class: public, references: nothing, description: A.}", "unknown table"),
    ],
)
def test_a_wrong_description_is_refused(tmp_path: Path, column: str, problem: str) -> None:
    text = f"table: one\ndescription: One.\nenables: []\nkey: [a]\ncolumns:\n  a: {column}\n"
    (tmp_path / "one.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=problem):
        load_contract(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[enrollment_id, started_at, ended_at]", "[enrollment_id, started_at]", "three columns"),
        ("[enrollment_id, started_at, ended_at]", "[enrollment_id, started_at, idle_seconds]", "no required column"),
        ("between_rows: true", "between_rows: false", "a check between rows"),
    ],
)
def test_intervals_are_three_required_columns(
    repository: Path, tmp_path: Path, old: str, new: str, problem: str
) -> None:
    for path in (repository / "config" / "contract").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        wanted = text.replace(old, new) if path.stem == "sessions" else text
        assert (wanted == text) is (path.stem != "sessions")
        (tmp_path / path.name).write_text(wanted, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=problem):
        load_contract(tmp_path)
