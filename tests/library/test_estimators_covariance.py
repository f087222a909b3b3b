"""Standard errors without small-sample adjustment by cluster, beside statsmodels, linearmodels and pyfixest."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.iv import AbsorbingLS

from recredit.errors import EstimationError
from recredit.estimators.linear import fit_ols

# Both sides are exact up to rounding; the dummies of the other side lose some digits (condition number below 1e3).
TIGHT = 1e-9
SEEDS = range(4)


def full(case: Any, *more: np.ndarray) -> np.ndarray:
    return np.column_stack([case.X, case.blocks, *more])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("vcov", ["classical", "HC0", "HC1", "HC2", "HC3"])
@pytest.mark.parametrize("weighted", [False, True])
def test_rows_as_units_agree_with_statsmodels(case: Callable[..., Any], seed: int, vcov: str, weighted: bool) -> None:
    one = case(seed)
    weights = one.weights if weighted else None
    fit = fit_ols(one.y, one.X, absorb=[one.block, one.year], weights=weights, vcov=vcov)
    model = sm.WLS(one.y, full(one, one.years), weights=1.0 if weights is None else weights)
    other = model.fit(cov_type="nonrobust" if vcov == "classical" else vcov, use_t=True)
    np.testing.assert_allclose(fit.estimate, other.params[:3], rtol=TIGHT)
    np.testing.assert_allclose(fit.std_error, other.bse[:3], rtol=TIGHT)
    np.testing.assert_allclose(fit.p_value, other.pvalues[:3], rtol=1e-7)
    np.testing.assert_allclose(np.column_stack([fit.ci_low, fit.ci_high]), other.conf_int()[:3], rtol=TIGHT)
    assert fit.residual_df == other.df_resid
    np.testing.assert_allclose(fit.covariance, other.cov_params()[:3, :3], rtol=1e-7, atol=1e-15)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("vcov", ["CR0", "CR1S"])
@pytest.mark.parametrize("weighted", [False, True])
def test_clusters_agree_with_statsmodels(case: Callable[..., Any], seed: int, vcov: str, weighted: bool) -> None:
    one = case(seed)
    weights = one.weights if weighted else None
    fit = fit_ols(one.y, one.X, cluster=one.school, absorb=[one.block, one.year], weights=weights, vcov=vcov)
    model = sm.WLS(one.y, full(one, one.years), weights=1.0 if weights is None else weights)
    how = {"groups": one.school, "use_correction": vcov == "CR1S"}
    other = model.fit(cov_type="cluster", cov_kwds=how, use_t=True)
    np.testing.assert_allclose(fit.std_error, other.bse[:3], rtol=TIGHT)
    np.testing.assert_allclose(fit.p_value, other.pvalues[:3], rtol=1e-7)
    assert (fit.df == 8).all() and fit.clusters == 9


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("vcov", ["CR0", "CR1S"])
def test_two_way_clusters_agree_with_statsmodels(case: Callable[..., Any], seed: int, vcov: str) -> None:
    one = case(seed)
    groups = np.column_stack([one.school, one.year])
    X = sm.add_constant(one.X)
    fit = fit_ols(one.y, X, cluster=groups, vcov=vcov)
    how = {"groups": groups, "use_correction": vcov == "CR1S"}
    other = sm.OLS(one.y, X).fit(cov_type="cluster", cov_kwds=how)
    np.testing.assert_allclose(np.diag(fit.covariance), np.diag(other.cov_params()), rtol=TIGHT)
    assert fit.clusters == 4 and (fit.df[np.isfinite(fit.df)] == 3).all()
    assert fit.convention.startswith("two-way") and "min(G)-1" in fit.convention


def test_cr1_is_cr0_times_g_over_g_less_one(case: Callable[..., Any]) -> None:
    one = case(0)
    cr0, cr1 = (fit_ols(one.y, one.X, cluster=one.school, absorb=one.block, vcov=name) for name in ("CR0", "CR1"))
    np.testing.assert_allclose(cr1.covariance, cr0.covariance * 9 / 8, rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_clusters_agree_with_linearmodels(case: Callable[..., Any], seed: int) -> None:
    one = case(seed)
    fit = fit_ols(one.y, one.X, cluster=one.school, absorb=[one.block, one.year], vcov="CR0")
    effects = pd.DataFrame({"block": one.block, "year": one.year}).astype("category")
    other = AbsorbingLS(one.y, one.X, absorb=effects).fit(cov_type="clustered", clusters=one.school)
    np.testing.assert_allclose(fit.estimate, other.params, rtol=1e-6)  # its iterations stop at about 1e-8
    np.testing.assert_allclose(fit.std_error, other.std_errors, rtol=1e-6)


def pyfixest_fit(case: Any, formula: str, vcov: Any, **how: Any) -> Any:
    pyfixest = pytest.importorskip("pyfixest", reason="pyfixest is a test-only package and is not installed")
    table = pd.DataFrame({"y": case.y, "a": case.X[:, 0], "b": case.X[:, 1], "c": case.X[:, 2], "w": case.weights})
    table = table.assign(school=case.school, block=case.block, year=case.year)
    weights = how.pop("weights", None)
    return pyfixest.feols(
        formula,
        table,
        vcov=vcov,
        weights=weights,
        demeaner=pyfixest.demeaners.MapDemeaner(fixef_tol=1e-12),
        ssc=pyfixest.ssc(k_fixef="full", **how),
    )


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("weights", [None, "w"])
def test_absorbed_effects_agree_with_pyfixest(case: Callable[..., Any], seed: int, weights: str | None) -> None:
    one = case(seed)
    own = None if weights is None else one.weights
    for formula, effects in (("y ~ a + b + c | block", [one.block]), ("y ~ a + b + c | year + school", None)):
        absorb = effects or [one.year, one.school]
        for vcov, theirs in (("CR1S", {"CRV1": "school"}), ("HC1", "HC1"), ("classical", "iid")):
            fit = fit_ols(one.y, one.X, cluster=one.school, absorb=absorb, weights=own, vcov=vcov)
            other = pyfixest_fit(one, formula, theirs, weights=weights)
            np.testing.assert_allclose(fit.estimate, other.coef(), rtol=1e-8)
            # pyfixest counts levels - 1 for each further set, which here is the rank.
            np.testing.assert_allclose(fit.std_error, other.se(), rtol=1e-8)
            np.testing.assert_allclose(fit.p_value, other.pvalue(), rtol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_two_way_clusters_agree_with_pyfixest(case: Callable[..., Any], seed: int) -> None:
    one = case(seed)
    fit = fit_ols(one.y, one.X, cluster=[one.school, one.year], absorb=one.school, vcov="CR1S")
    other = pyfixest_fit(one, "y ~ a + b + c | school", {"CRV1": "school + year"}, G_df="conventional")
    np.testing.assert_allclose(np.diag(fit.covariance), other._vcov.diagonal(), rtol=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_jackknife_agrees_with_pyfixest(case: Callable[..., Any], seed: int) -> None:
    one = case(seed)
    fit = fit_ols(one.y, np.column_stack([one.X, np.ones(len(one.y))]), cluster=one.school, vcov="CR3")
    other = pyfixest_fit(one, "y ~ a + b + c", {"CRV3": "school"}, k_adj=False, G_adj=False)
    factor = 8 / 9  # its G_adj would be G/(G-1): the jackknife's own factor is put on here
    np.testing.assert_allclose(fit.std_error[:3] ** 2 / factor, other.se()[1:] ** 2, rtol=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_jackknife_is_the_regression_without_each_cluster(
    case: Callable[..., Any], seed: int, weighted: bool
) -> None:
    one = case(seed)
    weights = one.weights if weighted else None
    fit = fit_ols(one.y, one.X, cluster=one.school, absorb=[one.block, one.year], weights=weights, vcov="CR3")
    root = np.sqrt(np.ones(len(one.y)) if weights is None else weights)
    left_out = []
    for school in range(9):
        use = one.school != school
        design = (full(one, one.years) * root[:, None])[use]
        left_out.append(np.linalg.lstsq(design, (one.y * root)[use], rcond=None)[0][:3])
    shifts = np.array(left_out) - fit.estimate
    np.testing.assert_allclose(fit.covariance, shifts.T @ shifts * 8 / 9, rtol=1e-7, atol=1e-12)


def test_what_is_not_defined_is_refused(case: Callable[..., Any]) -> None:
    one = case(0)
    for vcov in ("CR2", "CR3"):
        with pytest.raises(EstimationError, match="not defined for 2 sets"):
            fit_ols(one.y, one.X, cluster=[one.school, one.year], vcov=vcov)
    with pytest.raises(EstimationError, match="not defined for 3 sets"):
        fit_ols(one.y, one.X, cluster=[one.school, one.year, one.block], vcov="CR1")
    with pytest.raises(EstimationError, match="needs clusters"):
        fit_ols(one.y, one.X)
    with pytest.raises(EstimationError, match="only one cluster"):
        fit_ols(one.y, one.X, cluster=np.zeros(len(one.y)))
    with pytest.raises(EstimationError, match="must be one of"):
        fit_ols(one.y, one.X, vcov="HC4")


@pytest.mark.parametrize("vcov", ["HC0", "HC1", "HC2", "HC3"])
def test_a_row_that_decides_a_term_alone_gives_it_no_standard_error(case: Callable[..., Any], vcov: str) -> None:
    one = case(1)
    lonely = np.zeros(len(one.y))
    lonely[7] = 1.0
    fit = fit_ols(one.y, np.column_stack([one.X, np.ones(len(one.y)), lonely]), vcov=vcov)
    without = np.delete(np.arange(len(one.y)), 7)
    other = sm.OLS(one.y[without], sm.add_constant(one.X[without])).fit()
    np.testing.assert_allclose(fit.estimate[:3], other.params[1:], rtol=TIGHT)
    assert np.isfinite(fit.estimate[4]) and np.isnan(fit.std_error[4])
    assert np.isfinite(fit.std_error[:4]).all()
    assert ("x4", "no standard error: one row alone decides this term") in [(d.what, d.reason) for d in fit.dropped]


@pytest.mark.parametrize("vcov", ["CR0", "CR1", "CR1S", "CR2", "CR3"])
def test_a_cluster_that_decides_a_term_alone_gives_it_no_standard_error(case: Callable[..., Any], vcov: str) -> None:
    one = case(2)
    treated = (one.school == 3).astype(float)
    fit = fit_ols(one.y, np.column_stack([treated, one.X, np.ones(len(one.y))]), cluster=one.school, vcov=vcov)
    assert np.isfinite(fit.estimate).all() and np.isnan(fit.std_error[0]) and np.isfinite(fit.std_error[1:]).all()
    assert [d.reason for d in fit.dropped] == ["no standard error: one cluster alone decides this term"]


def test_a_negative_two_way_variance_gives_no_standard_error() -> None:
    """With few clusters the difference of matrices need not be positive (Cameron, Gelbach & Miller 2011, 2.3)."""
    random = np.random.default_rng(2)
    first, second = random.integers(0, 5, 60), random.integers(0, 5, 60)
    X = np.column_stack([random.normal(size=60), np.ones(60)])
    y = random.normal(size=60)
    fit = fit_ols(y, X, cluster=[first, second], vcov="CR0")
    other = sm.OLS(y, X).fit(
        cov_type="cluster", cov_kwds={"groups": np.column_stack([first, second]), "use_correction": False}
    )
    assert other.cov_params()[1, 1] < 0
    assert np.isnan(fit.std_error[1]) and np.isnan(fit.ci_low[1]) and np.isfinite(fit.std_error[0])
    assert [(one.what, one.reason) for one in fit.dropped] == [
        ("x1", "no standard error: the two-way variance is negative")
    ]
