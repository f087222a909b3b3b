"""The gate's columns come from the contract: names and ids are searched, course titles are public."""

from pathlib import Path

from recredit.contract import load_contract
from recredit.publication.columns import columns_by_use


def test_columns_of_the_contract_by_use(repository: Path) -> None:
    contract = load_contract(repository / "config" / "contract")
    assert columns_by_use(contract["students"]) == {
        "identifier": ["student_id", "given_name", "family_name", "email"],
        "code": ["student_id"],
        "public": [],
    }
    assert columns_by_use(contract["courses"]) == {"identifier": [], "code": [], "public": ["course_id", "title"]}
