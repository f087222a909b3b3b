"""CR2 and CR3: residuals adjusted for what each cluster takes out of them, and Satterthwaite degrees of freedom.

Bell & McCaffrey (2002), "Bias reduction in standard errors for linear regression with multi-stage samples";
Pustejovsky & Tipton (2018), "Small-sample methods for cluster-robust variance estimation and hypothesis testing in
fixed effects models", doi:10.1080/07350015.2016.1247004. The working model is independent errors of equal variance,
as in R's clubSandwich for ``lm``, with weights too. With H the hat matrix and g a cluster,

    V = M sum_g X_g' A_g e_g e_g' A_g X_g M,   M = (X'X)^-1,   A_g = (I - H_gg)^(-1/2) for CR2, ^(-1) for CR3.

All is computed on an orthonormal basis Q of the terms, where H_gg = Q_g Q_g'. Fixed effects nested in the clusters
may be missing from Q: their part of I - H_gg acts on directions in which neither terms nor residuals lie, so that
nothing changes without weights; with weights it is put back cluster by cluster.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recredit.estimators.arrays import Floats, Integers
from recredit.estimators.designs import SINGULAR, Solution

# Numbers in one batch of clusters: 32 MB.
BATCH_CELLS = 4_000_000
# Up to this many columns the products of all clusters are counted up at once, which is quicker than in batches.
FEW_COLUMNS = 8


@dataclass(frozen=True)
class Moments:
    """Under the working model, what the clusters put into the variances of q contrasts, over their error variance.

    The vectors p_g of Pustejovsky & Tipton's P have the products
    ``p_gs' p_ht = [g = h] inner[g, s, t] + low[g, :, s]' core low[h, :, t]``.

    Attributes
    ----------
    inner : (G, q, q).
    low : (G, r, q).
    core : (r, r), symmetric.
    """

    inner: Floats
    low: Floats
    core: Floats


def adjusted(solution: Solution, power: float, loadings: Floats) -> tuple[Floats, Moments]:
    """Adjusted scores of the clusters, and the moments for contrasts.

    Parameters
    ----------
    solution : fixed effects that are not nested in the clusters must be in its basis.
    power : 0.5 for CR2, 1 for CR3.
    loadings : (K, q) weights of the contrasts on the basis.

    Returns
    -------
    Scores (G, k) on the basis of the terms, and the moments.
    """
    if solution.root is None or power == 1 or np.ptp(solution.root) == 0:
        return _equal_weights(solution, power, loadings)
    return _unequal_weights(solution, loadings)


def batches(codes: Integers, width: int) -> Iterator[tuple[Integers, Integers]]:
    """Clusters of equal size together: their numbers (m,) and the positions of their rows (m, size).

    Parameters
    ----------
    codes : (n,) numbers of the clusters from 0.
    width : columns that a batch will gather; batches are cut so that they stay small.
    """
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes)
    starts = np.cumsum(sizes) - sizes
    for size in np.unique(sizes[sizes > 0]):
        members = np.flatnonzero(sizes == size)
        step = max(1, BATCH_CELLS // (int(size) * width))
        for begin in range(0, len(members), step):
            part = members[begin : begin + step]
            yield part, order[starts[part][:, None] + np.arange(size)]


def _equal_weights(solution: Solution, power: float, loadings: Floats) -> tuple[Floats, Moments]:
    codes, width = solution.clusters[0], solution.basis.shape[1]
    count, q, k = int(codes.max()) + 1, loadings.shape[1], len(solution.kept)
    scores, low, inner = np.empty((count, k)), np.empty((count, width, q)), np.empty((count, q, q))
    for members, (turned, values, factor, score) in _taken_apart(solution, power):
        along, back = turned @ loadings, np.swapaxes(turned, 1, 2)
        scores[members] = (back @ (factor * score)[:, :, None])[:, :k, 0]
        low[members] = back @ ((factor * values)[:, :, None] * along)
        inner[members] = np.swapaxes(along, 1, 2) @ ((factor**2 * values)[:, :, None] * along)
    return scores, Moments(inner, low, -np.eye(width))


# For m clusters: vectors (m, s, K), eigenvalues, powers of I - H_gg, and scores (m, s): Q_g'A_g Q_g is
# vectors' * eigenvalues * powers * vectors, and Q_g'A_g e_g is vectors' * powers * scores.
_Parts = tuple[Floats, Floats, Floats, Floats]


def _taken_apart(solution: Solution, power: float) -> Iterator[tuple[Integers, _Parts]]:
    codes, width = solution.clusters[0], solution.basis.shape[1]
    if width <= FEW_COLUMNS:
        squares, sums = cluster_products(solution.basis, solution.residual, codes)
        yield np.arange(len(sums)), _large(squares, sums, power)
        return
    for members, rows in batches(codes, width):
        basis, residual = solution.basis[rows], solution.residual[rows]
        if rows.shape[1] <= width:
            yield members, _small(basis, residual, power)
        else:
            across = np.swapaxes(basis, 1, 2)
            yield members, _large(across @ basis, (across @ residual[:, :, None])[:, :, 0], power)


def cluster_products(basis: Floats, residual: Floats, codes: Integers) -> tuple[Floats, Floats]:
    """Q_g'Q_g (G, K, K) and Q_g'e_g (G, K) of all clusters."""
    width, count = basis.shape[1], int(codes.max()) + 1
    squares, sums = np.empty((count, width, width)), np.empty((count, width))
    for i in range(width):
        sums[:, i] = np.bincount(codes, weights=basis[:, i] * residual, minlength=count)
        for j in range(i + 1):
            products = np.bincount(codes, weights=basis[:, i] * basis[:, j], minlength=count)
            squares[:, i, j] = squares[:, j, i] = products
    return squares, sums


def _small(basis: Floats, residual: Floats, power: float) -> _Parts:
    """Clusters with no more rows than the basis has columns: I - H_gg itself is taken apart."""
    left, vectors = np.linalg.eigh(np.eye(basis.shape[1]) - basis @ np.swapaxes(basis, 1, 2))
    across = np.swapaxes(vectors, 1, 2)
    return across @ basis, np.ones_like(left), _power(left, power), (across @ residual[:, :, None])[:, :, 0]


def _large(squares: Floats, sums: Floats, power: float) -> _Parts:
    """Clusters with more rows: Q_g'Q_g has the eigenvalues of H_gg that are not zero."""
    values, vectors = np.linalg.eigh(squares)
    turned = np.swapaxes(vectors, 1, 2)
    return turned, values, _power(1 - values, power), (turned @ sums[:, :, None])[:, :, 0]


def _power(values: Floats, power: float) -> Floats:
    """``values ** -power``, and 0 (Moore & Penrose) where a value is zero."""
    safe = np.where(values > SINGULAR, values, 1.0)
    return np.where(values > SINGULAR, safe**-power, 0.0)


def _unequal_weights(solution: Solution, loadings: Floats) -> tuple[Floats, Moments]:
    """CR2 of weighted least squares: the working model stays one of equal variances, as in clubSandwich."""
    assert solution.root is not None
    codes, width = solution.clusters[0], solution.basis.shape[1]
    count, q, k = int(codes.max()) + 1, loadings.shape[1], len(solution.kept)
    heavy = solution.basis * solution.root[:, None]
    omega = heavy.T @ heavy
    scores, low, inner = np.empty((count, k)), np.empty((count, 2 * width, q)), np.empty((count, q, q))
    for members, rows in batches(codes, width):
        for member, positions in zip(members, rows, strict=True):
            score, low[member], inner[member] = _weighted_cluster(solution, positions, omega, loadings)
            scores[member] = score[:k]
    zero = np.zeros((width, width))
    return scores, Moments(inner, low, np.block([[zero, -np.eye(width)], [-np.eye(width), omega]]))


def _weighted_cluster(
    solution: Solution, rows: Integers, omega: Floats, loadings: Floats
) -> tuple[Floats, Floats, Floats]:
    """Score (K,), low part (2K, q) and inner products (q, q) of one cluster.

    With r the roots of the weights and N the basis together with that of the nested fixed effects,
    (I - H)_g (I - H)_g' = I - N_g N_g' / r * r - r * N_g N_g' / r + (N_g / r) W (N_g / r)', W = sum of (r N)'(r N).
    """
    assert solution.root is not None
    root, basis = solution.root[rows][:, None], solution.basis[rows]
    local = _nested_basis(solution, rows)
    both = np.column_stack([basis, local])
    width, size = basis.shape[1], both.shape[1]
    whole = (both * root).T @ (both * root)
    whole[:width, :width] = omega
    core = np.block([[whole, -np.eye(size)], [-np.eye(size), np.zeros((size, size))]])
    right = np.column_stack([root * (basis @ loadings), solution.residual[rows][:, None] / root])
    turned = _inverse_root(np.column_stack([both / root, both * root]), core, right)
    ours, error = turned[:, :-1], turned[:, -1:]
    own = ours - root * (local @ (local.T @ (ours / root)))
    low = np.vstack([basis.T @ (root * own), basis.T @ (ours / root)])
    return (basis.T @ (root * error))[:, 0], low, own.T @ own


def _inverse_root(columns: Floats, core: Floats, right: Floats) -> Floats:
    """(I + columns core columns')^(-1/2) right, on the columns' space alone where that is smaller."""
    if columns.shape[1] >= len(columns):
        values, vectors = np.linalg.eigh(np.eye(len(columns)) + columns @ core @ columns.T)
        return np.asarray(vectors @ (_power(values, 0.5)[:, None] * (vectors.T @ right)))
    space, triangle = np.linalg.qr(columns)
    values, vectors = np.linalg.eigh(np.eye(len(core)) + triangle @ core @ triangle.T)
    turned = space @ vectors
    return np.asarray(right + turned @ ((_power(values, 0.5) - 1)[:, None] * (turned.T @ right)))


def _nested_basis(solution: Solution, rows: Integers) -> Floats:
    """An orthonormal basis of the absorbed fixed effects in one cluster, (size, d)."""
    assert solution.root is not None
    if not solution.absorbed:
        return np.empty((len(rows), 0))
    levels = [np.unique(factor[rows], return_inverse=True)[1] for factor in solution.absorbed]
    dummies = np.column_stack([level[:, None] == np.arange(level.max() + 1) for level in levels])
    left, sizes, _ = np.linalg.svd(dummies * solution.root[rows][:, None], full_matrices=False)
    return np.asarray(left[:, sizes > 1e-10 * sizes[0]])


def satterthwaite(moments: Moments) -> Floats:
    """Degrees of freedom of each contrast alone, (q,): 2 E(V)^2 / Var(V) under the working model."""
    df = np.full(moments.inner.shape[1], np.nan)
    for contrast in range(len(df)):
        inner, low = moments.inner[:, contrast, contrast], moments.low[:, :, contrast]
        turned = low @ moments.core
        own = np.einsum("gr,gr->g", low, turned)
        mixed = turned.T @ low
        squares = float((inner * (inner + 2 * own)).sum() + (mixed * mixed.T).sum())
        if squares > 0:
            df[contrast] = float((inner + own).sum()) ** 2 / squares
    return df
