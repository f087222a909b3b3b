"""docs/contract.md is the contract: made from it, and holding all of it."""

from pathlib import Path

from recredit.contract import load_contract
from recredit.contract_page import contract_page
from recredit.estimators.variables import VARIABLES
from recredit.measures.definitions import MEASURES


def test_the_page_is_in_step(repository: Path) -> None:
    folder = repository / "config" / "contract"
    page = contract_page(load_contract(folder), int((folder / "version").read_text()))
    assert (repository / "docs" / "contract.md").read_text() == page, "run `make docs`"


def test_the_page_names_every_table_column_allowed_word_and_check(repository: Path) -> None:
    page = (repository / "docs" / "contract.md").read_text().split("\n# ")[0]
    sections = page.split("\n## ")[1:]
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


def test_the_page_names_every_measure_with_unit_formula_and_source(repository: Path) -> None:
    lines = (repository / "docs" / "contract.md").read_text().split("\n# ")[1].splitlines()
    for name, measure in MEASURES.items():
        (line,) = [line for line in lines if line.startswith(f"| `{name}` |")]
        assert all(word in line for word in (measure.label, measure.unit, measure.formula, measure.source))


def test_analyses_call_the_measures_as_their_definitions_do() -> None:
    for name, measure in MEASURES.items():
        assert VARIABLES[name].label == measure.label, name
