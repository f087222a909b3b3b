"""The determination record: every rule with its threshold and where it comes from, and the attack in words."""

import json
from typing import Any

import pytest

from recredit.disclosure.determination import ALWAYS, DEFAULT, NOBODY, determination
from recredit.disclosure.exact_cells import Declared

DISCLOSURE: dict[str, Any] = {
    **{"minimum_group": 10, "minimum_units": 3, "round_counts_to": 10, "insiders": "schools"},
    **{"dominance_percent": 90, "p_percent": 10},
    **{"decided_by": "", "reasons": {}, "known": [], "exact_cells": [], "leave_out": []},
}
DECLARED = Declared({}, "None.", ("flow: students, where step analysed",))
FOUND = {
    **{"marked": 8, "cells": 175, "tables": 8, "recovered": 0, "narrowest": 87.0, "protected": 10, "wide_enough": 10},
    **{"insiders": 24, "insider_recovered": 0, "small_differences": 2, "differences_recovered": 0, "programs": 158},
}


def record(found: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    attacked = {"systems": {"enrollments": {**FOUND, **(found or {})}}}
    content: dict[str, Any] = json.loads(
        determination("Online classes", {**DISCLOSURE, **settings}, attacked, DECLARED)
    )
    return content


def test_each_rule_says_its_threshold_and_where_it_comes_from() -> None:
    rules = {
        each["rule"]: each for each in record(minimum_group=15, reasons={"minimum_group": "Maine asks for 15"})["rules"]
    }
    assert rules["minimum_group"]["threshold"] == 15
    assert rules["minimum_group"]["set_by"].endswith("stricter than the default: Maine asks for 15")
    assert (rules["minimum_units"]["threshold"], rules["minimum_units"]["set_by"]) == (3, DEFAULT)
    assert rules["leverage"]["set_by"] == ALWAYS


def test_who_decided() -> None:
    assert record()["decided_by"] == NOBODY
    assert record(decided_by="The district's research board")["decided_by"] == "The district's research board"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, "8 of 175 counts and percentages in 8 tables are hidden."),
        ({}, "recovers 0 of them exactly; the narrowest interval left for a hidden number spans 87 students"),
        ({}, "10 of 10 numbers that are hidden for their own sake"),
        ({}, "each of 24 schools"),
        ({"narrowest": None}, "has no upper bound"),
        ({"marked": 0}, "There is nothing to recover."),
    ],
)
def test_the_risk_in_words(found: dict[str, Any], words: str) -> None:
    assert words in record(found)["residual_risk"][0]


def test_what_is_left_out_and_what_is_shown_as_rates_only() -> None:
    written = record(leave_out=["delivered", "flow.students"])
    assert [line.split(":")[0] for line in written["left_out"]] == ["delivered", "flow.students"]
    assert (written["exact_cells"], written["rates_only"]) == ("None.", ["flow: students, where step analysed"])
