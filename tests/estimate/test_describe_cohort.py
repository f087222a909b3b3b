"""The script `describe_cohort` against sums made in another way."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from recredit.disclosure.files import read_bases, read_exact_table
from recredit.disclosure.linked.release import Surroundings
from recredit.disclosure.protection import protect_release
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.surroundings import CODES
from recredit.estimators.specifications import DESCRIPTIVE

NAMES = [one.name for one in DESCRIPTIVE]


def table(zone: Any, name: str) -> pd.DataFrame:
    return pd.read_parquet(zone.file(f"estimate/{name}.parquet"))


@pytest.fixture(scope="module")
def described(district: Any) -> Any:
    district.describe()
    return district


def analysis(zone: Any) -> pd.DataFrame:
    cohort = pd.read_parquet(zone.file("cohort.parquet"))
    return cohort.merge(pd.read_parquet(zone.file("measures.parquet")), on="enrollment_id")


def test_every_table_is_written_with_its_specification(described: Any) -> None:
    for name in NAMES:
        exact = read_exact_table(described.file(f"estimate/{name}.parquet"))
        assert list(exact.values.columns) == list(exact.specification.columns), name
        assert len(exact.values), name


def test_outcomes_by_mode(described: Any) -> None:
    shown = table(described, "outcomes_by_mode")
    assert shown["course"].tolist() == ["English 9", "English 9", "Algebra 1", "Algebra 1"]  # the study's order
    assert shown["mode"].tolist() == ["online", "teacher-directed"] * 2
    frame = analysis(described)
    own = frame[(frame["course_id"] == "ENG9") & (frame["arm"] == "online") & frame["percent"].notna()]
    first = shown.iloc[0]
    assert first["students"] == first["grade_students"] == own["student_id"].nunique()
    assert first["grade_mean"] == pytest.approx(own["percent"].mean())
    assert first["grade_sd"] == pytest.approx(own["percent"].std())
    assert first["passed_percent"] == pytest.approx(100 * own["passed"].astype(float).mean())
    assert (first["schools"], first["teachers"]) == (own["school_id"].nunique(), own["teacher_id"].nunique())


def test_engagement_covers_online_students_also_those_who_never_started(described: Any) -> None:
    shown = table(described, "engagement")
    frame = analysis(described)
    online = frame[frame["arm"] == "online"]
    assert shown["students"].sum() == len(online)
    assert shown["term"].tolist() == ["Summer 2018", "Summer 2019", "Summer 2019"]
    own = online[(online["course_id"] == "ALG1")]
    last = shown.iloc[-1]
    assert last["total_hours_mean"] == pytest.approx(own["total_hours"].mean())
    assert (own["sessions"] == 0).any() and last["sessions_mean"] < 5
    assert last["idle_share_mean"] == pytest.approx(100 * own["idle_share"].mean())
    assert last["idle_share_students"] < last["students"]


def test_outcomes_by_idle_cut_every_online_student_once(described: Any) -> None:
    shown = table(described, "outcomes_by_idle")
    frame = analysis(described)
    online = frame[frame["arm"] == "online"]
    assert shown["students"].sum() == len(online)
    own = online[(online["idle_share"] >= 0.2) & (online["idle_share"] < 0.3)]
    found = shown[shown["idle_share"] == "20 to 29 percent"].iloc[0]
    assert found["students"] == len(own)
    assert found["grade_mean"] == pytest.approx(own["percent"].mean())
    assert shown["idle_share"].tolist()[-1] == "under 30 minutes in the platform, or not known"


def test_characteristics_add_up_in_each_mode(described: Any) -> None:
    shown = table(described, "student_characteristics")
    sums = shown.groupby(["characteristic", "mode"])[["share_percent", "students"]].sum()
    assert np.allclose(sums["share_percent"], 100)
    assert (sums["students"].unstack().nunique() == 1).all()
    assert set(shown["characteristic"]) == {"Grade level", "Sex"}  # what nobody recorded is left out


def test_flow_is_summed_over_terms_in_the_studys_order(described: Any) -> None:
    shown = table(described, "sample_flow")
    assert shown["step"].iloc[0] == "Enrollments on file"
    assert shown["course"].tolist()[:4] == ["English 9", "English 9", "Algebra 1", "Algebra 1"]
    start = shown[shown["step"] == "Enrollments on file"]
    assert start["students"].sum() == 1800
    assert not shown.duplicated(["step", "course", "mode"]).any()


def test_reasons_are_described_and_free_text_is_not(described: Any, own_district: Any) -> None:
    assert table(described, "enrollment_reasons")["reason"].tolist() == ["failed the course", "missed credits"]
    own_district.change_cohort(lambda cohort: cohort.assign(enrollment_reason="told by " + cohort["student_id"]))
    own_district.describe()
    assert table(own_district, "enrollment_reasons").empty
    assert "free text is not released" in own_district.made("describe_cohort")["enrollment_reasons"]


def test_a_category_nobody_is_in_rests_on_no_school(own_district: Any) -> None:
    comparison = pd.read_parquet(own_district.file("cohort.parquet"))["arm"] == "comparison"
    own_district.change_cohort(lambda cohort: cohort.assign(sex=cohort["sex"].mask(comparison, "male")))
    own_district.describe()
    shown = table(own_district, "student_characteristics").set_index(["category", "mode"])
    nobody = shown.loc[("female", "teacher-directed")]
    # Zero, not missing: otherwise its share would be shown, and shares of one or two students would not.
    assert nobody[["students", "share_percent", "schools", "teachers"]].tolist() == [0, 0, 0, 0]


def test_labels_of_the_study_win(own_district: Any) -> None:
    own_district.cohort_settings["labels"] = {"ENG9": "English, grade 9", "teacher_directed": "with a teacher"}
    own_district.describe()
    shown = table(own_district, "outcomes_by_mode")
    assert shown["course"].iloc[0] == "English, grade 9"
    assert shown["mode"].iloc[1] == "with a teacher"
    assert "English, grade 9" in set(table(own_district, "sample_flow")["course"])


def test_quality_counts_two_definitions_of_idle_time(own_district: Any) -> None:
    own_district.describe()
    assert table(own_district, "data_quality")["check"].tolist() == ["percent_in_range"]
    own_district.change_measures(lambda m: m.assign(idle_definitions=m["idle_definitions"].mask(m.index < 12, 2)))
    own_district.describe()
    added = table(own_district, "data_quality").iloc[-1]
    assert added["check"] == "one_idle_definition"
    assert added["count"] == (analysis(own_district)["idle_definitions"] > 1).sum() > 0


def test_tables_that_the_records_do_not_allow_are_empty_and_listed(own_district: Any) -> None:
    own_district.change_measures(
        lambda m: m[["enrollment_id"]].join(m.drop(columns="enrollment_id").map(lambda _: None))
    )
    own_district.tables.remove("sessions")
    own_district.describe()
    made = own_district.made("describe_cohort")
    assert made["engagement"] == "the study has no table sessions or events or usage_totals or usage_days"
    assert table(own_district, "engagement").empty and table(own_district, "outcomes_by_idle").empty
    assert made["outcomes_by_mode"] == ""


def test_new_study_codes_and_row_order_change_no_byte(described: Any, recode: Any) -> None:
    recode.describe()
    for name in NAMES:
        pd.testing.assert_frame_equal(table(described, name), table(recode, name), check_exact=True)


def test_the_release_accepts_every_table(
    district: Any, load: Any, model: dict[str, Any], contrast: dict[str, Any]
) -> None:
    district.describe()
    district.associations(model)
    district.differences(contrast, {**contrast, "name": "recovered", "outcome": "passed"})
    rules = ("describe_cohort", "estimate_associations", "estimate_differences")
    load("estimate", "list_analyses").main(
        made=[district.file(f"made/{rule}.parquet") for rule in rules],
        left_out=["outcomes_by_idle", "engagement.sessions_mean"],
        described={
            name: district.file(f"estimate/{name}.json") for name in ("outcomes_by_idle", "engagement", "sample_flow")
        },
        table=district.file("estimate/analyses.parquet"),
    )
    names = [*NAMES, "associations", "differences", "analyses"]
    exact = {name: read_exact_table(district.file(f"estimate/{name}.parquet")) for name in names}
    bases = read_bases(sorted(district.file("estimate/bases/enrollments/x").parent.glob("*.parquet")))
    around = Surroundings(bases, codes=CODES, insider="school_id")
    shown = protect_release(exact, DisclosureRules(), around)
    assert set(shown) == set(names)
    listed = shown["analyses"].set_index("analysis")
    assert listed.index[listed["made"] == "no"].tolist() == ["outcomes_by_idle", "engagement.sessions_mean"]
    assert listed.loc["outcomes_by_idle", "title"] == exact["outcomes_by_idle"].specification.title
    assert "disclosure.leave_out" in listed.loc["engagement.sessions_mean", "why"]
    assert shown["associations"]["estimate"].ne("†").all()
