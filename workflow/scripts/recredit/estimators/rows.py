"""The rows a regression uses: complete, weighted, not alone, in an order and with group numbers that follow content.

Study codes are random, and sums of floats depend on their order. So rows are put in an order by what they hold, and
clusters and levels are numbered by what their rows hold: neither the order of the rows nor the names change a result.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recredit.errors import EstimationError
from recredit.estimators.arrays import Booleans, Dropped, Floats, Integers

Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class Rows:
    """The rows of a fit; fixed effects not yet taken out.

    Attributes
    ----------
    values : (n, m) outcome and all other columns, each column contiguous.
    weights : (n,) positive weights, or None where all are alike.
    clusters : for each set of clusters the (n,) numbers from 0.
    factors : for each set of fixed effects the (n,) numbers of its levels from 0.
    positions : (n,) places of the rows among those handed in.
    """

    values: Floats
    weights: Floats | None
    clusters: tuple[Integers, ...]
    factors: tuple[Integers, ...]
    positions: Integers


def clean_rows(
    values: Floats, weights: Floats | None, clusters: Sequence[Integers], factors: Sequence[Integers]
) -> tuple[Rows, tuple[Dropped, ...]]:
    """Rows without missing values, weights of zero and singletons, and what was left out.

    Parameters
    ----------
    values : (n, m) numbers, NaN where missing.
    weights : (n,), or None.
    clusters, factors : codes from 0, -1 where missing.

    Returns
    -------
    The rows, sorted by the level of the largest factor and, inside it, by content.

    Raises
    ------
    EstimationError for a negative weight or where no row is left.
    """
    use, dropped = _usable(values, weights, [*clusters, *factors])
    alone = singletons([factor[use] for factor in factors])
    if alone.any():
        dropped = (*dropped, _rows(alone, "alone in a level of a fixed effect"))
        use = use[~alone]
    if not len(use):
        raise EstimationError("no row is complete and shares its fixed effects with another row.")
    return _in_order(values, weights, clusters, factors, use), dropped


def _in_order(
    values: Floats, weights: Floats | None, clusters: Sequence[Integers], factors: Sequence[Integers], use: Integers
) -> Rows:
    """The rows at the positions ``use``, put in order."""
    keys = content_keys([column[use] for column in [*values.T, *([] if weights is None else [weights])]])
    pieces = _pieces(keys)
    numbers = [_number_by_content(codes[use], pieces) for codes in [*clusters, *factors]]
    order = _order(keys, numbers, len(clusters))
    positions = use[order]
    matrix = np.empty((len(use), values.shape[1]), order="F")
    for place in range(values.shape[1]):
        matrix[:, place] = values[positions, place]
    groups = tuple(number[order] for number in numbers)
    return Rows(
        values=matrix,
        weights=None if weights is None else weights[positions],
        clusters=groups[: len(clusters)],
        factors=groups[len(clusters) :],
        positions=positions,
    )


def _usable(values: Floats, weights: Floats | None, groups: Sequence[Integers]) -> tuple[Integers, tuple[Dropped, ...]]:
    """Positions of complete rows with a weight, and counts of the others."""
    empty = np.zeros(len(values), dtype=bool)
    for column in [*values.T, *([] if weights is None else [weights])]:
        empty |= np.isnan(column)
    for codes in groups:
        empty |= codes < 0
    unweighted = np.zeros(len(values), dtype=bool)
    if weights is not None:
        if (weights[~empty] < 0).any():
            raise EstimationError("weights must not be negative.")
        unweighted = ~empty & (weights == 0)
    counted = [(empty, "missing value"), (unweighted, "weight of zero")]
    dropped = tuple(_rows(rows, reason) for rows, reason in counted if rows.any())
    return np.flatnonzero(~empty & ~unweighted), dropped


def _rows(rows: Booleans, reason: str) -> Dropped:
    return Dropped(what="rows", reason=reason, count=int(rows.sum()))


def singletons(factors: Sequence[Integers]) -> Booleans:
    """Rows that are alone in a level of some factor, taken out one after another until none is left, shape (n,).

    Each level keeps the number of its rows and the sum of their positions; where the number falls to 1 the sum is the
    position of the lonely row. So each round looks at the changed levels only. Correia (2015), "Singletons,
    cluster-robust standard errors and fixed effects".
    """
    rows = len(factors[0]) if factors else 0
    alone = np.zeros(rows, dtype=bool)
    if not rows:
        return alone
    position = np.arange(rows)
    counts = [np.bincount(factor) for factor in factors]
    # Sums of positions are exact in floats below 2**53: some 10**8 rows in one level.
    sums = [np.bincount(factor, weights=position).astype(np.int64) for factor in factors]
    changed = [np.arange(len(count)) for count in counts]
    while True:
        found = [total[level[count[level] == 1]] for total, count, level in zip(sums, counts, changed, strict=True)]
        lonely = np.unique(np.concatenate(found))
        if not len(lonely):
            return alone
        alone[lonely] = True
        changed = [np.unique(factor[lonely]) for factor in factors]
        for factor, count, total in zip(factors, counts, sums, strict=True):
            np.subtract.at(count, factor[lonely], 1)
            np.subtract.at(total, factor[lonely], lonely)


def content_keys(columns: Sequence[Floats]) -> Keys:
    """A 64-bit key for what each row holds, shape (n,): equal rows have equal keys.

    SplitMix64's finaliser over the bits of the columns (Steele, Lea & Flood 2014); 0.0 and -0.0 are the same.
    """
    keys = np.zeros(len(columns[0]) if columns else 0, dtype=np.uint64)
    for column in columns:
        keys = _mixed(keys ^ (np.ascontiguousarray(column) + 0.0).view(np.uint64))
    return keys


def _mixed(keys: Keys) -> Keys:
    keys = keys + np.uint64(0x9E3779B97F4A7C15)
    keys ^= keys >> np.uint64(30)
    keys *= np.uint64(0xBF58476D1CE4E5B9)
    keys ^= keys >> np.uint64(27)
    keys *= np.uint64(0x94D049BB133111EB)
    keys ^= keys >> np.uint64(31)
    return keys


def number_by_content(codes: Integers, keys: Keys) -> Integers:
    """Numbers from 0 for the groups of ``codes`` (n,), in an order by what their rows hold, shape (n,).

    Groups are compared by the sums of their rows' keys, which are exact and so do not depend on the order of the rows.
    """
    return _number_by_content(codes, _pieces(keys))


def _pieces(keys: Keys) -> list[Floats]:
    """Keys in pieces of 22 bits, whose sums over 10**9 rows are exact in floats."""
    bits = np.uint64((1 << 22) - 1)
    return [((keys >> np.uint64(shift)) & bits).astype(np.float64) for shift in (0, 22, 44)]


def _number_by_content(codes: Integers, pieces: Sequence[Floats]) -> Integers:
    """Numbers from 0 for the groups of ``codes``, in the order of the sums of their rows' keys, shape (n,)."""
    sums = [np.bincount(codes, weights=piece) for piece in pieces]
    present = np.flatnonzero(np.bincount(codes))
    order = np.lexsort([one[present] for one in sums])
    rank = np.zeros(len(sums[0]), dtype=np.int64)
    rank[present[order]] = np.arange(len(present))
    return rank[codes]


def _order(keys: Keys, numbers: Sequence[Integers], clusters: int) -> Integers:
    """Positions in the order by the level of the largest factor, then by content, then by the other groups.

    Rows of one level lie together, so that the alternating projections read memory in order.
    """
    for place, number in enumerate(numbers):
        keys = keys + number.view(np.uint64) * np.uint64(2 * place + 3)
    factors = numbers[clusters:]
    if not factors:
        return np.argsort(_mixed(keys))
    largest = max(factors, key=lambda factor: int(factor.max()))
    level_bits = np.uint64(max(1, int(largest.max()).bit_length()))
    # One sort for both: the level in the leading bits, the key in those that are left.
    return np.argsort((largest.view(np.uint64) << (np.uint64(64) - level_bits)) | (_mixed(keys) >> level_bits))
