"""The treatment of a column follows from its privacy class and type, never from its name."""

import itertools

import pytest

from recredit.contract import CLASSES, COARSENINGS, TYPES, Column, load_contract
from recredit.deidentify.treatment import treat, treated_columns
from recredit.errors import ConfigurationError


def column(kind: str, privacy_class: str, **more: str) -> Column:
    return Column(name="score", type=kind, privacy_class=privacy_class, description="", **more)


@pytest.mark.parametrize("kind", TYPES)
def test_an_identifier_without_an_entity_is_dropped(kind: str) -> None:
    assert treat(column(kind, "identifier")) is None


def test_an_identifier_becomes_the_code_of_its_entity() -> None:
    treated = treat(column("string", "identifier", entity="student"))
    assert treated is not None
    assert treated.sql == '"k_score".code'


@pytest.mark.parametrize(
    ("kind", "privacy_class"),
    list(itertools.product(("date", "time", "timestamp"), sorted(set(CLASSES) - {"public", "identifier"}))),
)
def test_dates_and_clock_times_that_are_not_public_never_pass_as_they_are(kind: str, privacy_class: str) -> None:
    assert treat(column(kind, privacy_class)) is None
    for coarsen in COARSENINGS:
        treated = treat(column(kind, privacy_class, coarsen=coarsen))
        assert treated is not None
        assert treated.name != "score"
        assert treated.sql != 't."score"'


@pytest.mark.parametrize("privacy_class", ["quasi", "sensitive", "measure", "public"])
@pytest.mark.parametrize("kind", ["category", "integer", "number", "boolean"])
def test_everything_else_stays(kind: str, privacy_class: str) -> None:
    treated = treat(column(kind, privacy_class))
    assert treated is not None
    assert (treated.name, treated.sql) == ("score", 't."score"')


def test_the_whole_contract_can_be_treated(repository) -> None:
    for table in load_contract(repository / "config" / "contract").values():
        treated_columns(list(table.columns.values()))


def test_two_columns_may_not_become_one() -> None:
    first = Column(name="born_on", type="date", privacy_class="quasi", description="", coarsen="age_years")
    second = Column(name="birth_date", type="date", privacy_class="quasi", description="", coarsen="age_years")
    with pytest.raises(ConfigurationError, match="two columns become age_years"):
        treated_columns([first, second])
