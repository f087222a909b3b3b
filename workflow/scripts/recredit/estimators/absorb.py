"""Fixed effects taken out of columns, without a column for each level.

One set of effects goes out by its means. Several go out by alternating projections (von Neumann 1949; Halperin 1962;
Guimaraes & Portugal 2010; Gaure 2013): the levels' coefficients of one set are solved for while the others stand
still, in turn. The sweeps run on the levels and the cross-tabulations of levels, not on the rows, which is the same
arithmetic at the price of distinct pairs. Where the sweeps converge slowly, LSMR (Fong & Saunders 2011) solves the
sparse least-squares problem instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import lsmr

from recredit.errors import EstimationError
from recredit.estimators.arrays import Floats, Integers

# What may be left of a column's fixed effects, relative to the column's size: four digits below the 1e-8 at which a
# column counts as collinear with the effects, and far above rounding (1e-16).
TOLERANCE = 1e-12
# A sweep costs about as much as a step of LSMR, which needs some hundreds where sweeps need thousands.
SLOW_SWEEPS = 200
# Levels beside the largest set up to which the rank is computed from a dense matrix (2000 x 2000: 32 MB, a second).
DENSE_LEVELS = 2000


@dataclass(frozen=True)
class Absorbed:
    """Columns without their fixed effects.

    Attributes
    ----------
    values : (n, m) residuals of the columns on the effects, weighted.
    method : "none", "means", "alternating projections" or "sparse least squares".
    sweeps : alternating projections done.
    """

    values: Floats
    method: str
    sweeps: int


@dataclass(frozen=True)
class FixedEffects:
    """Sets of fixed effects, the one with most levels first.

    Attributes
    ----------
    factors : for each set the (n,) level numbers from 0.
    weights : (n,) positive weights, or None.
    sizes : for each set the sums of weights by level.
    tables : for pairs of sets (j < k) the sparse sums of weights by pairs of levels.
    """

    factors: tuple[Integers, ...]
    weights: Floats | None
    sizes: tuple[Floats, ...]
    tables: Mapping[tuple[int, int], sparse.csr_array]

    def table(self, j: int, k: int) -> sparse.sparray:
        """Sums of weights by levels of set j and of set k."""
        return self.tables[j, k] if j < k else self.tables[k, j].T


def fixed_effects(factors: Sequence[Integers], weights: Floats | None = None) -> FixedEffects:
    """Sets of fixed effects with their sums and cross-tabulations."""
    ordered = tuple(sorted(factors, key=lambda factor: int(factor.max()), reverse=True))
    sizes = tuple(np.bincount(factor, weights=weights).astype(np.float64) for factor in ordered)
    pairs = combinations(range(len(ordered)), 2)
    tables = {(j, k): _cross_table(ordered[j], ordered[k], weights) for j, k in pairs}
    return FixedEffects(ordered, weights, sizes, MappingProxyType(tables))


def _cross_table(first: Integers, second: Integers, weights: Floats | None) -> sparse.csr_array:
    cells = np.ones(len(first)) if weights is None else weights
    shape = (int(first.max()) + 1, int(second.max()) + 1)
    return sparse.coo_array((cells, (first.astype(np.int32), second.astype(np.int32))), shape=shape).tocsr()


def partial_out(values: Floats, effects: FixedEffects) -> Absorbed:
    """What is left of columns (n, m) when sets of fixed effects are taken out.

    Raises
    ------
    EstimationError where neither method converges.
    """
    if not effects.factors:
        return Absorbed(values, "none", 0)
    left = _without_means(values, effects.factors[0], effects.sizes[0], effects.weights)
    if len(effects.factors) == 1:
        return Absorbed(left, "means", 0)
    scale = np.sqrt(_squares(left, effects.weights))
    coefficients, sweeps, converged = _alternate(left, effects, scale)
    for factor, coefficient in zip(effects.factors, coefficients, strict=True):
        for place in range(left.shape[1]):
            left[:, place] -= coefficient[:, place][factor]
    if converged:
        return Absorbed(left, "alternating projections", sweeps)
    return Absorbed(_sparse_least_squares(left, effects, scale), "sparse least squares", sweeps)


def _without_means(values: Floats, factor: Integers, size: Floats, weights: Floats | None) -> Floats:
    left = np.empty(values.shape, order="F")
    for place, column in enumerate(values.T):
        means = np.bincount(factor, weights=column if weights is None else column * weights) / size
        np.subtract(column, means[factor], out=left[:, place])
    return left


def _squares(values: Floats, weights: Floats | None) -> Floats:
    """Weighted sums of squares of columns, (m,)."""
    heavy = values if weights is None else values * weights[:, None]
    # einsum, since BLAS on vectors of this length starts threads that cost more than the sum.
    return np.array([np.einsum("i,i", *pair) for pair in zip(values.T, heavy.T, strict=True)])


def _level_sums(values: Floats, factor: Integers, weights: Floats | None) -> Floats:
    sums = [np.bincount(factor, weights=column if weights is None else column * weights) for column in values.T]
    return np.column_stack(sums) if sums else np.empty((int(factor.max()) + 1, 0))


def _alternate(left: Floats, effects: FixedEffects, scale: Floats) -> tuple[list[Floats], int, bool]:
    """The levels' coefficients, the number of sweeps, and whether what is missing lies below the tolerance."""
    count = len(effects.factors)
    sums = [_level_sums(left, factor, effects.weights) for factor in effects.factors]
    coefficients = [np.zeros_like(one) for one in sums]
    before = np.full(left.shape[1], np.inf)
    for sweep in range(1, SLOW_SWEEPS + 1):
        change = np.zeros(left.shape[1])
        for j in range(count):
            rest = sums[j].copy()
            for k in range(count):
                if k != j:
                    rest -= effects.table(j, k) @ coefficients[k]
            new = rest / effects.sizes[j][:, None]
            change += np.einsum("i,ij->j", effects.sizes[j], (new - coefficients[j]) ** 2)
            coefficients[j] = new
        change = np.sqrt(change)
        rate = np.divide(change, before, out=np.zeros_like(change), where=np.isfinite(before) & (before > 0))
        # Steps shrink by `rate` each time, so that all the steps to come add up to change * rate / (1 - rate).
        missing = change * rate / np.maximum(1 - rate, 1e-6)
        if sweep > 1 and (np.maximum(missing, change * 1e-3) <= TOLERANCE * scale).all():
            return coefficients, sweep, True
        if sweep >= 10 and _sweeps_to_come(change, rate, scale) > SLOW_SWEEPS - sweep:
            return coefficients, sweep, False
        before = change
    return coefficients, SLOW_SWEEPS, False


def _sweeps_to_come(change: Floats, rate: Floats, scale: Floats) -> float:
    """The sweeps until every column's steps lie below the tolerance, at the rate of the last one."""
    open_columns = change > TOLERANCE * scale
    if not open_columns.any():
        return 0.0
    with np.errstate(divide="ignore"):
        sweeps = np.log(TOLERANCE * scale[open_columns] / change[open_columns]) / np.log(rate[open_columns])
    return float(np.where((rate[open_columns] > 0) & (rate[open_columns] < 1), sweeps, np.inf).max())


def _sparse_least_squares(left: Floats, effects: FixedEffects, scale: Floats) -> Floats:
    """``left`` without what the sweeps have not taken out; each level's column is scaled to length one."""
    factors, sizes, weights = effects.factors, effects.sizes, effects.weights
    root = np.ones(len(left)) if weights is None else np.sqrt(weights)
    starts = np.cumsum([0, *(len(size) for size in sizes)])
    levels = np.column_stack([factor + start for factor, start in zip(factors, starts[:-1], strict=True)])
    lengths = np.sqrt(np.concatenate(sizes))
    cells = root[:, None] / lengths[levels]
    rows = np.arange(0, levels.size + 1, len(factors))
    dummies = sparse.csr_array((cells.ravel(), levels.ravel(), rows), shape=(len(left), int(starts[-1])))
    for place in range(left.shape[1]):
        target = left[:, place] * root
        solution = lsmr(dummies, target, atol=1e-14, btol=1e-14, conlim=0, maxiter=20_000)[0]
        target -= dummies @ solution
        # The condition for least squares: nothing of the residual is left along any level.
        if np.linalg.norm(dummies.T @ target) > 1e-9 * scale[place]:
            raise EstimationError("the fixed effects could not be taken out: their levels hardly overlap.")
        left[:, place] = target / root
    return left


def effects_rank(effects: FixedEffects) -> int:
    """The number of parameters that sets of fixed effects stand for, redundant levels not counted.

    Exact for one set (levels), two (levels minus connected groups of levels, Abowd, Creecy & Kramarz 2002), and more
    as long as all sets but the largest have at most ``DENSE_LEVELS`` levels together. Beyond that each further set
    loses the largest number of connected groups it has with one before it: an upper bound, so that standard errors
    can only come out too large.
    """
    levels = [len(size) for size in effects.sizes]
    if len(levels) <= 2 or sum(levels[1:]) > DENSE_LEVELS:
        redundant = [max(_connected(effects.tables[j, k]) for j in range(k)) for k in range(1, len(levels))]
        return sum(levels) - sum(redundant)
    return levels[0] + _rank_beside_first(effects)


def _connected(table: sparse.csr_array) -> int:
    """Groups of levels that no row connects."""
    return int(connected_components(sparse.bmat([[None, table], [table.T, None]]), directed=False)[0])


def _rank_beside_first(effects: FixedEffects) -> int:
    """The rank of the other sets' dummies once the first set's means are taken out of them."""
    others = range(1, len(effects.sizes))
    gram = np.block(
        [[np.diag(effects.sizes[j]) if j == k else effects.table(j, k).toarray() for k in others] for j in others]
    )
    beside = sparse.hstack([effects.tables[0, k] for k in others]).tocsr()
    rows = np.repeat(1 / effects.sizes[0], np.diff(beside.indptr))
    means = sparse.csr_array((beside.data * rows, beside.indices, beside.indptr), shape=beside.shape)
    length = np.sqrt(np.diag(gram))
    left = (gram - (beside.T @ means).toarray()) / length[:, None] / length[None, :]
    # Dummies of length one: what is no rounding (1e-15) is at least of the size of 1/n.
    return int((np.linalg.eigvalsh(left) > 1e-10).sum())
