"""The variance of an effect between sites, from what each site says: restricted likelihood, Q, interval of tau.

The model: outcomes have a fixed intercept for each block, a coefficient of the arm that is drawn for each site from a
normal distribution, and errors of one variance: Raudenbush & Bloom (2015), doi:10.1177/1098214015600515; Bloom,
Raudenbush, Weiss & Porter (2017), doi:10.1080/19345747.2016.1264518.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri

from recredit.estimators.arrays import Floats

CONFIDENCE = 0.95
# Points between 0 and 1 at which the likelihood's slope is looked at, so that no second maximum is passed by.
GRID = 400


@dataclass(frozen=True)
class SiteSums:
    """All that the likelihood needs; blocks are taken out.

    Attributes
    ----------
    effect : (J,) difference of the arms in each site.
    precision : (J,) sums of squares of the arm; the effect's sampling variance is sigma^2 / precision.
    within : residual sum of squares inside sites.
    within_df : rows - blocks - J.
    """

    effect: Floats
    precision: Floats
    within: float
    within_df: int

    @property
    def sites(self) -> int:
        """J."""
        return len(self.effect)


@dataclass(frozen=True)
class BetweenSites:
    """Maximum of the restricted likelihood: mean and its standard error, tau, sigma."""

    mean: float
    std_error: float
    tau: float
    sigma: float


def average(sums: SiteSums, ratio: float) -> tuple[float, Floats]:
    """The mean effect and the sites' weights where tau^2 is ``ratio`` times sigma^2."""
    weights = sums.precision / (1 + ratio * sums.precision)
    return float(weights @ sums.effect / weights.sum()), weights


def restricted_deviance(sums: SiteSums, ratio: float) -> float:
    """-2 log of the restricted likelihood, up to a constant, with mean and sigma at their best for ``ratio``."""
    mean, weights = average(sums, ratio)
    squares = sums.within + float(weights @ (sums.effect - mean) ** 2)
    df = sums.within_df + sums.sites - 1
    return float(df * np.log(squares) + np.log1p(ratio * sums.precision).sum() + np.log(weights.sum()))


def _slope(sums: SiteSums, ratio: float) -> float:
    """The derivative of the deviance by ``ratio``."""
    mean, weights = average(sums, ratio)
    gaps = (sums.effect - mean) ** 2
    squares = sums.within + float(weights @ gaps)
    df = sums.within_df + sums.sites - 1
    return float(-df * (weights**2 @ gaps) / squares + weights.sum() - (weights**2).sum() / weights.sum())


def maximise(sums: SiteSums) -> BetweenSites:
    """Restricted maximum likelihood, profiled over tau^2 / sigma^2: 0, or where the slope crosses from below."""
    typical = 1 / np.median(sums.precision)
    share = np.linspace(0, 1, GRID, endpoint=False)
    ratios = typical * share / (1 - share)
    slopes = np.array([_slope(sums, ratio) for ratio in ratios])
    upward = np.flatnonzero((slopes[:-1] < 0) & (slopes[1:] >= 0))
    found = [brentq(lambda r: _slope(sums, r), ratios[i], ratios[i + 1], xtol=1e-14 * typical) for i in upward]
    if slopes[-1] < 0:  # sites differ far beyond their sampling error
        high = ratios[-1]
        while _slope(sums, high) < 0:
            high *= 10
        found.append(brentq(lambda r: _slope(sums, r), ratios[-1], high, rtol=1e-14))
    best = min([0.0, *found], key=lambda ratio: restricted_deviance(sums, ratio))
    mean, weights = average(sums, best)
    sigma2 = (sums.within + weights @ (sums.effect - mean) ** 2) / (sums.within_df + sums.sites - 1)
    return BetweenSites(mean, float(np.sqrt(sigma2 / weights.sum())), float(np.sqrt(best * sigma2)), float(sigma2**0.5))


def cochran_q(sums: SiteSums, tau2: float = 0.0) -> float:
    """Cochran's Q, with tau^2 added to each site's sampling variance: chi-squared on J - 1 where tau^2 is the truth."""
    variance = tau2 + sums.within / sums.within_df / sums.precision
    mean = (sums.effect / variance).sum() / (1 / variance).sum()
    return float(((sums.effect - mean) ** 2 / variance).sum())


def tau_interval(sums: SiteSums) -> tuple[float, float]:
    """The values of tau that Q does not reject at 5%: Viechtbauer (2007), doi:10.1002/sim.2514."""
    tail = (1 - CONFIDENCE) / 2
    low, high = (_tau_at(sums, float(chdtri(sums.sites - 1, part))) for part in (tail, 1 - tail))
    return low, high


def _tau_at(sums: SiteSums, q: float) -> float:
    """The tau at which Q is ``q``; 0 where Q is smaller than that even for tau 0."""
    if cochran_q(sums) <= q:
        return 0.0
    high = sums.within / sums.within_df / float(np.median(sums.precision))
    while cochran_q(sums, high) > q:
        high *= 10
    return float(np.sqrt(brentq(lambda tau2: cochran_q(sums, tau2) - q, 0.0, high, rtol=1e-12)))
