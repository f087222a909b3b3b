"""Tests of several linear hypotheses at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc

from recredit.errors import EstimationError
from recredit.estimators.arrays import Floats
from recredit.estimators.results import LinearFit
from recredit.estimators.satterthwaite import Moments, adjusted

# Clusters whose products with all others are held at once.
BLOCK = 256


@dataclass(frozen=True)
class WaldTest:
    """A test that linear combinations of coefficients have given values.

    Attributes
    ----------
    f_statistic : F, scaled as the convention says.
    df_numerator, df_denominator : of F.
    p_value : the chance of a larger F where the hypotheses hold.
    convention : in words.
    """

    f_statistic: float
    df_numerator: int
    df_denominator: float
    p_value: float
    convention: str


def htz(fit: LinearFit, R: ArrayLike, r: ArrayLike = 0.0) -> WaldTest:
    """Test R b = r with Hotelling's T-squared and moments of Zhang (2012, 2013): "HTZ", for few clusters.

    Parameters
    ----------
    fit : a fit with vcov="CR2".
    R : (q, k) weights on the coefficients in the order of ``fit.names``; (k,) for one hypothesis.
    r : (q,) values, or one for all.

    Notes
    -----
    With Q = (Rb - r)'(R V R')^-1 (Rb - r) and D = W^-1/2 R V R' W^-1/2, W its mean under the working model,
    eta = q(q+1) / sum_st Var(D_st) and F = (eta - q + 1) / (eta q) Q on q and eta - q + 1 degrees of freedom
    (Pustejovsky & Tipton 2018, section 3.2). For q = 1 it is the Satterthwaite t test, squared.

    Raises
    ------
    EstimationError for another convention than CR2, hypotheses that are no full set or hold a term left out, a
    variance that cannot be estimated, and too few clusters (eta < q).
    """
    if fit.vcov != "CR2":
        raise EstimationError("the HTZ test belongs to CR2 standard errors; fit with vcov='CR2'.")
    weights, gap, variance = _hypotheses(fit, R, r)
    loadings = fit.solution.loadings(weights.T)
    _, moments = adjusted(fit.solution, 0.5, loadings)
    q, eta = len(weights), degrees_of_freedom(moments)
    if eta - q + 1 <= 0:
        raise EstimationError(f"there are too few clusters to test {q} hypotheses at once.")
    statistic = (eta - q + 1) / (eta * q) * float(gap @ np.linalg.solve(variance, gap))
    return _test(statistic, q, eta - q + 1, "HTZ test on CR2 standard errors (Pustejovsky and Tipton)")


def wald(fit: LinearFit, R: ArrayLike, r: ArrayLike = 0.0) -> WaldTest:
    """Test R b = r with F = Q / q on q and the fit's own degrees of freedom (n - k, or G - 1 with clusters).

    Parameters and errors as in :func:`htz`; fits with CR2, whose degrees of freedom differ by term, are refused.
    """
    if fit.vcov == "CR2":
        raise EstimationError("with CR2 standard errors, test by htz.")
    weights, gap, variance = _hypotheses(fit, R, r)
    statistic = float(gap @ np.linalg.solve(variance, gap)) / len(weights)
    return _test(statistic, len(weights), float(np.nanmin(fit.df)), f"Wald test, {fit.convention}")


def _test(statistic: float, q: int, df: float, convention: str) -> WaldTest:
    return WaldTest(statistic, q, df, float(fdtrc(q, df, statistic)), convention)


def _hypotheses(fit: LinearFit, R: ArrayLike, r: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Weights (q, kept terms), how far the estimates are from ``r`` (q,), and the variance (q, q)."""
    weights = np.atleast_2d(np.asarray(R, dtype=np.float64))
    if weights.ndim != 2 or weights.shape[1] != len(fit.names):
        raise EstimationError(f"R must have a column for each of the {len(fit.names)} terms.")
    kept = list(fit.solution.kept)
    gone = [name for place, name in enumerate(fit.names) if place not in kept and weights[:, place].any()]
    if gone:
        raise EstimationError(f"the hypotheses hold terms that were left out: {', '.join(gone)}.")
    weights = weights[:, kept]
    values = np.asarray(r, dtype=np.float64)
    if values.shape not in ((), (len(weights),)):
        raise EstimationError(f"r must be one number or {len(weights)}.")
    used = weights.any(axis=0)
    variance = weights[:, used] @ fit.covariance[np.ix_(kept, kept)][np.ix_(used, used)] @ weights[:, used].T
    if not np.isfinite(variance).all():
        raise EstimationError("the hypotheses hold a term without a standard error.")
    if np.linalg.matrix_rank(weights) < len(weights):
        raise EstimationError("one hypothesis follows from the others.")
    if np.linalg.matrix_rank(variance) < len(weights):
        raise EstimationError("there are too few clusters or rows to test these hypotheses at once.")
    return weights, weights @ fit.estimate[kept] - values, variance


def degrees_of_freedom(moments: Moments) -> float:
    """Eta of the HTZ test from the moments of q contrasts."""
    mean = moments.inner.sum(axis=0) + _sum_of_low(moments)
    values, vectors = np.linalg.eigh(mean)
    root = vectors / np.sqrt(values) @ vectors.T
    low = moments.low @ root
    inner = root @ moments.inner @ root
    q, count = len(root), len(inner)
    turned = np.einsum("rc,gcs->grs", moments.core, low)
    total = 0.0
    for start in range(0, count, BLOCK):
        block = np.einsum("grs,hrt->ghst", low[start : start + BLOCK], turned)
        places = np.arange(len(block))
        block[places, start + places] += inner[start : start + BLOCK]
        total += float((np.einsum("ghss->gh", block) ** 2).sum() + np.einsum("ghst,ghts->", block, block))
    return q * (q + 1) / total


def _sum_of_low(moments: Moments) -> Floats:
    turned = np.einsum("rc,gcs->grs", moments.core, moments.low)
    return np.asarray(np.einsum("grs,grt->st", moments.low, turned))
