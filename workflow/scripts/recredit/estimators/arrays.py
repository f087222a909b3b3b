"""Columns of any kind (lists, NumPy, pandas with nullable types) as plain NumPy arrays to compute on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recredit.errors import EstimationError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Dropped:
    """What an estimate was made without.

    Attributes
    ----------
    what : "rows", or the name of a column.
    reason : in plain words.
    count : rows left out (0 where a column was left out and no row).
    """

    what: str
    reason: str
    count: int = 0


def numbers(values: Any, name: str) -> Floats:
    """One column as floats, shape (n,), NaN where a value is missing; booleans become 0 and 1.

    Parameters
    ----------
    values : list, NumPy array or pandas Series, also of a nullable type (Int64, Float64, boolean), or of objects that
        are all numbers or missing.
    name : how messages call the column.

    Raises
    ------
    EstimationError for text, dates, categories or complex numbers, for an infinite value, and for more than one
    dimension.
    """
    column = values if isinstance(values, pd.Series) else pd.Series(_one_dimension(values, name))
    if column.dtype == object:
        column = column.infer_objects().convert_dtypes() if column.notna().any() else column.astype("Float64")
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_complex_dtype(column.dtype):
        raise EstimationError(f"{name}: numbers were expected, found values of type {column.dtype}. Code them first.")
    plain = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(plain).any():
        raise EstimationError(f"{name}: {int(np.isinf(plain).sum())} infinite values; make them missing or mend them.")
    return np.array(plain)


def _one_dimension(values: Any, name: str) -> Any:
    array = values if isinstance(values, pd.api.extensions.ExtensionArray) else np.asarray(values)
    if array.ndim != 1:
        raise EstimationError(f"{name}: one column was expected, found {array.ndim} dimensions.")
    return array


def labels(values: Any, name: str) -> Integers:
    """Group labels of any kind (text, numbers, categories) as codes 0, 1, ..., shape (n,); -1 where missing.

    Codes follow the sorted labels, not their order of appearance; where labels cannot be sorted (mixed types), that.
    """
    column = values if isinstance(values, pd.Series) else pd.Series(_one_dimension(values, name))
    try:
        codes, _ = pd.factorize(column, sort=True)
    except TypeError:
        codes, _ = pd.factorize(column)
    return np.asarray(codes, dtype=np.int64)


def matrix(values: Any, names: Sequence[str] | None = None) -> tuple[Floats, tuple[str, ...]]:
    """A table of numbers as floats, shape (n, k), and the names of its columns.

    Parameters
    ----------
    values : DataFrame, array of shape (n, k), or one column of shape (n,).
    names : names of the columns; by default those of the DataFrame or Series, else "x0", "x1", ...

    Raises
    ------
    EstimationError where names and columns differ in number, names repeat, or a column is not numeric.
    """
    table = _as_frame(values)
    if names is None and isinstance(values, (pd.DataFrame, pd.Series)):
        names = [str(column) for column in table.columns]
    found = tuple(names) if names is not None else tuple(f"x{i}" for i in range(table.shape[1]))
    if len(found) != table.shape[1] or len(set(found)) != len(found):
        raise EstimationError(f"{table.shape[1]} columns need as many different names, found {len(found)}.")
    columns = [numbers(table.iloc[:, i], name) for i, name in enumerate(found)]
    return np.column_stack(columns) if columns else np.empty((len(table), 0)), found


def _as_frame(values: Any) -> pd.DataFrame:
    if isinstance(values, pd.DataFrame):
        return values
    if isinstance(values, pd.Series):
        return values.to_frame()
    array = np.asarray(values)
    if array.ndim not in (1, 2):
        raise EstimationError(f"a table was expected, found {array.ndim} dimensions.")
    return pd.DataFrame(array.reshape(len(array), -1))


def same_length(**columns: Any) -> int:
    """The number of rows that all the columns have; None columns are passed over.

    Raises
    ------
    EstimationError where they differ.
    """
    lengths = {name: len(column) for name, column in columns.items() if column is not None}
    if len(set(lengths.values())) > 1:
        raise EstimationError(f"columns of different lengths: {lengths}.")
    return next(iter(lengths.values()))


def two_arms(values: Any, name: str) -> Floats:
    """An arm indicator as floats 0 (comparison) and 1 (treatment), NaN where missing, shape (n,).

    Raises
    ------
    EstimationError for any other value.
    """
    arm = numbers(values, name)
    if not np.isin(arm[~np.isnan(arm)], (0.0, 1.0)).all():
        raise EstimationError(f"{name}: 1 for the treatment and 0 for the comparison arm were expected.")
    return arm


def independent_columns(X: Floats, tolerance: float = 1e-9) -> Booleans:
    """Which columns are not linear combinations of columns before them, shape (k,).

    Gram-Schmidt with columns scaled to length one, twice for accuracy; a column is dependent where less than
    `tolerance` of its length is left.
    """
    keep = np.zeros(X.shape[1], dtype=bool)
    basis = np.empty((X.shape[0], 0))
    for i in range(X.shape[1]):
        length = np.linalg.norm(X[:, i])
        if length == 0:
            continue
        rest = X[:, i] / length
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        left = np.linalg.norm(rest)
        if left > tolerance:
            keep[i] = True
            basis = np.column_stack([basis, rest / left])
    return keep
