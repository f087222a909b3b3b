"""Effects that differ between sites: beside statsmodels' likelihood and meta-analysis, and the planted truth."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.optimize import minimize_scalar
from statsmodels.regression.mixed_linear_model import MixedLMParams
from statsmodels.stats.meta_analysis import combine_effects

from recredit.errors import EstimationError
from recredit.estimators.linear import fit_ols
from recredit.estimators.sites import fit_firc, weightings


def lottery(seed: int, sites: int, tau: float, students: int = 40) -> tuple[np.ndarray, ...]:
    """Outcome, arm, block, site; two blocks in each site, uneven."""
    random = np.random.default_rng(seed)
    sizes = students // 2 + random.integers(0, students, sites)
    site = np.repeat(np.arange(sites), sizes)
    block = 2 * site + random.integers(0, 2, len(site))
    arm = random.integers(0, 2, len(site)).astype(float)
    effect = 0.3 + tau * random.standard_normal(sites)
    y = random.standard_normal(2 * sites)[block] + effect[site] * arm + random.standard_normal(len(site))
    return y, arm, block, site


@pytest.mark.parametrize("seed", range(4))
def test_maximum_agrees_with_the_likelihood_of_statsmodels(seed: int) -> None:
    """MixedLM's restricted likelihood with all block dummies; its own search is not trusted, its likelihood is."""
    y, arm, block, site = lottery(seed, 9, 0.5)
    exogenous = np.column_stack([arm, block[:, None] == np.unique(block)]).astype(float)
    model = sm.MixedLM(y, exogenous, groups=site, exog_re=arm[:, None])
    model.reml, model.cov_pen, model.fe_pen = True, None, None
    model._cov_sing = 0

    def deviance(log_ratio: float) -> float:
        # The likelihood takes the random effect's variance in units of the residual variance.
        ratio = np.array([[np.exp(log_ratio)]])
        params = MixedLMParams.from_components(np.zeros(exogenous.shape[1]), cov_re=ratio)
        return -2 * model.loglike(params, profile_fe=True)

    best = minimize_scalar(deviance, bounds=(-6, 3), method="bounded", options={"xatol": 1e-10})
    fit = fit_firc(y, arm, block, site)
    # A search for a minimum finds its place to about the root of the machine's precision.
    assert fit.tau / fit.residual_sd == pytest.approx(np.exp(best.x / 2), rel=1e-4)
    mean, _ = model.get_fe_params(np.array([[(fit.tau / fit.residual_sd) ** 2]]), np.array([]))
    assert fit.estimate == pytest.approx(mean[0], rel=1e-8)


def test_a_search_by_mixedlm_that_converges_finds_the_same() -> None:
    y, arm, block, site = lottery(11, 30, 0.6, students=60)
    exogenous = np.column_stack([arm, block[:, None] == np.unique(block)]).astype(float)
    other = sm.MixedLM(y, exogenous, groups=site, exog_re=arm[:, None]).fit(reml=True, method="powell")
    fit = fit_firc(y, arm, block, site)
    assert fit.estimate == pytest.approx(other.params[0], rel=1e-4)
    assert fit.std_error == pytest.approx(other.bse[0], rel=1e-3)
    assert fit.tau == pytest.approx(np.sqrt(other.cov_re[0, 0]), rel=1e-3)
    assert fit.residual_sd == pytest.approx(np.sqrt(other.scale), rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_q_agrees_with_meta_analysis_of_the_sites(seed: int) -> None:
    y, arm, block, site = lottery(seed, 8, 0.3)
    fit = fit_firc(y, arm, block, site)
    # One regression with an effect for each site gives effects and their variances.
    each = fit_ols(y, arm[:, None] * (site[:, None] == np.arange(8)), absorb=block, vcov="classical")
    other = combine_effects(each.estimate, each.std_error**2, method_re="dl")
    assert fit.q == pytest.approx(other.q)
    assert fit.q_p_value == pytest.approx(stats.chi2.sf(other.q, 7))
    np.testing.assert_allclose(fit.site_effects.estimate, each.estimate, rtol=1e-9)
    for tau, share in ((fit.tau_low, 0.975), (fit.tau_high, 0.025)):
        shifted = combine_effects(each.estimate, each.std_error**2 + tau**2, method_re="dl").q
        expected = stats.chi2.ppf(share, 7)
        assert shifted == pytest.approx(expected) if tau else shifted <= expected


def test_tau_and_its_interval_hold_the_planted_value() -> None:
    """300 studies of 20 schools, tau .3: mean of tau^2 within 3 SD, 95% intervals in 92 to 98 of 100 studies."""
    squares, held, predicted = [], 0, 0
    for seed in range(300):
        fit = fit_firc(*lottery(1000 + seed, 20, 0.3, students=60))
        squares.append(fit.tau**2)
        held += fit.tau_low <= 0.3 <= fit.tau_high
        another = 0.3 + 0.3 * np.random.default_rng(seed).standard_normal()
        predicted += fit.prediction_low <= another <= fit.prediction_high
    # REML is cut off at 0, which lifts the mean a little.
    assert abs(np.mean(squares) - 0.09) < 3 * np.std(squares) / np.sqrt(300) + 0.003
    assert 276 <= held <= 294
    assert 273 <= predicted <= 297


def test_shrunken_effects_are_closer_to_the_truth_than_raw_ones() -> None:
    raw, shrunken = [], []
    for seed in range(40):
        random = np.random.default_rng(seed)
        y, arm, block, site = lottery(seed, 15, 0.0)
        truth = 0.2 * random.standard_normal(15)
        fit = fit_firc(y + truth[site] * arm, arm, block, site)
        raw.append(((fit.site_effects.estimate - truth - 0.3) ** 2).sum())
        shrunken.append(((fit.site_effects.shrunken - truth - 0.3) ** 2).sum())
    assert sum(shrunken) < 0.7 * sum(raw)


def test_no_differences_give_tau_zero_and_one_effect_for_all() -> None:
    random = np.random.default_rng(1)
    site, arm = np.repeat(np.arange(5), 40), np.tile([0.0, 1.0], 100)
    noise = random.standard_normal(200)
    for code in range(5):
        for side in (0.0, 1.0):
            noise[(site == code) & (arm == side)] -= noise[(site == code) & (arm == side)].mean()
    fit = fit_firc(0.5 * arm + noise, arm, site, site)
    assert fit.tau == 0 and fit.q == pytest.approx(0, abs=1e-20) and fit.tau_low == 0
    np.testing.assert_allclose(fit.site_effects.shrunken, 0.5)
    assert fit.estimate == pytest.approx(0.5)


def test_sites_far_apart_are_left_as_they_are() -> None:
    y, arm, block, site = lottery(3, 6, 0.0)
    far = np.array([-5e3, 0, 5e3, 1e4, 2e4, 3e4])
    fit = fit_firc(y + far[site] * arm, arm, block, site)
    np.testing.assert_allclose(fit.site_effects.shrunken, fit.site_effects.estimate, rtol=1e-4)
    assert fit.tau == pytest.approx(far.std(ddof=1), rel=1e-3)


def test_names_order_and_what_is_left_out() -> None:
    y, arm, block, site = lottery(2, 5, 0.4)
    names = np.array(["Elm", "Ash", "Oak", "Fir", "Yew"])[site]
    plain = fit_firc(y, arm, block, site)
    order = np.random.default_rng(0).permutation(len(y))
    fit = fit_firc(y[order], arm[order], block[order], names[order])
    assert fit.site_effects.site == ("Ash", "Elm", "Fir", "Oak", "Yew")
    np.testing.assert_array_equal(fit.site_effects.estimate, plain.site_effects.estimate[[1, 0, 3, 2, 4]])
    assert (fit.tau, fit.estimate, fit.q) == (plain.tau, plain.estimate, plain.q)
    more = fit_firc(
        np.append(y, [1.0, 2.0, np.nan]),
        np.append(arm, [1, 1, 0]),
        np.append(block, [77, 77, 0]),
        np.append(site, [4, 4, 0]),
    )
    assert more.estimate == pytest.approx(plain.estimate)
    assert {(one.reason, one.count) for one in more.dropped} == {("missing value", 1), ("block with one arm", 2)}


def test_refusals() -> None:
    y, arm, block, site = lottery(2, 5, 0.4)
    with pytest.raises(EstimationError, match="two sites"):
        fit_firc(y, arm, block, np.zeros(len(y)))
    with pytest.raises(EstimationError, match="lies in two sites"):
        fit_firc(y, arm, np.zeros(len(y)), site)
    with pytest.raises(EstimationError, match="no block has both arms"):
        fit_firc(y, np.ones(len(y)), block, site)
    with pytest.raises(EstimationError, match="does not vary inside"):
        fit_firc(arm * site, arm, block, site)


def test_two_sites_have_no_prediction_interval() -> None:
    fit = fit_firc(*lottery(1, 2, 0.2))
    assert np.isnan(fit.prediction_low) and fit.df == 1 and np.isfinite(fit.ci_high)


@pytest.mark.parametrize("seed", range(3))
def test_weightings_are_averages_of_block_differences(seed: int) -> None:
    y, arm, block, site = lottery(seed, 8, 0.5)
    codes = np.unique(block)
    size = np.array([(block == b).sum() for b in codes])
    share = np.array([arm[block == b].mean() for b in codes])
    effect = np.array([y[(block == b) & (arm == 1)].mean() - y[(block == b) & (arm == 0)].mean() for b in codes])
    of_site = np.array([(site == b // 2).sum() for b in codes])
    expected = {
        "precision": size * share * (1 - share),
        "students": size,
        "sites": size / of_site,
        "blocks": np.ones(len(codes)),
    }
    found = weightings(y, arm, block, site)
    assert [one.name for one in found] == list(expected)
    for one in found:
        assert one.estimate == pytest.approx(np.average(effect, weights=expected[one.name]))
        assert one.ci_low < one.estimate < one.ci_high and 1 < one.df < 8
    precision = fit_ols(y, arm, cluster=site, absorb=block)
    assert found[0].std_error == precision.std_error[0] and found[0].df == precision.df[0]


def test_site_weights_have_the_spread_of_site_effects() -> None:
    """One block a site: the equal average of J site effects has, about, the standard error SD / sqrt(J)."""
    y, arm, _, site = lottery(5, 30, 0.8, students=80)
    sites = next(one for one in weightings(y, arm, site, site) if one.name == "sites")
    effect = [y[(site == s) & (arm == 1)].mean() - y[(site == s) & (arm == 0)].mean() for s in range(30)]
    # CR2 is unbiased under its working model, not equal to the plain formula.
    assert sites.std_error == pytest.approx(np.std(effect, ddof=1) / np.sqrt(30), rel=0.03)
    assert 20 < sites.df < 29  # uneven schools cost degrees of freedom


def test_weightings_take_covariates(case: Callable[..., Any]) -> None:
    one = case(0)
    found = weightings(one.y, one.arm, one.block, one.school, covariates=one.X[:, 1:])
    fit = fit_ols(one.y, one.X, cluster=one.school, absorb=one.block)
    assert found[0].estimate == pytest.approx(fit.estimate[0]) and found[0].fit.names == ("arm", "x0", "x1")
