"""The script `estimate_differences`: intent to treat inside lottery blocks, and associations elsewhere."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from recredit.disclosure.specification import TableSpecification


def analysed(zone: Any) -> pd.DataFrame:
    return pd.read_parquet(zone.file("cohort.parquet"))


def test_effect_by_course_and_pooled_with_blocks(district: Any, contrast: dict[str, Any]) -> None:
    table = district.differences(contrast)
    assert table["course"].tolist() == ["English 9", "Algebra 1", "All courses"]
    assert (table["kind"] == "effect").all()
    frame = analysed(district).dropna(subset=["percent", "assigned_arm"])
    frame["online"] = (frame["assigned_arm"] == "online").astype(float)
    linalg = pytest.importorskip("diff_diff.linalg", reason="diff-diff is a test-only package and is not installed")
    for course, part in [("English 9", frame[frame["course_id"] == "ENG9"]), ("All courses", frame)]:
        other = smf.ols("percent ~ online + C(lottery_block)", part).fit()
        found = table[table["course"] == course].iloc[0]
        assert found["estimate"] == pytest.approx(other.params["online"], rel=1e-9)
        assert found["residual_df"] == other.df_resid
        # CR2 and its Satterthwaite degrees of freedom by an implementation that is not ours.
        place = other.model.exog_names.index("online")
        covariance, df = linalg.compute_robust_vcov(
            other.model.exog,
            other.resid.to_numpy(),
            cluster_ids=pd.factorize(part["school_id"])[0],
            vcov_type="hc2_bm",
            return_dof=True,
        )
        assert found["std_error"] ** 2 == pytest.approx(covariance[place, place], rel=1e-7)
        assert found["df"] == pytest.approx(df[place], rel=1e-7)
        assert found["n_online"] == int(part["online"].sum())
        assert found["online_mean"] == pytest.approx(part.loc[part["online"] == 1, "percent"].mean())


def test_planted_effect_is_found(district: Any, contrast: dict[str, Any], truth: dict[str, float]) -> None:
    pooled = district.differences(contrast).iloc[-1]
    # Online costs 4 points, and the idle share costs the same in both arms at its mean of a third; 5% cross over each
    # way, so assignment moves 90% of it. Three standard errors at a fixed seed.
    assert abs(pooled["estimate"] - 0.9 * truth["online"]) < 3 * pooled["std_error"]


def test_no_result_on_the_transcript_is_not_recovered(district: Any, contrast: dict[str, Any]) -> None:
    table = district.differences({**contrast, "name": "recovered", "outcome": "passed"})
    frame = analysed(district)
    online = frame[frame["assigned_arm"] == "online"]
    assert online["passed"].isna().any()
    pooled = table.iloc[-1]
    assert pooled["n_online"] == len(online)
    assert pooled["online_percent"] == pytest.approx(100 * online["passed"].eq(True).mean())
    assert np.isnan(pooled["online_mean"])


def test_who_left_the_district_is_attrition_and_not_a_failure(own_district: Any, contrast: dict[str, Any]) -> None:
    recovered = {**contrast, "name": "recovered", "outcome": "passed"}
    before = own_district.differences(recovered).iloc[-1]
    frame = analysed(own_district)
    absent = frame["has_result"].eq(0)
    left = absent & absent.cumsum().le(5)
    own_district.change_cohort(lambda cohort: cohort.assign(status=cohort["status"].mask(left, "withdrawn")))
    after = own_district.differences(recovered).iloc[-1]
    assert after["students"] == before["students"] - 5
    with_result = frame["has_result"].eq(1) & frame.index.isin(frame.index[:5])
    own_district.change_cohort(lambda cohort: cohort.assign(status=cohort["status"].mask(with_result, "withdrawn")))
    assert own_district.differences(recovered).iloc[-1]["students"] == after["students"]  # a result on file counts


def test_a_grade_is_never_imputed(district: Any, contrast: dict[str, Any]) -> None:
    pooled = district.differences(contrast).iloc[-1]
    assert pooled["students"] == analysed(district)["percent"].notna().sum()


def test_blocks_with_one_arm_are_left_out_and_counted(own_district: Any, contrast: dict[str, Any]) -> None:
    before = own_district.differences(contrast).iloc[-1]
    frame = analysed(own_district)
    block = frame["lottery_block"].iloc[0]
    inside = frame["lottery_block"] == block
    graded = int((inside & frame["percent"].notna()).sum())
    own_district.change_cohort(lambda cohort: cohort.assign(assigned_arm=cohort["assigned_arm"].mask(inside, "online")))
    after = own_district.differences(contrast).iloc[-1]
    assert (after["one_arm_blocks"], after["left_out_one_arm"]) == (1, graded)
    assert after["students"] == before["students"] - graded


def test_without_a_lottery_the_difference_is_an_association(district: Any, contrast: dict[str, Any]) -> None:
    table = district.differences({**contrast, "randomised": False})
    assert (table["kind"] == "association").all()
    frame = analysed(district).dropna(subset=["percent"])
    frame["online"] = (frame["arm"] == "online").astype(float)
    other = smf.ols("percent ~ online + C(course_id) + C(term_id)", frame).fit()
    assert table.iloc[-1]["estimate"] == pytest.approx(other.params["online"], rel=1e-9)
    assert table.iloc[-1]["n_online"] == frame["online"].sum()


def test_what_cannot_be_compared_is_listed(own_district: Any, contrast: dict[str, Any]) -> None:
    own_district.change_cohort(lambda cohort: cohort.assign(assigned_arm=None, lottery_block=None))
    assert own_district.differences(contrast).empty
    assert own_district.made("estimate_differences")["grade_by_assignment"].startswith("no enrollment carries")
    own_district.change_cohort(lambda cohort: cohort[cohort["arm"] == "online"])
    assert own_district.differences({**contrast, "randomised": False}).empty
    assert own_district.made("estimate_differences") == {
        "grade_by_assignment": "no enrollment is in the teacher-directed arm"
    }


def test_passing_needs_marks_and_is_not_made_of_missing_ones(own_district: Any, contrast: dict[str, Any]) -> None:
    own_district.change_cohort(lambda cohort: cohort.assign(passed=None, has_result=False))
    own_district.tables.remove("marks")
    assert own_district.differences({**contrast, "outcome": "passed"}).empty
    assert "no table marks" in own_district.made("estimate_differences")["grade_by_assignment"]


def test_new_study_codes_and_row_order_change_no_bit(district: Any, recode: Any, contrast: dict[str, Any]) -> None:
    both = (contrast, {**contrast, "name": "taken", "randomised": False})
    pd.testing.assert_frame_equal(district.differences(*both), recode.differences(*both), check_exact=True)


def test_the_table_agrees_with_its_specification(district: Any, contrast: dict[str, Any]) -> None:
    table = district.differences(contrast)
    text = district.file("estimate/differences.json").read_text(encoding="utf-8")
    assert list(table.columns) == list(TableSpecification.from_json(text).columns)
