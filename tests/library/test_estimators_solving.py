"""Two-stage least squares beside linearmodels, pyfixest and StatsPAI."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from linearmodels.iv import IV2SLS

from recredit.errors import EstimationError
from recredit.estimators.linear import fit_iv, fit_ols

SEEDS = range(4)


def second_instrument(case: Any, seed: int) -> np.ndarray:
    random = np.random.default_rng(100 + seed)
    return np.column_stack([case.arm, case.arm * random.standard_normal(len(case.y)) + case.X[:, 2]])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("instruments", [1, 2])
def test_agrees_with_linearmodels(case: Callable[..., Any], seed: int, weighted: bool, instruments: int) -> None:
    one = case(seed)
    excluded = second_instrument(one, seed)[:, :instruments]
    weights = one.weights if weighted else None
    exogenous = np.column_stack([one.X[:, 1], one.blocks])
    model = IV2SLS(one.y, exogenous, one.take_up, excluded, weights=weights)
    for vcov, how in (
        ("classical", {"cov_type": "unadjusted", "debiased": True}),
        ("HC0", {"cov_type": "robust"}),
        ("HC1", {"cov_type": "robust", "debiased": True}),
        ("CR0", {"cov_type": "clustered", "clusters": one.school}),
    ):
        fit = fit_iv(
            one.y,
            one.X[:, 1],
            one.take_up,
            excluded,
            cluster=one.school,
            absorb=one.block,
            weights=weights,
            vcov=vcov,
        )
        other = model.fit(**how)
        # linearmodels puts exogenous terms first, as we do.
        assert fit.names == ("x0", "endogenous0")
        np.testing.assert_allclose(fit.estimate, other.params.iloc[[0, -1]], rtol=1e-8)
        np.testing.assert_allclose(fit.std_error, other.std_errors.iloc[[0, -1]], rtol=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_pyfixest(case: Callable[..., Any], seed: int) -> None:
    pyfixest = pytest.importorskip("pyfixest", reason="pyfixest is a test-only package and is not installed")
    one = case(seed)
    table = pd.DataFrame({"y": one.y, "b": one.X[:, 1], "d": one.take_up, "z": one.arm, "block": one.block})
    table["school"] = one.school
    other = pyfixest.feols("y ~ b | block | d ~ z", table, vcov={"CRV1": "school"}, ssc=pyfixest.ssc(k_fixef="full"))
    fit = fit_iv(
        table["y"], table[["b"]], table["d"], table["z"], cluster=table["school"], absorb=table["block"], vcov="CR1S"
    )
    np.testing.assert_allclose(fit.estimate, other.coef()[list(fit.names)], rtol=1e-6)
    np.testing.assert_allclose(fit.std_error, other.se()[list(fit.names)], rtol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_cr2_agrees_with_statspai(case: Callable[..., Any], seed: int) -> None:
    statspai = pytest.importorskip("statspai", reason="StatsPAI is a test-only package and is not installed")
    one = case(seed)
    table = pd.DataFrame({"y": one.y, "b": one.X[:, 1], "d": one.take_up, "z": one.arm, "school": one.school})
    other = statspai.ivreg("y ~ b + (d ~ z)", data=table, cluster="school", vce="CR2")
    fit = fit_iv(table["y"], table[["b"]].assign(constant=1.0), table["d"], table["z"], cluster=table["school"])
    np.testing.assert_allclose(fit.estimate[[0, 2]], other.params[["b", "d"]], rtol=1e-8)
    np.testing.assert_allclose(fit.std_error[[0, 2]], other.std_errors[["b", "d"]], rtol=1e-7)


@pytest.mark.parametrize("absorbed", [False, True])
def test_cr2_by_the_formula_with_predicted_terms(case: Callable[..., Any], absorbed: bool) -> None:
    """As clubSandwich does for ivreg: hat matrix and score from the first stage's prediction, residuals structural."""
    one = case(0)
    exogenous = np.column_stack([one.X[:, 1], one.blocks])
    X, Z = np.column_stack([one.take_up, exogenous]), np.column_stack([one.arm, exogenous])
    predicted = Z @ np.linalg.lstsq(Z, X, rcond=None)[0]
    M = np.linalg.inv(predicted.T @ predicted)
    residual = one.y - X @ np.linalg.lstsq(predicted, one.y, rcond=None)[0]
    covariance = 0.0
    for code in np.unique(one.school):
        part = predicted[one.school == code]
        values, vectors = np.linalg.eigh(np.eye(len(part)) - part @ M @ part.T)
        keep = values > 1e-9
        adjustment = vectors[:, keep] / np.sqrt(values[keep]) @ vectors[:, keep].T
        covariance += (M @ part.T @ adjustment @ residual[one.school == code])[0] ** 2
    terms = one.X[:, 1] if absorbed else exogenous
    fit = fit_iv(one.y, terms, one.take_up, one.arm, cluster=one.school, absorb=one.block if absorbed else None)
    assert fit.std_error[-1] == pytest.approx(np.sqrt(covariance), rel=1e-8)


@pytest.mark.parametrize("crossed", [False, True])
def test_the_jackknife_repeats_both_stages(case: Callable[..., Any], crossed: bool) -> None:
    one = case(1)
    exogenous = np.column_stack([one.X[:, 1], one.blocks, *([one.years] if crossed else [])])
    left_out = []
    for code in range(9):
        use = one.school != code
        columns = exogenous[use][:, exogenous[use].any(axis=0)]
        left_out.append(IV2SLS(one.y[use], columns, one.take_up[use], one.arm[use]).fit().params.iloc[[0, -1]])
    absorb = [one.block, one.year] if crossed else one.block
    fit = fit_iv(one.y, one.X[:, 1], one.take_up, one.arm, cluster=one.school, absorb=absorb, vcov="CR3")
    shifts = np.array(left_out) - fit.estimate
    np.testing.assert_allclose(fit.covariance, shifts.T @ shifts * 8 / 9, rtol=1e-6)


def test_without_endogeneity_of_its_own_the_instrument_gives_the_ratio(case: Callable[..., Any]) -> None:
    """One instrument, one treatment: intent to treat over the difference in take-up (Wald)."""
    one = case(2)
    fit = fit_iv(one.y, one.X[:, 1:], one.take_up, one.arm, cluster=one.school, absorb=one.block, names=["b", "c", "d"])
    itt, take_up = (fit_ols(v, one.X, cluster=one.school, absorb=one.block) for v in (one.y, one.take_up))
    assert fit.estimate[2] == pytest.approx(itt.estimate[0] / take_up.estimate[0])
    stage = fit.first_stages[0]
    assert stage.endogenous == "d"
    assert stage.fit.estimate[0] == pytest.approx(take_up.estimate[0])
    assert stage.f_statistic == pytest.approx(take_up.t[0] ** 2)
    assert (stage.df_numerator, stage.df_denominator) == (1, pytest.approx(take_up.df[0]))


def test_first_stage_f_agrees_with_linearmodels(case: Callable[..., Any]) -> None:
    one = case(3)
    excluded = second_instrument(one, 3)
    exogenous = np.column_stack([one.X[:, 1], np.ones(len(one.y))])
    fit = fit_iv(one.y, exogenous, one.take_up, excluded, cluster=one.school, vcov="CR0")
    other = IV2SLS(one.y, exogenous, one.take_up, excluded).fit(cov_type="clustered", clusters=one.school)
    theirs = float(other.first_stage.diagnostics["f.stat"].iloc[0])  # a chi-squared statistic on 2
    assert fit.first_stages[0].f_statistic * 2 == pytest.approx(theirs, rel=1e-8)


def test_refusals(case: Callable[..., Any]) -> None:
    one = case(0)
    with pytest.raises(EstimationError, match="do not identify endogenous0"):
        fit_iv(one.y, one.X, one.take_up, one.arm, cluster=one.school)  # the instrument is also a term
    with pytest.raises(EstimationError, match="do not identify"):
        fit_iv(one.y, one.X[:, 1], np.column_stack([one.take_up, one.X[:, 2]]), one.arm, cluster=one.school)
    with pytest.raises(EstimationError, match="no endogenous term varies"):
        fit_iv(one.y, one.X[:, 1], one.school.astype(float), one.arm, cluster=one.school, absorb=one.block)
    with pytest.raises(EstimationError, match="name of its own"):
        fit_iv(one.y, one.X[:, 1], one.take_up, one.arm, cluster=one.school, names=["a"])
