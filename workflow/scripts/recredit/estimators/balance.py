"""Making arms alike that no lottery made: overlap weights, and how alike the arms are before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recredit.errors import EstimationError
from recredit.estimators.arrays import Dropped, Floats, matrix, numbers, same_length, two_arms
from recredit.estimators.inputs import check_rows_match
from recredit.estimators.logit_fit import fit_logit


@dataclass(frozen=True)
class Balance:
    """Standardised differences of covariates between two arms, arrays of shape (k,) in the order of `names`."""

    names: tuple[str, ...]
    mean_treatment: Floats
    mean_comparison: Floats
    difference: Floats


@dataclass(frozen=True)
class OverlapWeights:
    """Overlap weights and what they do.

    Attributes
    ----------
    weights, propensity : shape (n,), in the order of the rows given; NaN where a row could not be used; weight 0 where
        the arm was perfectly predicted. Weights add up to 1 in each arm.
    before, after : balance of the covariates, both over the standard deviation before weighting.
    n_treatment, n_comparison : students with a weight. effective_n_treatment, effective_n_comparison :
        (sum w)^2 / sum w^2 (Kish 1965).
    """

    weights: Floats
    propensity: Floats
    before: Balance
    after: Balance
    n_treatment: int
    n_comparison: int
    effective_n_treatment: float
    effective_n_comparison: float
    dropped: tuple[Dropped, ...]


def overlap_weights(
    treatment: Any, X: Any, *, names: Sequence[str] | None = None, separation: str = "refuse"
) -> OverlapWeights:
    """Weights that make the arms equal in the mean of every covariate, with most weight where the arms overlap.

    Propensity e by logit with a constant and the columns of X; weight 1 - e in the treatment arm, e in the comparison
    arm (Li, Morgan & Zaslavsky 2018, JASA 113: 390-400; by their theorem 3 the balance in means is exact). What they
    estimate is the contrast among students who might have been in either arm; it is an association all the same.

    Parameters
    ----------
    treatment : 1 and 0, shape (n,). X : covariates, shape (n, k); a constant is added.
    separation : "refuse" where a covariate tells the arm for sure, or "drop": such rows get weight 0 and are counted.

    Raises
    ------
    EstimationError as :func:`recredit.estimators.logit_fit.fit_logit`; for a column other than 1 and 0.
    """
    check_rows_match(treatment=treatment, X=X)
    arm, (table, columns) = two_arms(treatment, "treatment"), matrix(X, names)
    same_length(treatment=arm, X=table)
    design = np.column_stack([np.ones(len(arm)), table])
    fit = fit_logit(
        arm, design, names=("(constant)", *columns), vcov="information", separation=separation, outcome_name="treatment"
    )
    complete = ~(np.isnan(arm) | np.isnan(table).any(axis=1))
    propensity, weights = np.full(len(arm), np.nan), np.full(len(arm), np.nan)
    # A row that was dropped as perfectly predicted has a propensity of 0 or 1, its own arm's, and so the weight 0.
    propensity[complete] = arm[complete]
    propensity[fit.used] = fit.fitted
    raw = np.where(arm == 1, 1 - propensity, propensity)
    for side in (0, 1):
        weights[arm == side] = raw[arm == side] / np.nansum(raw[arm == side])
    positive = [weights[(arm == side) & (weights > 0)] for side in (1, 0)]
    return OverlapWeights(
        weights=weights,
        propensity=propensity,
        before=standardised_differences(arm, table, names=columns),
        after=standardised_differences(arm, table, weights=weights, names=columns),
        n_treatment=len(positive[0]),
        n_comparison=len(positive[1]),
        effective_n_treatment=effective_n(positive[0]),
        effective_n_comparison=effective_n(positive[1]),
        dropped=fit.dropped,
    )


def effective_n(weights: Floats) -> float:
    """The number of equally weighted students that give a mean the same precision, (sum w)^2 / sum w^2 (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights @ weights))


def standardised_differences(
    treatment: Any, X: Any, *, weights: Any = None, names: Sequence[str] | None = None
) -> Balance:
    """Difference of the arms' means over sqrt((s_t^2 + s_c^2) / 2), the s without weights (Austin 2009, Stat. Med. 28).

    Parameters
    ----------
    treatment : 1 and 0, shape (n,). X : covariates, shape (n, k). Rows with a missing value or weight are left out.
    weights : for the means only, not negative, so that before and after have one measure.

    Raises
    ------
    EstimationError for an arm with fewer than two rows, or without weight; for negative weights.

    Notes
    -----
    0 where a covariate is the same constant in both arms; NaN where it is another constant in each.
    """
    check_rows_match(treatment=treatment, X=X, weights=weights)
    arm, (table, columns) = two_arms(treatment, "treatment"), matrix(X, names)
    weight = np.ones(len(arm)) if weights is None else numbers(weights, "weights")
    same_length(treatment=arm, X=table, weights=weight)
    complete = ~(np.isnan(arm) | np.isnan(table).any(axis=1) | np.isnan(weight))
    sides = [complete & (arm == side) for side in (1, 0)]
    if min(int(side.sum()) for side in sides) < 2 or (weight[complete] < 0).any():
        raise EstimationError("each arm needs two complete rows at least, and no negative weight.")
    if any(weight[side].sum() == 0 for side in sides):
        raise EstimationError("an arm has no weight at all: its means are not defined.")
    means = [np.average(table[side], axis=0, weights=weight[side]) for side in sides]
    spread = np.sqrt((table[sides[0]].var(axis=0, ddof=1) + table[sides[1]].var(axis=0, ddof=1)) / 2)
    gap = means[0] - means[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        difference = np.where(spread > 0, gap / spread, np.where(gap == 0, 0.0, np.nan))
    return Balance(columns, means[0], means[1], difference)
