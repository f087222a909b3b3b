"""How strong an unmeasured cause would have to be: Cinelli & Hazlett's robustness value and bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any

import numpy as np
from scipy import stats

from recredit.errors import EstimationError
from recredit.estimators.arrays import Floats, independent_columns, matrix, numbers, same_length
from recredit.estimators.inputs import check_rows_match
from recredit.estimators.selection import OsterBias, oster

__all__ = [
    "Benchmark",
    "Bound",
    "OsterBias",
    "benchmark",
    "bounds",
    "oster",
    "partial_r_squared",
    "robustness_value",
]


@dataclass(frozen=True)
class Benchmark:
    """What a measured covariate explains, given all others: partial R squared with the treatment, with the outcome."""

    name: str
    r_squared_treatment: float
    r_squared_outcome: float
    estimate: float
    std_error: float
    df: float


@dataclass(frozen=True)
class Bound:
    """The estimate that would be left under a confounder some times as strong as a measured covariate.

    Attributes
    ----------
    times_treatment, times_outcome : how many times as strong as the benchmark.
    r_squared_treatment, r_squared_outcome : largest partial R squared of such a confounder.
    estimate, std_error, t, ci_low, ci_high : adjusted for it, in the direction that brings the estimate to 0.
    capped : whether the bound on the outcome was above 1 and was set to 1.
    """

    times_treatment: float
    times_outcome: float
    r_squared_treatment: float
    r_squared_outcome: float
    estimate: float
    std_error: float
    t: float
    ci_low: float
    ci_high: float
    capped: bool


def partial_r_squared(t: float, df: float) -> float:
    """Share of the residual variance that a term explains, t^2 / (t^2 + df); t with the classical standard error."""
    if not (df > 0 and isfinite(t)):
        raise EstimationError("a finite t and degrees of freedom above 0 are needed.")
    return t**2 / (t**2 + df)


def robustness_value(t: float, df: float, *, q: float = 1.0, alpha: float = 1.0) -> float:
    """The least strength of confounding, equal with treatment and outcome, that takes the estimate to its limit.

    Share of the residual variance of treatment and of outcome (partial R squared, 0 to 1) that unmeasured confounders
    would have to explain to reduce the estimate by q of itself (`alpha` = 1), or to make it no longer differ from
    (1 - q) of itself at level `alpha`.

    Cinelli & Hazlett (2020), JRSS B 82(1): 39-67, section 4.1: with f = q |t| / sqrt(df), the critical value
    c = t*(alpha, df - 1) / sqrt(df - 1) and a = f - c, RV = (sqrt(a^4 + 4 a^2) - a^2) / 2; where f > 1 / c, so that
    the tie to the outcome does not bind, the extreme robustness value (f^2 - c^2) / (1 + f^2) (Cinelli & Hazlett
    2025, Biometrika 112(2), on instrumental variables).

    Parameters
    ----------
    t, df : of the term, with the classical OLS standard error (not clustered: the partial R squared follow from it),
        and the residual degrees of freedom.

    Raises
    ------
    EstimationError for t or df that are none, q not above 0, alpha outside 0 to 1.
    """
    if not (isfinite(t) and df > 1 and q > 0 and 0 < alpha <= 1):
        raise EstimationError("a finite t, df above 1, q above 0 and alpha above 0 and at most 1 are needed.")
    strength = q * abs(t) / sqrt(df)
    critical = float(stats.t.isf(alpha / 2, df - 1)) / sqrt(df - 1)
    excess = strength - critical
    if excess <= 0:
        return 0.0
    if critical > 0 and strength > 1 / critical:
        return (strength**2 - critical**2) / (1 + strength**2)
    return (sqrt(excess**4 + 4 * excess**2) - excess**2) / 2


def bounds(
    estimate: float,
    std_error: float,
    df: float,
    *,
    r_squared_treatment: float,
    r_squared_outcome: float,
    times_treatment: float = 1.0,
    times_outcome: float | None = None,
    level: float = 0.95,
) -> Bound:
    """Bounds under a confounder `times` as strong as a measured covariate (Cinelli & Hazlett 2020, section 4.4).

    Parameters
    ----------
    estimate, std_error, df : of the treatment, classical OLS.
    r_squared_treatment : of the benchmark covariate with the treatment, given the other covariates.
    r_squared_outcome : of the benchmark with the outcome, given treatment and other covariates; both from
        :func:`benchmark`.
    times_treatment, times_outcome : strength relative to the benchmark; the second defaults to the first.

    Raises
    ------
    EstimationError for shares outside 0 to 1, and where so strong a confounder would explain the whole treatment.
    """
    share_d, share_y, k_d = r_squared_treatment, r_squared_outcome, times_treatment
    k_y = k_d if times_outcome is None else times_outcome
    if not (0 <= share_d < 1 and 0 <= share_y < 1 and k_d > 0 and k_y > 0 and std_error > 0 and df > 1):
        raise EstimationError(
            "partial R squared from 0 to below 1, and factors, standard error, df above 0 are needed."
        )
    treatment = k_d * share_d / (1 - share_d)
    if treatment >= 1 or k_d * share_d >= 1:
        raise EstimationError(f"a confounder {k_d:g} times as strong would explain the whole treatment: impossible.")
    overlap = k_d * share_d**2 / ((1 - k_d * share_d) * (1 - share_d))
    if overlap >= 1:
        raise EstimationError(f"a confounder {k_d:g} times as strong would explain the whole benchmark: impossible.")
    outcome = ((sqrt(k_y) + sqrt(overlap)) / sqrt(1 - overlap)) ** 2 * share_y / (1 - share_y)
    return _adjusted(estimate, std_error, df, (k_d, k_y), (treatment, min(outcome, 1.0)), outcome > 1, level)


def _adjusted(
    estimate: float,
    std_error: float,
    df: float,
    times: tuple[float, float],
    shares: tuple[float, float],
    capped: bool,
    level: float,
) -> Bound:
    treatment, outcome = shares
    bias = std_error * sqrt(df) * sqrt(outcome * treatment / (1 - treatment))
    adjusted = (1.0 if estimate >= 0 else -1.0) * (abs(estimate) - bias)
    adjusted_error = std_error * sqrt(df / (df - 1)) * sqrt((1 - outcome) / (1 - treatment))
    half = float(stats.t.ppf(0.5 + level / 2, df - 1)) * adjusted_error
    t = adjusted / adjusted_error if adjusted_error > 0 else float("nan")
    return Bound(*times, *shares, adjusted, adjusted_error, t, adjusted - half, adjusted + half, capped)


def benchmark(
    y: Any, X: Any, treatment: str, covariates: Sequence[str], *, names: Sequence[str] | None = None
) -> Benchmark:
    """Partial R squared of covariates (together) with the treatment and with the outcome, by OLS on complete rows.

    Parameters
    ----------
    y : outcome, shape (n,). X : design matrix with constant, treatment and covariates, shape (n, k).
    treatment : its column. covariates : columns taken as one benchmark (the indicators of a category together).

    Raises
    ------
    EstimationError for unknown columns, collinear columns, or no residual degrees of freedom.
    """
    check_rows_match(y=y, X=X)
    outcome, (design, columns) = numbers(y, "y"), matrix(X, names)
    same_length(y=outcome, X=design)
    if unknown := {treatment, *covariates} - set(columns):
        raise EstimationError(f"no columns {sorted(unknown)} in the design.")
    complete = ~(np.isnan(outcome) | np.isnan(design).any(axis=1))
    outcome, design = outcome[complete], design[complete]
    df = len(outcome) - design.shape[1]
    if df < 2 or not independent_columns(design).all():
        raise EstimationError("the columns must be linearly independent and leave two degrees of freedom at least.")
    at = [columns.index(name) for name in covariates]
    d = columns.index(treatment)
    others = [j for j in range(design.shape[1]) if j != d]
    treated = _explained(design[:, d], design[:, others], [others.index(j) for j in at])
    beta, residual = _least_squares(outcome, design)
    left = design[:, d] - design[:, others] @ _least_squares(design[:, d], design[:, others])[0]
    std_error = sqrt(residual / df / float(left @ left))
    explained = _explained(outcome, design, at)
    return Benchmark(" + ".join(covariates), treated, explained, float(beta[d]), std_error, float(df))


def _least_squares(y: Floats, X: Floats) -> tuple[Floats, float]:
    """Coefficients and residual sum of squares."""
    beta = np.asarray(np.linalg.lstsq(X, y, rcond=None)[0], dtype=np.float64)
    residual = y - X @ beta
    return beta, float(residual @ residual)


def _explained(y: Floats, X: Floats, columns: Sequence[int]) -> float:
    """Partial R squared of `columns` given the rest of X."""
    rest = np.delete(X, list(columns), axis=1)
    without = _least_squares(y, rest)[1] if rest.shape[1] else float(y @ y)
    if without == 0:
        raise EstimationError("nothing is left to explain: the benchmark has no partial R squared.")
    return 1 - _least_squares(y, X)[1] / without
