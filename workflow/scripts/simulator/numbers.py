"""Small numerical helpers that several parts of the district share."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


def logistic(value: Floats) -> Floats:
    """1 / (1 + exp(-value)), element by element."""
    return 1.0 / (1.0 + np.exp(-value))


def apportion(total: int, weights: Floats, smallest: int = 0) -> Integers:
    """``total`` split by ``weights`` into whole numbers of at least ``smallest`` that sum to it exactly.

    Raises
    ------
    ValueError if ``smallest`` for each is more than ``total``.
    """
    rest = total - smallest * len(weights)
    if rest < 0:
        raise ValueError("the total is smaller than the smallest part for each")
    borders = np.round(np.cumsum(weights) / np.sum(weights) * rest).astype(np.int64)
    parts: Integers = np.diff(borders, prepend=np.int64(0)) + smallest
    return parts


def split_in_groups(totals: Integers, group: Integers, weights: Floats) -> Integers:
    """Each total split over the rows of its group by ``weights``, in whole numbers that sum to the total exactly.

    Parameters
    ----------
    totals : (g,) totals of the groups.
    group : (n,) group of each row, ascending from 0; every group has at least one row.
    weights : (n,) positive weights.

    Returns
    -------
    (n,) parts; rounding is of the cumulative sum, so a part is off its exact value by less than one.
    """
    sums = np.bincount(group, weights=weights, minlength=len(totals))
    running = np.cumsum(weights)
    before = np.concatenate([[0.0], np.cumsum(sums)[:-1]])
    share = (running - before[group]) / sums[group]
    borders = np.round(np.clip(share, 0.0, 1.0) * totals[group]).astype(np.int64)
    last = np.append(group[1:] != group[:-1], True)
    borders[last] = totals[group[last]]
    first = np.insert(last[:-1], 0, True)
    parts: Integers = borders - np.where(first, 0, np.roll(borders, 1))
    return parts


def choose(generator: Generator, shares: Mapping[Any, float], size: int) -> Integers:
    """(size,) positions of categories drawn with the probabilities in ``shares``."""
    borders = np.cumsum(np.fromiter(shares.values(), dtype=np.float64))
    return np.minimum(np.searchsorted(borders, generator.random(size), side="right"), len(borders) - 1).astype(np.int64)
