"""Tests of several hypotheses at once."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from recredit.errors import EstimationError
from recredit.estimators.linear import fit_ols
from recredit.estimators.wald import htz, wald

SEEDS = range(4)


def design(case: Any) -> np.ndarray:
    return np.column_stack([case.X, np.ones(len(case.y))])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("q", [1, 2, 3])
def test_htz_agrees_with_statspai(case: Callable[..., Any], seed: int, q: int) -> None:
    inference = pytest.importorskip(
        "statspai.fast.inference", reason="StatsPAI is a test-only package and is not installed"
    )
    one = case(seed)
    X, R, r = design(one), np.eye(4)[:q], np.arange(q) / 10
    fit = fit_ols(one.y, X, cluster=one.school)
    found = htz(fit, R, r)
    other = inference.cluster_wald_htz(X, one.y - X @ fit.estimate, one.school, R=R, beta=fit.estimate, r=r)
    eta = inference.cluster_dof_wald_htz(X, one.school, R=R)
    assert found.df_denominator == pytest.approx(eta - q + 1, rel=1e-7)
    assert found.f_statistic == pytest.approx(other.F_stat, rel=1e-7)
    assert found.p_value == pytest.approx(other.p_value, rel=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_one_hypothesis_is_the_t_test(case: Callable[..., Any], weighted: bool) -> None:
    one = case(1)
    fit = fit_ols(
        one.y, one.X, cluster=one.school, absorb=[one.block, one.year], weights=one.weights if weighted else None
    )
    found = htz(fit, [1.0, 0.0, 0.0])
    assert found.f_statistic == pytest.approx(fit.t[0] ** 2)
    assert found.df_denominator == pytest.approx(fit.df[0])
    assert found.p_value == pytest.approx(fit.p_value[0])


def test_htz_does_not_depend_on_how_the_hypotheses_are_written(case: Callable[..., Any]) -> None:
    one = case(2)
    fit = fit_ols(one.y, one.X, cluster=one.school, absorb=one.block, weights=one.weights)
    first, second = htz(fit, np.eye(3)[:2]), htz(fit, [[1.0, 1.0, 0.0], [1.0, -3.0, 0.0]])
    assert first.f_statistic == pytest.approx(second.f_statistic)
    assert first.df_denominator == pytest.approx(second.df_denominator)


def test_htz_holds_its_size_where_the_plain_test_does_not() -> None:
    """Two cluster-level terms without weight, 8 uneven clusters, 1,000 studies: 5% within 3 SD (2.1 points)."""
    random = np.random.default_rng(0)
    cluster = np.repeat(np.arange(8), [10, 12, 15, 20, 25, 30, 40, 60])
    rejected = {"htz": 0, "wald": 0}
    for _ in range(1000):
        X = np.column_stack([random.standard_normal((8, 2))[cluster], np.ones(len(cluster))])
        y = 0.5 * random.standard_normal(8)[cluster] + random.standard_normal(len(cluster))
        R = np.eye(3)[:2]
        rejected["htz"] += htz(fit_ols(y, X, cluster=cluster), R).p_value < 0.05
        rejected["wald"] += wald(fit_ols(y, X, cluster=cluster, vcov="CR1"), R).p_value < 0.05
    assert rejected["htz"] <= 71  # it errs on the safe side (Tipton & Pustejovsky 2015)
    assert rejected["wald"] > 150


@pytest.mark.parametrize("vcov", ["classical", "HC1", "CR1S"])
def test_wald_agrees_with_statsmodels(case: Callable[..., Any], vcov: str) -> None:
    one = case(0)
    fit = fit_ols(one.y, design(one), cluster=one.school, vcov=vcov)
    names = {"classical": "nonrobust", "HC1": "HC1", "CR1S": "cluster"}
    how = {"groups": one.school} if vcov == "CR1S" else None
    other = sm.OLS(one.y, design(one)).fit(cov_type=names[vcov], cov_kwds=how, use_t=True)
    R = np.eye(4)[:2]
    theirs = other.f_test(R)
    found = wald(fit, R)
    assert found.f_statistic == pytest.approx(float(theirs.fvalue))
    assert found.p_value == pytest.approx(float(theirs.pvalue))


def test_refusals(case: Callable[..., Any]) -> None:
    one = case(0)
    fit = fit_ols(one.y, np.column_stack([design(one), one.X[:, 0]]), cluster=one.school)
    with pytest.raises(EstimationError, match="left out: x4"):
        htz(fit, np.eye(5)[4])
    with pytest.raises(EstimationError, match="follows from the others"):
        htz(fit, [[1, 0, 0, 0, 0], [2, 0, 0, 0, 0]])
    with pytest.raises(EstimationError, match="a column for each of the 5 terms"):
        htz(fit, np.eye(4))
    with pytest.raises(EstimationError, match="r must be"):
        htz(fit, np.eye(5)[:2], [0.0, 0.0, 0.0])
    with pytest.raises(EstimationError, match="belongs to CR2"):
        htz(fit_ols(one.y, one.X, cluster=one.school, vcov="CR1"), np.eye(3))
    with pytest.raises(EstimationError, match="test by htz"):
        wald(fit, np.eye(5)[0])
    few = np.arange(len(one.y)) % 3
    with pytest.raises(EstimationError, match="too few clusters"):
        htz(fit_ols(one.y, design(one), cluster=few), np.eye(4))
