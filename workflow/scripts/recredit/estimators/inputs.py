"""What callers of the regressions hand over, checked: sets of groups as whole numbers, rows that belong together."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from recredit.errors import EstimationError
from recredit.estimators.arrays import Integers, labels


def group_sets(values: Any, name: str, rows: int) -> tuple[Integers, ...]:
    """Codes from 0 (-1 where missing), shape (n,), for each of one or several sets of groups.

    Parameters
    ----------
    values : None; one column of labels of any type; or several: a list or tuple of columns, an (n, s) array, a table.
    name : how messages call it.
    rows : n.

    Raises
    ------
    EstimationError for a column that has not n rows.
    """
    columns = _columns(values)
    for column in columns:
        if np.ndim(column) != 1 or len(column) != rows:
            raise EstimationError(f"{name}: a label for each of the {rows} rows was expected.")
    return tuple(labels(column, name) for column in columns)


def _columns(values: Any) -> Sequence[Any]:
    if values is None:
        return ()
    if isinstance(values, pd.DataFrame):
        return [values.iloc[:, place] for place in range(values.shape[1])]
    if isinstance(values, np.ndarray) and values.ndim == 2:
        return list(values.T)
    if isinstance(values, list | tuple) and all(np.ndim(one) == 1 for one in values):
        return values
    return [values]


def check_rows_match(**arguments: Any) -> None:
    """Refuse pandas arguments whose rows are labelled differently: pairing them by position would be a silent error.

    Raises
    ------
    EstimationError that names the two arguments.
    """
    first: tuple[str, pd.Index[Any]] | None = None
    for name, value in arguments.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            if not isinstance(one, pd.Series | pd.DataFrame):
                continue
            if first is None:
                first = name, one.index
            elif not one.index.equals(first[1]):
                raise EstimationError(f"{first[0]} and {name} have different row labels: align them or pass arrays.")
