"""The page for a funder: every figure that was measured stands on it, and what was not measured is said."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from recredit.privacy.page import privacy_page

NOT_RUN = "**Not measured: the certificates"
FIGURES: dict[str, Any] = {
    "neighbour": {"students": 50, "share": 0.2051, "groups": 400, "share_with_one_decimal": 0.976},
    "power": {
        "tables": 4,
        "cells": 784,
        "students": 1829,
        "schools": 24,
        "primary": 201,
        "recovered_before": 83,
        "recovered_after": 0,
        "protected": 187,
        "wide_enough": 187,
        "seconds_to_protect": 3.2,
        "seconds_to_attack": 5.4,
    },
    "canaries": {
        "planted": 27,
        "planted_in_files": 26,
        "found_where_planted": 26,
        "hits_after_failure": 0,
        "hits_after_success": 0,
    },
    "crosswalk": {"students": 10_000, "tests": 28, "failed": [], "smallest_p": 0.0123, "error_rate": 0.001},
    "violations": {"planted": 10, "stopped": 10, "which": ["a group of 9", "a pickle"]},
    "shuffles": {"shuffles": 3, "files": 41, "differing_files": 0, "codes_shared": 0, "open_to_others": 0},
    "evaluator": {"differing_files": [], "differing_by_design": ["audit/gate.json", "audit/manifest.json"]},
}
SYSTEM = {
    "cells": 120,
    "marked": 31,
    "recovered": 0,
    "protected": 17,
    "wide_enough": 17,
    "insider_recovered": 0,
    "programs": 62,
    "small_differences": 5,
    "differences_recovered": 0,
}


@pytest.fixture
def page(repository: Path) -> Callable[..., str]:
    template = (repository / "workflow" / "report" / "privacy.md.j2").read_text(encoding="utf-8")
    # A sentence may be broken anywhere.
    return lambda found: privacy_page(template, found).replace("\n", " ")


SENTENCES = (
    "of a standard deviation in 21% of cases",
    "10 of 10 were stopped",
    "finds 26 of the 26",
    "10,000 invented students",
    "Tests failed: none",
    "of 41 published files 0 differ",
    "the 201 small cells hidden and all other counts shown exactly, the same attacker recovers 83.",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_figures_stand_in_sentences(page: Callable[..., str], sentence: str) -> None:
    assert sentence in page(FIGURES)


def test_what_was_not_measured_is_said(page: Callable[..., str]) -> None:
    assert page(FIGURES).count(NOT_RUN) == 2
    assert "**Not measured in this version.**" in page(FIGURES)


def test_the_attack_and_the_losses_are_tables(page: Callable[..., str]) -> None:
    losses = {"minima": [5, 10, 20], "tables": {"sample_flow": {5: 0.05, 10: 0.1, 20: 0.2}}}
    written = page({**FIGURES, "attacker": {"demo": {"enrollments": SYSTEM}}, "losses": losses})
    assert "| demo | enrollments | 120 | 31 | 0 | 17 | 17 | 0 | 62 | " in written
    assert "| demo | enrollments | 5 | 0 | " in written
    assert "| table | n ≥ 5 | n ≥ 10 | n ≥ 20 | | --- | --- | --- | --- | | sample_flow | 5% | 10% | 20% |" in written


@pytest.mark.parametrize("part", FIGURES)
def test_a_figure_that_is_always_measured_may_not_be_missing(page: Callable[..., str], part: str) -> None:
    with pytest.raises(UndefinedError):
        page({name: value for name, value in FIGURES.items() if name != part})
