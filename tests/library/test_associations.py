"""Associations by group, by range, as logits and after a landmark: beside statsmodels, and on a planted truth."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from recredit.associations.models import Associations, fit_associations
from recredit.associations.specification_curve import BETWEEN, Setting, curve_rows
from recredit.estimators.associations import Model
from recredit.seeds import derive_seed

ROWS, SCHOOLS = 3000, 15
MODEL: dict[str, Any] = {
    "name": "m", "title": "T", "outcome": "percent", "terms": ["idle_share", "absence_rate", "grade_level"],
    "absorb": ["course_id", "school_year"], "cluster": "school_id", "mode": "online", "population": "log",
}  # fmt: skip
# Planted per whole share of idle time, before and after the first two weeks.
EARLY_EFFECT = -0.6


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Enrollments of a log. Whoever is about to fail idles more after the first two weeks: the outcome comes first."""
    random = np.random.default_rng(derive_seed(7, "associations"))
    number = np.arange(ROWS)
    early = random.beta(3, 7, ROWS)
    absence = random.beta(2, 18, ROWS)
    chance = np.clip(0.95 + EARLY_EFFECT * early - 1.0 * absence, 0.02, 0.98)
    completed = (random.uniform(size=ROWS) < chance).astype(float)
    late = np.clip(early + 0.25 * (1 - completed) + random.normal(0, 0.05, ROWS), 0.01, 0.99)
    idle = (early + 2 * late) / 3
    percent = np.clip(75 - 30 * idle - 40 * absence + random.normal(0, 8, ROWS), 0, 100)
    quick = (completed == 1) & (random.uniform(size=ROWS) < 0.1)
    return pd.DataFrame(
        {
            "enrollment_id": [f"e{one:05d}" for one in number],
            "student_id": [f"s{one % 2000:05d}" for one in number],
            "school_id": [f"h{one % SCHOOLS:02d}" for one in number],
            "teacher_id": [f"t{one % 60:02d}" for one in number],
            "course_id": np.array(["ALG", "BIO", "ENG"])[number % 3],
            "course": np.array(["Algebra", "Biology", "English"])[number % 3],
            "school_year": 2017.0 + number // 1000,
            "type": np.where(early < 0.3, "engaged users", "nominal exerters"),
            "grade_level": 9.0 + random.integers(0, 3, ROWS),
            "arm": "online",
            "idle_definition": "vendor A",
            "active_hours": np.nan,
            "idle_hours": np.nan,
            "idle_share": idle,
            "first_two_weeks_idle_share": early,
            "first_two_weeks_days": random.integers(1, 11, ROWS).astype(float),
            "absence_rate": absence,
            "completed": completed,
            "passed": completed,
            "percent": percent,
            "completed_in_two_weeks": quick.astype(float),
        }
    )


def fitted(frame: pd.DataFrame, **change: Any) -> Associations:
    return fit_associations(frame, [Model.from_settings({**MODEL, **change})], {}, ["marks", "sessions", "attendance"])


def table(frame: pd.DataFrame, **change: Any) -> pd.DataFrame:
    found = fitted(frame, **change)
    assert all(one.why == "" for one in found.made), found.made
    return pd.DataFrame(found.rows)


def test_groups_are_fits_of_their_own(frame: pd.DataFrame) -> None:
    rows = table(frame, by=["type", "course", "school_year"])
    parts = {
        "All": frame,
        "Type of user: engaged users": frame[frame["type"] == "engaged users"],
        "Course: Biology": frame[frame["course_id"] == "BIO"],
        "School year: 2018": frame[frame["school_year"] == 2018],
    }
    assert len(rows["group"].unique()) == 1 + 2 + 3 + 3
    for group, own in parts.items():
        absorbed = [name for name in ("course_id", "school_year") if own[name].nunique() > 1]
        formula = " + ".join(["percent ~ idle_share + absence_rate + C(grade_level)", *(f"C({x})" for x in absorbed)])
        other = smf.ols(formula, own).fit()
        found = rows[(rows["group"] == group) & rows["term"].str.startswith("Idle share")].iloc[0]
        assert found["estimate"] * 10 == pytest.approx(other.params["idle_share"], rel=1e-8)
        assert (found["enrollments"], found["residual_df"]) == (len(own), other.df_resid)
        assert found["students"] == own["student_id"].nunique()
    # In a group the dummies of grade levels are no rows: they could rest on a few students.
    assert set(rows.loc[rows["group"] != "All", "term"].str.split(" \\(").str[0]) == {"Idle share", "Absence rate"}


def test_ranges_are_differences_from_the_lowest_with_the_enrollments_in_each(frame: pd.DataFrame) -> None:
    cuts = [0.2, 0.3, 0.4, 0.5]
    rows = table(frame, ranges=cuts)
    words = ["under 20%", "20% to under 30%", "30% to under 40%", "40% to under 50%", "50% and more"]
    assert [term.removeprefix("Idle share ").split(" (")[0] for term in rows["term"]] == words
    ranges = pd.cut(frame["idle_share"], [-1, *cuts, 2], right=False)
    assert rows["enrollments"].tolist() == ranges.value_counts(sort=False).tolist()
    dummies = pd.get_dummies(ranges, drop_first=True, dtype=float)
    dummies.columns = [f"d{place}" for place in range(len(cuts))]
    formula = f"percent ~ {' + '.join(dummies)} + absence_rate + C(grade_level) + C(course_id) + C(school_year)"
    other = smf.ols(formula, pd.concat([frame, dummies], axis=1)).fit()
    assert np.isnan(rows["estimate"].iloc[0])
    assert rows["estimate"].tolist()[1:] == pytest.approx([other.params[name] for name in dummies], rel=1e-8)


def test_fractional_logit_agrees_with_the_generalised_linear_model(frame: pd.DataFrame) -> None:
    """Papke & Wooldridge's estimator is a binomial GLM on the share; its effects are mean slopes and changes."""
    rows = table(frame, form="logit").set_index("term")
    formula = "I(percent / 100) ~ idle_share + absence_rate + C(grade_level) + C(course_id) + C(school_year)"
    other = smf.glm(formula, frame, family=sm.families.Binomial()).fit()
    mean = other.fittedvalues
    slope = float((mean * (1 - mean)).mean() * other.params["idle_share"])
    assert rows.loc["Idle share (per 10 percentage points)", "estimate"] == pytest.approx(100 * slope / 10, rel=1e-6)
    levels = [other.predict(frame.assign(grade_level=level)).mean() for level in (9.0, 10.0)]
    change = rows.loc["Grade 10 (against 9)", "estimate"]
    assert change == pytest.approx(100 * (levels[1] - levels[0]), abs=1e-6)
    assert rows["form"].unique().tolist() == ["fractional logit, average marginal effect"]


def test_logit_of_a_yes_or_no_agrees_with_statsmodels(frame: pd.DataFrame) -> None:
    rows = table(frame, form="logit", outcome="completed").set_index("term")
    formula = "completed ~ idle_share + absence_rate + C(grade_level) + C(course_id) + C(school_year)"
    own = frame.assign(idle_share=frame["idle_share"] / 0.1)
    clusters = {"groups": pd.factorize(own["school_id"])[0]}
    other = smf.logit(formula, own).fit(disp=0, cov_type="cluster", cov_kwds=clusters)
    effects = other.get_margeff(at="overall").summary_frame()
    found = rows.loc["Idle share (per 10 percentage points)"]
    assert found["estimate"] == pytest.approx(100 * effects.loc["idle_share", "dy/dx"], rel=1e-6)
    # statsmodels' factor is G/(G-1) (n-1)/(n-k), ours G/(G-1); 10 columns.
    factor = np.sqrt((ROWS - 1) / (ROWS - len(other.params)))
    assert found["std_error"] * factor == pytest.approx(100 * effects.loc["idle_share", "Std. Err."], rel=1e-4)


def test_the_landmark_form_finds_what_was_planted_and_the_whole_course_does_not(frame: pd.DataFrame) -> None:
    """The outcome causes idle time after the second week, so that the whole course's share overstates it."""
    # The landmark leaves quick completers out at random among completers, which takes a tenth of them: on the rest
    # the slope is weaker by less than its standard error, so that three of them hold.
    change = {"outcome": "completed", "absorb": [], "terms": ["first_two_weeks_idle_share", "absence_rate"]}
    early = table(frame, landmark=True, **change).iloc[0]
    planted = 100 * EARLY_EFFECT / 10
    assert abs(early["estimate"] - planted) < 3 * early["std_error"]
    assert early["enrollments"] == int((frame["completed_in_two_weeks"] == 0).sum()) < ROWS
    whole = table(frame, **{**change, "terms": ["idle_share", "absence_rate"]}).iloc[0]
    assert whole["ci_high"] < planted - 3
    assert early["form"] == "linear; landmark after two weeks"


def test_idle_time_from_clicks_stands_beside_the_vendors(frame: pd.DataFrame) -> None:
    beside = {f"{name}_from_clicks": frame["idle_share"] / 2 for name in ("idle_share", "active_hours", "idle_hours")}
    model = Model.from_settings({**MODEL, "terms": ["idle_share"]})
    found = fit_associations(frame.assign(**beside), [model], {}, ["marks", "sessions"], "computed from clicks")
    rows = pd.DataFrame(found.rows)
    assert rows["idle_definition"].tolist() == ["vendor A", "computed from clicks"]
    assert rows["estimate"].iloc[1] == pytest.approx(2 * rows["estimate"].iloc[0], rel=1e-9)
    # A model that does not touch idle time is fitted once.
    other = Model.from_settings({**MODEL, "terms": ["absence_rate"]})
    assert len(fit_associations(frame.assign(**beside), [other], {}, ["marks", "attendance"], "c").rows) == 1


def test_a_group_that_cannot_be_fitted_is_listed_and_the_others_go_on(frame: pd.DataFrame) -> None:
    flat = frame.assign(percent=frame["percent"].where(frame["course"] != "Biology", 60.0))
    found = fitted(flat, by=["course"])
    why = {one.analysis: one.why for one in found.made}
    assert why["m"] == ""
    assert why["m_groups"].startswith("Course: Biology: ")
    assert {row["group"] for row in found.rows} == {"All", "Course: Algebra", "Course: English"}


def test_between_and_within_students_are_told_apart(frame: pd.DataFrame) -> None:
    """Idle time of the student and of the course have other slopes; each row of the ladder finds its own."""
    random = np.random.default_rng(2)
    student = frame["student_id"].map(dict(zip(frame["student_id"].unique(), random.normal(size=2000), strict=True)))
    own = random.normal(0, 0.05, ROWS)
    mixed = frame.assign(
        idle_share=0.4 + 0.08 * student + own,
        percent=70 - 50 * 0.08 * student + 20 * own + random.normal(0, 3, ROWS),
    )
    model = Model.from_settings({**MODEL, "terms": ["idle_share"]})
    setting = Setting("the whole log", {}, ["marks", "sessions"])
    rows = {str(row["specification"]): row for row in curve_rows(mixed, [model], setting)}
    ends = "; at least 30 minutes; clustered by student"
    within = rows[f"within students, courses and years{ends}"]
    between = rows[f"{BETWEEN}{ends}"]
    # Per ten percentage points. A student's mean holds all of what is the course's own, or half of it where there are
    # two, so the slope between lies between -5 and 2: (-50 0.0064 + 20 0.0025 2/3) / (0.0064 + 0.0025 2/3) / 10.
    assert abs(float(within["estimate"]) - 2.0) < 4 * float(within["std_error"])
    assert abs(float(between["estimate"]) + 3.55) < 4 * float(between["std_error"])
    # Mundlak's form beside: deviation and mean in one regression, by statsmodels.
    center = mixed.groupby("student_id")["idle_share"].transform("mean")
    data = mixed.assign(center=center, deviation=mixed["idle_share"] - center)
    other = smf.ols("percent ~ center + deviation + C(course_id) + C(school_year)", data).fit()
    assert float(between["estimate"]) == pytest.approx(other.params["center"] / 10, rel=1e-8)


def test_codes_and_row_order_change_no_bit(frame: pd.DataFrame) -> None:
    random = np.random.default_rng(3)
    again = frame.copy()
    for name in ("enrollment_id", "student_id", "school_id", "teacher_id"):
        codes = again[name].unique()
        again[name] = again[name].map(dict(zip(codes, random.permutation(codes), strict=True)))
    for change in ({"by": ["type"]}, {"ranges": [0.3]}, {"form": "logit"}):
        pd.testing.assert_frame_equal(table(frame, **change), table(again, **change), check_exact=True)
