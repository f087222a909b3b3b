"""Which cells are shown: each rule on a small table whose answer is plain, and what the tables are refused for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recredit.disclosure.limits import dimensions, share_lost
from recredit.disclosure.linked.layout import CountedColumn, TableLayout
from recredit.disclosure.linked.release import Surroundings
from recredit.disclosure.protection import ExactTable, protect, protect_release
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.sidecar import sidecar_json
from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.disclosure.suppression import primary_suppression
from recredit.errors import DisclosureError

RULES = DisclosureRules()
Column = ColumnSpecification


def specification(columns: Mapping[str, ColumnSpecification], **more: Any) -> TableSpecification:
    return TableSpecification("table", "Title", "Students", "one row per course", "estimate/x", columns, **more)


BY_COURSE = specification(
    {
        "course": Column("label", "Course"),
        "students": Column("count", "Students", "students"),
        "passed_percent": Column("percent", "Passed", "percent", n="students"),
        "grade_mean": Column("mean", "Mean grade", "points", n="students", sd="grade_sd"),
        "grade_sd": Column("hidden"),
        "schools": Column("hidden"),
    },
    schools="schools",
)


def by_course(**changes: list[Any]) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {
        "course": ["Algebra 1", "English 9", "Biology"],
        "students": [573, 14, 204],
        "passed_percent": [62.4, 64.3, 99.0],
        "grade_mean": [67.123, 50.1, 71.0],
        "grade_sd": [10.0, 10.0, 12.0],
        "schools": [24, 3, 12],
    }
    return pd.DataFrame({**columns, **changes})


def test_a_table_as_it_is_shown() -> None:
    shown = protect(by_course(), BY_COURSE, RULES)
    assert shown.to_dict("list") == {
        "course": ["Algebra 1", "English 9", "Biology"],
        "students": ["570", "10", "200"],
        "passed_percent": ["62", "60-69", "≥98"],
        "grade_mean": ["67.1", "50", "71.0"],
    }


def test_fewer_than_ten_students_lose_every_figure() -> None:
    shown = protect(by_course(students=[573, 9, 204]), BY_COURSE, RULES)
    assert shown.loc[1].tolist() == ["English 9", "†", "†", "†"]


def test_fewer_than_three_schools_lose_every_figure() -> None:
    shown = protect(by_course(schools=[24, 2, 12]), BY_COURSE, RULES)
    assert shown.loc[1].tolist() == ["English 9", "†", "†", "†"]


def test_a_study_without_schools_is_not_held_to_them() -> None:
    shown = protect(by_course(schools=[np.nan] * 3), BY_COURSE, RULES)
    assert "†" not in shown.to_numpy()


def test_a_zero_is_marked_like_any_small_count_unless_it_is_declared() -> None:
    shown = protect(by_course(students=[573, 0, 204]), BY_COURSE, RULES)
    assert shown.loc[1, "students"] == "†"
    columns = {**BY_COURSE.columns, "none": Column("hidden")}
    columns["students"] = Column("count", "Students", not_offered="none")
    table = by_course(students=[573, 0, 204]).assign(none=[False, True, False])
    assert protect(table, specification(columns), RULES)["students"].tolist() == ["570", "not offered", "200"]


def test_a_cell_with_students_cannot_be_called_not_offered() -> None:
    columns = {**BY_COURSE.columns, "none": Column("hidden")}
    columns["students"] = Column("count", "Students", not_offered="none")
    with pytest.raises(DisclosureError, match="not 0 in a row that none calls not offered"):
        protect(by_course().assign(none=[False, True, False]), specification(columns), RULES)


def test_a_mean_of_equal_values_is_marked() -> None:
    """It would be the value of each student."""
    assert protect(by_course(grade_sd=[10.0, 0.0, 12.0]), BY_COURSE, RULES).loc[1, "grade_mean"] == "†"


def test_what_cannot_be_judged_is_marked_and_what_is_missing_stays_empty() -> None:
    shown = protect(by_course(grade_sd=[10.0, np.nan, 12.0], grade_mean=[67.1, 50.0, np.nan]), BY_COURSE, RULES)
    assert shown["grade_mean"].tolist() == ["67.1", "†", ""]


def test_a_stricter_study_loses_more() -> None:
    strict = DisclosureRules(minimum_group=20, minimum_units=5, round_counts_to=50)
    shown = protect(by_course(), BY_COURSE, strict)
    assert shown["students"].tolist() == ["550", "†", "200"]


def test_a_count_that_would_round_to_zero_is_marked() -> None:
    assert protect(by_course(), BY_COURSE, DisclosureRules(round_counts_to=50)).loc[1, "students"] == "†"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"minimum_group": 5}, "disclosure.minimum_group must be at least 10"),
        ({"minimum_units": 2}, "disclosure.minimum_units must be at least 3"),
        ({"round_counts_to": 5}, "disclosure.round_counts_to must be at least 10"),
        ({"round_counts_to": 25}, "must be a multiple of 10"),
    ],
)
def test_laxer_rules_are_refused(settings: dict[str, int], words: str) -> None:
    with pytest.raises(DisclosureError, match=words):
        DisclosureRules.from_settings(settings)


MODEL = specification(
    {
        "term": Column("label", "Term"),
        "estimate": Column("estimate", "Estimate", std_error="std_error"),
        "ci_low": Column("ci_low", "From", std_error="std_error"),
        "ci_high": Column("ci_high", "To", std_error="std_error"),
        "std_error": Column("std_error", "SE"),
        "p_value": Column("p_value", "p"),
        "df": Column("df", "df"),
        "students": Column("count", "Students"),
        "clusters": Column("units", "Clusters"),
        "residual_df": Column("hidden"),
        "smallest_cell": Column("hidden"),
        "max_leverage": Column("hidden"),
    },
    students="students",
)


def model(**changes: Any) -> pd.DataFrame:
    row = {
        "term": "Idle share",
        "estimate": 0.36497,
        "ci_low": 0.28885,
        "ci_high": 0.44109,
        "std_error": 0.03876,
        "p_value": 0.0000003,
        "df": 571.0,
        "students": 573.0,
        "clusters": 24.0,
        "residual_df": 571.0,
        "smallest_cell": 40.0,
        "max_leverage": 0.2,
    }
    return pd.DataFrame([{**row, **changes}])


def test_a_model_as_it_is_shown() -> None:
    shown = protect(model(), MODEL, RULES).loc[0].tolist()
    assert shown == ["Idle share", "0.365", "0.289", "0.441", "0.039", "<.001", "570", "570", "24"]


@pytest.mark.parametrize(
    "changes",
    [
        {"residual_df": 9.0},
        {"smallest_cell": 9.0},
        {"max_leverage": 0.5},
        {"max_leverage": np.nan},
        {"residual_df": np.nan},
    ],
)
def test_a_model_too_close_to_single_students_loses_its_figures(changes: dict[str, float]) -> None:
    shown = protect(model(**changes), MODEL, RULES).loc[0].tolist()
    assert shown == ["Idle share", "†", "†", "†", "†", "†", "†", "570", "24"]


def test_a_base_level_without_an_estimate_stays_empty() -> None:
    """The first level of a category has no estimate; nothing is hidden there."""
    nothing = dict.fromkeys(("estimate", "ci_low", "ci_high", "std_error", "p_value", "df"), np.nan)
    assert protect(model(**nothing), MODEL, RULES).loc[0].tolist()[1:7] == [""] * 6


def test_clusters_that_are_students_do_not_give_their_number_away() -> None:
    assert protect(model(clusters=573.0), MODEL, RULES).loc[0, "clusters"] == "570"


def test_four_dimensions_are_refused_and_titles_are_none() -> None:
    labels = {name: Column("label", name) for name in ("course", "title", "term", "mode", "grade")}
    spec = specification({**labels, "students": Column("count", "Students")})
    rows = [
        (course, course.upper(), term, mode, grade, 100)
        for course in ("a", "b")
        for term in ("1", "2")
        for mode in ("x", "y")
        for grade in ("9", "10")
    ]
    table = pd.DataFrame(rows, columns=list(spec.columns))
    assert dimensions(table, spec) == ["course", "term", "mode", "grade"]
    with pytest.raises(DisclosureError, match=r"4 dimensions \(course, term, mode, grade\)"):
        protect(table, spec, RULES)
    assert len(protect(table[table["grade"] == "9"], spec, RULES)) == 8


def reasons(*counts: int, **more: Any) -> tuple[pd.DataFrame, TableSpecification]:
    columns = {"reason": Column("label", "Reason"), "mode": Column("label", "Mode"), "students": Column("count", "n")}
    names = [f"reason {number}" for number in range(len(counts))]
    table = pd.DataFrame({"reason": names, "mode": "online", "students": [float(count) for count in counts]})
    return table, specification(columns, **more)


def test_a_table_that_loses_too_much_is_refused_with_what_to_collapse() -> None:
    table, spec = reasons(100, 100, 3, 4, 5, 0)
    with pytest.raises(DisclosureError) as refused:
        protect(table, spec, RULES)
    message = str(refused.value)
    assert "60% of the cells that are not 0 would be lost" in message
    # Without these two, one cell of three is lost: within the limit.
    assert "Collapse categories of 'reason': make one of 'reason 2', 'reason 3'" in message


def test_forty_percent_is_still_allowed_and_zeros_do_not_count() -> None:
    table, spec = reasons(100, 100, 100, 4, 5, 0, 0, 0)
    marked = primary_suppression(table, spec, RULES)
    assert share_lost(table, marked, spec) == pytest.approx(0.4)
    assert protect(table, spec, RULES)["students"].tolist() == ["100"] * 3 + ["†"] * 5


def test_a_listing_has_no_categories_to_collapse() -> None:
    table, spec = reasons(3, 4, 500, listing=True)
    assert protect(table, spec, RULES)["students"].tolist() == ["†", "†", "500"]


def test_two_rows_with_the_same_labels_are_refused() -> None:
    table, spec = reasons(100, 200)
    with pytest.raises(DisclosureError, match="two rows have the same labels"):
        protect(table.assign(reason="same"), spec, RULES)


def test_a_column_nobody_described_stops_the_release() -> None:
    with pytest.raises(DisclosureError, match="there and not described: student_id"):
        protect(by_course().assign(student_id="x"), BY_COURSE, RULES)
    with pytest.raises(DisclosureError, match="Described and not there: schools"):
        protect(by_course().drop(columns="schools"), BY_COURSE, RULES)


def test_an_empty_table_is_released_as_its_header() -> None:
    for spec, table in ((BY_COURSE, by_course()), (MODEL, model())):
        shown = protect(table.iloc[:0], spec, RULES)
        assert shown.columns.tolist() == spec.released
        assert shown.empty


def test_one_table_that_may_not_be_released_stops_all() -> None:
    good, bad = (by_course(), BY_COURSE), reasons(3, 4)
    tables = {"good": ExactTable(*good), "bad": ExactTable(*bad)}
    with pytest.raises(DisclosureError, match="table, table: counts or percentages are released"):
        protect_release(tables, RULES, Surroundings({}))
    listed = {
        name: ExactTable(one.values, replace(one.specification, listing=True, unlinked="They count rows of files."))
        for name, one in tables.items()
    }
    assert sorted(protect_release(listed, RULES, Surroundings({}))) == ["bad", "good"]
    crowded = {"bad": ExactTable(bad[0], replace(bad[1], layout=TableLayout({"students": CountedColumn()})))}
    with pytest.raises(DisclosureError, match="no such student-level table was given"):
        protect_release(crowded, RULES, Surroundings({}))


def test_the_sidecar_says_the_rule_of_each_column_and_no_figure() -> None:
    text = sidecar_json(BY_COURSE, RULES)
    assert "to the nearest 10; marked below 10" in text
    assert "fewer than 3 schools" in text
    assert "grade_sd" not in text
