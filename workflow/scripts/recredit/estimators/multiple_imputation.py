"""Multiple imputation: filling missing covariates several times, and pooling what was estimated on each filling."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from recredit.errors import EstimationError
from recredit.estimators.arrays import Booleans, Floats, Integers, matrix


@dataclass(frozen=True)
class Pooled:
    """Estimates pooled over imputations, arrays of shape (k,).

    Attributes
    ----------
    within, between : mean variance inside an imputation, variance of the estimates between imputations.
    df : degrees of freedom of Barnard and Rubin.
    relative_increase : of the variance through missing values. missing_information : its fraction.
    imputations : their number.
    """

    names: tuple[str, ...]
    estimate: Floats
    std_error: Floats
    df: Floats
    t: Floats
    p_value: Floats
    ci_low: Floats
    ci_high: Floats
    within: Floats
    between: Floats
    relative_increase: Floats
    missing_information: Floats
    imputations: int


def pool(
    estimates: Any,
    std_errors: Any,
    *,
    df_complete: Any = np.inf,
    names: Sequence[str] | None = None,
    level: float = 0.95,
) -> Pooled:
    """Rubin's rules (1987, Multiple Imputation for Nonresponse in Surveys, ch. 3) with the df of Barnard & Rubin.

    T = W + (1 + 1/m) B; with lambda = (1 + 1/m) B / T and v the complete-data df:
    1/df = lambda^2 / (m - 1) + 1 / ((v + 1) / (v + 3) v (1 - lambda))   (Barnard & Rubin 1999, Biometrika 86: 948-955).

    Parameters
    ----------
    estimates, std_errors : of m >= 2 imputations, shape (m, k); shape (m,) for one coefficient.
    df_complete : degrees of freedom that the analysis would have without missing values: a number, shape (k,), or
        shape (m, k) where each imputation has its own (Satterthwaite), then averaged.
    level : of the intervals.

    Raises
    ------
    EstimationError for fewer than two imputations, shapes that differ, a value that is missing or infinite, a
        standard error of 0 or less, df of 0 or less.

    Notes
    -----
    Where a coefficient is the same in all imputations nothing was missing for it, and its df are `df_complete`.
    """
    q, u = _stacked(estimates, "estimates"), _stacked(std_errors, "std_errors")
    if q.shape != u.shape or len(q) < 2 or (names is not None and len(names) != q.shape[1]):
        raise EstimationError(f"two imputations and names that fit are needed, found {q.shape}, {u.shape}, {names}.")
    complete = np.broadcast_to(_mean_df(df_complete), q.shape[1:])
    if not (np.isfinite(q).all() and np.isfinite(u).all() and (u > 0).all() and (complete > 0).all()):
        raise EstimationError("an estimate, standard error or df of an imputation is missing, infinite or not above 0.")
    within, between = (u**2).mean(axis=0), q.var(axis=0, ddof=1)
    columns = tuple(names) if names is not None else tuple(f"x{i}" for i in range(q.shape[1]))
    return _pooled(columns, q.mean(axis=0), within, between, len(q), complete, level)


def _pooled(
    names: tuple[str, ...], estimate: Floats, within: Floats, between: Floats, m: int, complete: Floats, level: float
) -> Pooled:
    total, extra = within + (1 + 1 / m) * between, (1 + 1 / m) * between
    df = _barnard_rubin(m, extra / total, complete)
    std_error, increase = np.sqrt(total), extra / within
    half, t = stats.t.ppf(0.5 + level / 2, df) * std_error, estimate / std_error
    return Pooled(
        names=names,
        estimate=estimate,
        std_error=std_error,
        df=df,
        t=t,
        p_value=2 * stats.t.sf(np.abs(t), df),
        ci_low=estimate - half,
        ci_high=estimate + half,
        within=within,
        between=between,
        relative_increase=increase,
        missing_information=(increase + 2 / (df + 3)) / (1 + increase),
        imputations=m,
    )


def _stacked(values: Any, name: str) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim not in (1, 2):
        raise EstimationError(f"{name}: imputations in rows, coefficients in columns were expected.")
    return array.reshape(len(array), -1)


def _mean_df(df: Any) -> Floats:
    array = np.asarray(df, dtype=np.float64)
    return np.asarray(array.mean(axis=0)) if array.ndim == 2 else array


def _barnard_rubin(m: int, share: Floats, complete: Floats) -> Floats:
    """Degrees of freedom, shape (k,); `share` is the share of the variance that is due to missing values."""
    # (v + 1) / (v + 3) v without infinity over infinity.
    ratio = np.where(np.isinf(complete), 1.0, (complete + 1) / np.where(np.isinf(complete), 1.0, complete + 3))
    observed = ratio * complete * (1 - share)
    with np.errstate(divide="ignore"):
        pooled = 1 / (share**2 / (m - 1) + 1 / observed)
    return np.asarray(np.where(share == 0, complete, pooled))


def impute(
    X: Any,
    *,
    seed: int,
    imputations: int = 20,
    sweeps: int = 10,
    donors: int = 5,
    names: Sequence[str] | None = None,
) -> Floats:
    """Chained equations with predictive mean matching, shape (imputations, n, k).

    Each incomplete column in turn is regressed on all others; coefficients are drawn from their posterior, and each
    missing value takes the observed value of one of the `donors` rows whose prediction is nearest (type 1 matching:
    van Buuren 2018, Flexible Imputation of Missing Data, 2nd ed., algorithms 3.1, 3.3 and 4.3; Little 1988). So
    imputed values are values that occur: 0/1 columns stay 0/1. Valid where values are missing at random given the
    columns of X; these must hold the outcome and all that the analysis uses. It cannot go beyond values
    that were observed: where most of one tail is missing, estimates stay between complete cases and truth.

    Parameters
    ----------
    X : numbers, NaN where missing, shape (n, k). Draws follow the content of rows; only rows that are alike in
        all columns are told apart by their order.
    seed : of all draws. sweeps : passes over the columns per imputation.

    Raises
    ------
    EstimationError for a column with fewer observed values than `donors`, or settings below 1.
    """
    table, columns = matrix(X, names)
    if min(imputations, sweeps, donors) < 1:
        raise EstimationError("imputations, sweeps and donors must be 1 or more.")
    missing = np.isnan(table)
    for j, column in enumerate(columns):
        if missing[:, j].any() and (~missing[:, j]).sum() < donors:
            raise EstimationError(f"{column}: fewer than {donors} observed values to impute from.")
    # By content, so that random study codes, which order the rows, do not change what is drawn for whom.
    order = np.lexsort(table.T[::-1])
    table, missing = table[order], missing[order]
    streams = np.random.SeedSequence(seed).spawn(imputations)
    filled = np.empty((imputations, *table.shape))
    for i, stream in enumerate(streams):
        filled[i, order] = _one_imputation(table, missing, sweeps, donors, np.random.default_rng(stream))
    return filled


def _one_imputation(
    table: Floats, missing: Booleans, sweeps: int, donors: int, generator: np.random.Generator
) -> Floats:
    filled = table.copy()
    incomplete = sorted(np.flatnonzero(missing.any(axis=0)), key=lambda j: int(missing[:, j].sum()))
    for j in incomplete:
        filled[missing[:, j], j] = generator.choice(table[~missing[:, j], j], int(missing[:, j].sum()))
    for _ in range(sweeps):
        for j in incomplete:
            others = np.column_stack([np.ones(len(filled)), np.delete(filled, j, axis=1)])
            filled[missing[:, j], j] = _matched(table[:, j], others, missing[:, j], donors, generator)
    return filled


def _matched(y: Floats, X: Floats, missing: Booleans, donors: int, generator: np.random.Generator) -> Floats:
    """Values for the missing rows of one column, drawn from observed rows with a near prediction."""
    estimate, drawn = _posterior_draw(y[~missing], X[~missing], generator)
    observed = X[~missing] @ estimate
    order = np.argsort(observed, kind="stable")
    ordered, values = observed[order], y[~missing][order]
    # The nearest donors lie side by side in the sorted predictions, on either side of where a missing one would stand.
    predictions = X[missing] @ drawn
    window = np.searchsorted(ordered, predictions)[:, None] + np.arange(-donors, donors)
    outside = (window < 0) | (window >= len(ordered))
    inside = np.clip(window, 0, len(ordered) - 1)
    distance = np.where(outside, np.inf, np.abs(ordered[inside] - predictions[:, None]))
    nearest = np.argsort(distance, axis=1, kind="stable")
    chosen = generator.integers(0, donors, len(predictions))
    rows = np.arange(len(predictions))
    return np.asarray(values[_among_alike(ordered, inside[rows, nearest[rows, chosen]], generator)])


def _among_alike(ordered: Floats, places: Integers, generator: np.random.Generator) -> Integers:
    """For each place in sorted predictions one among those with the same prediction, at random, (n,).

    With few kinds of rows many predictions are equal, and the nearest donors would be the same few for everybody.
    """
    # Products of equal rows may differ in their last bits.
    new = np.diff(ordered, prepend=-np.inf) > 1e-9 * max(float(np.ptp(ordered)), 1e-300)
    if new.all():
        return places
    group = np.cumsum(new) - 1
    starts = np.flatnonzero(new)
    sizes = np.diff(np.append(starts, len(ordered)))
    own = group[places]
    return np.asarray(starts[own] + (generator.random(len(places)) * sizes[own]).astype(np.int64))


def _posterior_draw(y: Floats, X: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Least-squares coefficients and a draw from their posterior under a flat prior; directions without data stay 0."""
    left, size, right = np.linalg.svd(X, full_matrices=False)
    used = size > size[0] * 1e-9
    scaled = (left[:, used].T @ y) / size[used]
    residual = y - left[:, used] @ (left[:, used].T @ y)
    df = max(len(y) - int(used.sum()), 1)
    sigma = np.sqrt(residual @ residual / generator.chisquare(df))
    draw = scaled + sigma * generator.standard_normal(int(used.sum())) / size[used]
    return right[used].T @ scaled, right[used].T @ draw
