"""The script `estimate_associations`: planted coefficients found again, and what cannot be fitted is told."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from recredit.disclosure.specification import TableSpecification
from recredit.errors import ConfigurationError


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
