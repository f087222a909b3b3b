"""Sensitivity to unmeasured causes: sensemakr's published Darfur figures, brute force, and planted selection."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize_scalar
from statsmodels.regression.linear_model import OLS

from recredit.errors import EstimationError
from recredit.estimators.sensitivity import benchmark, bounds, oster, partial_r_squared, robustness_value

# Cinelli & Hazlett (2020), section 5, violence in Darfur, as the reference implementation's own tests print it
# (R package sensemakr, tests/testthat/test-02-darfur.R); partial R squared of the covariate "female" likewise.
ESTIMATE, STD_ERROR, DF = 0.09731582, 0.02325654, 783
FEMALE_TREATMENT, FEMALE_OUTCOME = 0.009081065, 0.109033915


def test_robustness_values_of_the_darfur_study() -> None:
    t = ESTIMATE / STD_ERROR
    assert partial_r_squared(t, DF) == pytest.approx(0.02187309, abs=1e-7)
    assert robustness_value(t, DF) == pytest.approx(0.1387764, abs=1e-6)
    assert robustness_value(t, DF, alpha=0.05) == pytest.approx(0.07625797, abs=1e-6)
    assert robustness_value(-t, DF) == robustness_value(t, DF)


@pytest.mark.parametrize(
    ("times", "treatment", "outcome", "estimate", "std_error", "t", "low", "high"),
    [
        (1, 0.009164287, 0.124640923, 0.0752202712, 0.0218733277, 3.43890386, 0.032282966, 0.11815758),
        (2, 0.018328573, 0.249324064, 0.0529151724, 0.0203500621, 2.60024624, 0.012968035, 0.09286231),
        (3, 0.027492860, 0.374050471, 0.0303960235, 0.0186700648, 1.62806202, -0.006253282, 0.06704533),
    ],
)
def test_bounds_of_the_darfur_study(
    times: int, treatment: float, outcome: float, estimate: float, std_error: float, t: float, low: float, high: float
) -> None:
    found = bounds(
        ESTIMATE,
        STD_ERROR,
        DF,
        r_squared_treatment=FEMALE_TREATMENT,
        r_squared_outcome=FEMALE_OUTCOME,
        times_treatment=times,
    )
    # Inputs carry seven to nine digits.
    assert found.r_squared_treatment == pytest.approx(treatment, rel=1e-6)
    assert found.r_squared_outcome == pytest.approx(outcome, rel=1e-6)
    assert found.estimate == pytest.approx(estimate, rel=1e-6)
    assert found.std_error == pytest.approx(std_error, rel=1e-6)
    assert found.t == pytest.approx(t, rel=1e-6)
    # The published interval has the quantile at 783 degrees of freedom, ours at the 782 left beside the confounder.
    assert (found.ci_low, found.ci_high) == pytest.approx((low, high), abs=3e-7)
    mirrored = bounds(
        -ESTIMATE,
        STD_ERROR,
        DF,
        r_squared_treatment=FEMALE_TREATMENT,
        r_squared_outcome=FEMALE_OUTCOME,
        times_treatment=times,
    )
    assert mirrored.estimate == -found.estimate and mirrored.ci_low == -found.ci_high


@pytest.mark.parametrize(("t", "df"), [(4.18, 783), (2.5, 60), (-3.0, 25), (12.0, 8), (40.0, 5), (1.0, 40)])
@pytest.mark.parametrize("q", [1.0, 0.5])
def test_the_robustness_value_is_the_least_strength_that_does_it(t: float, df: float, q: float) -> None:
    """By brute force over the definition: confounders no stronger than r with the treatment and with the outcome."""
    found = robustness_value(t, df, q=q, alpha=0.05)
    critical = stats.t.isf(0.025, df - 1)

    def least_t(strength: float) -> float:
        def adjusted(outcome: float) -> float:
            bias = np.sqrt(df * outcome * strength / (1 - strength))
            error = np.sqrt((1 - outcome) / (1 - strength) * df / (df - 1))
            return float((q * abs(t) - bias) / error)

        inside = minimize_scalar(adjusted, bounds=(0, strength), method="bounded", options={"xatol": 1e-12}).fun
        return min(inside, adjusted(0.0), adjusted(strength))

    if found == 0:
        assert q * abs(t) / np.sqrt(df) <= critical / np.sqrt(df - 1)
    else:
        # The bounded minimiser finds the outcome's share to about 1e-8.
        assert least_t(found) == pytest.approx(critical, rel=1e-5)
        assert least_t(found * 0.99) > critical


@pytest.mark.parametrize("seed", range(5))
def test_benchmarks_equal_partial_r_squared_from_two_regressions(seed: int) -> None:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(90, 4))
    d = x @ [0.5, 0.2, -0.3, 0.0] + generator.normal(size=90)
    y = 0.4 * d + x @ [0.3, -0.6, 0.2, 0.1] + generator.normal(size=90)
    design = np.column_stack([np.ones(90), d, x])
    names = ["constant", "idle", "a", "b", "c", "e"]
    found = benchmark(y, design, "idle", ["a", "c"], names=names)
    full, short = OLS(y, design).fit(), OLS(y, design[:, [0, 1, 3, 5]]).fit()
    assert found.r_squared_outcome == pytest.approx(1 - full.ssr / short.ssr, rel=1e-9)
    treated = OLS(d, design[:, [0, 2, 3, 4, 5]]).fit(), OLS(d, design[:, [0, 3, 5]]).fit()
    assert found.r_squared_treatment == pytest.approx(1 - treated[0].ssr / treated[1].ssr, rel=1e-9)
    assert (found.estimate, found.std_error, found.df) == pytest.approx((full.params[1], full.bse[1], 84), rel=1e-9)
    assert found.name == "a + c"


def test_a_bound_that_cannot_be_is_capped_or_refused() -> None:
    capped = bounds(1.0, 0.1, 100, r_squared_treatment=0.01, r_squared_outcome=0.6, times_treatment=2)
    assert capped.capped and capped.r_squared_outcome == 1.0
    assert capped.std_error == 0.0 and np.isnan(capped.t)
    with pytest.raises(EstimationError, match="whole treatment"):
        bounds(1.0, 0.1, 100, r_squared_treatment=0.4, r_squared_outcome=0.1, times_treatment=2)
    with pytest.raises(EstimationError, match="from 0 to below 1"):
        bounds(1.0, 0.1, 100, r_squared_treatment=1.0, r_squared_outcome=0.1)
    with pytest.raises(EstimationError, match="finite t"):
        robustness_value(float("nan"), 10)
    with pytest.raises(EstimationError, match="linearly independent"):
        benchmark(np.arange(9.0), np.ones((9, 2)), "a", ["b"], names=["a", "b"])
    with pytest.raises(EstimationError, match=r"no columns \['q'\]"):
        benchmark(np.arange(9.0), np.ones((9, 2)), "a", ["q"], names=["a", "b"])


def _planted(seed: int, delta: float) -> tuple[float, dict[str, float]]:
    """A true effect, and what the short and full regressions would find, from exact population moments.

    y = effect d + w + u + e; w measured, u not, uncorrelated; cov(d, u) / var(u) = delta cov(d, w) / var(w).
    """
    generator = np.random.default_rng(seed)
    var_w, var_u = generator.uniform(0.5, 2, 2)
    cov_w = generator.uniform(0.2, 0.8) * generator.choice([-1, 1])
    cov_u = delta * cov_w * var_u / var_w
    effect, noise = generator.normal(), generator.uniform(0.2, 1)
    var_d = cov_w**2 / var_w + cov_u**2 / var_u + generator.uniform(0.3, 1)
    var_y = effect**2 * var_d + var_w + var_u + noise + 2 * effect * (cov_w + cov_u)
    cov_dy, cov_wy = effect * var_d + cov_w + cov_u, effect * cov_w + var_w
    full = np.linalg.solve([[var_d, cov_w], [cov_w, var_w]], [cov_dy, cov_wy])
    moments = {
        "estimate_short": cov_dy / var_d,
        "r_squared_short": cov_dy**2 / var_d / var_y,
        "estimate_full": float(full[0]),
        "r_squared_full": float(full @ [cov_dy, cov_wy]) / var_y,
        "variance_outcome": var_y,
        "variance_treatment": var_d,
        "variance_treatment_residual": var_d - cov_w**2 / var_w,
        "r_squared_max": 1 - noise / var_y,
    }
    return effect, moments


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("delta", [1.0, 0.6, 1.4])
def test_oster_finds_the_planted_effect_among_its_roots_and_the_planted_delta(seed: int, delta: float) -> None:
    effect, moments = _planted(seed, delta)
    found = oster(**moments, delta=delta, target=effect)
    assert min(abs(root - effect) for root in found.adjusted) < 1e-8
    assert found.delta_for_target == pytest.approx(delta, rel=1e-8)
    assert len(found.adjusted) == 2 if delta == 1 else len(found.adjusted) in (1, 3)
    distances = [abs(root - moments["estimate_full"]) for root in found.adjusted]
    assert distances == sorted(distances)


def test_oster_shows_every_root_because_the_nearest_is_not_always_the_true_one() -> None:
    wrong = 0
    for seed in range(40):
        effect, moments = _planted(seed, 1.0)
        wrong += abs(oster(**moments).adjusted[0] - effect) > 1e-6
    assert wrong > 0


def test_oster_takes_its_usual_maximum_and_refuses_what_is_out_of_order() -> None:
    _, moments = _planted(1, 1.0)
    del moments["r_squared_max"]
    assert oster(**moments).r_squared_max == pytest.approx(min(1, 1.3 * moments["r_squared_full"]))
    with pytest.raises(EstimationError, match="R squared must rise"):
        oster(**{**moments, "r_squared_short": 0.99})
    with pytest.raises(EstimationError, match="variances above 0"):
        oster(**{**moments, "variance_treatment_residual": 0.0})
    still = {**moments, "estimate_short": moments["estimate_full"], "r_squared_short": moments["r_squared_full"]}
    with pytest.raises(EstimationError, match="move neither"):
        oster(**still, r_squared_max=moments["r_squared_full"])
