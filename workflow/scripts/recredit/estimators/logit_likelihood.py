"""The (quasi-)likelihood of the logit model: its maximum, and the search for outcomes that are perfectly predicted."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit

from recredit.errors import EstimationError
from recredit.estimators.arrays import Booleans, Floats

MOST_STEPS = 100
# Newton converges quadratically: after a step of 1e-6 standard errors the rest is far below the rounding error.
SMALL_DECREMENT = 1e-12
# Under separation the fitted variance p(1-p) falls towards 0 in some rows; a maximum that exists rarely gets there.
SUSPICIOUS_VARIANCE = 1e-7
# HiGHS keeps its constraints to 1e-7; a true direction of separation has an optimum of the order of the largest |x|.
SEPARATED = 1e-6


def log_likelihood(y: Floats, index: Floats, weights: Floats) -> float:
    """Bernoulli quasi-log-likelihood at the linear index, all of shape (n,)."""
    return float(np.sum(weights * (y * index - np.logaddexp(0.0, index))))


def maximise(y: Floats, X: Floats, weights: Floats, names: Sequence[str], outcome: str = "y") -> Floats:
    """The coefficients of highest quasi-likelihood, shape (k,), by Newton's method with halved steps.

    Parameters
    ----------
    y : outcome between 0 and 1, shape (n,). X : linearly independent columns, shape (n, k).
    weights : not negative, shape (n,). names, outcome : what messages call the columns and y.

    Raises
    ------
    EstimationError where the outcome is perfectly predicted (Albert & Anderson 1984) or no maximum is found.
    """
    scale = np.abs(X).max(axis=0)
    beta, converged = _newton(y, X / scale, weights)
    fitted = expit(X @ (beta / scale))
    if not converged or (fitted * (1 - fitted))[weights > 0].min() < SUSPICIOUS_VARIANCE:
        used = weights > 0
        direction = separating_direction(y[used], X[used])
        if direction is not None:
            culprits = [name for name, part in zip(names, direction, strict=True) if abs(part) > SEPARATED]
            raise EstimationError(
                f"{outcome} is perfectly predicted by {', '.join(culprits)}: the logit model has no finite estimate. "
                "Leave these columns out, merge their levels, or ask for the rows to be dropped (separation='drop')."
            )
    if not converged:
        raise EstimationError(f"The logit model of {len(y)} rows and {len(names)} columns did not converge.")
    return np.asarray(beta / scale)


def _newton(y: Floats, X: Floats, weights: Floats) -> tuple[Floats, bool]:
    beta = np.zeros(X.shape[1])
    current = log_likelihood(y, X @ beta, weights)
    for _ in range(MOST_STEPS):
        fitted = expit(X @ beta)
        gradient = X.T @ (weights * (y - fitted))
        information = (X * (weights * fitted * (1 - fitted))[:, None]).T @ X
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:
            return beta, False
        decrement = float(gradient @ step)
        beta, current = _ascend(y, X, weights, beta, step, current)
        if decrement < SMALL_DECREMENT:
            return beta, bool(np.isfinite(beta).all())
    return beta, False


def _ascend(y: Floats, X: Floats, weights: Floats, beta: Floats, step: Floats, current: float) -> tuple[Floats, float]:
    """The point along `step`, halved until the likelihood does not fall, and its likelihood."""
    for halving in range(30):
        candidate = beta + step / 2**halving
        value = log_likelihood(y, X @ candidate, weights)
        if value >= current - 1e-12 * (1 + abs(current)):
            return candidate, value
    return beta, current


def separating_direction(y: Floats, X: Floats) -> Floats | None:
    """A direction in which the likelihood rises without end, shape (k,), or None where there is none.

    A direction d separates where x'd >= 0 in rows with outcome 1, x'd <= 0 in rows with outcome 0, x'd = 0 in rows
    between, and x'd is not 0 everywhere. Found by the linear programme of Konis (2007, "Linear programming algorithms
    for detecting separated data in binary logistic regression models", DPhil thesis, Oxford).
    """
    scaled = X / np.abs(X).max(axis=0)
    inside = (y > 0) & (y < 1)
    signed = scaled[~inside] * np.where(y[~inside] == 1, 1.0, -1.0)[:, None]
    if not len(signed):
        return None
    found = linprog(
        c=-signed.sum(axis=0) / len(signed),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        A_eq=scaled[inside] if inside.any() else None,
        b_eq=np.zeros(int(inside.sum())) if inside.any() else None,
        bounds=(-1, 1),
        method="highs",
    )
    if not found.success:
        raise EstimationError(f"The search for perfectly predicted outcomes failed: {found.message}")
    direction = np.asarray(found.x)
    return direction if np.max(signed @ direction, initial=0.0) > SEPARATED else None


def perfectly_predicted(y: Floats, X: Floats) -> Booleans:
    """Rows whose outcome is perfectly predicted, shape (n,); without them the likelihood has a maximum.

    These rows add nothing to the likelihood in the limit and fix the other coefficients not at all (Correia, Guimaraes
    & Zylkin 2019, arXiv:1903.01633). Searched again among the rest until none is found.
    """
    found = np.zeros(len(y), dtype=bool)
    while not found.all():
        rest = np.flatnonzero(~found)
        columns = np.abs(X[rest]).max(axis=0) > 0
        direction = separating_direction(y[rest], X[rest][:, columns])
        if direction is None:
            break
        scaled = X[rest][:, columns] / np.abs(X[rest][:, columns]).max(axis=0)
        found[rest] = np.abs(scaled @ direction) > SEPARATED
    return found
