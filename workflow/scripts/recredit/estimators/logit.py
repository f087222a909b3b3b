"""Average marginal effects of the logit and the fractional logit, on the scale of the response."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats
from scipy.special import expit

from recredit.errors import EstimationError
from recredit.estimators.arrays import Dropped, Floats, matrix
from recredit.estimators.logit_fit import LogitFit, fit_logit


@dataclass(frozen=True)
class MarginalEffects:
    """Average marginal effects, arrays in the order of `names`; units are those of the response (0 to 1).

    `kinds` says what an effect is: "change" from the base level to this level of a category, or "slope".
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    estimate: Floats
    std_error: Floats
    df: float
    t: Floats
    p_value: Floats
    ci_low: Floats
    ci_high: Floats
    n: int
    clusters: int | None
    convention: str
    dropped: tuple[Dropped, ...]
    response_mean: float


def average_marginal_effects(
    y: Any,
    X: Any,
    *,
    cluster: Any = None,
    categories: Mapping[str, Sequence[str]] | None = None,
    names: Sequence[str] | None = None,
    terms: Sequence[str] | None = None,
    vcov: str | None = None,
    separation: str = "refuse",
    level: float = 0.95,
) -> MarginalEffects:
    """Average marginal effects of a logit or fractional logit, in the units of the response.

    A 0/1 column, or one level of a category: the mean over the rows of F(x'b | this level) - F(x'b | base level), all
    else as observed; any other column: the mean slope F'(x'b) b_j. Standard errors by the delta method with the
    covariates as fixed (Bartus 2005, Stata Journal 5(3); Greene, Econometric Analysis, 17.3), t distribution.

    Parameters
    ----------
    y, X, cluster, vcov, separation : see :func:`recredit.estimators.logit_fit.fit_logit`; X holds its constant.
    categories : name of a category -> names of its indicator columns; the base level is the one without a column. A
        0/1 column that is not listed is a category of its own. Effects are named by their columns.
    terms : the columns whose effects are wanted; by default all but the constant.
    level : of the intervals.

    Raises
    ------
    EstimationError as :func:`fit_logit`, for indicator columns of a category that overlap or are not 0/1, and for
        terms that are unknown or were dropped.

    Notes
    -----
    With `separation="drop"` the mean is over the rows that remain; in the others every effect is zero.
    With few clusters CR1 is too small: the linear probability model with CR2 governs, this stands beside it.
    """
    fit = fit_logit(y, X, cluster=cluster, names=names, vcov=vcov, separation=separation)
    siblings = _siblings(fit, categories or {}, matrix(X, names)[1])
    wanted = _wanted(fit, terms)
    effects, gradients, kinds = [], [], []
    for name in wanted:
        j = fit.names.index(name)
        discrete = name in siblings or bool(np.isin(fit.design[:, j], (0.0, 1.0)).all())
        effect, gradient = _change(fit, j, siblings.get(name, (j,))) if discrete else _slope(fit, j)
        effects.append(effect)
        gradients.append(gradient)
        kinds.append("change" if discrete else "slope")
    estimate, jacobian = np.array(effects), np.array(gradients)
    std_error = np.sqrt(np.einsum("ij,jk,ik->i", jacobian, fit.covariance, jacobian))
    return _summary(fit, wanted, tuple(kinds), estimate, std_error, level)


def _siblings(
    fit: LogitFit, categories: Mapping[str, Sequence[str]], given: Sequence[str]
) -> dict[str, tuple[int, ...]]:
    """For each indicator column, the positions of all kept columns of its category."""
    found: dict[str, tuple[int, ...]] = {}
    for category, columns in categories.items():
        if unknown := set(columns) - set(given):
            raise EstimationError(f"category {category}: no columns {sorted(unknown)}.")
        positions = tuple(fit.names.index(column) for column in columns if column in fit.names)
        indicators = fit.design[:, list(positions)]
        if not np.isin(indicators, (0.0, 1.0)).all() or (indicators.sum(axis=1) > 1).any():
            raise EstimationError(f"category {category}: its columns must be 0/1, at most one of them 1 in a row.")
        found.update({fit.names[j]: positions for j in positions})
    return found


def _wanted(fit: LogitFit, terms: Sequence[str] | None) -> tuple[str, ...]:
    if terms is None:
        return tuple(name for j, name in enumerate(fit.names) if np.ptp(fit.design[:, j]) > 0)
    if missing := [name for name in terms if name not in fit.names]:
        reasons = [f"{item.what} ({item.reason})" for item in fit.dropped if item.what in missing]
        raise EstimationError(f"no effect of {missing}: not in the model. {'; '.join(reasons)}")
    return tuple(terms)


def _change(fit: LogitFit, j: int, siblings: tuple[int, ...]) -> tuple[float, Floats]:
    """Mean change of the response from the base level to level j, and its gradient in the coefficients."""
    base = fit.design.copy()
    base[:, list(siblings)] = 0.0
    level = base.copy()
    level[:, j] = 1.0
    there, here = expit(level @ fit.coefficients), expit(base @ fit.coefficients)
    gradient = (there * (1 - there)) @ level - (here * (1 - here)) @ base
    return float(np.mean(there - here)), np.asarray(gradient / fit.n)


def _slope(fit: LogitFit, j: int) -> tuple[float, Floats]:
    """Mean slope of the response in column j, and its gradient in the coefficients."""
    density = fit.fitted * (1 - fit.fitted)
    gradient = fit.coefficients[j] * ((density * (1 - 2 * fit.fitted)) @ fit.design) / fit.n
    gradient[j] += density.mean()
    return float(density.mean() * fit.coefficients[j]), np.asarray(gradient)


def _summary(
    fit: LogitFit, names: tuple[str, ...], kinds: tuple[str, ...], estimate: Floats, std_error: Floats, level: float
) -> MarginalEffects:
    t = estimate / std_error
    half = stats.t.ppf(0.5 + level / 2, fit.df) * std_error
    return MarginalEffects(
        names=names,
        kinds=kinds,
        estimate=estimate,
        std_error=std_error,
        df=fit.df,
        t=t,
        p_value=2 * stats.t.sf(np.abs(t), fit.df),
        ci_low=estimate - half,
        ci_high=estimate + half,
        n=fit.n,
        clusters=fit.clusters,
        convention=fit.convention,
        dropped=fit.dropped,
        response_mean=float(fit.fitted.mean()),
    )
