"""The result of a linear regression: per term an estimate, standard error, degrees of freedom, t, p and interval."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import stdtr, stdtrit

from recredit.errors import EstimationError
from recredit.estimators.arrays import Booleans, Dropped, Floats, Integers
from recredit.estimators.covariance import CONVENTIONS, Variance
from recredit.estimators.designs import Solution
from recredit.estimators.rows import Rows

CONFIDENCE = 0.95


@dataclass(frozen=True)
class LinearFit:
    """A fitted linear regression. Arrays are in the order of ``names``; a term that was left out is NaN.

    Attributes
    ----------
    names : names of the terms.
    estimate, std_error, df, t, p_value, ci_low, ci_high : per term; two-sided p and 95% interval from t with ``df``.
    n : rows used.
    rows : (n,) positions of the rows used among the rows given, ascending.
    clusters : number of clusters (of the smaller set, where there are two), or None for a standard error that is not
        clustered.
    convention : the standard error's convention in words.
    dropped : terms, standard errors and rows left out, with reasons.
    residual_df : rows minus all parameters, absorbed fixed effects included.
    max_leverage : the largest leverage of a row on the terms, fixed effects partialled out (0 to 1).
    vcov : the convention's short name.
    covariance : of the estimates.
    first_stages : with instruments, the regression of each endogenous term on them.
    data, solution : what further tests of this fit need (wild bootstrap, Wald tests).
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
    rows: Integers = field(repr=False)
    clusters: int | None
    convention: str
    dropped: tuple[Dropped, ...]
    residual_df: int
    max_leverage: float
    vcov: str
    covariance: Floats = field(repr=False)
    first_stages: "tuple[FirstStage, ...]" = field(repr=False)
    data: Rows = field(repr=False, compare=False)
    solution: Solution = field(repr=False, compare=False)

    def place(self, term: str) -> int:
        """Where ``term`` stands among ``names``.

        Raises
        ------
        EstimationError where it is no term of the model, or was left out.
        """
        if term not in self.names:
            raise EstimationError(f"{term} is no term of the model.")
        place = self.names.index(term)
        if place not in self.solution.kept:
            raise EstimationError(f"{term} was left out of the model.")
        return place


@dataclass(frozen=True)
class FirstStage:
    """How well the instruments predict one endogenous term.

    Attributes
    ----------
    endogenous : the term.
    fit : its regression on the instruments and the other terms, with the standard errors of the second stage.
    f_statistic, df_numerator, df_denominator, p_value : test that all excluded instruments are without weight; with
        CR2 by the HTZ test.
    """

    endogenous: str
    fit: LinearFit
    f_statistic: float
    df_numerator: int
    df_denominator: float
    p_value: float


def linear_fit(
    names: Sequence[str],
    data: Rows,
    solution: Solution,
    variance: Variance,
    vcov: str,
    dropped: tuple[Dropped, ...],
    first_stages: tuple[FirstStage, ...] = (),
) -> LinearFit:
    """Put a result together; terms whose variance cannot be estimated keep their estimate and lose the rest."""
    kept = list(solution.kept)
    matrix = variance.matrix.copy()
    matrix[variance.lone, :] = matrix[:, variance.lone] = np.nan
    negative = np.diag(matrix) < 0
    std_error = np.sqrt(np.where(negative, np.nan, np.diag(matrix)))
    covariance = np.full((len(names), len(names)), np.nan)
    covariance[np.ix_(kept, kept)] = matrix
    columns = _inference(solution.estimate, std_error, variance.df)
    return LinearFit(
        names=tuple(names),
        **{name: _spread(values, kept, len(names)) for name, values in columns.items()},
        n=solution.n,
        rows=np.flatnonzero(np.bincount(data.positions)),
        clusters=variance.clusters,
        convention=_wording(vcov, variance, len(solution.clusters)),
        dropped=dropped + _without_error([names[place] for place in kept], variance, negative),
        residual_df=solution.residual_df,
        max_leverage=float((solution.basis[:, : len(kept)] ** 2).sum(axis=1).max()),
        vcov=vcov,
        covariance=covariance,
        first_stages=first_stages,
        data=data,
        solution=solution,
    )


def _inference(estimate: Floats, std_error: Floats, df: Floats) -> dict[str, Floats]:
    """t, p and interval of estimates; NaN where there is no standard error."""
    df = np.where(np.isfinite(std_error), df, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = estimate / std_error
    half = stdtrit(df, 0.5 + CONFIDENCE / 2) * std_error
    return {
        "estimate": estimate,
        "std_error": std_error,
        "df": df,
        "t": t,
        "p_value": 2 * stdtr(df, -np.abs(t)),
        "ci_low": estimate - half,
        "ci_high": estimate + half,
    }


def _spread(values: Floats, kept: list[int], count: int) -> Floats:
    whole = np.full(count, np.nan)
    whole[kept] = values
    return whole


def _wording(vcov: str, variance: Variance, sets: int) -> str:
    words = CONVENTIONS[vcov]
    if variance.clusters is None or sets < 2:
        return words
    return f"two-way {words}".replace("with G-1", "with min(G)-1")


def _without_error(names: list[str], variance: Variance, negative: Booleans) -> tuple[Dropped, ...]:
    unit = "row" if variance.clusters is None else "cluster"
    alone = [
        Dropped(what=name, reason=f"no standard error: one {unit} alone decides this term")
        for name, lone in zip(names, variance.lone, strict=True)
        if lone
    ]
    below = [
        Dropped(what=name, reason="no standard error: the two-way variance is negative")
        for name, is_negative in zip(names, negative, strict=True)
        if is_negative
    ]
    return (*alone, *below)
