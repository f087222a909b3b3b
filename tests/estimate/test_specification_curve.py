"""The table `specification_curve`: every choice of the ladder beside statsmodels, and failures that are kept."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from recredit.associations.specification_curve import CLUSTERS, LADDER, THRESHOLDS_MINUTES


@pytest.fixture(scope="module")
def curve(district: Any) -> pd.DataFrame:
    model = {
        "name": "grade_on_engagement", "title": "Final grade", "outcome": "percent",
        "terms": ["idle_share", "absence_rate"], "absorb": [], "cluster": "school_id", "mode": "online",
    }  # fmt: skip
    district.associations(model)
    return pd.read_parquet(district.file("estimate/specification_curve.parquet"))


def test_every_choice_has_a_row_and_failures_say_why(curve: pd.DataFrame) -> None:
    assert len(curve) == (len(LADDER) + 1) * len(THRESHOLDS_MINUTES) * len(CLUSTERS)
    # Each student has one course here: nothing is left inside students.
    inside = curve["specification"].str.contains("within students|between students")
    assert curve.loc[inside, "estimate"].isna().all()
    assert curve.loc[inside, "note"].str.startswith("not possible").all()
    assert curve.loc[~inside, "estimate"].notna().all()


def test_agrees_with_statsmodels(district: Any, curve: pd.DataFrame) -> None:
    cohort = pd.read_parquet(district.file("cohort.parquet"))
    frame = cohort.merge(pd.read_parquet(district.file("measures.parquet")), on="enrollment_id")
    frame = frame[frame["arm"] == "online"].dropna(subset=["percent", "idle_share", "absence_rate"])
    frame = frame.assign(idle=frame["idle_share"] / 0.1)
    for formula, start in (("", "no fixed effects"), (" + C(course_id) + C(school_year)", "within courses and years")):
        other = smf.ols(f"percent ~ idle + absence_rate{formula}", frame).fit()
        found = curve[curve["specification"] == f"{start}; at least 30 minutes; clustered by school"].iloc[0]
        assert found["estimate"] == pytest.approx(other.params["idle"], rel=1e-8)
        # Cinelli & Hazlett (2020), section 4.1, with alpha 1: RV = (sqrt(f^4 + 4 f^2) - f^2) / 2, f = |t| / sqrt(df).
        f = abs(other.tvalues["idle"]) / np.sqrt(other.df_resid)
        assert found["robustness"] == pytest.approx(50 * (np.sqrt(f**4 + 4 * f**2) - f**2), rel=1e-6)


def test_planted_association_is_found_under_every_choice(curve: pd.DataFrame, truth: dict[str, float]) -> None:
    fitted = curve[curve["estimate"].notna()]
    # Per ten percentage points of the idle share; three standard errors at a fixed seed.
    assert (np.abs(fitted["estimate"] - truth["idle_share"] / 10) < 3 * fitted["std_error"]).all()


def test_a_study_without_schools_keeps_the_rows_it_cannot_fit(own_district: Any, model: dict[str, Any]) -> None:
    own_district.change_cohort(lambda cohort: cohort.assign(school_id=None))
    own_district.associations({**model, "absorb": [], "cluster": None})
    table = pd.read_parquet(own_district.file("estimate/specification_curve.parquet"))
    by_school = table["specification"].str.endswith("by school") | table["specification"].str.contains("schools")
    assert table.loc[by_school, "note"].str.contains("no enrollment has a value").all()
    assert table.loc[~by_school & table["specification"].str.startswith("no fixed"), "estimate"].notna().all()
