"""The rows a regression uses: complete, weighted, not alone, in an order by content and with numbers for names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from recredit.estimators.fixed_effects import Floats, Integers, content_order, relabel, singletons

ALONE = "alone in a level of a fixed effect"


@dataclass(frozen=True)
class Dropped:
    """What was left out of a fit: a term (by name) or a number of rows, and why."""

    what: str
    count: int
    reason: str


@dataclass(frozen=True)
class Rows:
    """The rows of a fit; fixed effects not yet taken out.

    Attributes
    ----------
    y : (n,) outcome.
    X : (n, k) terms.
    weights : (n,) positive weights.
    cluster : (n,) numbers of the clusters, or None.
    factors : for each set of fixed effects the (n,) numbers of its levels.
    positions : (n,) where each row stood among the rows that were given.
    """

    y: Floats
    X: Floats
    weights: Floats
    cluster: Integers | None
    factors: tuple[Integers, ...]
    positions: Integers


def clean_rows(
    y: Floats, X: Floats, cluster: ArrayLike | None, absorb: Sequence[ArrayLike], weights: ArrayLike | None
) -> tuple[Rows, tuple[Dropped, ...]]:
    """Rows without missing values, zero weights and singletons, and what was left out.

    Parameters
    ----------
    y, X, cluster, absorb, weights : as in :func:`recredit.estimators.linear.fit_ols`.

    Returns
    -------
    The rows sorted by outcome, terms and weight. Clusters and levels are numbered by what they hold, so that neither
    the order of the rows nor a new set of random study codes changes a result.

    Raises
    ------
    ValueError if a weight is negative or the lengths differ.
    """
    values = np.column_stack([y, X, np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)])
    groups = [np.asarray(names, dtype=object) for names in ([] if cluster is None else [cluster]) + list(absorb)]
    empty = np.asarray(~np.isfinite(values).all(axis=1), dtype=bool)
    for group in groups:
        empty |= np.asarray(pd.isna(group), dtype=bool)
    if (values[~empty, -1] < 0).any():
        raise ValueError("weights must not be negative")
    unweighted = ~empty & (values[:, -1] == 0)
    use = np.flatnonzero(~empty & ~unweighted)
    use = use[content_order(values[use])]
    values = values[use]
    numbers = [relabel(group[use].astype(str), values) for group in groups]
    # Rows alike in content may lie in different groups: the groups' numbers settle their order too.
    order = content_order(np.column_stack([values, *numbers]))
    use, values, numbers = use[order], values[order], [number[order] for number in numbers]
    alone = _alone(numbers[0 if cluster is None else 1 :], len(values))
    dropped = _counted({"missing value": empty, "weight of zero": unweighted, ALONE: alone})
    kept = [number[~alone] for number in numbers]
    return _rows(values[~alone], kept, cluster is not None, use[~alone]), dropped


def _counted(rows_by_reason: Mapping[str, NDArray[np.bool_]]) -> tuple[Dropped, ...]:
    counts = {reason: int(rows.sum()) for reason, rows in rows_by_reason.items()}
    return tuple(Dropped("rows", count, reason) for reason, count in counts.items() if count)


def _alone(factors: Sequence[Integers], rows: int) -> NDArray[np.bool_]:
    return singletons(factors) if factors and rows else np.zeros(rows, dtype=bool)


def _rows(values: Floats, numbers: Sequence[Integers], clustered: bool, positions: Integers) -> Rows:
    return Rows(
        y=values[:, 0],
        X=values[:, 1:-1],
        weights=values[:, -1],
        cluster=numbers[0] if clustered else None,
        factors=tuple(numbers[1:] if clustered else numbers),
        positions=positions,
    )
