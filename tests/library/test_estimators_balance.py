"""Overlap weights: exact balance (a theorem), weights against statsmodels' propensities, and edge cases."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.discrete_model import Logit

from recredit.errors import EstimationError
from recredit.estimators.balance import effective_n, overlap_weights, standardised_differences


def _observed(seed: int, n: int = 500) -> tuple[np.ndarray, pd.DataFrame, np.ndarray]:
    generator = np.random.default_rng(seed)
    x = pd.DataFrame({"prior": generator.normal(size=n), "english_learner": generator.integers(0, 2, n)})
    z = (generator.random(n) < 1 / (1 + np.exp(-0.8 * x["prior"] + 0.7 * x["english_learner"]))).astype(float)
    y = 2 * x["prior"] - x["english_learner"] + 0.5 * z + generator.normal(size=n)
    return np.array(z), x, np.array(y)


@pytest.mark.parametrize("seed", range(5))
def test_means_are_equal_after_weighting_and_weights_follow_the_propensity(seed: int) -> None:
    z, x, _ = _observed(seed)
    found = overlap_weights(z, x)
    # Li, Morgan & Zaslavsky (2018), theorem 3: exact but for rounding.
    np.testing.assert_allclose(found.after.difference, 0, atol=1e-9)
    assert np.abs(found.before.difference).min() > 0.05
    propensity = Logit(z, np.column_stack([np.ones(500), x])).fit(disp=0, tol=1e-12).predict()
    np.testing.assert_allclose(found.propensity, propensity, rtol=1e-8)
    raw = np.where(z == 1, 1 - propensity, propensity)
    np.testing.assert_allclose(found.weights[z == 1], raw[z == 1] / raw[z == 1].sum(), rtol=1e-8)
    assert found.effective_n_comparison == pytest.approx(raw[z == 0].sum() ** 2 / (raw[z == 0] ** 2).sum())
    assert found.effective_n_treatment < found.n_treatment


def test_the_weighted_contrast_finds_the_planted_effect() -> None:
    errors = []
    for seed in range(30):
        z, x, y = _observed(seed)
        weights = overlap_weights(z, x).weights
        errors.append(np.average(y[z == 1], weights=weights[z == 1]) - np.average(y[z == 0], weights=weights[z == 0]))
    # The mean of 30 estimates has a standard error of about .018; the unweighted contrast is off by about 1.
    assert np.mean(errors) == pytest.approx(0.5, abs=0.07)


def test_standardised_differences_by_hand() -> None:
    found = standardised_differences([1, 1, 1, 0, 0, 0], np.array([1.0, 2, 3, 2, 4, 6]), names=["x"])
    assert found.difference[0] == pytest.approx((2 - 4) / np.sqrt((1 + 4) / 2))
    weighted = standardised_differences([1, 1, 1, 0, 0, 0], np.array([1.0, 2, 3, 2, 4, 6]), weights=[0, 0, 1, 1, 1, 0])
    assert weighted.difference[0] == pytest.approx((3 - 3) / np.sqrt((1 + 4) / 2))
    assert effective_n(np.array([1.0, 1.0, 0.0])) == pytest.approx(2)


def test_no_overlap_is_refused_by_name_or_gets_no_weight() -> None:
    z, x, _ = _observed(1)
    x["charter"] = (np.arange(500) < 20).astype(int)
    z[:20] = 1
    with pytest.raises(EstimationError, match="treatment is perfectly predicted by charter"):
        overlap_weights(z, x)
    found = overlap_weights(z, x, separation="drop")
    assert (found.weights[:20] == 0).all() and (found.propensity[:20] == 1).all()
    assert found.dropped[0].count == 20
    np.testing.assert_allclose(found.after.difference, 0, atol=1e-9)
    assert found.n_treatment == (z[20:] == 1).sum()


def test_missing_values_have_no_weight_and_constants_no_difference() -> None:
    z, x, _ = _observed(2)
    x["prior"] = x["prior"].astype("Float64")
    x.loc[4, "prior"] = pd.NA
    x["summer"] = 1
    found = overlap_weights(z, x)
    assert np.isnan(found.weights[4]) and np.isfinite(np.delete(found.weights, 4)).all()
    assert found.after.difference[2] == 0
    assert {item.what for item in found.dropped} == {"rows", "summer"}
    assert np.nansum(found.weights) == pytest.approx(2)
    apart = standardised_differences([1, 1, 0, 0], np.array([1.0, 1, 2, 2]))
    assert np.isnan(apart.difference[0])


def test_arms_that_are_none_are_refused() -> None:
    with pytest.raises(EstimationError, match="treatment is the same in every row"):
        overlap_weights(np.ones(50), np.random.default_rng(0).normal(size=50))
    with pytest.raises(EstimationError, match="1 for the treatment"):
        overlap_weights([1, 2, 3], np.ones(3))
    with pytest.raises(EstimationError, match="no weight at all"):
        standardised_differences([1, 1, 0, 0], np.arange(4.0), weights=[0, 0, 1, 1])
    with pytest.raises(EstimationError, match="two complete rows"):
        standardised_differences([1, 0, 0], np.arange(3.0))
    with pytest.raises(EstimationError, match="numbers were expected"):
        overlap_weights([1, 0, 1], pd.DataFrame({"sex": ["f", "m", "f"]}))
