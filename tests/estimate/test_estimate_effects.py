"""The script `estimate_effects`: contrasts by course, cohort and pooled, what judges them, and whom they count."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from linearmodels.iv import IV2SLS

from recredit.disclosure.files import read_bases
from recredit.disclosure.specification import TableSpecification
from recredit.standards.wwc import attrition, hedges_g


@pytest.fixture(scope="module")
def graded(district: Any) -> dict[str, pd.DataFrame]:
    from_assignment = {"name": "grade_by_assignment", "title": "Final grade", "outcome": "percent", "randomised": True}
    recovered = {**from_assignment, "name": "recovered", "outcome": "passed", "domain": "Credits"}
    tables: dict[str, pd.DataFrame] = district.effects(from_assignment, recovered, subgroups=["absence_rate"])
    return tables


def analysed(zone: Any) -> pd.DataFrame:
    frame = pd.read_parquet(zone.file("cohort.parquet")).dropna(subset=["assigned_arm", "percent"])
    return frame.assign(online=(frame["assigned_arm"] == "online").astype(float))


def row(table: pd.DataFrame, **labels: str) -> Any:
    chosen = table
    for name, value in labels.items():
        chosen = chosen[chosen[name] == value]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_rows_by_course_cohort_and_pooled(graded: dict[str, pd.DataFrame]) -> None:
    own = graded["impacts"][graded["impacts"]["contrast"] == "recovered"]
    assert own[["course", "cohort"]].to_numpy().tolist() == [
        ["English 9", "All cohorts"], ["Algebra 1", "All cohorts"], ["All courses", "All cohorts"]
    ]  # fmt: skip
    cohorts = graded["impacts_by_cohort"]
    assert cohorts.loc[cohorts["contrast"] == "recovered", "cohort"].tolist() == ["Summer 2018", "Summer 2019"]


def test_planted_effect_is_found_by_every_second_opinion(
    graded: dict[str, pd.DataFrame], truth: dict[str, float]
) -> None:
    table = graded["impacts_second_opinions"]
    own = table[(table["contrast"] == "grade_by_assignment") & (table["course"] == "All courses")]
    weights = own[own["opinion"].str.startswith("weights")]
    assert len(weights) == 4
    # Assignment moves 90% of the planted effect of -4 points (5% cross over each way); three standard errors.
    assert (np.abs(weights["estimate"] - 0.9 * truth["online"]) < 3 * weights["std_error"]).all()
    take_up = row(own, opinion="take-up (two-stage least squares)")
    assert abs(take_up["estimate"] - truth["online"]) < 3 * take_up["std_error"]
    assert 85 < take_up["compliance"] < 95 and take_up["first_stage_f"] > 1000


def test_take_up_agrees_with_linearmodels(district: Any, graded: dict[str, pd.DataFrame]) -> None:
    table = graded["impacts_second_opinions"]
    found = row(
        table, contrast="grade_by_assignment", course="All courses", opinion="take-up (two-stage least squares)"
    )
    frame = analysed(district).assign(taken=lambda rows: (rows["arm"] == "online").astype(float))
    # Freed of the blocks' means, which is what their fixed effects do.
    columns = ["percent", "taken", "online"]
    free = frame[columns] - frame.groupby("lottery_block")[columns].transform("mean")
    other = IV2SLS(free["percent"], None, free["taken"], free["online"]).fit()
    assert found["estimate"] == pytest.approx(other.params["taken"], rel=1e-8)


def test_sizes_and_attrition_by_hand(district: Any, graded: dict[str, pd.DataFrame]) -> None:
    found = row(graded["impacts"], contrast="grade_by_assignment", course="All courses")
    frame = analysed(district)
    arms = [frame.loc[frame["online"] == arm, "percent"] for arm in (1, 0)]
    by_hand = hedges_g(found["estimate"], arms[0].std(), arms[1].std(), len(arms[0]), len(arms[1]))
    assert found["effect_size"] == pytest.approx(by_hand.g, rel=1e-12)
    everyone = pd.read_parquet(district.file("cohort.parquet"))
    assigned = [int((everyone["assigned_arm"] == arm).sum()) for arm in ("online", "comparison")]
    lost = attrition(assigned[0], len(arms[0]), assigned[1], len(arms[1]))
    own = row(graded["attrition"], contrast="grade_by_assignment", course="All courses")
    assert own["overall"] == pytest.approx(lost.overall_percent)
    assert own["differential"] == pytest.approx(lost.differential_percent)
    assert (own["verdict"], own["boundary"]) == (lost.level, "cautious")


def test_improvement_index_only_where_significant(graded: dict[str, pd.DataFrame]) -> None:
    impacts = graded["impacts"]
    assert (impacts["significant_after_correction"] == "yes").any()
    shown = impacts["improvement_index"].notna()
    assert (shown == (impacts["significant_after_correction"] == "yes")).all()
    assert (np.sign(impacts["improvement_index"][shown]) == np.sign(impacts["effect_size"][shown])).all()


def test_the_plan_names_the_p_that_governs(district: Any, contrast: dict[str, Any]) -> None:
    for name, column in (("CR2", "p_value"), ("wild", "p_value_wild"), ("permutation", "p_value_permutation")):
        impacts = district.effects(contrast, governing_p=name, significance_level=0.2)["impacts"]
        assert (impacts["governing_p"] == name).all()
        # Two courses are corrected together, the pooled row alone.
        pooled = impacts.iloc[-1]
        assert (pooled["significant_after_correction"] == "yes") == (pooled[column] <= 0.2)


def test_a_lottery_with_high_attrition_falls_back_on_its_baseline(own_district: Any, contrast: dict[str, Any]) -> None:
    def lose(cohort: pd.DataFrame) -> pd.DataFrame:
        # A third of the online arm leaves the district: far beyond either boundary.
        gone = (cohort["assigned_arm"] == "online") & (np.arange(len(cohort)) % 3 == 0)
        return cohort.assign(percent=cohort["percent"].mask(gone), status=cohort["status"].mask(gone, "withdrawn"))

    before = own_district.effects(contrast)["impacts"].iloc[-1]
    assert before["rating"] == "Meets WWC standards without reservations"
    own_district.change_cohort(lose)
    tables = own_district.effects(contrast)
    assert tables["attrition"].iloc[-1]["verdict"] == "high"
    after = tables["impacts"].iloc[-1]
    assert after["rating"] != before["rating"] and "high attrition" in after["rating_reason"]


def test_without_a_lottery_it_is_an_association_with_overlap_weights(district: Any, contrast: dict[str, Any]) -> None:
    taken = {**contrast, "randomised": False, "covariates": ["absence_rate", "grade_level"]}
    tables = district.effects(taken)
    assert (tables["impacts"]["kind"] == "association").all() and tables["attrition"].empty
    assert tables["impacts"]["p_value_permutation"].isna().all()
    assert "quasi-experimental" in tables["impacts"].iloc[0]["rating_reason"]
    assert (tables["impacts_second_opinions"]["opinion"] == "overlap weights").any()
    balance = tables["baseline_equivalence"]
    own = balance[balance["characteristic"] == "Absence rate"]
    # Overlap weights balance the means of what they are made of exactly (Li, Morgan & Zaslavsky 2018, theorem 3).
    assert np.abs(own["effect_size_weighted"]).max() < 1e-6


def test_subgroups_differ_by_their_interaction(district: Any, graded: dict[str, pd.DataFrame]) -> None:
    table = graded["subgroup_impacts"]
    own = table[(table["contrast"] == "grade_by_assignment") & (table["course"] == "All courses")]
    assert own["group"].str.partition(": ")[2].tolist() == [
        "at or above the median", "below the median", "difference between the two groups"
    ]  # fmt: skip
    frame = analysed(district).assign(
        many=lambda rows: (rows["absence_rate"] >= rows["absence_rate"].median()).astype(float)
    )
    other = smf.ols("percent ~ online * many + C(lottery_block)", frame).fit()
    assert own.iloc[2]["estimate"] == pytest.approx(other.params["online:many"], rel=1e-8)


def test_every_released_count_is_that_of_the_base(district: Any) -> None:
    """The layouts say whom each count and percentage counts: counted again on the base of enrollments."""
    district.describe()
    frame = {"name": "grade_by_assignment", "title": "Final grade", "outcome": "percent", "randomised": True}
    recovered = {**frame, "name": "recovered", "outcome": "passed"}
    district.differences(frame, recovered)
    tables = district.effects(frame, recovered, {**recovered, "name": "taken", "randomised": False})
    folder = district.file("estimate/x").parent
    rules = ("describe_cohort", "estimate_differences", "estimate_effects")
    base = read_bases([folder / "bases" / "enrollments" / f"{rule}.parquet" for rule in rules])["enrollments"]
    counted = 0
    for name in ("impacts", "impacts_by_cohort", "attrition", "delivered", "grade_source"):
        layout = TableSpecification.from_json((folder / f"{name}.json").read_text(encoding="utf-8")).layout
        assert layout is not None
        for record in tables[name].to_dict("records"):
            for column in layout.columns:
                if not pd.isna(record[column]):
                    assert record[column] == pytest.approx(_again(base, layout, column, record)), (name, column)
                    counted += 1
    # Three rows of each contrast: two numbers of students for grades, two percentages more for passing (twice); and the
    # six rows of what was delivered. Each contrast has two cohorts, of English 9, with a number of students in each
    # arm. Attrition repeats the numbers analysed in the three rows of each lottery. Without a test on file there is
    # nothing beside which to set passing.
    assert counted == 3 * (2 + 4 + 4) + 6 + 3 * 2 * 2 + 3 * 2 * 2
    lotteries = tables["impacts"][tables["impacts"]["kind"] == "effect"]
    both = tables["attrition"].merge(lotteries, on=["contrast", "course"], suffixes=("", "_impacts"))
    assert len(both) == 6 and (both["n_online"] == both["n_online_impacts"]).all()
    assert tables["grade_source"].empty


def test_a_block_over_two_cohorts_leaves_their_numbers_out(own_district: Any, contrast: dict[str, Any]) -> None:
    """With one arm in each term it is no comparison there, and one over both: a row by cohort counts other students."""
    before = own_district.effects(contrast)["impacts_by_cohort"]
    assert before[["n_online", "n_comparison"]].notna().all(axis=None)

    def joined(cohort: pd.DataFrame) -> pd.DataFrame:
        school = cohort["lottery_block"].str[:2] == "00"
        english = school & (cohort["course_id"] == "ENG9")
        early, online = cohort["school_year"] == 2018, cohort["assigned_arm"] == "online"
        kept = ~english | (early == online)
        return cohort.assign(lottery_block=cohort["lottery_block"].mask(english, "00ENG9"))[kept]

    own_district.change_cohort(joined)
    after = own_district.effects(contrast)["impacts_by_cohort"]
    assert len(after) == 2 and after[["n_online", "n_comparison"]].isna().all(axis=None)
    assert after["estimate"].notna().all()


def _again(base: pd.DataFrame, layout: Any, name: str, record: dict[Any, Any]) -> float:
    column = layout.in_row(name, record)

    def chosen(conditions: Any) -> Any:
        rows = pd.Series(True, index=base.index)
        for category, values in {**layout.conditions(record), **conditions}.items():
            rows &= base[category].isin(values)
        for mark in (*layout.population_of(record), *column.marks):
            rows &= base[mark]
        return rows

    if column.among is None:
        return float(chosen(column.where).sum())
    among = chosen(column.among)
    return float(100 * (among & chosen({**column.among, **column.where})).sum() / among.sum())


def test_new_study_codes_and_row_order_change_no_bit(district: Any, recode: Any, contrast: dict[str, Any]) -> None:
    contrasts = (contrast, {**contrast, "name": "taken", "randomised": False, "covariates": ["absence_rate"]})
    first, second = (zone.effects(*contrasts, subgroups=["absence_rate"]) for zone in (district, recode))
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, second[name], check_exact=True)


def without_some_absences(cohort: pd.DataFrame) -> pd.DataFrame:
    """Absences of 30% are not on file; of those who are often absent half: missing at random given the grade."""
    content = pd.util.hash_pandas_object(cohort[["percent", "absence_rate", "school_year"]], index=False) % 100
    return cohort.assign(absence_rate=cohort["absence_rate"].mask(content < np.where(cohort["percent"] < 60, 50, 20)))


def test_missing_covariates_three_ways(own_district: Any, contrast: dict[str, Any]) -> None:
    adjusted = {**contrast, "covariates": ["absence_rate"]}
    full = own_district.effects(adjusted)["impacts"].iloc[-1]
    own_district.change_cohort(without_some_absences)
    tables = own_district.effects(adjusted)
    table = tables["impacts_second_opinions"]
    own = table[table["course"] == "All courses"].set_index("opinion")
    complete = own.loc["missing covariates: complete cases"]
    frame = analysed(own_district)
    other = smf.ols("percent ~ online + absence_rate + C(lottery_block)", frame.dropna(subset=["absence_rate"])).fit()
    assert complete["estimate"] == pytest.approx(other.params["online"], rel=1e-8)
    # In a lottery the indicator is what the primary estimate does.
    indicator = own.loc["missing covariates: indicator and constant", "estimate"]
    assert indicator == tables["impacts"].iloc[-1]["estimate"]
    filled = frame.assign(
        gap=frame["absence_rate"].isna().astype(float),
        absence=frame["absence_rate"].fillna(frame["absence_rate"].mean()),
    )
    by_hand = smf.ols("percent ~ online + absence + gap + C(lottery_block)", filled).fit()
    assert indicator == pytest.approx(by_hand.params["online"], rel=1e-8)
    imputed = own.loc["missing covariates: multiple imputation"]
    # Nothing about the arm is missing, and the lottery balances what is: within a standard error of the full data.
    assert abs(imputed["estimate"] - full["estimate"]) < full["std_error"]
    assert imputed["std_error"] > 0.9 * full["std_error"] and "Rubin" in imputed["note"]


def test_imputed_outcomes_mend_what_is_missing_at_random(own_district: Any, contrast: dict[str, Any]) -> None:
    """The online arm loses those who are often absent: the complete cases flatter it, the imputations do not."""
    adjusted = {**contrast, "covariates": ["absence_rate"]}
    full = own_district.effects(contrast)["impacts"].iloc[-1]

    def lose(cohort: pd.DataFrame) -> pd.DataFrame:
        often = cohort["absence_rate"] > cohort["absence_rate"].quantile(0.6)
        gone = (cohort["assigned_arm"] == "online") & often & (cohort["enrollment_id"].rank() % 4 > 0)
        return cohort.assign(percent=cohort["percent"].mask(gone), status=cohort["status"].mask(gone, "withdrawn"))

    own_district.change_cohort(lose)
    plain = own_district.effects(contrast)["impacts"].iloc[-1]
    assert plain["estimate"] - full["estimate"] > full["std_error"]
    table = own_district.effects(adjusted)["impacts_second_opinions"]
    own = table[(table["course"] == "All courses") & (table["opinion"] == "missing outcomes: multiple imputation")]
    assert abs(own.iloc[0]["estimate"] - full["estimate"]) < full["std_error"]


def test_imputations_hang_on_neither_codes_nor_order(own_district: Any, recode: Any, contrast: dict[str, Any]) -> None:
    taken = {**contrast, "name": "taken", "randomised": False, "covariates": ["absence_rate"]}
    contrasts = ({**contrast, "covariates": ["absence_rate"]}, taken)
    found = []
    for zone in (own_district, recode):
        zone.change_cohort(without_some_absences)
        found.append(zone.effects(*contrasts)["impacts_second_opinions"])
    assert found[0]["opinion"].str.contains("multiple imputation").sum() >= 6
    pd.testing.assert_frame_equal(*found, check_exact=True)


def test_a_mark_that_was_set_aside_is_attrition_and_not_a_course_not_recovered(own_district: Any) -> None:
    recovered = {"name": "recovered", "title": "Recovered", "outcome": "passed", "randomised": True}
    before = own_district.effects(recovered)
    cohort = pd.read_parquet(own_district.file("cohort.parquet"))
    online = cohort[(cohort["assigned_arm"] == "online") & (cohort["passed"] == 1)]
    faulty = set(online["enrollment_id"].iloc[:30])

    def set_aside(rows: pd.DataFrame) -> pd.DataFrame:
        lost = rows["enrollment_id"].isin(faulty)
        results = {name: rows[name].mask(lost) for name in ("percent", "completed", "passed")}
        return rows.assign(**results, has_result=rows["has_result"] & ~lost, mark_set_aside=lost)

    own_district.change_cohort(set_aside)
    after = own_district.effects(recovered)
    first, second = (row(tables["impacts"], course="All courses") for tables in (before, after))
    assert second["n_online"] == first["n_online"] - 30
    # Those 30 had passed: the share is one of those whose result is known, and not lower by 30 who would not have.
    passed = first["percent_online"] * first["n_online"] / 100
    assert second["percent_online"] == pytest.approx(100 * (passed - 30) / (first["n_online"] - 30))
    lost = row(after["attrition"], course="All courses")
    assert lost["assigned_online"] - lost["analysed_online"] == 30
    assert lost["analysed_comparison"] == lost["assigned_comparison"]


def test_what_cannot_be_fitted_is_listed(own_district: Any, contrast: dict[str, Any]) -> None:
    own_district.change_cohort(lambda cohort: cohort.assign(assigned_arm=None, lottery_block=None))
    tables = own_district.effects(contrast)
    assert tables["impacts"].empty
    assert own_district.made("estimate_effects")["impacts_grade_by_assignment"].startswith("no enrollment carries")


def test_with_blocks_for_schools_one_line_says_what_is_not_told(own_district: Any, contrast: dict[str, Any]) -> None:
    with_schools = own_district.effects(contrast)
    assert len(with_schools["site_variation"]) and "site_variation" not in own_district.made("estimate_effects")
    tables = own_district.effects(contrast, school_blocks=True)
    assert tables["site_variation"].empty
    pd.testing.assert_frame_equal(tables["impacts"], with_schools["impacts"])
    made = own_district.made("estimate_effects")
    said = {name: why for name, why in made.items() if "schools" in why}
    assert list(said) == ["site_variation"] and "differences between schools" in said["site_variation"]
