"""The certificate: it accepts whatever the protection releases, and finds each violation that is planted."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from recredit.disclosure.certificate import ReleasedTable, certify
from recredit.disclosure.protection import protect
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.sidecar import sidecar_json
from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.errors import DisclosureError

Column = ColumnSpecification
SPEC = TableSpecification(
    "table",
    "Title",
    "Students",
    "one row per course",
    "estimate/x",
    {
        "course": Column("label", "Course"),
        "students": Column("count", "Students"),
        "clusters": Column("units", "Clusters"),
        "passed": Column("percent", "Passed", n="students"),
        "grade": Column("mean", "Grade", n="students", sd="sd"),
        "estimate": Column("estimate", "Estimate", std_error="std_error"),
        "difference": Column("ci_low", "Difference", std_error="std_error", n="students", sd="sd"),
        "std_error": Column("std_error", "SE"),
        "p_value": Column("p_value", "p"),
        "df": Column("df", "df"),
        "sd": Column("hidden"),
        "people": Column("hidden"),
        "schools": Column("hidden"),
        "residual_df": Column("hidden"),
        "smallest_cell": Column("hidden"),
        "max_leverage": Column("hidden"),
    },
    schools="schools",
    students="people",
    listing=True,
)


def exact(**changes: Any) -> pd.DataFrame:
    row: dict[str, Any] = {
        "course": "Algebra 1",
        "students": 573.0,
        "clusters": 24.0,
        "passed": 62.4,
        "grade": 67.123,
        "estimate": 0.36497,
        "difference": 3.14159,
        "std_error": 0.03876,
        "p_value": 0.0432,
        "df": 17.6,
        "sd": 10.0,
        "people": 573.0,
        "schools": 24.0,
        "residual_df": 560.0,
        "smallest_cell": 40.0,
        "max_leverage": 0.1,
    }
    return pd.DataFrame([{**row, **changes}])


def released(table: pd.DataFrame, rules: DisclosureRules) -> ReleasedTable:
    shown = protect(table, SPEC, rules)
    rows = [SPEC.released, *(list(row) for row in shown.itertuples(index=False))]
    return ReleasedTable(rows, json.loads(sidecar_json(SPEC, rules)), table, SPEC)


row_of_a_table = some.fixed_dictionaries(
    {
        "course": some.sampled_from(["Algebra 1", "English 9"]),
        "students": some.integers(0, 2000).map(float),
        "clusters": some.integers(1, 600).map(float),
        "passed": some.floats(0, 100),
        "grade": some.one_of(some.none(), some.floats(-5, 100)),
        "estimate": some.one_of(some.none(), some.floats(-1000, 1000)),
        "difference": some.floats(-50, 50),
        "std_error": some.one_of(some.none(), some.floats(1e-3, 1e3)),
        "p_value": some.floats(0, 1),
        "df": some.one_of(some.integers(1, 3000).map(float), some.floats(1, 500)),
        "sd": some.one_of(some.none(), some.just(0.0), some.floats(1e-3, 30)),
        "people": some.one_of(some.none(), some.integers(0, 2000).map(float)),
        "schools": some.one_of(some.none(), some.integers(1, 30).map(float)),
        "residual_df": some.one_of(some.none(), some.integers(1, 3000).map(float)),
        "smallest_cell": some.integers(1, 100).map(float),
        "max_leverage": some.floats(0, 1),
    }
)


@settings(max_examples=60, deadline=None)
@given(
    some.lists(row_of_a_table, min_size=1, max_size=2),
    some.sampled_from(
        [DisclosureRules(), DisclosureRules(20, 5, 10), DisclosureRules(12, 3, 10), DisclosureRules(10, 3, 50)]
    ),
)
def test_two_independent_codes_agree_on_what_may_be_shown(rows: list[dict[str, Any]], rules: DisclosureRules) -> None:
    table = pd.DataFrame(rows).astype({name: "float64" for name in SPEC.columns if name != "course"})
    certificate = json.loads(certify({"table": released(table, rules)}, {}, rules, {}))
    counts = certificate["tables"]["table"]
    assert counts["cells"] == len(rows) * (len(SPEC.released) - 1)
    assert counts["cells"] == counts["shown"] + counts["marked"] + counts["empty"] + counts["not_offered"]


def shows(column: str, text: str) -> Callable[[ReleasedTable], ReleasedTable]:
    def change(table: ReleasedTable) -> ReleasedTable:
        place = table.rows[0].index(column)
        rows = [table.rows[0], *([*row[:place], text, *row[place + 1 :]] for row in table.rows[1:])]
        return ReleasedTable(rows, table.sidecar, table.exact, table.specification)

    return change


@pytest.mark.parametrize(
    ("truth", "change", "words"),
    [
        ({}, shows("students", "573"), "a count is not rounded"),
        ({}, shows("students", "540"), "a count is not rounded"),
        ({"students": 9.0}, shows("students", "10"), "a count below the minimum group"),
        ({"students": 9.0}, shows("passed", "60-69"), "a percentage of too few students"),
        ({"students": 9.0}, shows("grade", "66"), "a mean of too few students"),
        ({}, shows("passed", "62.4"), "a percentage is finer"),
        ({"passed": 100.0}, shows("passed", "100"), "a percentage is finer"),
        ({"students": 15.0, "passed": 66.7}, shows("passed", "67"), "a percentage is finer"),
        ({}, shows("grade", "67.12"), "a mean is finer"),
        ({}, shows("grade", "67.1230"), "a mean is finer"),
        ({}, shows("grade", "67.10"), "a mean is finer"),
        ({}, shows("grade", "69.1"), "a mean is not the exact one"),
        ({"sd": 0.0}, shows("grade", "67.1"), "a mean of equal values"),
        ({}, shows("estimate", "0.36497"), "an estimate is finer"),
        ({}, shows("difference", "3.142"), "an estimate is finer"),
        ({}, shows("std_error", "0.0388"), "more than two digits"),
        ({}, shows("p_value", ".0432"), "a p value has not two digits"),
        ({"p_value": 0.0004}, shows("p_value", ".00040"), "a p value has not two digits"),
        ({"df": 560.0}, shows("df", "560"), None),
        ({"df": 561.0, "residual_df": 561.0}, shows("df", "561"), "degrees of freedom are too exact"),
        ({"clusters": 573.0}, shows("clusters", "573"), "a count is not rounded"),
        ({"clusters": 2.0}, shows("clusters", "2"), "below the minimum"),
        ({"schools": 2.0}, shows("students", "570"), "fewer than 3 schools"),
        ({"smallest_cell": 9.0}, shows("estimate", "0.365"), "the model rests on too few students"),
        ({"max_leverage": 0.7}, shows("std_error", "0.039"), "the model rests on too few students"),
        ({"residual_df": 5.0}, shows("p_value", ".043"), "the model rests on too few students"),
        ({}, shows("students", ""), "a missing value and an empty cell"),
        ({}, shows("students", "not offered"), "not declared as not offered"),
        ({}, shows("course", "Algebra 2"), "the label is not that"),
    ],
)
def test_a_planted_violation_is_found(truth: dict[str, float], change: Callable, words: str | None) -> None:
    table = change(released(exact(**truth), DisclosureRules()))
    if words is None:
        certify({"table": table}, {}, DisclosureRules(), {})
        return
    with pytest.raises(DisclosureError) as refused:
        certify({"table": table}, {}, DisclosureRules(), {})
    assert words in str(refused.value)
    assert "table, row 1, column" in str(refused.value)


def test_a_hidden_column_a_lost_row_and_a_foreign_sidecar_are_found() -> None:
    good = released(exact(), DisclosureRules())
    header, row = good.rows
    wrong = {
        "the columns are not those": ReleasedTable([[*header, "sd"], [*row, "10"]], good.sidecar, good.exact, SPEC),
        "the number of rows": ReleasedTable([header], good.sidecar, good.exact, SPEC),
        "the sidecar does not describe": ReleasedTable(good.rows, {"columns": {}}, good.exact, SPEC),
        "another number of cells": ReleasedTable([header, row[:-1]], good.sidecar, good.exact, SPEC),
    }
    for words, table in wrong.items():
        with pytest.raises(DisclosureError, match=words):
            certify({"table": table}, {}, DisclosureRules(), {})


def test_a_figure_needs_alternative_text_and_released_tables() -> None:
    good = {"table": released(exact(), DisclosureRules())}
    for figure in ({"alt_text": "", "source_tables": ["table"]}, {"alt_text": "Bars", "source_tables": ["secret"]}):
        with pytest.raises(DisclosureError, match="figure bars"):
            certify(good, {"bars": figure}, DisclosureRules(), {})


def test_the_certificate_says_what_the_attacker_found_and_no_figure() -> None:
    text = certify({"table": released(exact(), DisclosureRules())}, {}, DisclosureRules(), {"verdict": "passed"})
    assert json.loads(text)["linked_tables"] == {"verdict": "passed"}
    assert "573" not in text
