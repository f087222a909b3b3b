"""Linear regression with fixed effects, weights and instruments, and a standard error whose convention has a name."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from recredit.errors import EstimationError
from recredit.estimators.arrays import Dropped, Floats, Integers, matrix, numbers, same_length
from recredit.estimators.covariance import CLUSTERED, CONVENTIONS, variance
from recredit.estimators.designs import nested
from recredit.estimators.inputs import check_rows_match, group_sets
from recredit.estimators.results import FirstStage, LinearFit, linear_fit
from recredit.estimators.rows import Rows, clean_rows
from recredit.estimators.solving import solve_iv, solve_ols
from recredit.estimators.wald import htz, wald


def fit_ols(
    y: Any,
    X: Any,
    *,
    cluster: Any = None,
    absorb: Any = None,
    weights: Any = None,
    vcov: str = "CR2",
    names: Sequence[str] | None = None,
) -> LinearFit:
    """Ordinary or weighted least squares.

    Parameters
    ----------
    y : (n,) outcome. Arrays, lists, pandas columns (nullable types too); text and categories are refused.
    X : (n, k) terms; a constant is a column of ones, and is not needed beside fixed effects.
    cluster : (n,) names of the clusters, of any type; two columns for two-way clusters; needed for CR0 to CR3.
    absorb : names of the levels of one set of fixed effects, or several: a list of columns or a table.
    weights : (n,) weights, not negative: the outcome's variance is taken to be the smaller the larger the weight
        (analytic weights). Rows with weight 0 are left out.
    vcov : "CR2" (Bell & McCaffrey 2002, with Satterthwaite degrees of freedom, Pustejovsky & Tipton 2018);
        "CR0", "CR1" (factor G/(G-1)), "CR1S" (Stata's factor, k counts all fixed effects), "CR3" (jackknife);
        "HC0" to "HC3"; "classical". Two-way clusters: CR0, CR1 and CR1S (Cameron, Gelbach & Miller 2011).
    names : names of the terms; those of the table, or x0, x1, ...

    Returns
    -------
    The fit. It does not depend on the order of the rows, nor on the names of clusters and levels.

    Raises
    ------
    EstimationError where there is nothing to estimate (too few rows or clusters, an outcome explained without a
    residual, no term left), and for arguments that do not fit together. The message holds no value of a record.

    Notes
    -----
    Fixed effects are absorbed. For CR2, CR3, HC2 and HC3 absorbing is exact only for sets nested in the clusters
    (HC: for one set); the others are held as columns, and refused where they are too many for that.
    A term that one cluster (HC: one row) decides alone has an estimate and no standard error.
    """
    check_rows_match(y=y, X=X, cluster=cluster, absorb=absorb, weights=weights)
    outcome = numbers(y, "y")
    terms, labels = matrix(X, names)
    same_length(y=outcome, X=terms)
    rows, lost = _rows(np.column_stack([outcome, terms]), weights, cluster, absorb, vcov)
    solution, dropped = solve_ols(rows, labels, _absorbed(rows, vcov))
    return linear_fit(labels, rows, solution, variance(solution, vcov), vcov, lost + dropped)


def fit_iv(
    y: Any,
    X: Any,
    endogenous: Any,
    instruments: Any,
    *,
    cluster: Any = None,
    absorb: Any = None,
    weights: Any = None,
    vcov: str = "CR2",
    names: Sequence[str] | None = None,
) -> LinearFit:
    """Two-stage least squares.

    Parameters
    ----------
    y, cluster, absorb, weights, vcov : as in :func:`fit_ols`. CR2 adjusts with the terms as the instruments predict
        them (as clubSandwich does for ``ivreg``); CR3 repeats both stages without each cluster.
    X : (n, k) exogenous terms, or None.
    endogenous : (n, e) terms to be instrumented.
    instruments : (n, i) excluded instruments, i >= e.
    names : names of the terms, those of X first, then the endogenous ones.

    Returns
    -------
    The fit, with the first stage of each endogenous term.

    Raises
    ------
    EstimationError as :func:`fit_ols`, and where the instruments do not identify an endogenous term.
    """
    check_rows_match(
        y=y, X=X, endogenous=endogenous, instruments=instruments, cluster=cluster, absorb=absorb, weights=weights
    )
    values, labels, excluded, treated = _iv_columns(y, X, endogenous, instruments, names)
    rows, lost = _rows(values, weights, cluster, absorb, vcov)
    absorbed = _absorbed(rows, vcov)
    solution, dropped = solve_iv(rows, labels, excluded, treated, absorbed)
    exogenous = len(labels) - treated
    stages = tuple(
        _first_stage(rows, labels, excluded, place, exogenous, absorbed, vcov)
        for place in solution.kept
        if place >= exogenous
    )
    return linear_fit(labels, rows, solution, variance(solution, vcov), vcov, lost + dropped, stages)


def _iv_columns(
    y: Any, X: Any, endogenous: Any, instruments: Any, names: Sequence[str] | None
) -> tuple[Floats, tuple[str, ...], tuple[str, ...], int]:
    """Outcome, terms and instruments as columns; names of terms and of instruments; number of endogenous terms."""
    outcome = numbers(y, "y")
    exogenous, own = (np.empty((len(outcome), 0)), ()) if X is None else matrix(X)
    treated, treated_names = _named(endogenous, "endogenous")
    excluded, excluded_names = _named(instruments, "instrument")
    same_length(y=outcome, X=exogenous, endogenous=treated, instruments=excluded)
    labels = (*own, *treated_names) if names is None else tuple(names)
    every = (*labels, *excluded_names)
    if len(labels) != len(own) + len(treated_names) or len(set(every)) < len(every):
        raise EstimationError("each term and instrument needs a name of its own.")
    return np.column_stack([outcome, exogenous, treated, excluded]), labels, excluded_names, len(treated_names)


def _named(values: Any, name: str) -> tuple[Floats, tuple[str, ...]]:
    columns, labels = matrix(values)
    if hasattr(values, "columns") or hasattr(values, "name"):
        return columns, labels
    return columns, tuple(f"{name}{place}" for place in range(len(labels)))


def _rows(values: Floats, weights: Any, cluster: Any, absorb: Any, vcov: str) -> tuple[Rows, tuple[Dropped, ...]]:
    """The rows of a fit; clusters are looked at only by a standard error that is clustered."""
    if vcov not in CONVENTIONS:
        raise EstimationError(f"vcov must be one of {', '.join(CONVENTIONS)}.")
    heavy = None if weights is None else numbers(weights, "weights")
    same_length(y=values, weights=heavy)
    clusters = group_sets(cluster, "cluster", len(values)) if vcov in CLUSTERED else ()
    if vcov in CLUSTERED and not clusters:
        raise EstimationError(f"{vcov} needs clusters.")
    if len(clusters) > (1 if vcov in ("CR2", "CR3") else 2):
        raise EstimationError(f"{vcov} is not defined for {len(clusters)} sets of clusters.")
    return clean_rows(values, heavy, clusters, group_sets(absorb, "absorb", len(values)))


def _absorbed(rows: Rows, vcov: str) -> Sequence[Integers]:
    """The sets of fixed effects that may be taken out without a trace in this standard error."""
    if vcov in ("CR2", "CR3"):
        return [factor for factor in rows.factors if nested(factor, rows.clusters[0])]
    if vcov in ("HC2", "HC3"):
        return sorted(rows.factors, key=lambda factor: int(factor.max()))[-1:]
    return rows.factors


def _first_stage(
    rows: Rows,
    names: Sequence[str],
    instrument_names: Sequence[str],
    place: int,
    exogenous: int,
    absorbed: Sequence[Integers],
    vcov: str,
) -> FirstStage:
    """The regression of the term at ``place`` on the excluded instruments and the exogenous terms."""
    first = 1 + len(names)
    columns = [1 + place, *range(first, rows.values.shape[1]), *range(1, 1 + exogenous)]
    labels = (*instrument_names, *names[:exogenous])
    part = replace(rows, values=rows.values[:, columns])
    solution, dropped = solve_ols(part, labels, absorbed)
    fit = linear_fit(labels, part, solution, variance(solution, vcov), vcov, dropped)
    used = [row for row in np.eye(len(labels))[: len(instrument_names)] if np.isfinite(fit.estimate @ row)]
    test = (htz if vcov == "CR2" else wald)(fit, np.array(used))
    return FirstStage(names[place], fit, test.f_statistic, test.df_numerator, test.df_denominator, test.p_value)
