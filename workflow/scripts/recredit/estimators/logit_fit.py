"""Logit and fractional logit: coefficients, their covariance, and what they were fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from recredit.errors import EstimationError
from recredit.estimators.arrays import (
    Dropped,
    Floats,
    Integers,
    independent_columns,
    labels,
    matrix,
    numbers,
    same_length,
)
from recredit.estimators.inputs import check_rows_match
from recredit.estimators.logit_likelihood import maximise, perfectly_predicted

CONVENTIONS = ("CR0", "CR1", "CR1S", "HC0", "HC1", "information")
REDUNDANT = "all zero, or collinear with columns before it"


@dataclass(frozen=True)
class LogitFit:
    """A fitted logit model.

    Attributes
    ----------
    names : of the columns that were kept, in the order of the design matrix.
    coefficients : shape (k,), log-odds. covariance : shape (k, k).
    design : the rows and columns used, shape (n, k). fitted : probabilities, shape (n,).
    used : which of the rows given were used.
    df : degrees of freedom of the t distribution: clusters minus one, else rows minus columns.
    clusters : their number, or None.
    convention : how the covariance was made, one of :data:`CONVENTIONS`.
    dropped : rows and columns left out, with reasons.
    """

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    design: Floats
    fitted: Floats
    used: Integers
    n: int
    clusters: int | None
    df: float
    convention: str
    dropped: tuple[Dropped, ...]


def fit_logit(
    y: Any,
    X: Any,
    *,
    cluster: Any = None,
    weights: Any = None,
    names: Sequence[str] | None = None,
    vcov: str | None = None,
    separation: str = "refuse",
    outcome_name: str = "y",
) -> LogitFit:
    """Logit, or fractional logit where the outcome is a share (Papke & Wooldridge 1996), by quasi-likelihood.

    Parameters
    ----------
    y : outcome from 0 to 1, shape (n,). X : design matrix with its constant, shape (n, k); none is added.
    cluster : labels, shape (n,). weights : not negative, shape (n,); a row of weight zero is left out.
    vcov : by default CR1 with clusters, G/(G-1) times the sandwich, else HC1, n/(n-k) times; CR0, HC0 without the
        factor; CR1S with G/(G-1) (n-1)/(n-k), as statsmodels has it; "information" for the inverse information.
    separation : "refuse" perfectly predicted outcomes, or "drop" the rows and go on, as Stata's logit does.
    outcome_name : what messages call y.

    Raises
    ------
    EstimationError for an outcome outside 0 to 1 or without variation, perfect prediction, fewer than two clusters,
        too few rows, columns that are not numbers, an unknown option.
    """
    check_rows_match(y=y, X=X, cluster=cluster, weights=weights)
    outcome, (design, columns) = numbers(y, outcome_name), matrix(X, names)
    same_length(y=outcome, X=design, cluster=cluster, weights=weights)
    weight = np.ones(len(outcome)) if weights is None else numbers(weights, "weights")
    groups = None if cluster is None else labels(cluster, "cluster")
    _check_options(outcome, weight, vcov, separation, groups)
    used, dropped = _complete_rows(outcome, design, weight, groups)
    if separation == "drop":
        used, dropped = _without_predicted(outcome, design, used, dropped)
    kept = independent_columns(design[used])
    dropped += tuple(Dropped(columns[j], REDUNDANT) for j in np.flatnonzero(~kept))
    columns = tuple(name for name, keep in zip(columns, kept, strict=True) if keep)
    outcome, design, weight = outcome[used], design[used][:, kept], weight[used]
    _check_sample(outcome, design, outcome_name)
    beta = maximise(outcome, design, weight, columns, outcome_name)
    fitted = expit(design @ beta)
    codes = None if groups is None else np.unique(groups[used], return_inverse=True)[1]
    convention = vcov or ("HC1" if codes is None else "CR1")
    covariance = _covariance(outcome, design, weight, fitted, codes, convention)
    n, clusters = len(used), None if codes is None else int(codes.max()) + 1
    df = float(n - design.shape[1] if clusters is None else clusters - 1)
    return LogitFit(columns, beta, covariance, design, fitted, used, n, clusters, df, convention, dropped)


def _check_options(y: Floats, weights: Floats, vcov: str | None, separation: str, groups: Integers | None) -> None:
    if vcov is not None and vcov not in CONVENTIONS:
        raise EstimationError(f"vcov: one of {CONVENTIONS} was expected, found {vcov!r}.")
    if vcov is not None and vcov != "information" and vcov.startswith("CR") == (groups is None):
        raise EstimationError(f"vcov {vcov} and {'no' if groups is None else 'a'} cluster do not go together.")
    if separation not in ("refuse", "drop"):
        raise EstimationError(f"separation: 'refuse' or 'drop' was expected, found {separation!r}.")
    if np.nanmin(y, initial=0.0) < 0 or np.nanmax(y, initial=1.0) > 1:
        raise EstimationError("y: values from 0 to 1 were expected; the logit model is for shares and yes/no outcomes.")
    if np.nanmin(weights, initial=0.0) < 0:
        raise EstimationError("weights: none may be negative.")


def _complete_rows(
    y: Floats, X: Floats, weights: Floats, groups: Integers | None
) -> tuple[Integers, tuple[Dropped, ...]]:
    """Positions of the rows that can be used, and the others counted, each under the first reason that holds."""
    reasons = {
        "outcome is missing": np.isnan(y),
        "a column is missing": np.isnan(X).any(axis=1),
        "cluster is missing": np.zeros(len(y), dtype=bool) if groups is None else groups < 0,
        "weight is missing": np.isnan(weights),
        "weight is zero": weights == 0,
    }
    usable, dropped = np.ones(len(y), dtype=bool), []
    for reason, where in reasons.items():
        if (where & usable).any():
            dropped.append(Dropped("rows", reason, int((where & usable).sum())))
        usable &= ~where
    return np.flatnonzero(usable), tuple(dropped)


def _without_predicted(
    y: Floats, X: Floats, used: Integers, dropped: tuple[Dropped, ...]
) -> tuple[Integers, tuple[Dropped, ...]]:
    kept = independent_columns(X[used])
    predicted = perfectly_predicted(y[used], X[used][:, kept])
    if not predicted.any():
        return used, dropped
    return used[~predicted], (*dropped, Dropped("rows", "outcome is perfectly predicted", int(predicted.sum())))


def _check_sample(y: Floats, X: Floats, name: str) -> None:
    if len(y) <= X.shape[1] or not X.shape[1]:
        raise EstimationError(f"{len(y)} complete rows are too few for {X.shape[1]} columns.")
    if np.ptp(y) == 0:
        raise EstimationError(f"{name} is the same in every row that can be used; there is nothing to explain.")


def _covariance(
    y: Floats, X: Floats, weights: Floats, fitted: Floats, codes: Integers | None, convention: str
) -> Floats:
    """Sandwich of the quasi-likelihood, shape (k, k)."""
    n, k = X.shape
    bread = np.linalg.inv((X * (weights * fitted * (1 - fitted))[:, None]).T @ X)
    if convention == "information":
        return np.asarray(bread)
    scores = X * (weights * (y - fitted))[:, None]
    if codes is not None:
        groups = int(codes.max()) + 1
        if groups < 2:
            raise EstimationError("cluster: two clusters at least are needed, found one.")
        scores = np.column_stack([np.bincount(codes, scores[:, j], groups) for j in range(k)])
        factor = {"CR0": 1.0, "CR1": groups / (groups - 1), "CR1S": groups / (groups - 1) * (n - 1) / (n - k)}
    else:
        factor = {"HC0": 1.0, "HC1": n / (n - k)}
    return np.asarray(factor[convention] * bread @ (scores.T @ scores) @ bread)
