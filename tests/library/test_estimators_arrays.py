"""Columns of every type that a study can hold become plain floats or codes, or are refused with their name."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from recredit.errors import EstimationError, RecreditError
from recredit.estimators.arrays import independent_columns, labels, matrix, numbers, same_length, two_arms


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, None, 2.5], [1, np.nan, 2.5]),
        (pd.Series([1, None, 3], dtype="Int64"), [1, np.nan, 3]),
        (pd.array([True, None], dtype="boolean"), [1, np.nan]),
        (pd.Series([True, pd.NA, False], dtype=object), [1, np.nan, 0]),
        (np.array([1, 2], dtype=np.int8), [1, 2]),
        ([None, None], [np.nan, np.nan]),
        ([], []),
    ],
)
def test_numbers_of_any_type_become_floats_with_nan_where_missing(values: Any, expected: list[float]) -> None:
    found = numbers(values, "y")
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "values",
    [["1", "2"], pd.Series(["a"], dtype="str"), pd.Categorical([1, 2]), pd.to_datetime(["2020-01-01"]), [1j], [1, "b"]],
)
def test_what_is_no_number_is_refused_by_name_and_without_its_value(values: Any) -> None:
    with pytest.raises(EstimationError, match=r"^weight: numbers were expected") as caught:
        numbers(values, "weight")
    assert isinstance(caught.value, RecreditError)


def test_infinite_values_and_tables_in_place_of_columns_are_refused() -> None:
    with pytest.raises(EstimationError, match="1 infinite"):
        numbers([1, np.inf], "y")
    with pytest.raises(EstimationError, match="2 dimensions"):
        numbers(np.ones((2, 2)), "y")


@pytest.mark.parametrize(
    "values",
    [
        ["b", None, "a", "b"],
        pd.Series(["b", None, "a", "b"], dtype="category"),
        [2.0, np.nan, 1.0, 2.0],
        [2, None, 1, 2],
    ],
)
def test_labels_of_any_type_become_codes_in_their_sorted_order(values: Any) -> None:
    np.testing.assert_array_equal(labels(values, "school"), [1, -1, 0, 1])


def test_a_table_keeps_its_names_and_needs_them_to_differ() -> None:
    table, names = matrix(pd.DataFrame({"a": [1, 2], "b": pd.array([1, None], dtype="Int64")}))
    assert names == ("a", "b")
    np.testing.assert_array_equal(table, [[1, 1], [2, np.nan]])
    assert matrix(np.ones(3))[1] == ("x0",)
    with pytest.raises(EstimationError, match="as many different names"):
        matrix(np.ones((2, 2)), ["a", "a"])


def test_lengths_must_agree_and_arms_be_two() -> None:
    assert same_length(y=[1, 2], x=None) == 2
    with pytest.raises(EstimationError, match="different lengths"):
        same_length(y=[1, 2], x=[1])
    with pytest.raises(EstimationError, match="1 for the treatment"):
        two_arms([0, 1, 2], "arm")


def test_dependent_columns_are_those_that_add_no_rank() -> None:
    generator = np.random.default_rng(1)
    table = generator.normal(size=(50, 4))
    table = np.column_stack([np.ones(50), table, table[:, 0] - 3 * table[:, 2], np.zeros(50), 1e6 * table[:, 1]])
    kept = independent_columns(table)
    assert kept.sum() == np.linalg.matrix_rank(table / np.maximum(np.linalg.norm(table, axis=0), 1)) == 5
    np.testing.assert_array_equal(kept, [True] * 5 + [False] * 3)
