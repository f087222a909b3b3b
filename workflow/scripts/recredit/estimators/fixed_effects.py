"""Fixed effects: singletons left out, effects partialled out exactly, nothing that depends on names or on row order."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Factors beside the largest one are held as columns; more cells than this would not fit a small machine.
MAXIMUM_CELLS = 100_000_000
RELATIVE_TOLERANCE = 1e-9


def content_order(columns: Floats) -> Integers:
    """Indices that sort the rows of ``columns`` (n, k) by their values, the first column first."""
    return np.lexsort(columns.T[::-1]).astype(np.int64)


def group_sums(columns: Floats, groups: Integers, count: int) -> Floats:
    """Sums of ``columns`` (n, k) by group: (count, k)."""
    return np.column_stack([np.bincount(groups, weights=column, minlength=count) for column in columns.T])


def relabel(labels: NDArray[np.object_] | Integers, columns: Floats) -> Integers:
    """Whole numbers for ``labels``, in the order of what the groups hold and not of their names.

    Parameters
    ----------
    labels : (n,) names of groups; random study codes, for example.
    columns : (n, k) values in an order that does not depend on the names.

    Returns
    -------
    (n,) numbers from 0. Groups are ordered by their size and the sums and sums of squares of their columns.
    """
    codes = np.unique(labels, return_inverse=True)[1].reshape(-1).astype(np.int64)
    count = int(codes.max()) + 1 if len(codes) else 0
    sums = group_sums(np.column_stack([np.ones(len(codes)), columns, columns**2]), codes, count)
    order = content_order(sums)
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    return rank[codes]


def singletons(factors: Sequence[Integers]) -> NDArray[np.bool_]:
    """Rows that are alone in a level of some factor, found one after another until none is left (Correia 2015)."""
    alone = np.zeros(len(factors[0]), dtype=bool)
    while True:
        newly = np.zeros_like(alone)
        for factor in factors:
            sizes = np.bincount(factor[~alone], minlength=int(factor.max(initial=-1)) + 1)
            newly |= ~alone & (sizes[factor] == 1)
        if not newly.any():
            return alone
        alone |= newly


def partial_out(columns: Floats, factors: Sequence[Integers], weights: Floats) -> tuple[Floats, int]:
    """What is left of ``columns`` when the fixed effects are taken out, and how many parameters these are.

    Parameters
    ----------
    columns : (n, k) outcome and terms.
    factors : for each set of fixed effects the (n,) level numbers from 0.
    weights : (n,) positive weights.

    Returns
    -------
    The (n, k) weighted residuals on all effects, and the rank of the effects (nested ones are counted once).

    Raises
    ------
    ValueError if the levels beside the largest factor are too many to be held as columns.

    Notes
    -----
    The factor with most levels is taken out by its means, the others as columns freed of it (Frisch, Waugh & Lovell):
    exact, without iterations, and the rank is known.
    """
    if not factors:
        return columns, 0
    largest, *others = sorted(factors, key=_levels, reverse=True)
    dummies = [_dummies(factor) for factor in others]
    cells = sum(block.shape[1] for block in dummies) * len(columns)
    if cells > MAXIMUM_CELLS:
        raise ValueError("the fixed effects beside the largest have too many levels")
    left = _demean(columns, largest, weights)
    rank = _levels(largest)
    if not dummies:
        return left, rank
    basis = _basis(_demean(np.column_stack(dummies), largest, weights) * np.sqrt(weights)[:, None])
    scaled = left * np.sqrt(weights)[:, None]
    scaled = scaled - basis @ (basis.T @ scaled)
    return scaled / np.sqrt(weights)[:, None], rank + basis.shape[1]


def _levels(factor: Integers) -> int:
    return len(np.unique(factor))


def _demean(columns: Floats, factor: Integers, weights: Floats) -> Floats:
    count = int(factor.max()) + 1
    totals = np.maximum(np.bincount(factor, weights=weights, minlength=count), np.finfo(float).tiny)
    means = group_sums(columns * weights[:, None], factor, count) / totals[:, None]
    return columns - means[factor]


def _dummies(factor: Integers) -> Floats:
    levels = np.unique(factor)
    dummies: Floats = (factor[:, None] == levels[None, :]).astype(np.float64)
    return dummies


def _basis(columns: Floats) -> Floats:
    """An orthonormal basis of the space of ``columns``."""
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    basis: Floats = left[:, sizes > RELATIVE_TOLERANCE * max(float(sizes.max(initial=0.0)), 1.0)]
    return basis
