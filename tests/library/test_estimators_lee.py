"""Lee's bounds: a simulated truth, coverage, brute-force trimming, ties, blocks and clusters."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from recredit.errors import EstimationError
from recredit.estimators.lee import bounds

EFFECT, ALWAYS, ONLY_TREATED = 0.3, 0.6, 0.2


def _trial(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Standard normal outcomes; 60% known in either arm, 20% only if treated, the rest never."""
    generator = np.random.default_rng(seed)
    z, kind = generator.integers(0, 2, n), generator.random(n)
    known = (kind < ALWAYS) | ((kind < ALWAYS + ONLY_TREATED) & (z == 1))
    return np.where(known, generator.normal(size=n) + EFFECT * z, np.nan), z


def _true_bounds() -> tuple[float, float]:
    """A quarter of the treated is trimmed: the mean of a normal below its upper quartile is -phi(q) / .75."""
    shift = stats.norm.pdf(stats.norm.ppf(0.75)) / 0.75
    return EFFECT - shift, EFFECT + shift


def test_a_large_trial_finds_the_true_bounds() -> None:
    y, z = _trial(1, 400_000)
    found = bounds(y, z, method="analytic")
    # Four standard errors of .0046 each.
    assert (found.lower, found.upper) == pytest.approx(_true_bounds(), abs=0.018)
    assert found.trimmed_arm == "treatment"
    assert found.trimmed_share == pytest.approx(0.25, abs=0.01)


def test_the_interval_covers_the_effect_at_the_end_of_the_bounds() -> None:
    """600 trials of 1,000: the Monte Carlo error at 95% is .9 points; Imbens-Manski is exact at an end only."""
    covered, estimates, errors = 0, [], []
    for seed in range(600):
        found = bounds(*_trial(seed, 1000), method="analytic")
        covered += found.ci_low <= _true_bounds()[0] <= found.ci_high
        estimates.append((found.lower, found.upper))
        errors.append((found.std_error_lower, found.std_error_upper))
    assert 0.925 <= covered / 600 <= 0.975
    # Simulated and analytic standard errors; 600 draws know a standard deviation to 3%.
    np.testing.assert_allclose(np.std(estimates, axis=0), np.mean(errors, axis=0), rtol=0.1)


def test_bootstrap_and_analytic_errors_agree() -> None:
    y, z = _trial(3, 2000)
    resampled, analytic = bounds(y, z, draws=400, seed=1), bounds(y, z, method="analytic")
    # 400 draws know a standard deviation to 3.5%.
    assert resampled.std_error_lower == pytest.approx(analytic.std_error_lower, rel=0.15)
    assert resampled.std_error_upper == pytest.approx(analytic.std_error_upper, rel=0.15)
    assert (resampled.lower, resampled.upper) == (analytic.lower, analytic.upper)


def test_trimming_a_whole_number_of_students_is_cutting_the_sorted_list() -> None:
    generator = np.random.default_rng(4)
    treated, comparison = generator.normal(size=40), generator.normal(size=30)
    y = np.concatenate([treated, np.full(10, np.nan), comparison, np.full(20, np.nan)])
    found = bounds(y, np.repeat([1, 0], 50), method="analytic")
    assert found.trimmed_share == pytest.approx(0.25)
    low, high = np.sort(treated)[:30].mean(), np.sort(treated)[10:].mean()
    assert (found.lower, found.upper) == pytest.approx((low - comparison.mean(), high - comparison.mean()))
    assert found.difference == pytest.approx(treated.mean() - comparison.mean())


def test_yes_no_outcomes_are_trimmed_in_part() -> None:
    """80 of 100 treated known, 60 passed; 60 of 100 comparison known, 30 passed: a quarter of 80 is 20 to trim."""
    treated = np.concatenate([np.ones(60), np.zeros(20), np.full(20, np.nan)])
    comparison = np.concatenate([np.ones(30), np.zeros(30), np.full(40, np.nan)])
    found = bounds(np.concatenate([treated, comparison]), np.repeat([1, 0], 100), draws=50, seed=1)
    assert (found.lower, found.upper) == pytest.approx((40 / 60 - 0.5, 60 / 60 - 0.5))


def test_swapping_arms_mirrors_the_bounds_and_equal_attrition_closes_them() -> None:
    y, z = _trial(6, 900)
    one, other = bounds(y, z, method="analytic"), bounds(y, 1 - z, method="analytic")
    assert (one.lower, one.upper) == pytest.approx((-other.upper, -other.lower))
    assert (one.std_error_lower, one.ci_low) == pytest.approx((other.std_error_upper, -other.ci_high))
    assert other.trimmed_arm == "comparison"
    complete = bounds(np.arange(20.0), np.tile([0, 1], 10), method="analytic")
    assert complete.trimmed_arm == "none"
    assert complete.lower == complete.upper == complete.difference == 1.0
    # Without a range the interval is the ordinary two-sided one.
    assert complete.ci_high - 1.0 == pytest.approx(stats.norm.ppf(0.975) * complete.std_error_upper, rel=1e-6)


def test_blocks_weigh_students_by_their_chance_and_one_arm_blocks_are_counted() -> None:
    """Two blocks with lotteries of 80% and 20%, levels 0 and 10, effect 1: unweighted arms would differ by -5."""
    block = np.repeat(["a", "b", "c"], [100, 100, 7])
    z = np.concatenate([np.tile([1, 1, 1, 1, 0], 20), np.tile([1, 0, 0, 0, 0], 20), np.ones(7)])
    y = np.select([block == "a", block == "b"], [0.0, 10.0], 5.0) + z
    found = bounds(y, z, block=block, draws=20, seed=1)
    assert found.lower == pytest.approx(1.0) and found.upper == pytest.approx(1.0)
    assert [(item.reason, item.count) for item in found.dropped] == [("block has one arm only", 7)]
    assert found.n == 200


def test_school_effects_widen_the_error_when_schools_are_resampled() -> None:
    generator = np.random.default_rng(8)
    school = np.repeat(np.arange(20), 40)
    z = (school % 2).astype(float)
    y = generator.normal(0, 1, 20)[school] + generator.normal(size=800)
    y[generator.random(800) < 0.2 + 0.1 * z] = np.nan
    plain, by_school = bounds(y, z, draws=200, seed=1), bounds(y, z, cluster=school, draws=200, seed=1)
    # 40 students with intraclass correlation .5: variance about 20 times, error above twice at the least.
    assert by_school.std_error_lower > 2 * plain.std_error_lower
    assert by_school.clusters == 20


def test_random_study_codes_and_the_order_of_rows_do_not_change_a_digit() -> None:
    y, z = _trial(9, 300)
    y = np.round(y, 1)
    generator = np.random.default_rng(0)
    school = np.repeat(np.arange(15), 20)
    order, codes = generator.permutation(300), np.array([f"S{number}" for number in generator.permutation(15)])
    first = bounds(y, z, block=school, cluster=school, draws=60, seed=5)
    again = bounds(y[order], z[order], block=codes[school][order], cluster=codes[school][order], draws=60, seed=5)
    assert first.std_error_lower == again.std_error_lower
    assert (first.lower, first.ci_high) == (again.lower, again.ci_high)


def test_nullable_types_and_missing_arms() -> None:
    y, z = _trial(10, 200)
    arm = pd.Series(z).astype("Int64")
    arm[0] = pd.NA
    found = bounds(pd.Series(y).astype("Float64"), arm, method="analytic")
    same = bounds(y[1:], z[1:], method="analytic")
    assert found.lower == same.lower
    assert found.dropped[0].count == 1


def test_what_cannot_be_bounded_is_refused() -> None:
    y, z = _trial(1, 100)
    with pytest.raises(EstimationError, match="comparison arm has fewer than two"):
        bounds(np.where(z == 1, y, np.nan), z, method="analytic")
    with pytest.raises(EstimationError, match="needs a seed"):
        bounds(y, z)
    with pytest.raises(EstimationError, match="neither blocks nor clusters"):
        bounds(y, z, cluster=z, method="analytic")
    with pytest.raises(EstimationError, match="two clusters"):
        bounds(y, z, cluster=np.ones(100), seed=1)
    with pytest.raises(EstimationError, match="'bootstrap' or 'analytic'"):
        bounds(y, z, method="jackknife")
    with pytest.raises(EstimationError, match="1 for the treatment"):
        bounds(y, z + 1, method="analytic")
    with pytest.raises(EstimationError, match="resamples have an arm without known outcomes"):
        bounds([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0], cluster=[1, 2, 3, 4], draws=50, seed=1)
