"""Effect sizes of contrasts and of characteristics before the course, and the smallest effect a contrast can find."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from scipy.special import stdtrit

from recredit.estimators.arrays import Floats
from recredit.standards.wwc import cox_index, hedges_g, small_sample_factor
from recredit.standards.wwc_effects import COX_DIVISOR

POWER = 0.80


@dataclass(frozen=True)
class Size:
    """A standardised difference.

    Attributes
    ----------
    g : Hedges' g, or the Cox index of shares; NaN where it is not defined.
    std_error : of it, from the standard error of the adjusted difference.
    unit : what g changes by per standard deviation of the values: figures are shown no finer than a mean would be.
    """

    g: float
    std_error: float
    unit: float


NOTHING = Size(nan, nan, nan)


def mean_size(difference: float, std_error: float, online: Floats, comparison: Floats) -> Size:
    """Hedges' g of an adjusted difference of means; not defined where nobody differs from anybody."""
    if min(len(online), len(comparison)) < 2 or online.std() + comparison.std() == 0:
        return NOTHING
    sds = (float(online.std(ddof=1)), float(comparison.std(ddof=1)))
    found = hedges_g(difference, *sds, len(online), len(comparison), std_error=std_error)
    return Size(found.g, found.std_error or nan, 1.0)


def share_size(difference: float, std_error: float, online: Floats, comparison: Floats) -> Size:
    """Cox index of an adjusted difference of shares (0 to 1): the comparison arm's share, and that plus the difference.

    The standard error follows from that of the difference by the slope of the log odds. Not defined where either share
    is 0 or 1, or the adjustment leads beyond.
    """
    base = float(comparison.mean())
    share = base + difference
    if not (0 < base < 1 and 0 < share < 1):
        return NOTHING
    n = len(online) + len(comparison)
    slope = small_sample_factor(n) / COX_DIVISOR
    found = cox_index(share, base, len(online), len(comparison))
    return Size(found.g, slope * std_error / (share * (1 - share)), slope / sqrt(share * (1 - share)))


def detectable(std_error: float, df: float, level: float) -> float:
    """The smallest true difference that the contrast would find significant in 80 of 100 repetitions.

    (t at 1 - level / 2 + t at the power) x standard error (Bloom 1995, "Minimum detectable effects", Eval. Review).
    """
    if not (std_error > 0 and df > 0):
        return nan
    return float((stdtrit(df, 1 - level / 2) + stdtrit(df, POWER)) * std_error)


def index_slope(g: float) -> float:
    """Percentile ranks per unit of g at ``g``: 100 times the normal density."""
    return float(100 * np.exp(-(g**2) / 2) / sqrt(2 * np.pi))
