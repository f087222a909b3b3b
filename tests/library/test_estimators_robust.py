"""HC1 and models on chosen rows: against statsmodels, which nobody here wrote."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from recredit.associations.models import fit_associations
from recredit.errors import ConfigurationError
from recredit.estimators.associations import Model
from recredit.estimators.linear import fit_ols

ENTRY = {
    "name": "one",
    "title": "One",
    "outcome": "percent",
    "terms": ["class_type"],
    "absorb": [],
    "cluster": None,
    "mode": "all",
    "where": {},
    "vcov": None,
}


def sample() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(5)
    X = np.column_stack([generator.normal(size=80), generator.integers(0, 2, 80), np.ones(80)])
    return X @ [2.0, -1.0, 50.0] + generator.normal(size=80) * (1 + 3 * X[:, 1]), X


def test_hc1_is_that_of_statsmodels() -> None:
    y, X = sample()
    own = fit_ols(y, X, vcov="HC1")
    other = sm.OLS(y, X).fit(cov_type="HC1", use_t=True)
    # Both solve the same equations in double precision; only rounding differs.
    assert own.estimate == pytest.approx(other.params, rel=1e-10)
    assert own.std_error == pytest.approx(other.bse, rel=1e-10)
    assert own.p_value == pytest.approx(other.pvalues, rel=1e-8)
    assert own.std_error != pytest.approx(sm.OLS(y, X).fit().bse, rel=1e-3)


def frame() -> pd.DataFrame:
    y, X = sample()
    numbers = np.arange(80)
    return pd.DataFrame(
        {
            "percent": y,
            "class_type": np.where(X[:, 1] == 1, "small", "regular"),
            "course_id": np.where(numbers < 50, "first", "second"),
            "grade_level": np.where(numbers < 50, 9.0, 10.0),
            "arm": "comparison",
            "student_id": numbers.astype(str),
            "school_id": (numbers % 4).astype(str),
            "teacher_id": None,
        }
    )


@pytest.mark.parametrize("where", [{"course_id": ["first"]}, {"grade_level": ["9"]}])
def test_a_model_on_chosen_rows_is_the_difference_of_means_there(where: dict[str, list[str]]) -> None:
    data = frame()
    fitted = fit_associations(data, [Model.from_settings({**ENTRY, "where": where, "vcov": "HC1"})], {}, ["marks"])
    rows, made = fitted.rows, fitted.made
    chosen = data[:50]
    means = chosen.groupby("class_type")["percent"].mean()
    assert made[0].why == ""
    assert [row["estimate"] for row in rows] == pytest.approx([means["small"] - means["regular"]])
    assert rows[0]["students"] == 50
    assert "HC1" in str(rows[0]["convention"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vcov": "HC1", "cluster": "school_id"}, "takes no clusters"),
        ({"vcov": "CR1"}, "needs clusters"),
        ({"where": {"school_id": ["x"]}}, "cannot be a term"),
        ({"where": {"class_typ": ["x"]}}, "Did you mean 'class_type'"),
        ({"by": ["type"]}, "'type' is no column"),
        ({"by": ["course"], "population": "log"}, "'class_type' is no column"),
        ({"by": ["sex"]}, "by: 'sex' makes no groups"),
        ({"ranges": [0.2, 0.1], "terms": ["idle_share"]}, "must rise"),
        ({"landmark": True}, "say population: log"),
        ({"form": "logit", "outcome": "test_score"}, "a logit needs"),
        ({"form": "logit", "absorb": ["school_id"]}, "cannot be absorbed"),
    ],
)
def test_what_does_not_fit_together_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Model.from_settings({**ENTRY, **change})
