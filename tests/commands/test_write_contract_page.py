"""docs/contract.md is the contract: made from it, and holding all of it."""

from pathlib import Path

from recredit.contract import load_contract
from recredit.contract_page import contract_page


def test_the_page_is_in_step(repository: Path) -> None:
    folder = repository / "config" / "contract"
    page = contract_page(load_contract(folder), int((folder / "version").read_text()))
    assert (repository / "docs" / "contract.md").read_text() == page, "run `make docs`"


def test_the_page_names_every_table_column_allowed_word_and_check(repository: Path) -> None:
    sections = (repository / "docs" / "contract.md").read_text().split("\n## ")[1:]
    pages = {section.splitlines()[0]: section for section in sections}
    contract = load_contract(repository / "config" / "contract")
    assert list(pages) == list(contract)
    for name, table in contract.items():
        for column in table.columns.values():
            (line,) = [line for line in pages[name].splitlines() if line.startswith(f"| `{column.name}` |")]
            assert column.description in line
            assert all(f"`{word}`" in line for word in column.allowed)
            assert ("**Required.**" in line) == column.required
        assert all(f"| `{check.name}` | {check.severity} |" in pages[name] for check in table.checks)
