"""The restricted wild cluster bootstrap: a test of one coefficient that holds with few clusters.

Cameron, Gelbach & Miller (2008), "Bootstrap-based improvements for inference with clustered errors"; Webb (2023),
"Reworking wild bootstrap-based inference for clustered errors"; the algebra for many draws and the interval by
inversion follow Roodman, MacKinnon, Nielsen & Webb (2019), "Fast and wild", doi:10.1177/1536867X19830877.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from recredit.errors import EstimationError
from recredit.estimators.arrays import Floats
from recredit.estimators.covariance import decided_by_one
from recredit.estimators.designs import Solution, nested
from recredit.estimators.results import LinearFit
from recredit.estimators.satterthwaite import FEW_COLUMNS, batches, cluster_products
from recredit.estimators.solving import solve_ols

CONFIDENCE = 0.95
# With G clusters there are 2^G patterns of signs: 4096 at 12, fewer than the usual number of draws.
ENUMERATED_CLUSTERS = 12
# Below 8 clusters the signs give p in steps of 1/64 or more (a test at 5% cannot have that size): Webb's six points.
SIGN_CLUSTERS = 8
WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])
# Draws that differ from the sample's t by rounding alone tie with it.
TIE = 1e-9
BATCH_CELLS = 4_000_000


@dataclass(frozen=True)
class WildBootstrap:
    """A restricted wild cluster bootstrap of one coefficient.

    Attributes
    ----------
    term : the coefficient.
    estimate : of the fit.
    null : the value tested.
    t : (estimate - null) over the CR1 standard error.
    p_value : two-sided, of ``null``.
    ci_low, ci_high : 95% interval: around the estimate, the values with p > .05. Infinite where no value is rejected.
    draws : number of weight vectors.
    enumerated : whether these are all 2^G patterns of signs, each once.
    weights : "rademacher" or "webb".
    clusters : G.
    """

    term: str
    estimate: float
    null: float
    t: float
    p_value: float
    ci_low: float
    ci_high: float
    draws: int
    enumerated: bool
    weights: str
    clusters: int


def wild_cluster(
    fit: LinearFit, term: str, *, null: float = 0.0, draws: int = 9999, weights: str = "auto", seed: int
) -> WildBootstrap:
    """Test that the coefficient of ``term`` is ``null``, and invert the test into an interval.

    Parameters
    ----------
    fit : least squares with one set of clusters; its own convention of standard errors does not matter.
    term : a name in ``fit.names``.
    null : the value under test; residuals are those of the model that holds it (restricted).
    draws : weight vectors, where not all patterns of signs are taken.
    weights : "rademacher" (signs; all 2^G patterns up to 12 clusters), "webb" (six points), or "auto": signs, and
        Webb's weights below 8 clusters, where 2^G patterns are too few for a test at 5%.
    seed : of the draws.

    Notes
    -----
    With all patterns, p is their share with |t*| >= |t|; with random draws (1 + their number) / (1 + draws), which
    keeps the test's size (Davison & Hinkley 1997).

    Raises
    ------
    EstimationError for a fit without clusters, with two sets of clusters or with instruments, a term that is not in
    the model or that one cluster decides alone, and fewer than 99 draws.
    """
    solution = _with_clusters(fit)
    position = solution.kept.index(fit.place(term))
    if decided_by_one(solution, solution.clusters[0])[position]:
        raise EstimationError(f"{term} is decided by one cluster alone: its variance cannot be estimated.")
    if draws < 99:
        raise EstimationError("a bootstrap needs at least 99 draws.")
    sums = _sums(solution, position)
    clusters = len(sums.error)
    kind = _kind(weights, clusters)
    enumerated = kind == "rademacher" and clusters <= ENUMERATED_CLUSTERS
    curves = _curves(sums, _weights(kind, clusters, draws, enumerated, seed))
    estimate = float(solution.estimate[position])
    step = float(sums.scale * np.sqrt(sums.error @ sums.error * clusters / (clusters - 1)))

    def p_value(value: float) -> float:
        return _p_value(curves, sums, (estimate - value) / sums.scale, enumerated)

    return WildBootstrap(
        term=term,
        estimate=estimate,
        null=null,
        t=(estimate - null) / step,
        p_value=p_value(null),
        ci_low=_bound(p_value, estimate, -step),
        ci_high=_bound(p_value, estimate, step),
        draws=len(curves.numerator),
        enumerated=enumerated,
        weights=kind,
        clusters=clusters,
    )


def _with_clusters(fit: LinearFit) -> Solution:
    """The solution with all fixed effects that cross clusters held as columns."""
    if len(fit.data.clusters) != 1:
        raise EstimationError("the wild cluster bootstrap needs a fit with one set of clusters.")
    if fit.solution.instruments is not None:
        raise EstimationError("the wild cluster bootstrap here is for fits without instruments.")
    inside = [factor for factor in fit.data.factors if nested(factor, fit.data.clusters[0])]
    if len(fit.solution.absorbed) == len(inside):
        return fit.solution
    return solve_ols(fit.data, fit.names, inside)[0]


@dataclass(frozen=True)
class _Sums:
    """All that a draw needs. With q the unit vector along which the coefficient is read off, Q the basis, e the
    residual and u = e + delta q the restricted residual of the value estimate - delta * scale:

    error (G,): q_g'e_g; own (G,): q_g'q_g; errors (G, K): Q_g'e_g; owns (G, K): Q_g'q_g.
    """

    error: Floats
    own: Floats
    errors: Floats
    owns: Floats
    scale: float


def _sums(solution: Solution, position: int) -> _Sums:
    loading = solution.loadings()[:, position]
    scale = float(np.linalg.norm(loading))
    unit = loading / scale
    codes, width = solution.clusters[0], solution.basis.shape[1]
    count = int(codes.max()) + 1
    if width <= FEW_COLUMNS:
        squares, errors = cluster_products(solution.basis, solution.residual, codes)
        owns = squares @ unit
    else:
        errors, owns = np.empty((count, width)), np.empty((count, width))
        for members, rows in batches(codes, width):
            across = np.swapaxes(solution.basis[rows], 1, 2)
            errors[members] = (across @ solution.residual[rows][:, :, None])[:, :, 0]
            owns[members] = across @ (solution.basis[rows] @ unit)[:, :, None][:, :, 0]
    return _Sums(errors @ unit, owns @ unit, errors, owns, scale)


def _kind(weights: str, clusters: int) -> str:
    if weights == "auto":
        return "rademacher" if clusters >= SIGN_CLUSTERS else "webb"
    if weights not in ("rademacher", "webb"):
        raise EstimationError("weights must be auto, rademacher or webb.")
    return weights


def _weights(kind: str, clusters: int, draws: int, enumerated: bool, seed: int) -> Floats:
    """Weight vectors, (draws, G)."""
    if enumerated:
        patterns = np.arange(2**clusters)[:, None] >> np.arange(clusters)
        return np.where(patterns & 1, -1.0, 1.0)
    random = np.random.default_rng(seed)
    if kind == "webb":
        return np.asarray(WEBB[random.integers(0, 6, (draws, clusters))])
    return np.where(random.integers(0, 2, (draws, clusters)), -1.0, 1.0)


@dataclass(frozen=True)
class _Curves:
    """Per draw, t*^2 up to a factor as (n0 + n1 delta)^2 / (d0 + d1 delta + d2 delta^2): (draws, 2) and (draws, 3)."""

    numerator: Floats
    denominator: Floats


def _curves(sums: _Sums, weights: Floats) -> _Curves:
    numerator = np.column_stack([weights @ sums.error, weights @ sums.own])
    denominator = np.empty((len(weights), 3))
    step = max(1, BATCH_CELLS // weights.shape[1])
    for start in range(0, len(weights), step):
        part = weights[start : start + step]
        # The draw's own residuals, summed by cluster: the weighted ones less what the refitted model explains.
        fixed = part * sums.error - (part @ sums.errors) @ sums.owns.T
        moving = part * sums.own - (part @ sums.owns) @ sums.owns.T
        products = [(fixed * fixed).sum(axis=1), 2 * (fixed * moving).sum(axis=1), (moving * moving).sum(axis=1)]
        denominator[start : start + step] = np.column_stack(products)
    return _Curves(numerator, denominator)


def _p_value(curves: _Curves, sums: _Sums, delta: float, enumerated: bool) -> float:
    top = (curves.numerator[:, 0] + curves.numerator[:, 1] * delta) ** 2
    bottom = curves.denominator @ np.array([1.0, delta, delta**2])
    # t*^2 >= t^2 without a division, since a draw's residuals may be nothing.
    as_large = top * float(sums.error @ sums.error) >= delta**2 * np.maximum(bottom, 0.0) * (1 - TIE)
    if enumerated:
        return float(as_large.mean())
    return float((1 + as_large.sum()) / (1 + len(top)))


def _bound(p_value: Callable[[float], float], estimate: float, step: float) -> float:
    """Where p falls to .05 on the way from the estimate in the direction of ``step``, a standard error."""
    level = 1 - CONFIDENCE
    # p is a step function of the value: narrow stretches first, so that the first crossing is not passed by.
    for near, far in pairwise([0.0, *np.arange(0.25, 10.25, 0.25).tolist(), *np.geomspace(12, 1e4, 30).tolist()]):
        if p_value(estimate + far * step) <= level:
            inside, outside = float(estimate + near * step), float(estimate + far * step)
            break
    else:
        return float(np.copysign(np.inf, step))
    while abs(outside - inside) > 1e-9 * abs(step):
        middle = (inside + outside) / 2
        if p_value(middle) <= level:
            outside = middle
        else:
            inside = middle
    return inside
