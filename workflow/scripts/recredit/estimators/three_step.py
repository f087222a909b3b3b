"""Outcomes by type of user without the bias of the modal class, and a model that fits type and outcome at once.

Bolck, Croon & Hagenaars (2004), doi:10.1093/pan/mph001; Vermunt (2010), doi:10.1093/pan/mpq025.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recredit.last_axis import highest, total

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

ITERATIONS = 60
TOLERANCE = 1e-7


def bch_weights(posteriors: Floats) -> Floats:
    """(n, k) weights: the rows' modal classes, corrected by the inverse of the matrix of classification errors.

    With D[t, s] = P(modal class s | type t), the weight of row i for type t is the element (modal class of i, t) of
    the inverse of D: weighted means over them are free of the bias that wrong classes bring. Weights can be below 0.
    """
    number = posteriors.shape[1]
    modal = np.eye(number)[posteriors.argmax(axis=1)]
    shares = posteriors.sum(axis=0)
    errors = posteriors.T @ modal / shares[:, None]
    weights: Floats = modal @ np.linalg.inv(errors)
    return weights


def bch_means(outcome: Floats, posteriors: Floats) -> Floats:
    """(k,) mean of ``outcome`` (n,) by type, three-step with the correction of :func:`bch_weights`."""
    weights = bch_weights(posteriors)
    means: Floats = weights.T @ outcome / weights.sum(axis=0)
    return means


@dataclass(frozen=True)
class OneStep:
    """(k,) mean of the outcome of each type at its mean idle time, and slope on idle time inside the type."""

    means: Floats
    slopes: Floats


def one_step(outcome: Floats, idle: Floats, posteriors: Floats) -> OneStep:
    """Types and outcome together: inside a type the outcome is normal around a line in idle time.

    Parameters
    ----------
    outcome, idle : (n,) values; idle in the unit the slopes are wanted per.
    posteriors : (n, k) of the types from the inputs alone, idle time among them. The densities of the inputs stay as
        they were, so that types keep their meaning, and are joined with the density of the outcome (expectation and
        maximisation).
    """
    log_inputs = np.log(np.maximum(posteriors, 1e-300))
    weights, before = posteriors, -np.inf
    for _ in range(ITERATIONS):
        centre, level, slope, spread = _lines(outcome, idle, weights)
        distance = outcome[:, None] - level - slope * (idle[:, None] - centre)
        joined = log_inputs - np.log(spread) - 0.5 * (distance / spread) ** 2
        top = highest(joined)
        density = np.exp(joined - top)
        sums = total(density)
        weights, now = density / sums, float((np.log(sums) + top).sum())
        if now - before <= TOLERANCE * abs(now):
            break
        before = now
    _, level, slope, _ = _lines(outcome, idle, weights)
    return OneStep(level, slope)


def _lines(outcome: Floats, idle: Floats, weights: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    size = weights.sum(axis=0)
    centre, level = idle @ weights / size, outcome @ weights / size
    shift = idle[:, None] - centre
    slope = (weights * shift * (outcome[:, None] - level)).sum(axis=0) / (weights * shift**2).sum(axis=0)
    distance = outcome[:, None] - level - slope * shift
    spread = np.sqrt(np.maximum((weights * distance**2).sum(axis=0) / size, 1e-8))
    return centre, level, slope, spread


def clustered_errors(
    outcome: Floats, idle: Floats, posteriors: Floats, cluster: Integers, generator: np.random.Generator, draws: int
) -> tuple[Floats, Floats]:
    """(k,) standard errors of :func:`bch_means` and of the slopes of :func:`one_step`, by resampling clusters.

    The matrix of classification errors is computed anew in each resample, so that its uncertainty counts.
    """
    order = np.argsort(cluster, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1)
    found = []
    for _ in range(draws):
        own = np.concatenate([groups[one] for one in generator.integers(0, len(groups), len(groups))])
        slopes = one_step(outcome[own], idle[own], posteriors[own]).slopes
        found.append((bch_means(outcome[own], posteriors[own]), slopes))
    means, slopes = (np.array([one[place] for one in found]) for place in (0, 1))
    return means.std(axis=0, ddof=1), slopes.std(axis=0, ddof=1)
