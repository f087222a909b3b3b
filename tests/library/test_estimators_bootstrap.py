"""The wild cluster bootstrap: by refitting every draw, beside StatsPAI, and its interval."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recredit.errors import EstimationError
from recredit.estimators.bootstrap import wild_cluster
from recredit.estimators.linear import fit_iv, fit_ols


def refitted(case: Any, design: np.ndarray, null: float, signs: np.ndarray, weights: np.ndarray) -> tuple[Any, Any]:
    """t of the sample and of each draw, by least squares on every bootstrap sample (slow and plain)."""
    root = np.sqrt(weights)
    X, y = design * root[:, None], case.y * root
    bread = np.linalg.pinv(X.T @ X)

    def t(outcome: np.ndarray) -> float:
        coefficients = bread @ X.T @ outcome
        residual = outcome - X @ coefficients
        scores = np.array([X[case.school == g].T @ residual[case.school == g] for g in np.unique(case.school)])
        count = len(scores)
        variance = (bread @ scores.T @ scores @ bread)[0, 0] * count / (count - 1)
        return float((coefficients[0] - null) / np.sqrt(variance))

    restricted = y - null * X[:, 0]
    fitted = X[:, 1:] @ np.linalg.lstsq(X[:, 1:], restricted, rcond=None)[0]
    residual = restricted - fitted
    draws = [t(null * X[:, 0] + fitted + residual * sign[case.school]) for sign in signs]
    return t(y), np.array(draws)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize("null", [0.0, 0.7])
def test_all_patterns_of_signs_agree_with_refitting(
    case: Callable[..., Any], weighted: bool, crossed: bool, null: float
) -> None:
    one = case(0, schools=8, students=150)
    design = np.column_stack([one.X, one.blocks, *([one.years] if crossed else [])])
    weights = one.weights if weighted else np.ones(len(one.y))
    signs = 1.0 - 2.0 * ((np.arange(256)[:, None] >> np.arange(8)) & 1)
    t, draws = refitted(one, design, null, signs, weights)
    fit = fit_ols(
        one.y,
        one.X,
        cluster=one.school,
        absorb=[one.block, one.year] if crossed else one.block,
        weights=weights if weighted else None,
        vcov="CR1",
    )
    found = wild_cluster(fit, "x0", null=null, seed=1)
    assert (found.draws, found.enumerated, found.weights, found.clusters) == (256, True, "rademacher", 8)
    assert found.t == pytest.approx(t, rel=1e-8)
    assert found.p_value == np.mean(np.abs(draws) >= abs(t) * (1 - 1e-9))


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_statspai(case: Callable[..., Any], seed: int) -> None:
    statspai = pytest.importorskip("statspai", reason="StatsPAI is a test-only package and is not installed")
    one = case(seed)
    table = pd.DataFrame({"y": one.y, "a": one.X[:, 0], "b": one.X[:, 1], "school": one.school})
    model = statspai.regress("y ~ a + b", data=table, cluster="school")
    other = statspai.wild_cluster_boot(
        model, table, "school", variable="a", n_boot=9999, h0=0.3, confidence_set=True, seed=1
    )
    fit = fit_ols(table["y"], table[["a", "b"]].assign(constant=1.0), cluster=table["school"])
    found = wild_cluster(fit, "a", null=0.3, seed=1)
    assert other["enumerated"] and found.draws == other["n_boot"] == 512
    # They count |t*| > |t|; the sample itself and its mirror image tie with it.
    assert found.p_value == pytest.approx(other["p_boot"] + 2 / 512)
    # Their ends are jumps of that other p-value: where ours is .05 at most, theirs is 2/512 less.
    low, high = other["ci_inverted"]
    assert found.ci_low <= low + 1e-6 and found.ci_high >= high - 1e-6
    assert found.ci_high - found.ci_low < (high - low) * 1.15


@pytest.mark.parametrize("seed", range(4))
def test_the_interval_ends_where_p_is_five_percent(case: Callable[..., Any], seed: int) -> None:
    one = case(seed)
    fit = fit_ols(one.y, one.X, cluster=one.school, absorb=one.block)
    found = wild_cluster(fit, "x0", seed=3)
    assert found.ci_low < found.estimate < found.ci_high
    step = 1e-5 * (found.ci_high - found.ci_low)
    for end, outward in ((found.ci_low, -step), (found.ci_high, step)):
        assert wild_cluster(fit, "x0", null=end - outward, seed=3).p_value > 0.05
        assert wild_cluster(fit, "x0", null=end + outward, seed=3).p_value <= 0.05


def test_weights_by_the_number_of_clusters(case: Callable[..., Any]) -> None:
    for schools, weights, enumerated, draws in ((6, "webb", False, 999), (9, "rademacher", True, 512)):
        one = case(1, schools=schools)
        fit = fit_ols(one.y, one.X, cluster=one.school, absorb=one.block)
        found = wild_cluster(fit, "x0", draws=999, seed=1)
        assert (found.weights, found.enumerated, found.draws) == (weights, enumerated, draws)
    one = case(1, schools=13)
    fit = fit_ols(one.y, one.X, cluster=one.school, absorb=one.block)
    found = wild_cluster(fit, "x0", draws=999, seed=1)
    assert (found.weights, found.enumerated, found.draws) == ("rademacher", False, 999)
    six = case(1, schools=6)
    all_signs = wild_cluster(fit_ols(six.y, six.X, cluster=six.school), "x0", weights="rademacher", seed=1)
    assert (all_signs.enumerated, all_signs.draws) == (True, 64)


def test_random_draws_come_close_to_all_of_them(case: Callable[..., Any]) -> None:
    """13 clusters, 8192 patterns; p of 9,999 draws has an SD of half a point at most: four of them."""
    one = case(5, schools=13)
    design = np.column_stack([one.X, one.blocks])
    signs = 1.0 - 2.0 * ((np.arange(8192)[:, None] >> np.arange(13)) & 1)
    t, draws = refitted(one, design, 0.0, signs, np.ones(len(one.y)))
    fit = fit_ols(one.y, one.X, cluster=one.school, absorb=one.block)
    for weights in ("rademacher", "webb"):
        found = wild_cluster(fit, "x0", weights=weights, seed=2)
        assert found.p_value == pytest.approx(
            np.mean(np.abs(draws) >= abs(t) * (1 - 1e-9)), abs=0.02 if weights == "rademacher" else 0.06
        )


def test_same_seed_same_bytes_whatever_the_order_and_the_names(case: Callable[..., Any]) -> None:
    one = case(2, schools=15)
    order = np.random.default_rng(0).permutation(len(one.y))
    first = wild_cluster(fit_ols(one.y, one.X, cluster=one.school, absorb=one.block), "x0", draws=499, seed=9)
    names = np.array([f"{hash((7, code)):x}" for code in range(15)])
    second = wild_cluster(
        fit_ols(one.y[order], one.X[order], cluster=names[one.school[order]], absorb=one.block[order]),
        "x0",
        draws=499,
        seed=9,
    )
    assert first == second


def test_two_clusters_reject_nothing() -> None:
    random = np.random.default_rng(1)
    school, arm = np.repeat([0, 1], [30, 50]), np.tile([0.0, 1.0], 40)
    fit = fit_ols(random.standard_normal(80), arm, cluster=school, absorb=school)
    found = wild_cluster(fit, "x0", weights="rademacher", seed=1)
    assert found.draws == 4 and found.p_value >= 0.5
    assert (found.ci_low, found.ci_high) == (-np.inf, np.inf)


def test_refusals(case: Callable[..., Any]) -> None:
    one = case(0)
    fit = fit_ols(one.y, np.column_stack([one.X, one.X[:, 0]]), cluster=one.school)
    with pytest.raises(EstimationError, match="no term of the model"):
        wild_cluster(fit, "arm", seed=1)
    with pytest.raises(EstimationError, match="left out"):
        wild_cluster(fit, "x3", seed=1)
    with pytest.raises(EstimationError, match="weights must be"):
        wild_cluster(fit, "x0", weights="mammen", seed=1)
    with pytest.raises(EstimationError, match="99 draws"):
        wild_cluster(fit, "x0", draws=10, seed=1)
    with pytest.raises(EstimationError, match="one set of clusters"):
        wild_cluster(fit_ols(one.y, one.X, cluster=one.school, vcov="HC2"), "x0", seed=1)
    with pytest.raises(EstimationError, match="without instruments"):
        wild_cluster(fit_iv(one.y, None, one.take_up, one.arm, cluster=one.school), "endogenous0", seed=1)
    by_school = fit_ols(one.y, np.column_stack([one.school == 3, np.ones(len(one.y))]), cluster=one.school)
    with pytest.raises(EstimationError, match="one cluster alone"):
        wild_cluster(by_school, "x0", seed=1)
