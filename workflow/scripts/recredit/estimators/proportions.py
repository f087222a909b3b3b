"""Intervals for a proportion and for a difference of two, also where answers come in clusters."""

from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np
from scipy import stats

from recredit.errors import EstimationError
from recredit.estimators.arrays import labels, numbers, same_length
from recredit.estimators.inputs import check_rows_match


@dataclass(frozen=True)
class Proportion:
    """A proportion with its interval; `n_effective` is n over the design effect."""

    estimate: float
    ci_low: float
    ci_high: float
    n: int
    n_effective: float


@dataclass(frozen=True)
class ProportionDifference:
    """First proportion minus second, with its interval."""

    estimate: float
    ci_low: float
    ci_high: float
    first: Proportion
    second: Proportion


@dataclass(frozen=True)
class ClusteredProportion:
    """What clustered answers say about the precision of their proportion.

    Attributes
    ----------
    successes, n, clusters : counts of complete answers. missing : answers left out.
    design_effect : variance of the proportion over that of a simple random sample of n, never below 1.
    df : clusters minus one.
    """

    successes: int
    n: int
    clusters: int
    missing: int
    design_effect: float
    df: float


def wilson(successes: float, n: int, *, level: float = 0.95, design_effect: float = 1.0, df: float = inf) -> Proportion:
    """The score interval of a proportion (Wilson 1927, JASA 22: 209-212).

    Parameters
    ----------
    successes : 0 to n. n : answers, above 0.
    level : of the interval.
    design_effect : n is divided by it (Dean & Pagano 2015, J. Survey Stat. Methodol. 3(4): 484-503; Korn & Graubard
        1998, Survey Methodology 24(2)); from :func:`clustered`, or Kish's 1 + (m - 1) rho.
    df : degrees of freedom of the critical value, clusters minus one; normal by default.

    Raises
    ------
    EstimationError for counts that are none, a design effect below 1, df of 0 or less, a level outside 0 to 1.
    """
    if not (n > 0 and 0 <= successes <= n):
        raise EstimationError("a proportion needs at least one answer, and from 0 to all of them successes.")
    if not (design_effect >= 1 and df > 0 and 0 < level < 1):
        raise EstimationError("a design effect of 1 or more, df above 0 and a level between 0 and 1 were expected.")
    share, size = successes / n, n / design_effect
    square = stats.t.ppf(0.5 + level / 2, df) ** 2
    centre = (share + square / (2 * size)) / (1 + square / size)
    half = sqrt(square) / (1 + square / size) * sqrt(share * (1 - share) / size + square / (4 * size**2))
    # At 0 and n the end is exact; rounding would leave it a hair off.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Proportion(share, float(low), float(high), int(n), float(size))


def newcombe(
    successes_first: float,
    n_first: int,
    successes_second: float,
    n_second: int,
    *,
    level: float = 0.95,
    design_effects: tuple[float, float] = (1.0, 1.0),
    dfs: tuple[float, float] = (inf, inf),
) -> ProportionDifference:
    """Difference of two independent proportions, hybrid score interval (Newcombe 1998, Stat. Med. 17: 873-890, no. 10).

    With p and the ends l, u of each Wilson interval:
    low = p1 - p2 - sqrt((p1 - l1)^2 + (u2 - p2)^2), high = p1 - p2 + sqrt((u1 - p1)^2 + (p2 - l2)^2).

    Parameters
    ----------
    design_effects, dfs : of the first and the second proportion, see :func:`wilson`. The two are taken as independent:
        where the same schools are in both groups, and agree, the interval is too wide.

    Raises
    ------
    EstimationError as :func:`wilson`.
    """
    first = wilson(successes_first, n_first, level=level, design_effect=design_effects[0], df=dfs[0])
    second = wilson(successes_second, n_second, level=level, design_effect=design_effects[1], df=dfs[1])
    difference = first.estimate - second.estimate
    low = sqrt((first.estimate - first.ci_low) ** 2 + (second.ci_high - second.estimate) ** 2)
    high = sqrt((first.ci_high - first.estimate) ** 2 + (second.estimate - second.ci_low) ** 2)
    return ProportionDifference(difference, difference - low, difference + high, first, second)


def clustered(y: Any, cluster: Any) -> ClusteredProportion:
    """The design effect of a proportion whose answers come in clusters (schools).

    Linearised variance G/(G-1) sum_g (sum_i (y_i - p))^2 / n^2 over p (1 - p) / n, raised to 1 where it is below.
    Where all answers agree both are 0: then sum_g n_g^2 / n, as if each cluster had given one answer.

    Parameters
    ----------
    y : answers 0 and 1 (or boolean), NaN where missing, shape (n,). cluster : labels, shape (n,).

    Raises
    ------
    EstimationError for other values, no complete answer, or a single cluster.
    """
    check_rows_match(y=y, cluster=cluster)
    answers, groups = numbers(y, "y"), labels(cluster, "cluster")
    same_length(y=answers, cluster=groups)
    complete = ~np.isnan(answers) & (groups >= 0)
    answers = answers[complete]
    if not np.isin(answers, (0.0, 1.0)).all():
        raise EstimationError("y: answers of 0 and 1 were expected.")
    codes = np.unique(groups[complete], return_inverse=True)[1]
    n, count = len(answers), int(codes.max(initial=-1)) + 1
    if count < 2:
        raise EstimationError(f"answers from two clusters at least are needed, found {count}.")
    share = answers.mean()
    if 0 < share < 1:
        totals = np.bincount(codes, answers - share)
        effect = count / (count - 1) * float(totals @ totals) / (n * share * (1 - share))
    else:
        effect = float(np.sum(np.bincount(codes) ** 2)) / n
    missing = int((~complete).sum())
    return ClusteredProportion(int(answers.sum()), n, count, missing, max(1.0, effect), float(count - 1))
