"""The script `estimate_associations`: planted coefficients found again, and what cannot be fitted is told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from recredit.associations.log import read_log_analysis
from recredit.disclosure.linked.release import attack_release
from recredit.disclosure.protection import ExactTable, described_tables, primary_marks
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.specification import TableSpecification
from recredit.disclosure.surroundings import Release, read_release
from recredit.errors import ConfigurationError, DisclosureError


def row(table: pd.DataFrame, term: str) -> pd.Series:
    found = table[table["term"].str.startswith(term)]
    assert len(found) == 1
    return found.iloc[0]


def test_planted_coefficients_are_found(district: Any, model: dict[str, Any], truth: dict[str, float]) -> None:
    table = district.associations(model)
    # Shares go in steps of ten percentage points, so a tenth of the planted coefficient. Within three standard errors:
    # a right estimator fails once in 370 times per coefficient, and the seed is fixed.
    for term, planted in {
        "Idle share (per 10": truth["idle_share"] / 10,
        "Absence rate (per 10": truth["absence_rate"] / 10,
        "Grade 10 (against 9)": truth["grade_10"],
    }.items():
        found = row(table, term)
        assert abs(found["estimate"] - planted) < 3 * found["std_error"], term
        assert found["ci_low"] < found["estimate"] < found["ci_high"]


def test_agrees_with_statsmodels_on_the_analysis_table(district: Any, model: dict[str, Any]) -> None:
    table = district.associations(model)
    frame = pd.read_parquet(district.file("cohort.parquet")).merge(
        pd.read_parquet(district.file("measures.parquet")), on="enrollment_id"
    )
    columns = ["percent", "idle_share", "absence_rate", "grade_level", "course_id", "school_year", "school_id"]
    frame = frame[frame["arm"] == "online"].dropna(subset=columns)
    schools = pd.factorize(frame["school_id"])[0]
    other = smf.ols("percent ~ idle_share + absence_rate + C(grade_level) + C(course_id) + C(school_year)", frame).fit(
        cov_type="cluster", cov_kwds={"groups": schools}, use_t=True
    )
    idle = row(table, "Idle share")
    assert idle["estimate"] * 10 == pytest.approx(other.params["idle_share"], rel=1e-9)
    # CR1 is statsmodels' variance without (n-1)/(n-k); k counts all dummies.
    factor = (len(frame) - 1) / other.df_resid
    assert (idle["std_error"] * 10) ** 2 * factor == pytest.approx(other.bse["idle_share"] ** 2, rel=1e-9)
    assert (idle["df"], idle["clusters"]) == (19, 20)
    assert idle["residual_df"] == other.df_resid
    assert (idle["enrollments"], idle["students"]) == (len(frame), frame["student_id"].nunique())
    assert idle["smallest_cell"] == frame["grade_level"].value_counts().min()
    assert idle["schools"] == 20
    assert "CR1" in idle["convention"] and "by school" in idle["convention"]


def test_students_without_a_value_are_left_out_and_counted(district: Any, model: dict[str, Any]) -> None:
    idle = row(district.associations(model), "Idle share")
    cohort = pd.read_parquet(district.file("cohort.parquet"))
    online = int((cohort["arm"] == "online").sum())
    assert idle["left_out_missing"] == online - idle["enrollments"] > 0


def test_yes_and_no_outcomes_are_in_percentage_points(district: Any, model: dict[str, Any]) -> None:
    idle = row(district.associations({**model, "outcome": "passed"}), "Idle share")
    assert idle["unit"] == "percentage points"
    assert -40 < idle["estimate"] < -5  # 10 points of idle share cost 4 points of grade, near the limit of 60


def test_without_clusters_the_error_is_classical(district: Any, model: dict[str, Any]) -> None:
    idle = row(district.associations({**model, "cluster": None, "absorb": []}), "Idle share")
    assert idle["convention"].startswith("classical")
    assert np.isnan(idle["clusters"])
    assert idle["df"] == idle["residual_df"] == idle["enrollments"] - 4


def test_a_missing_table_is_named_and_the_other_models_go_on(own_district: Any, model: dict[str, Any]) -> None:
    own_district.change_cohort(lambda cohort: cohort.assign(absence_rate=np.nan))
    own_district.tables.remove("attendance")
    other = {**model, "name": "grade_on_idle", "terms": ["idle_share"]}
    table = own_district.associations(model, other)
    assert set(table["model"]) == {"grade_on_idle"}
    assert own_district.made("estimate_associations") == {
        "grade_on_engagement": "the study has no table attendance, which absence rate comes from",
        "grade_on_idle": "",
    }


def test_a_model_that_cannot_be_fitted_is_listed_with_the_reason(own_district: Any, model: dict[str, Any]) -> None:
    own_district.change_cohort(lambda cohort: cohort.assign(percent=70.0))
    assert own_district.associations(model).empty
    assert "the outcome does not vary" in own_district.made("estimate_associations")["grade_on_engagement"]


def test_a_misspelt_term_stops_with_the_nearest_name(district: Any, model: dict[str, Any]) -> None:
    with pytest.raises(
        ConfigurationError, match=r"'idle_shar' is no column of the analysis table\. Did you mean 'idle_share'"
    ):
        district.associations({**model, "terms": ["idle_shar"]})


def test_study_codes_cannot_be_terms(district: Any, model: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="Name it under absorb"):
        district.associations({**model, "terms": ["school_id"]})


def test_two_definitions_of_idle_time_give_two_fits(own_district: Any, model: dict[str, Any]) -> None:
    def second(measures: pd.DataFrame) -> pd.DataFrame:
        half = measures["enrollment_id"].rank() % 2 == 0
        return measures.assign(
            idle_definition=measures["idle_definition"].mask(half & measures["idle_definition"].notna(), "vendor B")
        )

    own_district.change_measures(second)
    idle = own_district.associations(model)
    idle = idle[idle["term"].str.startswith("Idle share")]
    assert idle["idle_definition"].tolist() == ["vendor A", "vendor B"]
    assert idle["title"].is_unique
    whole = int(pd.read_parquet(own_district.file("measures.parquet"))["idle_share"].notna().sum())
    assert idle["enrollments"].sum() == whole  # each enrollment with an idle share stands in one of the two
    # A model that does not touch idle time pools both.
    assert len(own_district.associations({**model, "terms": ["absence_rate"]})) == 1


def test_new_study_codes_and_row_order_change_no_bit(district: Any, recode: Any, model: dict[str, Any]) -> None:
    pd.testing.assert_frame_equal(district.associations(model), recode.associations(model), check_exact=True)


def test_the_table_agrees_with_its_specification(district: Any, model: dict[str, Any]) -> None:
    table = district.associations(model)
    text = district.file("estimate/associations.json").read_text(encoding="utf-8")
    assert list(table.columns) == list(TableSpecification.from_json(text).columns)


DISCLOSURE: dict[str, Any] = {
    **{"minimum_group": 10, "minimum_units": 3, "round_counts_to": 10, "insiders": "schools"},
    **{"known": [], "exact_cells": [], "leave_out": [], "decided_by": "", "reasons": {}},
    **{"dominance_percent": 90, "p_percent": 10},
}


def log_frame(zone: Any) -> pd.DataFrame:
    names = ("online", "types", "enrollments", "sections", "courses", "terms", "marks", "attendance")
    return read_log_analysis({name: zone.file(f"{name}.parquet") for name in names}, [zone.file("weeks.parquet")], {})


def attacked(release: Release, tables: Mapping[str, ExactTable]) -> Any:
    rules = DisclosureRules()
    return attack_release(described_tables(tables, primary_marks(tables, rules), rules), rules, release.around)


def release_with(zone: Any, table: str, base: str, first: pd.DataFrame) -> Release:
    """The release of one table of associations, with the rows it counts on a base that holds ``first``."""
    folder = zone.file("estimate/x").parent
    one = zone.file(f"one/bases/{base}/describe.parquet")
    first.to_parquet(one, index=False)
    other = one.with_name("estimate_associations.parquet")
    other.write_bytes((folder / "bases" / base / "estimate_associations.parquet").read_bytes())
    return read_release([folder / f"{table}.parquet"], [one, other], DISCLOSURE, {}, Path("no registry"))


def refuse_another_count(release: Release, table: str) -> None:
    wrong = release.tables[table]
    row = int(wrong.values["enrollments"].idxmax())
    changed = wrong.values.assign(enrollments=wrong.values["enrollments"].add(30.0 * (wrong.values.index == row)))
    edited = {**release.tables, table: ExactTable(changed, wrong.specification)}
    with pytest.raises(DisclosureError, match="disagree"):
        attacked(release, edited)


def test_the_whole_log_by_group_and_range_counts_what_its_base_holds(own_district: Any, model: dict[str, Any]) -> None:
    """Building the joint system compares each count with the base."""
    own_district.give_types()
    log = {**model, "population": "log"}
    by_range = {**log, "name": "by_range", "ranges": [0.2, 0.4]}
    groups = {**log, "name": "groups", "by": ["type", "course", "school_year"]}
    table = own_district.associations(groups, by_range, table="associations_district")
    frame = log_frame(own_district)
    assert own_district.made("estimate_associations") == {"groups": "", "by_range": ""}
    assert list(table["group"].unique()) == [
        "All", "Type of user: engaged users", "Type of user: nominal exerters", "Course: Algebra 1",
        "Course: English 9", "School year: 2018", "School year: 2019",
    ]  # fmt: skip
    known = frame.dropna(subset=["percent", "idle_share", "absence_rate"])
    english = table[(table["group"] == "Course: English 9") & table["term"].str.startswith("Idle")].iloc[0]
    assert english["enrollments"] == int((known["course"] == "English 9").sum())
    ranges = table[table["model"] == "by_range"]
    assert ranges["enrollments"].sum() == len(known)
    columns = {"unit": frame["enrollment_id"], "school_id": frame["school_id"], "type": frame["type"]}
    base = pd.DataFrame({**columns, "school_year": frame["school_year"].map("{:.0f}".format)})
    release = release_with(own_district, "associations_district", "log", base)
    assert attacked(release, release.tables)["log"].cells >= 10
    refuse_another_count(release, "associations_district")


def test_groups_and_ranges_of_the_cohort_count_what_its_base_holds(own_district: Any, model: dict[str, Any]) -> None:
    by_course = {**model, "name": "by_course", "by": ["course"]}
    by_range = {**model, "name": "by_range", "ranges": [0.2, 0.4]}
    table = own_district.associations(by_course, by_range)
    assert {"All", "Course: English 9"} <= set(table["group"])
    own_district.describe()
    folder = own_district.file("estimate/x").parent
    first = pd.read_parquet(folder / "bases" / "enrollments" / "describe_cohort.parquet")
    release = release_with(own_district, "associations", "enrollments", first)
    assert attacked(release, release.tables)["enrollments"].cells >= 6
    refuse_another_count(release, "associations")


def test_the_first_two_weeks_are_those_of_the_enrollment(own_district: Any) -> None:
    """Who starts in the third week of the term has weeks three and four; who completes on day 14 had the outcome."""
    own_district.give_types()
    enrollments = pd.read_parquet(own_district.file("enrollments.parquet"))
    log = pd.read_parquet(own_district.file("online.parquet"))["enrollment_id"]
    early, late, quick = log.iloc[:3]
    starts = enrollments["enrollment_id"].map({late: 15, quick: 15}).fillna(1)
    enrollments.assign(starts_day=starts).to_parquet(own_district.file("enrollments.parquet"), index=False)
    weeks = pd.DataFrame(
        {"enrollment_id": [early, early, early, late, late], "program_week": [1, 2, 3, 2, 4], "days": [3, 4, 5, 2, 1]}
    )
    weeks.to_parquet(own_district.file("weeks.parquet"), index=False)
    marks = pd.read_parquet(own_district.file("marks.parquet"))
    day = marks["enrollment_id"].map({early: 15, late: 29, quick: 28})
    marks = marks.assign(completed_day=day, completed=marks["completed"] | day.notna())
    marks.to_parquet(own_district.file("marks.parquet"), index=False)
    found = log_frame(own_district).set_index("enrollment_id")
    assert found.loc[[early, late, quick], "first_two_weeks_days"].tolist() == [7, 1, 0]
    assert found.loc[[early, late, quick], "completed_in_two_weeks"].tolist() == [0, 0, 1]


def test_the_whole_log_stands_in_the_curve_too(own_district: Any, model: dict[str, Any]) -> None:
    own_district.give_types()
    log = {**model, "name": "district", "population": "log"}
    own_district.associations(model, log, {**log, "name": "logit", "form": "logit"})
    curve = pd.read_parquet(own_district.file("estimate/specification_curve.parquet"))
    assert curve.groupby("model", sort=False)["population"].unique().map(list).to_dict() == {
        "grade_on_engagement": ["students analysed"], "district": ["the whole log"]
    }  # fmt: skip
    sizes = curve["model"].value_counts()
    assert sizes["district"] == sizes["grade_on_engagement"]


def test_the_whole_log_hangs_on_neither_codes_nor_order(own_district: Any, recode: Any, model: dict[str, Any]) -> None:
    log = {**model, "population": "log", "vcov": "CR2"}
    models = [
        {**log, "name": "groups", "by": ["type", "course", "school_year"]},
        {**log, "name": "by_range", "ranges": [0.2, 0.4]},
        {**log, "name": "logit", "form": "logit", "vcov": None},
    ]
    found = []
    for zone in (own_district, recode):
        zone.give_types()
        zone.associations(*models)
        folder = zone.file("estimate/x").parent
        names = ("associations_district", "specification_curve")
        found.append([pd.read_parquet(folder / f"{name}.parquet") for name in names])
    for first, second in zip(*found, strict=True):
        assert len(first)
        pd.testing.assert_frame_equal(first, second, check_exact=True)
