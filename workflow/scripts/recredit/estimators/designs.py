"""The algebra that all standard errors share: fixed effects taken out, an orthonormal basis, a solved regression."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recredit.errors import EstimationError
from recredit.estimators.absorb import FixedEffects, effects_rank, fixed_effects, partial_out
from recredit.estimators.arrays import Floats, Integers
from recredit.estimators.rows import Rows

# Less than this part of a column's size left beside the others: collinear. Iterated fixed effects leave up to 1e-11.
COLLINEAR = 1e-8
# Rounding leaves about 1e-16 of a column's size, a few operations more.
ROUNDING = 1e-13
# An eigenvalue of I - H for the rows of one unit below this is zero: the unit alone decides that direction.
SINGULAR = 1e-9
# A term depends on such a direction where a larger part of its weights lies along it.
NEGLIGIBLE = 1e-6
# Fixed effects that cross clusters are held as columns up to this many cells (240 MB).
MAXIMUM_CELLS = 30_000_000


@dataclass(frozen=True)
class Solution:
    """A solved regression; each row is multiplied by the square root of its weight.

    Attributes
    ----------
    kept : places of the terms that are in the model among all terms, k of them.
    estimate : (k,) coefficients.
    basis : (n, K) orthonormal columns: the first k span the terms (with instruments: the terms as the instruments
        predict them) freed of the fixed effects, the others the fixed effects that are held as columns.
    inverse : (k, k), upper; ``basis[:, :k]`` is the predicted terms times it.
    residual : (n,) of the regression itself, never of the second stage alone.
    root : (n,) square roots of the weights, or None.
    clusters : for each set of clusters (n,) numbers from 0.
    absorbed : the sets of fixed effects taken out and not held as columns.
    effects : parameters of all fixed effects.
    instruments : with instruments, the (n, b) orthonormal columns that all predictors span; else None.
    structural : with instruments, the (n, k) terms themselves; else None.
    """

    kept: tuple[int, ...]
    estimate: Floats
    basis: Floats
    inverse: Floats
    residual: Floats
    root: Floats | None
    clusters: tuple[Integers, ...]
    absorbed: tuple[Integers, ...]
    effects: int
    instruments: Floats | None = None
    structural: Floats | None = None

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.residual)

    @property
    def residual_df(self) -> int:
        """Rows minus all parameters."""
        return self.n - len(self.kept) - self.effects

    def loadings(self, contrasts: Floats | None = None) -> Floats:
        """What contrasts (k, q) of the coefficients weigh on the basis, (K, q); every coefficient by default."""
        columns = self.inverse.T if contrasts is None else self.inverse.T @ contrasts
        whole = np.zeros((self.basis.shape[1], columns.shape[1]))
        whole[: len(columns)] = columns
        return whole

    def variance(self, squares: Floats) -> Floats:
        """The (k, k) variance of the coefficients from that of the basis' coefficients."""
        return np.asarray(self.inverse @ squares @ self.inverse.T)


@dataclass(frozen=True)
class Columns:
    """Columns freed of fixed effects and scaled by the root of the weights, and what was done.

    Attributes
    ----------
    values : (n, m).
    sizes : (m,) lengths of the columns before, about their means where there are fixed effects.
    floor : (m,) lengths below which a column is rounding.
    explicit : (n, L) orthonormal basis of the fixed effects held as columns.
    absorbed, effects, root : as in :class:`Solution`.
    """

    values: Floats
    sizes: Floats
    floor: Floats
    explicit: Floats
    absorbed: tuple[Integers, ...]
    effects: int
    root: Floats | None


def nested(factor: Integers, cluster: Integers) -> bool:
    """Whether each level of ``factor`` lies inside one cluster."""
    home = np.zeros(int(factor.max()) + 1, dtype=np.int64)
    home[factor] = cluster
    return bool((home[factor] == cluster).all())


def free_of_effects(rows: Rows, absorbed: Sequence[Integers]) -> Columns:
    """The columns of ``rows`` with the sets ``absorbed`` taken out by projection and all other sets as columns.

    Raises
    ------
    EstimationError where the other sets have too many levels to be held as columns.
    """
    chosen = [any(one is factor for one in absorbed) for factor in rows.factors]
    others = [factor for factor, is_in in zip(rows.factors, chosen, strict=True) if not is_in]
    root = None if rows.weights is None else np.sqrt(rows.weights)
    projected = fixed_effects(absorbed, rows.weights)
    values = scaled(partial_out(rows.values, projected).values, root)
    explicit = _explicit_basis(rows, projected, others, root)
    if explicit.shape[1]:
        for _ in range(2):  # the second pass takes out what rounding left of the first
            values = values - explicit @ (explicit.T @ values)
    sizes, floor = _sizes(rows, root)
    effects = (effects_rank(projected) if absorbed else 0) + explicit.shape[1]
    return Columns(values, sizes, floor, explicit, tuple(absorbed), effects, root)


def scaled(values: Floats, root: Floats | None) -> Floats:
    """``values`` with each row multiplied by the root of its weight."""
    return values if root is None else values * root[:, None]


def length(column: Floats) -> float:
    """The length of a column (n,).

    This and the next two are sums over rows by einsum: BLAS would start threads, which cost more than they save on so
    few columns, and whose number would change the last bits.
    """
    return float(np.sqrt(np.einsum("i,i", column, column)))


def on_columns(columns: Floats, column: Floats) -> Floats:
    """Products (k,) of each of the columns (n, k) with one column (n,)."""
    return np.asarray(np.einsum("ij,i->j", columns, column))


def of_columns(columns: Floats, weights: Floats) -> Floats:
    """The sum (n,) of columns (n, k) times weights (k,)."""
    return np.asarray(np.einsum("ij,j->i", columns, weights))


def _sizes(rows: Rows, root: Floats | None) -> tuple[Floats, Floats]:
    raw = np.array([length(column if root is None else column * root) for column in rows.values.T])
    if not rows.factors:
        return raw, raw * ROUNDING
    means = np.average(rows.values, axis=0, weights=rows.weights)
    total = len(rows.values) if rows.weights is None else float(rows.weights.sum())
    return np.sqrt(np.maximum(raw**2 - total * means**2, (raw * ROUNDING) ** 2)), raw * ROUNDING


def _explicit_basis(rows: Rows, projected: FixedEffects, others: Sequence[Integers], root: Floats | None) -> Floats:
    """An orthonormal basis of the dummies of ``others``, freed of the effects taken out by projection."""
    n = len(rows.values)
    levels = [int(factor.max()) + 1 for factor in others]
    if n * sum(levels) > MAXIMUM_CELLS:
        raise EstimationError(
            f"fixed effects with {sum(levels)} levels would have to be held as columns for this standard error, since "
            "they lie across clusters (or rows). Cluster so that they lie inside, or choose CR1 (HC1)."
        )
    dummies = np.zeros((n, sum(levels)), order="F")
    for factor, start in zip(others, np.cumsum([0, *levels]), strict=False):
        dummies[np.arange(n), factor + start] = 1.0
    if not others:
        return dummies
    columns = scaled(partial_out(dummies, projected).values, root)
    size = np.sqrt(np.bincount(others[0], weights=rows.weights).max())
    return _orthonormal(_orthonormal(columns, size), 1.0)


def _orthonormal(columns: Floats, size: float) -> Floats:
    """A basis of the space of ``columns``, whose lengths are about ``size``; once more for accuracy by the caller."""
    squares, vectors = np.linalg.eigh(columns.T @ columns)
    keep = squares > 1e-10 * size**2
    return np.asarray(columns @ (vectors[:, keep] / np.sqrt(squares[keep])))


def orthogonalise(columns: Floats, least: Floats, before: Floats) -> tuple[list[int], Floats, Floats]:
    """Gram-Schmidt in the order of the columns, each twice for accuracy.

    Parameters
    ----------
    columns : (n, m).
    least : (m,) lengths; a column of which no more is left is a combination of those before it.
    before : (n, b) orthonormal columns to begin with.

    Returns
    -------
    Places of the k columns kept, the (n, b + k) basis and the (b + k, k) weights of the kept columns on it.
    """
    b, m = before.shape[1], columns.shape[1]
    basis = np.empty((len(columns), b + m), order="F")
    basis[:, :b] = before
    weights = np.zeros((b + m, m))
    kept: list[int] = []
    for place in range(m):
        used = b + len(kept)
        column = columns[:, place].copy()
        for _ in range(2):
            along = on_columns(basis[:, :used], column)
            column -= of_columns(basis[:, :used], along)
            weights[:used, len(kept)] += along
        left = length(column)
        if left <= least[place]:
            weights[:, len(kept)] = 0.0
            continue
        weights[used, len(kept)] = left
        basis[:, used] = column / left
        kept.append(place)
    used = b + len(kept)
    return kept, basis[:, :used], weights[:used, : len(kept)]
