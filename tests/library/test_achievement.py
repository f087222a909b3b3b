"""The achievement panel: shares and neighbours by hand, the models beside statsmodels, a planted truth."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from recredit.achievement.event_time import event_rows
from recredit.achievement.models import achievement_rows, fit_form, fit_panel
from recredit.achievement.panel import Records, build_panel, scores

SCHOOLS, STUDENTS, YEARS = 12, 720, (2017, 2018, 2019)
# Planted: what a whole share of credits online does to the math score, and what it does not do to reading.
TRUTH = {"math": -0.5, "reading": 0.0}


@pytest.fixture(scope="module")
def records() -> Records:
    """Students with a lasting trait that leads both to online courses and to low scores."""
    random = np.random.default_rng(8)
    trait = random.normal(size=STUDENTS)
    rows = pd.DataFrame({"number": np.repeat(np.arange(STUDENTS), len(YEARS)), "year": np.tile(YEARS, STUDENTS)})
    rows["trait"] = trait[rows["number"]]
    rows["online"] = random.binomial(3, 1 / (1 + np.exp(1.5 * rows["trait"] + 1)))
    share = 5 * rows["online"] / (60 + 5 * rows["online"])
    student = "s" + rows["number"].astype(str)
    years = pd.DataFrame(
        {
            "student_id": student,
            "school_year": rows["year"].astype(float),
            "school_id": "h" + (rows["number"] % SCHOOLS).astype(str),
            "grade_level": 9.0 + rows["year"] - 2017,
            "credits_attempted": 60.0,
            "credits_earned": 60.0,
            "gpa": 2 + 0.5 * rows["trait"] + random.normal(0, 0.2, len(rows)),
            "graduated_on_time": np.nan,
        }
    )
    taken = rows.loc[rows.index.repeat(rows["online"])].assign(
        student_id=lambda frame: "s" + frame["number"].astype(str)
    )
    taken = taken.reset_index(drop=True)
    names = "e" + taken.index.astype(str)
    tests = pd.concat(
        [
            pd.DataFrame(
                {
                    "student_id": student,
                    "name": "State",
                    "subject": subject,
                    "taken_school_year": rows["year"].astype(float),
                    "score": 100 * (rows["trait"] + TRUTH[subject] * share + random.normal(0, 0.3, len(rows))),
                    "score_sd": 100.0,
                }
            )
            for subject in TRUTH
        ]
    )
    return Records(
        student_years=years,
        enrollments=pd.DataFrame(
            {
                "enrollment_id": names,
                "student_id": taken["student_id"],
                "section_id": "c" + taken["year"].astype(str),
                "is_recovery": 1.0,
            }
        ),
        sections=pd.DataFrame(
            {"section_id": [f"c{year}" for year in YEARS], "term_id": [f"t{year}" for year in YEARS], "mode": "online"}
        ),
        terms=pd.DataFrame({"term_id": [f"t{year}" for year in YEARS], "school_year": [float(year) for year in YEARS]}),
        marks=pd.DataFrame({"enrollment_id": names, "credits_attempted": 5.0}),
        tests=tests,
    )


@pytest.fixture(scope="module")
def panel(records: Records) -> pd.DataFrame:
    return build_panel(records, ("online",))


def test_shares_and_neighbours_by_hand(records: Records, panel: pd.DataFrame) -> None:
    assert len(panel) == STUDENTS * len(YEARS)
    counts = records.enrollments.assign(year=records.enrollments["section_id"].str[1:].astype(float))
    one = panel[panel["student_id"] == "s5"].sort_values("school_year")
    for year, share in one[["school_year", "online_share"]].to_numpy():
        courses = int(((counts["student_id"] == "s5") & (counts["year"] == year)).sum())
        assert share == pytest.approx(5 * courses / (60 + 5 * courses))
    assert one["lagged_math"].tolist()[1:] == one["math"].tolist()[:-1] and np.isnan(one["lagged_math"].iloc[0])
    assert one["next_online_share"].tolist()[:-1] == one["online_share"].tolist()[1:]


def test_models_agree_with_statsmodels(panel: pd.DataFrame) -> None:
    frame = panel.assign(share=panel["online_share"] / 0.1)
    naive = smf.ols("math ~ share + C(school_year)", frame).fit()
    assert fit_form(panel, "math", "naive").fit.estimate[0] == pytest.approx(naive.params["share"], rel=1e-9)
    # Here a student's grade level follows from the year, so that its fixed effects say nothing more.
    lagged = smf.ols(
        "math ~ share + lagged_math + C(school_year) + C(school_id)", frame.dropna(subset=["lagged_math"])
    ).fit()
    assert fit_form(panel, "math", "value_added").fit.estimate[0] == pytest.approx(lagged.params["share"], rel=1e-8)
    # Two-way fixed effects on a balanced panel: deviations from the means of students and years.
    columns = ["math", "share"]
    free = frame[columns] - sum(frame.groupby(key)[columns].transform("mean") for key in ("student_id", "school_year"))
    within = smf.ols("math ~ share", free).fit()
    assert fit_form(panel, "math", "student_and_year").fit.estimate[0] == pytest.approx(
        within.params["share"], rel=1e-8
    )


def test_the_panel_finds_the_planted_truth_and_the_naive_comparison_does_not(panel: pd.DataFrame) -> None:
    for subject, planted in TRUTH.items():
        # Terms are steps of ten percentage points; four standard errors at a fixed seed.
        fixed = fit_form(panel, subject, "student_and_year").fit
        assert abs(fixed.estimate[0] - planted / 10) < 4 * fixed.std_error[0]
        naive = fit_form(panel, subject, "naive").fit
        assert naive.ci_high[0] < planted / 10 - 0.1
    placebo = fit_form(panel, "reading", "placebo").fit
    assert placebo.ci_low[0] < 0 < placebo.ci_high[0]


def test_event_time_of_a_planted_drop(panel: pd.DataFrame) -> None:
    random = np.random.default_rng(4)
    frame = panel.assign(online_share=0.0)
    start = {f"s{number}": (2018, 2019, None)[number // SCHOOLS % 3] for number in range(STUDENTS)}
    began = frame["student_id"].map(start).astype("float64")
    after = (frame["school_year"] >= began).astype(float)
    # The effect grows with time since the start, and differs by starting year: plain two-way effects would mix them.
    drop = after * (0.2 + 0.3 * (frame["school_year"] - began).fillna(0))
    frame = frame.assign(online_share=0.1 * after, math=random.normal(0, 0.05, len(frame)) - drop)
    rows, made = event_rows(frame)
    found = {row["years_since_start"]: row for row in rows if row["outcome"] == "Math score"}
    for distance, planted in {"2 years before": 0.0, "first year": -0.2, "1 year after": -0.5}.items():
        assert abs(found[distance]["estimate"] - planted) < 4 * found[distance]["std_error"]
    assert all(one.why == "" for one in made if one.analysis in ("event_time_math", "event_time_gpa"))


def test_what_cannot_be_fitted_is_listed_with_its_reason(panel: pd.DataFrame) -> None:
    fits, made = fit_panel(panel)
    graduation = next(one for one in made if one.analysis == "achievement_graduated_on_time")
    assert "no student and year has a value" in graduation.why
    rows = list(achievement_rows(fits))
    assert {row["model"] for row in rows if row["outcome"] == "Math score"} == {
        "naive", "school", "student_and_year", "value_added", "placebo"
    }  # fmt: skip


def test_of_several_tests_the_one_with_most_scores_counts(records: Records) -> None:
    assert records.tests is not None
    other = records.tests.head(3).assign(name="A rare test", score=999.0)
    mixed = scores(pd.concat([other, records.tests]))
    pd.testing.assert_frame_equal(mixed, scores(records.tests))


def test_order_and_codes_change_no_bit(records: Records, make_codes: Callable[[pd.Series], pd.Series]) -> None:
    def changed(table: pd.DataFrame) -> pd.DataFrame:
        names = [name for name in ("student_id", "school_id") if name in table]
        return table.assign(**{name: make_codes(table[name]) for name in names}).sample(frac=1, random_state=2)

    assert records.tests is not None
    parts = {name: changed(getattr(records, name)) for name in ("student_years", "enrollments", "tests")}
    again = Records(sections=records.sections, terms=records.terms, marks=records.marks, **parts)
    rows = [list(achievement_rows(fit_panel(build_panel(one, ("online",)))[0])) for one in (records, again)]
    assert rows[0] == rows[1]


@pytest.fixture
def make_codes() -> Callable[[pd.Series], pd.Series]:
    """Fresh codes in another order."""
    return lambda codes: codes.map(lambda code: f"{hash((code, 'x')) & 0xFFFFFFFF:08x}{code}"[::-1])
