"""The rows of a regression: counted when left out, and in an order that follows content."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recredit.errors import EstimationError
from recredit.estimators.linear import fit_ols
from recredit.estimators.rows import clean_rows, content_keys, singletons

CODES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 3)), min_size=1, max_size=40)


@given(CODES)
def test_singletons_are_those_that_dropping_in_rounds_finds(rows: list[tuple[int, int, int]]) -> None:
    factors = [np.array(column) for column in zip(*rows, strict=True)]
    alone = np.zeros(len(rows), dtype=bool)
    while True:  # plainly: count again after each round
        counts = [np.bincount(factor[~alone], minlength=7) for factor in factors]
        newly = ~alone & np.any([count[factor] == 1 for count, factor in zip(counts, factors, strict=True)], axis=0)
        if not newly.any():
            break
        alone |= newly
    assert (singletons(factors) == alone).all()


def test_what_is_left_out_is_counted() -> None:
    values = np.column_stack([np.arange(8.0), np.ones(8)])
    values[0, 1] = np.nan
    weights = np.array([1, 0, 1, 1, 1, 1, 1, 1.0])
    cluster, factor = np.array([0, 0, -1, 0, 1, 1, 1, 1]), np.array([0, 0, 0, 0, 0, 0, 1, 0])
    rows, dropped = clean_rows(values, weights, [cluster], [factor])
    assert {one.reason: one.count for one in dropped} == {
        "missing value": 2,
        "weight of zero": 1,
        "alone in a level of a fixed effect": 1,
    }
    assert sorted(rows.positions) == [3, 4, 5, 7]
    np.testing.assert_array_equal(rows.values, values[rows.positions])


def test_no_row_left_is_refused() -> None:
    with pytest.raises(EstimationError, match="no row is complete"):
        clean_rows(np.full((3, 2), np.nan), None, [], [])
    with pytest.raises(EstimationError, match="no row is complete"):
        clean_rows(np.ones((3, 2)), None, [], [np.arange(3)])
    with pytest.raises(EstimationError, match="must not be negative"):
        clean_rows(np.ones((3, 2)), np.array([1.0, -1.0, 1.0]), [], [])


def test_keys_are_equal_where_rows_are() -> None:
    random = np.random.default_rng(0)
    columns = [random.integers(0, 50, 4000).astype(float), random.integers(0, 50, 4000) / 7]
    keys = content_keys(columns)
    pairs = np.unique(np.column_stack(columns), axis=0)
    assert len(np.unique(keys)) == len(pairs)
    assert content_keys([np.array([0.0])]) == content_keys([np.array([-0.0])])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("vcov", ["CR2", "CR3", "CR1", "HC2"])
def test_order_of_rows_and_names_of_groups_change_no_bit(case: Callable[..., Any], vcov: str, weighted: bool) -> None:
    one = case(4)
    y = np.round(one.y)  # ties
    X = np.round(one.X)
    order = np.random.default_rng(0).permutation(len(y))
    random = np.random.default_rng(1)
    names = np.array([f"S{random.integers(1 << 60):x}" for _ in range(40)])
    weights = np.round(one.weights) + 1 if weighted else None
    first = fit_ols(y, X, cluster=one.school, absorb=[one.block, one.year], weights=weights, vcov=vcov)
    second = fit_ols(
        y[order],
        X[order],
        cluster=names[one.school[order]],
        absorb=[names[one.block[order]], names[one.year[order]]],
        weights=None if weights is None else weights[order],
        vcov=vcov,
    )
    for name in ("estimate", "std_error", "df", "p_value", "ci_low", "ci_high"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name
