"""Maxima and sums over a short last axis: NumPy's own, to the last bit."""

import numpy as np
import pytest

from recredit.last_axis import highest, total


@pytest.mark.parametrize("columns", range(1, 8))
@pytest.mark.parametrize("shape", [(1,), (500,), (500, 3), (0,)])
def test_the_figures_are_those_of_numpy(shape: tuple[int, ...], columns: int) -> None:
    values = np.random.default_rng(columns).standard_normal((*shape, columns)) * 1e3
    np.testing.assert_array_equal(highest(values), values.max(axis=-1, keepdims=True))
    np.testing.assert_array_equal(total(values), values.sum(axis=-1, keepdims=True))
