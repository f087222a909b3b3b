"""Variances of the coefficients: classical, robust to unequal variances (HC0-HC3), clustered (CR0-CR3, two-way).

HC0 White (1980), HC1 Hinkley (1977), HC2 Horn, Horn & Duncan (1975), HC3 MacKinnon & White (1985); CR0 Liang & Zeger
(1986); CR2 and CR3 in `satterthwaite` and `jackknife`; two-way Cameron, Gelbach & Miller (2011).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from recredit.errors import EstimationError
from recredit.estimators.arrays import Booleans, Floats, Integers
from recredit.estimators.designs import NEGLIGIBLE, SINGULAR, Solution, length
from recredit.estimators.jackknife import jackknife
from recredit.estimators.satterthwaite import adjusted, satterthwaite

CONVENTIONS: Mapping[str, str] = MappingProxyType(
    {
        "classical": "classical standard error, t with n - k degrees of freedom",
        "HC0": "robust standard error HC0, t with n - k degrees of freedom",
        "HC1": "robust standard error HC1 (factor n/(n-k)), t with n - k degrees of freedom",
        "HC2": "robust standard error HC2 (residuals over the root of 1 - leverage), t with n - k degrees of freedom",
        "HC3": "robust standard error HC3 (residuals over 1 - leverage), t with n - k degrees of freedom",
        "CR0": "clustered standard error CR0 (no factor), t with G-1 degrees of freedom",
        "CR1": "clustered standard error CR1 (factor G/(G-1)), t with G-1 degrees of freedom",
        "CR1S": "clustered standard error CR1S (factor G/(G-1) x (n-1)/(n-k)), t with G-1 degrees of freedom",
        "CR2": "clustered standard error CR2 (Bell and McCaffrey), t with Satterthwaite degrees of freedom",
        "CR3": "clustered standard error CR3 (jackknife over clusters), t with G-1 degrees of freedom",
    }
)
CLUSTERED = tuple(name for name in CONVENTIONS if name.startswith("CR"))


@dataclass(frozen=True)
class Variance:
    """The variance of k coefficients.

    Attributes
    ----------
    matrix : (k, k).
    df : (k,) degrees of freedom.
    clusters : number of clusters (of the smaller set, where there are two), or None.
    lone : (k,) terms that one row or cluster decides alone. Its residual is zero whatever happened there, so that the
        term's variance cannot be estimated.
    """

    matrix: Floats
    df: Floats
    clusters: int | None
    lone: Booleans


def variance(solution: Solution, vcov: str) -> Variance:
    """The variance of the coefficients by the convention ``vcov``, one of ``CONVENTIONS``.

    Raises
    ------
    EstimationError for an unknown convention, clusters that are missing or too few, and two sets of clusters where
    the convention is defined for one (CR2, CR3).
    """
    if vcov not in CONVENTIONS:
        raise EstimationError(f"vcov must be one of {', '.join(CONVENTIONS)}.")
    if vcov == "classical":
        squares = length(solution.residual) ** 2 / solution.residual_df
        k = len(solution.kept)
        return _by_rows(solution, solution.variance(np.eye(k) * squares), np.zeros(k, dtype=bool))
    if vcov in CLUSTERED:
        return _clustered(solution, vcov)
    return _robust(solution, vcov)


def _by_rows(solution: Solution, matrix: Floats, lone: Booleans) -> Variance:
    return Variance(matrix, np.full(len(matrix), float(solution.residual_df)), None, lone)


def leverages(solution: Solution) -> Floats:
    """Leverage of each row, (n,), fixed effects included unless two or more sets were taken out by projection."""
    own: Floats = np.einsum("ij,ij->i", solution.basis, solution.basis)
    if len(solution.absorbed) != 1:
        return own
    weights = None if solution.root is None else solution.root**2
    share = 1 / np.bincount(solution.absorbed[0], weights=weights)[solution.absorbed[0]]
    own += share if weights is None else share * weights
    return own


def _robust(solution: Solution, vcov: str) -> Variance:
    leverage = leverages(solution)
    # A row with leverage one has no residual; its part of the sum is nothing by nothing, and set to nothing.
    alone = leverage >= 1 - SINGULAR
    residual = np.where(alone, 0.0, solution.residual)
    left = np.where(alone, 1.0, 1 - leverage)
    factor = {"HC0": 1.0, "HC1": solution.n / solution.residual_df, "HC2": 1 / left, "HC3": 1 / left**2}[vcov]
    terms = solution.basis[:, : len(solution.kept)]
    squares = terms.T @ (terms * (residual**2 * factor)[:, None])
    loadings = solution.loadings()
    weight = np.abs(solution.basis[alone] @ loadings) / np.linalg.norm(loadings, axis=0)
    return _by_rows(solution, solution.variance(squares), (weight > NEGLIGIBLE).any(axis=0))


def _clustered(solution: Solution, vcov: str) -> Variance:
    if not solution.clusters:
        raise EstimationError(f"{vcov} needs clusters.")
    counts = [int(codes.max()) + 1 for codes in solution.clusters]
    if min(counts) < 2:
        raise EstimationError("there is only one cluster.")
    if len(counts) > 2 or (len(counts) == 2 and vcov in ("CR2", "CR3")):
        raise EstimationError(f"{vcov} is not defined for {len(counts)} sets of clusters.")
    lone = np.any([decided_by_one(solution, codes) for codes in solution.clusters], axis=0)
    df = np.full(len(solution.kept), min(counts) - 1.0)
    if vcov == "CR2":
        scores, moments = adjusted(solution, 0.5, solution.loadings())
        return Variance(solution.variance(scores.T @ scores), satterthwaite(moments), counts[0], lone)
    if vcov == "CR3":
        matrix, undetermined = jackknife(solution)
        return Variance(matrix, df, counts[0], lone | undetermined)
    return Variance(solution.variance(_sums_of_scores(solution, _factor(solution, vcov))), df, min(counts), lone)


def _factor(solution: Solution, vcov: str) -> Callable[[int], float]:
    if vcov == "CR0":
        return lambda _: 1.0
    more = (solution.n - 1) / solution.residual_df if vcov == "CR1S" else 1.0
    return lambda count: more * count / (count - 1)


def _sums_of_scores(solution: Solution, factor: Callable[[int], float]) -> Floats:
    """Products of the clusters' scores, each set of clusters with its own factor; pairs of clusters are taken off."""
    k = len(solution.kept)
    scores = solution.basis[:, :k] * solution.residual[:, None]

    def products(codes: Integers) -> Floats:
        sums = np.column_stack([np.bincount(codes, weights=column) for column in scores.T])
        return np.asarray(sums.T @ sums * factor(len(sums)))

    total = sum((products(codes) for codes in solution.clusters), np.zeros((k, k)))
    if len(solution.clusters) == 2:
        first, second = solution.clusters
        total -= products(np.unique(first * (int(second.max()) + 1) + second, return_inverse=True)[1])
    return total


def decided_by_one(solution: Solution, codes: Integers) -> Booleans:
    """Terms that one cluster decides alone, (k,): along some direction only this cluster's rows vary.

    Directions of effects that cross clusters count where they are held as columns (CR2, CR3, bootstrap).
    """
    loadings = solution.loadings()
    lengths = np.linalg.norm(loadings, axis=0)
    lone = np.zeros(loadings.shape[1], dtype=bool)
    leverage = np.bincount(codes, weights=np.einsum("ij,ij->i", solution.basis, solution.basis))
    for code in np.flatnonzero(leverage >= 1 - SINGULAR):
        rows = solution.basis[codes == code]
        values, vectors = np.linalg.eigh(rows.T @ rows)
        along = vectors[:, values >= 1 - SINGULAR].T @ loadings
        lone |= np.linalg.norm(along, axis=0) > NEGLIGIBLE * lengths
    return lone
