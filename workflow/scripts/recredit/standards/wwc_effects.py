"""Effect sizes and their arithmetic by the What Works Clearinghouse (Handbook 4.1, appendix E; 5.0, appendix E)."""

from dataclasses import dataclass
from math import isfinite, log, sqrt

from scipy import stats

from recredit.errors import EstimationError

# The logistic distribution's standard deviation in the Cox index (Cox 1970, Analysis of Binary Data).
COX_DIVISOR = 1.65
SATISFIED_BELOW = 0.05
ADJUSTABLE_BELOW = 0.25


@dataclass(frozen=True)
class EffectSize:
    """A standardised difference; positive where the treatment arm is higher.

    Attributes
    ----------
    g : effect size. std_error : of it, or None where it cannot be had.
    omega : small-sample factor that was applied (1 where none was). pooled_sd : unadjusted, or None for shares.
    """

    g: float
    std_error: float | None
    omega: float
    pooled_sd: float | None


@dataclass(frozen=True)
class BaselineEquivalence:
    """Whether the analysed arms were alike before; `status` in words, `satisfied` with the adjustment that was made."""

    g: float
    adjusted: bool
    satisfied: bool
    status: str


@dataclass(frozen=True)
class ClusterCorrection:
    """A t statistic corrected for clusters that its analysis ignored; `factor` is what t was multiplied by."""

    t: float
    df: float
    p_value: float
    factor: float


def small_sample_factor(n: float) -> float:
    """omega = 1 - 3 / (4 N - 9) (Hedges 1981), N students in both arms, at least 4."""
    if not n >= 4:
        raise EstimationError("four students at least are needed for an effect size.")
    return 1 - 3 / (4 * n - 9)


def hedges_g(
    difference: float,
    sd_treatment: float,
    sd_comparison: float,
    n_treatment: int,
    n_comparison: int,
    *,
    small_sample: bool = True,
    std_error: float | None = None,
) -> EffectSize:
    """Hedges' g: omega x adjusted difference / unadjusted pooled standard deviation.

    Standard error: omega sqrt((SE / S)^2 + d^2 / (2 (N - 2))) with the standard error of the adjusted difference, else
    that of unadjusted means, omega sqrt((n_t + n_c) / (n_t n_c) + d^2 / (2 (N - 2))); d is g without omega
    (WWC, Supplement to the Procedures Handbook 4.1, 2020).

    Parameters
    ----------
    difference : treatment minus comparison, in units of the outcome, adjusted where the analysis was.
    sd_* , n_* : of each arm, as observed. small_sample : apply omega.
    std_error : of `difference`, as the analysis gave it (clusters and all).

    Raises
    ------
    EstimationError for arms of fewer than two, or no variation in the outcome.
    """
    total = n_treatment + n_comparison
    if min(n_treatment, n_comparison) < 2 or min(sd_treatment, sd_comparison) < 0 or not isfinite(difference):
        raise EstimationError("a finite difference, two students in each arm and standard deviations were expected.")
    squares = (n_treatment - 1) * sd_treatment**2 + (n_comparison - 1) * sd_comparison**2
    pooled = sqrt(squares / (total - 2))
    if not pooled > 0:
        raise EstimationError("the outcome does not vary inside the arms: an effect size is not defined.")
    omega = small_sample_factor(total) if small_sample else 1.0
    raw = difference / pooled
    means = total / (n_treatment * n_comparison) if std_error is None else (std_error / pooled) ** 2
    return EffectSize(omega * raw, omega * sqrt(means + raw**2 / (2 * (total - 2))), omega, pooled)


def cox_index(
    share_treatment: float,
    share_comparison: float,
    n_treatment: int | None = None,
    n_comparison: int | None = None,
    *,
    small_sample: bool = True,
) -> EffectSize:
    """Cox index of two shares: omega (logit p_t - logit p_c) / 1.65.

    Standard error: omega / 1.65 sqrt(1 / (n_t p_t (1 - p_t)) + 1 / (n_c p_c (1 - p_c))), of unadjusted shares.

    Parameters
    ----------
    share_* : 0 to 1, exclusive. n_* : students in each arm; without them there is no omega and no standard error.
    small_sample : apply omega, as the handbook does; some published tools do not.

    Raises
    ------
    EstimationError for a share of 0 or 1, where the index is not defined; never a number put in its place.
    """
    if not (0 < share_treatment < 1 and 0 < share_comparison < 1):
        raise EstimationError("the Cox index is not defined where an arm's share is 0 or 1.")
    raw = _log_odds(share_treatment) - _log_odds(share_comparison)
    if n_treatment is None or n_comparison is None:
        return EffectSize(raw / COX_DIVISOR, None, 1.0, None)
    omega = small_sample_factor(n_treatment + n_comparison) if small_sample else 1.0
    variance = sum(
        1 / (n * share * (1 - share)) for n, share in ((n_treatment, share_treatment), (n_comparison, share_comparison))
    )
    return EffectSize(omega * raw / COX_DIVISOR, omega * sqrt(variance) / COX_DIVISOR, omega, None)


def _log_odds(share: float) -> float:
    return log(share / (1 - share))


def improvement_index(g: float, *, significant: bool = True) -> float | None:
    """Expected change in percentile rank of an average comparison student, 100 Phi(g) - 50; -50 to 50.

    None where the finding is not significant: the clearinghouse shows the index of significant findings only.
    """
    if not isfinite(g):
        raise EstimationError("the improvement index needs a finite effect size.")
    return 100 * float(stats.norm.cdf(g)) - 50 if significant else None


def baseline_equivalence(g: float, *, adjusted: bool) -> BaselineEquivalence:
    """Equivalence of the analysed arms on one characteristic before assignment.

    |g| <= .05: satisfied; .05 < |g| <= .25: satisfied only if the analysis adjusts for it; above: not satisfied
    (Standards Handbook 4.1, chapter II).

    Parameters
    ----------
    g : Hedges' g, or the Cox index of a yes/no characteristic, on the students analysed.
    adjusted : whether the analysis of the outcome adjusts for this characteristic.

    Raises
    ------
    EstimationError for a g that is missing.
    """
    if not isfinite(g):
        raise EstimationError("baseline equivalence needs a finite difference.")
    if abs(g) <= SATISFIED_BELOW:
        return BaselineEquivalence(g, adjusted, True, "satisfied")
    if abs(g) > ADJUSTABLE_BELOW:
        return BaselineEquivalence(g, adjusted, False, "not satisfied")
    status = "satisfied with adjustment" if adjusted else "not satisfied without adjustment"
    return BaselineEquivalence(g, adjusted, adjusted, status)


def cluster_correction(t: float, n: int, clusters: int, icc: float) -> ClusterCorrection:
    """Correct a t statistic whose analysis took students of one cluster for independent (Hedges 2007, JEBS 32(2)).

    t x sqrt(((N - 2) - 2 (m - 1) rho) / ((N - 2) (1 + (m - 1) rho))), with m = N / M students a cluster and
    h = [(N - 2) - 2 (m - 1) rho]^2 / [(N - 2) (1 - rho)^2 + m (N - 2m) rho^2 + 2 (N - 2m) rho (1 - rho)] degrees of
    freedom (Handbook 5.0, appendix E, equation E.21). Never for an analysis that took clusters into account.

    Parameters
    ----------
    t : as reported. n : students in both arms. clusters : in both arms, at least 2. icc : rho, 0 to 1; the
        handbook's defaults are .20 for achievement and .10 for behaviour and attitudes.

    Raises
    ------
    EstimationError for values outside these.
    """
    if not (2 <= clusters <= n and n > 2 and 0 <= icc < 1 and isfinite(t)):
        raise EstimationError("a finite t, two clusters at least, no more than students, and 0 <= icc < 1 are needed.")
    size, rest = n / clusters, n - 2
    numerator = rest - 2 * (size - 1) * icc
    if not numerator > 0:
        raise EstimationError("clusters so large and so alike leave no information: the correction is not defined.")
    factor = sqrt(numerator / (rest * (1 + (size - 1) * icc)))
    between = n - 2 * size
    df = numerator**2 / (rest * (1 - icc) ** 2 + size * between * icc**2 + 2 * between * icc * (1 - icc))
    return ClusterCorrection(t * factor, df, float(2 * stats.t.sf(abs(t * factor), df)), factor)
