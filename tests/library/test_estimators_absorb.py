"""Absorbing fixed effects: beside dense least squares, the slow cases, and the count of parameters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recredit.estimators.absorb import effects_rank, fixed_effects, partial_out
from recredit.estimators.arrays import Integers


def dummies(*factors: Integers) -> np.ndarray:
    return np.column_stack([factor[:, None] == np.arange(factor.max() + 1) for factor in factors]).astype(np.float64)


def relabelled(codes: np.ndarray) -> Integers:
    return np.unique(codes, return_inverse=True)[1]


def residuals(values: np.ndarray, factors: list[Integers], weights: np.ndarray) -> np.ndarray:
    root = np.sqrt(weights)[:, None]
    design = dummies(*factors) * root
    return values - design @ np.linalg.lstsq(design, values * root, rcond=None)[0] / root


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("weighted", [False, True])
def test_agrees_with_dummies(seed: int, count: int, weighted: bool) -> None:
    random = np.random.default_rng(seed)
    n = 600
    factors = [relabelled(random.integers(0, levels, n)) for levels in (60, 25, 7, 3)][:count]
    factors[-1] = relabelled(factors[0] // 5) if count == 4 else factors[-1]  # one set nested in another
    values = random.standard_normal((n, 3)) + factors[0][:, None] * 5 + 1000
    weights = random.uniform(0.2, 3, n)
    effects = fixed_effects(factors, weights if weighted else None)
    found = partial_out(values, effects)
    assert found.method == ("means" if count == 1 else "alternating projections")
    expected = residuals(values, factors, weights if weighted else np.ones(n))
    # Columns of the size of 1000: rounding of the other side is about 1e-16 x 1000 x condition number.
    np.testing.assert_allclose(found.values, expected, atol=1e-10)
    assert effects_rank(effects) == np.linalg.matrix_rank(dummies(*factors))


@pytest.mark.parametrize("weighted", [False, True])
def test_levels_in_a_chain_take_sparse_least_squares(weighted: bool) -> None:
    """Each level of one set meets two of the other: the projections' steps shrink by 1 - 1e-5 only."""
    random = np.random.default_rng(3)
    first = random.integers(0, 300, 3000)
    factors = [relabelled(first), relabelled(first + random.integers(0, 2, 3000))]
    weights = random.uniform(0.5, 2, 3000) if weighted else np.ones(3000)
    values = random.standard_normal((3000, 2)) + np.sin(first / 50)[:, None]
    found = partial_out(values, fixed_effects(factors, weights if weighted else None))
    assert found.method == "sparse least squares"
    # LSMR stops at 1e-14 of its own measure, which a nearly disconnected chain magnifies by about 1e4.
    np.testing.assert_allclose(found.values, residuals(values, factors, weights), atol=1e-9)


def test_a_column_in_the_space_of_the_effects_vanishes() -> None:
    random = np.random.default_rng(0)
    student, year = random.integers(0, 200, 2000), random.integers(0, 5, 2000)
    grade = (student % 4 + year).astype(np.float64)
    found = partial_out(grade[:, None], fixed_effects([student, year]))
    assert np.linalg.norm(found.values) < 1e-10 * np.linalg.norm(grade)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(5, 40))
def test_the_rank_is_that_of_the_dummies(seed: int, sets: int, rows: int) -> None:
    """Few rows over many levels: unconnected groups, nested and repeated sets."""
    random = np.random.default_rng(seed)
    factors = [relabelled(random.integers(0, random.integers(1, 12), rows)) for _ in range(sets)]
    assert effects_rank(fixed_effects(factors)) == np.linalg.matrix_rank(dummies(*factors))


def test_beyond_the_dense_limit_the_rank_is_an_upper_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    factors = [relabelled(random.integers(0, levels, 400)) for levels in (40, 20, 10)]
    monkeypatch.setattr("recredit.estimators.absorb.DENSE_LEVELS", 1)
    bound = effects_rank(fixed_effects([*factors, factors[2]]))
    assert np.linalg.matrix_rank(dummies(*factors)) <= bound <= 40 + 20 + 10 - 2
