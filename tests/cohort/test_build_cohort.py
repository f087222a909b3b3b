"""The script `build_cohort` on a handful of enrollments, each with its reason."""

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from recredit.errors import ConfigurationError

Tables = dict[str, pd.DataFrame]
Writer = Callable[[Mapping[str, pd.DataFrame]], dict[str, Path]]
Built = tuple[pd.DataFrame, pd.DataFrame]

LEFT_OUT = {
    "Left out: class section not on file": "e12",
    "Left out: not taken for credit recovery": "e04",
    "Left out: a course that is not studied": "e05",
    "Left out: first attempt below the minimum for recovery": "e06",
    "Left out: neither online nor comparison class": "e07",
    "Left out: second enrollment in the same course and term": "e10",
}
ANALYSED = {"e01", "e02", "e03", "e08", "e09", "e11"}


@pytest.fixture
def script(repository: Path) -> ModuleType:
    path = repository / "workflow" / "scripts" / "cohort" / "build_cohort.py"
    specification = importlib.util.spec_from_file_location("build_cohort_script", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def build(script: ModuleType, tmp_path: Path, write_tables: Writer) -> Callable[[Tables, dict[str, Any]], Built]:
    """Runs the script; gives the cohort by enrollment and the flow."""

    def run(tables: Tables, settings: dict[str, Any]) -> Built:
        cohort, flow = tmp_path / "cohort.parquet", tmp_path / "flow.parquet"
        rows = tmp_path / "flow_rows.parquet"
        files = {"tables": write_tables(tables), "cohort": cohort, "flow": flow, "flow_rows": rows}
        script.main(**files, settings=settings, memory_gb=1, threads=1)
        return pd.read_parquet(cohort).set_index("enrollment_id").sort_index(), pd.read_parquet(flow)

    return run


def totals(flow: pd.DataFrame, column: str = "enrollments") -> dict[str, int]:
    """Sums over courses and arms, all terms together."""
    whole = flow[flow["term"] == "all terms"]
    return {step: int(count) for step, count in whole.groupby("step", sort=False)[column].sum().items()}


def test_each_enrollment_is_left_out_for_its_reason_or_analysed(build: Any, tables: Tables, settings: Any) -> None:
    cohort, flow = build(tables, settings)
    assert set(cohort.index) == ANALYSED
    counted = totals(flow)
    assert {step: counted[step] for step in LEFT_OUT} == dict.fromkeys(LEFT_OUT, 1)
    assert counted["Enrollments on file"] == 12
    assert counted["Analysed"] == 6


def test_flow_balances_in_every_cell(build: Any, tables: Tables, settings: Any) -> None:
    _, flow = build(tables, settings)
    cells = flow.pivot_table(index=["course", "term", "arm"], columns="kind", values="enrollments", aggfunc="sum")
    assert (cells["start"] == cells["left out"] + cells["analysed"]).all()
    whole = flow[flow["term"] == "all terms"].set_index(["order", "course", "arm"])["enrollments"]
    by_term = flow[flow["term"] != "all terms"].groupby(["order", "course", "arm"])["enrollments"].sum()
    assert (whole.sort_index() == by_term.sort_index()).all()


def test_parts_of_those_analysed_are_counted(build: Any, tables: Tables, settings: Any) -> None:
    counted = totals(build(tables, settings)[1])
    assert counted["Of those analysed: assigned by lottery"] == 5
    # e02 and e11 went to the other class, e08 to a class of neither arm.
    assert counted["Of those analysed: in another mode than the lottery assigned"] == 3
    assert counted["Of those analysed: without a final result"] == 2  # the no-show e03, and e08


def test_lottery_students_stay_whatever_class_they_took(build: Any, tables: Tables, settings: Any) -> None:
    cohort, _ = build(tables, settings)
    assert cohort.loc["e02", ["arm", "assigned_arm"]].tolist() == ["comparison", "online"]
    assert cohort.loc["e03", "assigned_arm"] == "comparison"
    assert pd.isna(cohort.loc["e08", "arm"]) and cohort.loc["e08", "assigned_arm"] == "online"


def test_a_change_of_class_keeps_the_result_and_the_lottery_arm(build: Any, tables: Tables, settings: Any) -> None:
    row = build(tables, settings)[0].loc["e11"]
    assert (row["arm"], row["assigned_arm"], row["lottery_block"]) == ("online", "comparison", "b1")
    assert bool(row["passed"])


def test_lottery_can_be_required(build: Any, tables: Tables, settings: Any) -> None:
    cohort, flow = build(tables, {**settings, "lottery_required": True})
    assert set(cohort.index) == ANALYSED - {"e09"}
    assert totals(flow)["Left out: not in a lottery"] == 1


def test_no_course_list_and_no_limits_keep_everybody_with_an_arm(build: Any, tables: Tables, settings: Any) -> None:
    wide = {**settings, "courses": [], "recovery_only": False, "minimum_first_attempt_percent": None}
    cohort, flow = build(tables, wide)
    assert set(cohort.index) == ANALYSED | {"e04", "e05", "e06"}
    assert set(flow["course"]) == {"English 9", "Algebra 1", "not on file"}


def test_absence_rate_and_first_test_after_the_course(build: Any, tables: Tables, settings: Any) -> None:
    cohort, _ = build(tables, settings)
    assert cohort["absence_rate"].tolist() == [18 / 180] * 6
    assert cohort.loc["e01", ["test_score", "test_score_in_sd"]].tolist() == [450.0, 4.5]
    assert cohort.loc["e02", "test_score"] == 420.0
    assert pd.isna(cohort.loc["e03", "test_score"])


def test_a_test_in_the_year_of_the_course_counts_outside_the_summer(build: Any, tables: Tables, settings: Any) -> None:
    tables["terms"]["kind"] = "school_year"
    assert build(tables, settings)[0].loc["e01", "test_score"] == 300.0


def test_optional_tables_may_be_absent(build: Any, tables: Tables, settings: Any) -> None:
    for name in ("students", "marks", "attendance", "tests"):
        del tables[name]
    cohort, _ = build(tables, settings)
    empty = ["percent", "passed", "absence_rate", "test_score", "sex"]
    assert len(cohort) == 6
    assert cohort[empty].isna().all().all()
    assert not cohort["has_result"].any()


def test_a_study_without_sections_is_told_so(build: Any, tables: Tables, settings: Any) -> None:
    del tables["sections"]
    with pytest.raises(ConfigurationError, match="no cohort can be built without sections"):
        build(tables, settings)


def test_an_empty_table_gives_an_empty_cohort(build: Any, tables: Tables, settings: Any) -> None:
    tables["enrollments"] = tables["enrollments"].iloc[:0].astype({"is_recovery": "bool", "grade_level": "int64"})
    cohort, flow = build(tables, settings)
    assert cohort.empty and flow.empty
    assert "percent" in cohort.columns


def test_new_study_codes_and_shuffled_rows_change_no_content(build: Any, tables: Tables, settings: Any) -> None:
    before, flow = build(tables, settings)
    recoded = {f"e{number:02d}": f"x{(number * 7) % 13:02d}" for number in range(1, 13)}
    for name in ("enrollments", "marks"):
        tables[name]["enrollment_id"] = tables[name]["enrollment_id"].map(recoded)
        tables[name] = tables[name].iloc[::-1]
    after, flow_after = build(tables, settings)
    pd.testing.assert_frame_equal(flow, flow_after)
    assert {recoded[code] for code in before.index} == set(after.index)


def test_a_mark_that_was_set_aside_is_counted_and_no_missing_result(build: Any, tables: Tables, settings: Any) -> None:
    """e03 has no mark and e08 a faulty one; e01's second mark was set aside, and its good one counts."""
    set_aside = pd.DataFrame(
        [("marks", "e08"), ("marks", "e01"), ("attendance", "e03")], columns=["table", "enrollment_id"]
    )
    cohort, flow = build({**tables, "set_aside": set_aside}, settings)
    assert cohort.index[cohort["mark_set_aside"]].tolist() == ["e08"]
    steps = totals(flow)
    words = "Of those analysed: without a final result"
    assert steps[f"{words}, the mark on file having been set aside as faulty"] == 1
    assert steps[words] == 2
    plain, flow = build(tables, settings)
    assert not plain["mark_set_aside"].any()
    assert f"{words}, the mark on file having been set aside as faulty" not in totals(flow)
