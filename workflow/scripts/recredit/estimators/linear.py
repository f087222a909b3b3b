"""Linear regression with fixed effects and a standard error whose small-sample convention has a name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from recredit.estimators.fixed_effects import (
    RELATIVE_TOLERANCE,
    Floats,
    Integers,
    content_order,
    group_sums,
    partial_out,
)
from recredit.estimators.rows import Dropped, Rows, clean_rows

CONFIDENCE = 0.95
CONVENTIONS: Mapping[str, str] = MappingProxyType(
    {
        "classical": "classical standard error, t with n - k degrees of freedom",
        "CR1": "clustered standard error CR1 (factor G/(G-1)), t with G-1 degrees of freedom",
        "CR1S": "clustered standard error CR1S (factor G/(G-1) x (n-1)/(n-k)), t with G-1 degrees of freedom",
    }
)


@dataclass(frozen=True)
class LinearFit:
    """A fitted linear regression. Arrays are in the order of ``names``; a term that was left out is NaN.

    Attributes
    ----------
    names : names of the terms.
    estimate, std_error, df, t, p_value, ci_low, ci_high : per term; two-sided p and 95% interval from t with ``df``.
    n : rows used.
    rows : (n,) positions of the rows used among the rows given, ascending.
    clusters : number of clusters, or None for a standard error that is not clustered.
    convention : the standard error's convention in words.
    dropped : terms and rows left out, with reasons.
    residual_df : rows minus all parameters, absorbed fixed effects included.
    max_leverage : the largest leverage of a row on the terms, fixed effects partialled out (0 to 1).
    """

    names: tuple[str, ...]
    estimate: Floats
    std_error: Floats
    df: Floats
    t: Floats
    p_value: Floats
    ci_low: Floats
    ci_high: Floats
    n: int
    rows: Integers
    clusters: int | None
    convention: str
    dropped: tuple[Dropped, ...]
    residual_df: int
    max_leverage: float


def fit_ols(
    y: ArrayLike,
    X: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    absorb: Sequence[ArrayLike] | None = None,
    weights: ArrayLike | None = None,
    vcov: str = "CR1",
    names: Sequence[str] | None = None,
) -> LinearFit:
    """Ordinary (or weighted) least squares.

    Parameters
    ----------
    y : (n,) outcome.
    X : (n, k) terms; a constant is a column of ones and is not needed beside fixed effects.
    cluster : (n,) names of the clusters; needed for CR1 and CR1S.
    absorb : for each set of fixed effects the (n,) names of its levels.
    weights : (n,) weights, not negative; rows with weight 0 are left out.
    vcov : "classical", "CR1" (Liang & Zeger 1986 times G/(G-1)) or "CR1S" (Stata's factor, k with all fixed effects).
    names : names of the terms; x0, x1, ... by default.

    Returns
    -------
    The fit. It does not depend on the order of the rows, nor on the names of clusters and levels.

    Raises
    ------
    ValueError where there is nothing to estimate; the message is fit for readers and holds no value of a record.
    """
    if vcov not in CONVENTIONS:
        raise ValueError(f"vcov must be one of {', '.join(CONVENTIONS)}")
    if vcov != "classical" and cluster is None:
        raise ValueError(f"{vcov} needs clusters")
    matrix = np.asarray(X, dtype=np.float64)
    labels = tuple(names) if names is not None else tuple(f"x{number}" for number in range(matrix.shape[1]))
    rows, dropped = clean_rows(np.asarray(y, dtype=np.float64), matrix, cluster, absorb or (), weights)
    return _fit_rows(rows, labels, vcov, dropped)


def _fit_rows(rows: Rows, names: tuple[str, ...], vcov: str, dropped: tuple[Dropped, ...]) -> LinearFit:
    if not len(rows.y):
        raise ValueError("no row is complete")
    columns, effects = partial_out(np.column_stack([rows.y, rows.X]), rows.factors, rows.weights)
    kept, reasons = _independent(columns[:, 1:], rows.X, names)
    if not kept:
        raise ValueError("no term of the model varies beside the others and the fixed effects")
    solution = _solve(columns[:, [0, *(1 + index for index in kept)]], rows, effects)
    deviation, df, clusters = _standard_errors(solution, vcov)
    return _result(names, kept, solution, deviation, df, clusters, vcov, (*dropped, *reasons))


def _independent(left: Floats, whole: Floats, names: tuple[str, ...]) -> tuple[list[int], tuple[Dropped, ...]]:
    """Terms that vary beside the fixed effects and the terms before them; the others with the reason."""
    kept: list[int] = []
    dropped: list[Dropped] = []
    basis: list[Floats] = []
    for index, name in enumerate(names):
        size = float(np.linalg.norm(whole[:, index]))
        column = left[:, index]
        if np.linalg.norm(column) <= RELATIVE_TOLERANCE * max(size, 1e-300):
            dropped.append(Dropped(name, 1, "no variation beside the fixed effects" if size else "zero throughout"))
            continue
        for _ in range(2):  # a second pass takes out what rounding left of the first
            for one in basis:
                column = column - one * float(one @ column)
        if np.linalg.norm(column) <= RELATIVE_TOLERANCE * size:
            dropped.append(Dropped(name, 1, "a combination of the terms before it"))
            continue
        basis.append(column / np.linalg.norm(column))
        kept.append(index)
    return kept, tuple(dropped)


@dataclass(frozen=True)
class _Solution:
    """Coefficients of the kept terms with what the standard errors need."""

    estimate: Floats
    bread: Floats
    scores: Floats
    clusters: Integers | None
    squares: float
    rows: Integers
    n: int
    residual_df: int
    leverage: float


def _solve(columns: Floats, rows: Rows, effects: int) -> _Solution:
    """Least squares on columns (outcome first) that are freed of the fixed effects."""
    n, terms = len(columns), columns.shape[1] - 1
    residual_df = n - terms - effects
    if residual_df < 1:
        raise ValueError("there are no more rows than parameters")
    root = np.sqrt(rows.weights)
    y, X = columns[:, 0] * root, columns[:, 1:] * root[:, None]
    q, r = np.linalg.qr(X)
    estimate = np.linalg.solve(r, q.T @ y)
    residual = y - X @ estimate
    squares = float(residual @ residual)
    if squares <= (RELATIVE_TOLERANCE**2) * float((rows.y**2 * rows.weights).sum()):
        raise ValueError("the outcome does not vary beside the terms and the fixed effects")
    inverse = np.linalg.inv(r)
    return _Solution(
        estimate=estimate,
        bread=inverse @ inverse.T,
        scores=X * residual[:, None],
        clusters=rows.cluster,
        squares=squares,
        rows=np.sort(rows.positions),
        n=n,
        residual_df=residual_df,
        leverage=float((q**2).sum(axis=1).max()),
    )


def _classical(solution: _Solution) -> tuple[Floats, float, int | None]:
    variance = solution.bread * (solution.squares / solution.residual_df)
    return np.sqrt(np.diag(variance)), float(solution.residual_df), None


def _clustered(solution: _Solution, factor: Callable[[int, _Solution], float]) -> tuple[Floats, float, int | None]:
    labels = solution.clusters
    assert labels is not None
    numbers = np.unique(labels, return_inverse=True)[1]
    count = int(numbers.max()) + 1
    if count < 2:
        raise ValueError("there is only one cluster")
    sums = group_sums(solution.scores, numbers, count)
    sums = sums[content_order(sums)]  # an order by content, also of clusters that numbers could not tell apart
    variance = solution.bread @ (sums.T @ sums) @ solution.bread * factor(count, solution)
    return np.sqrt(np.diag(variance)), float(count - 1), count


def _standard_errors(solution: _Solution, vcov: str) -> tuple[Floats, float, int | None]:
    """Standard errors of the kept terms, degrees of freedom, number of clusters."""
    if vcov == "classical":
        return _classical(solution)
    if vcov == "CR1":
        return _clustered(solution, lambda count, _: count / (count - 1))
    return _clustered(solution, lambda count, one: count / (count - 1) * (one.n - 1) / one.residual_df)


def _result(
    names: tuple[str, ...],
    kept: list[int],
    solution: _Solution,
    deviation: Floats,
    df: float,
    clusters: int | None,
    vcov: str,
    dropped: tuple[Dropped, ...],
) -> LinearFit:
    def spread(values: Floats) -> Floats:
        whole = np.full(len(names), np.nan)
        whole[kept] = values
        return whole

    with np.errstate(divide="ignore", invalid="ignore"):
        t = solution.estimate / deviation
    half = stdtrit(df, 0.5 + CONFIDENCE / 2) * deviation
    return LinearFit(
        names=names,
        estimate=spread(solution.estimate),
        std_error=spread(deviation),
        df=spread(np.full(len(kept), df)),
        t=spread(t),
        p_value=spread(2 * stdtr(df, -np.abs(t))),
        ci_low=spread(solution.estimate - half),
        ci_high=spread(solution.estimate + half),
        n=solution.n,
        rows=solution.rows,
        clusters=clusters,
        convention=CONVENTIONS[vcov],
        dropped=dropped,
        residual_df=solution.residual_df,
        max_leverage=solution.leverage,
    )
