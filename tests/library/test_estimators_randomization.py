"""Randomisation inference: every assignment by hand, beside SciPy, and the size of the test."""

from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from recredit.errors import EstimationError
from recredit.estimators.linear import fit_ols
from recredit.estimators.randomization import permutation_test


def small(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    block = np.array([0] * 6 + [1] * 7 + [2] * 4)
    arm = np.array([1, 0, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1.0])
    return random.standard_normal(17) + 0.8 * arm, arm, block, random.standard_normal((17, 1))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("adjusted", [False, True])
def test_all_assignments_agree_with_statsmodels_on_each(seed: int, adjusted: bool) -> None:
    y, arm, block, x = small(seed)
    blocks = (block[:, None] == np.arange(3)).astype(float)
    nuisance = np.column_stack([blocks, x]) if adjusted else blocks
    rest = y - nuisance @ np.linalg.lstsq(nuisance, y, rcond=None)[0]

    def t(assignment: np.ndarray) -> float:
        fit = sm.OLS(rest, np.column_stack([assignment, nuisance])).fit(cov_type="HC0")
        return float(fit.params[0] / fit.bse[0])

    choices = [combinations(np.flatnonzero(block == b), int(arm[block == b].sum())) for b in range(3)]
    found = []
    for winners in product(*(list(choice) for choice in choices)):
        assignment = np.zeros(17)
        assignment[np.concatenate(winners).astype(int)] = 1
        found.append(abs(t(assignment)))
    test = permutation_test(y, arm, block, covariates=x if adjusted else None, seed=1)
    assert test.exact and test.draws == test.assignments == len(found) == 20 * 21 * 6
    assert test.t == pytest.approx(t(arm))
    assert test.p_value == np.mean(np.array(found) >= abs(t(arm)) * (1 - 1e-9))
    full = sm.OLS(y, np.column_stack([arm, nuisance])).fit()
    assert test.estimate == pytest.approx(full.params[0])


def test_one_block_agrees_with_scipy() -> None:
    random = np.random.default_rng(2)
    y, arm = random.standard_normal(12), np.array([1.0, 0.0] * 6)

    def statistic(a: Any, b: Any, axis: int) -> Any:
        spread = np.sqrt(np.var(a, axis=axis) / a.shape[axis] + np.var(b, axis=axis) / b.shape[axis])
        return np.abs(np.mean(a, axis=axis) - np.mean(b, axis=axis)) / spread

    other = stats.permutation_test(
        (y[arm == 1], y[arm == 0]), statistic, vectorized=True, n_resamples=np.inf, alternative="greater"
    )
    test = permutation_test(y, arm, np.zeros(12), seed=1)
    assert test.p_value == pytest.approx(other.pvalue)
    assert abs(test.t) == pytest.approx(other.statistic)


def test_random_assignments_come_close_to_all_of_them() -> None:
    y, arm, block, _ = small(4)
    exact = permutation_test(y, arm, block, seed=1)
    drawn = permutation_test(y, arm, block, draws=9999, seed=1)
    assert exact.exact and not drawn.exact and drawn.draws == 9999
    assert drawn.p_value == pytest.approx(exact.p_value, abs=0.02)  # four SD of a share of 9,999 draws


def test_the_statistic_is_that_of_the_regression(case: Callable[..., Any]) -> None:
    one = case(0)
    test = permutation_test(one.y, one.arm, one.block, covariates=one.X[:, 1:], draws="exact-or-99", seed=1)
    fit = fit_ols(one.y, one.X, absorb=one.block, vcov="HC0")
    assert test.estimate == pytest.approx(fit.estimate[0])
    assert test.t == pytest.approx(fit.t[0])
    assert not test.exact and test.draws == 99 and test.assignments > 1e5


def test_true_nulls_are_rejected_five_times_in_a_hundred() -> None:
    """800 lotteries without effects: 40 rejections expected, SD 6.2; three SD. Few students, skewed outcomes."""
    random = np.random.default_rng(0)
    block = np.repeat([0, 1, 2], [8, 10, 12])
    rejected = 0
    for number in range(800):
        y = random.exponential(size=30) + block
        arm = np.concatenate([random.permutation(np.arange(n) % 2) for n in (8, 10, 12)]).astype(float)
        rejected += permutation_test(y, arm, block, draws=199, seed=number).p_value <= 0.05
    assert 21 <= rejected <= 59


def test_blocks_with_one_arm_and_missing_values_are_left_out_and_counted() -> None:
    y, arm, block, _ = small(0)
    more_y = np.concatenate([y, [1.0, 2.0, np.nan]])
    more_arm = np.concatenate([arm, [1, 1, 0]])
    more_block = np.array([f"block {code}" for code in [*block, 9, 9, 1]])
    test = permutation_test(more_y, more_arm, more_block, seed=1)
    assert test.p_value == permutation_test(y, arm, block, seed=1).p_value
    assert {(one.reason, one.count) for one in test.dropped} == {("missing value", 1), ("block with one arm", 2)}
    assert test.blocks == 3 and test.n == 17


def test_order_and_names_do_not_matter(case: Callable[..., Any]) -> None:
    one = case(1)
    order = np.random.default_rng(3).permutation(len(one.y))
    names = np.array([f"{7919 * (code + 3) % 1009}" for code in range(40)])
    first = permutation_test(one.y, one.arm, one.block, draws=299, seed=5)
    second = permutation_test(one.y[order], one.arm[order], names[one.block[order]], draws=299, seed=5)
    assert first == second


def test_an_outcome_that_follows_the_arm_has_the_smallest_p() -> None:
    arm = np.array([1.0, 0.0] * 5)
    test = permutation_test(arm * 2 + 1, arm, np.zeros(10), seed=1)
    assert np.isinf(test.t) and test.p_value == pytest.approx(2 / 252)


def test_refusals() -> None:
    y, arm, block, _ = small(0)
    with pytest.raises(EstimationError, match="treatment and 0"):
        permutation_test(y, arm + 1, block, seed=1)
    with pytest.raises(EstimationError, match="no block has both arms"):
        permutation_test(y, np.ones(17), block, seed=1)
    with pytest.raises(EstimationError, match="do not vary"):
        permutation_test(block * 1.0, arm, block, seed=1)
    with pytest.raises(EstimationError, match="do not vary"):
        permutation_test(y, arm, block, covariates=arm, seed=1)
    with pytest.raises(EstimationError, match="draws must be"):
        permutation_test(y, arm, block, draws="all", seed=1)
