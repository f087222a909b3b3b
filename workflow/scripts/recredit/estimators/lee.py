"""Lee's bounds: the effect among students whose outcome would be known in either arm, when outcomes go missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from recredit.errors import EstimationError
from recredit.estimators.arrays import Booleans, Dropped, Floats, Integers, labels, numbers, same_length, two_arms
from recredit.estimators.inputs import check_rows_match
from recredit.estimators.rows import content_keys, number_by_content

# Draws without an outcome in one of the arms; more of them than this and the sample is too small to resample.
MOST_FAILED_DRAWS = 0.01


@dataclass(frozen=True)
class LeeBounds:
    """Bounds on the effect among those observed in either arm.

    Attributes
    ----------
    lower, upper, std_error_lower, std_error_upper : in units of the outcome.
    ci_low, ci_high : Imbens-Manski interval, which covers the effect (not the whole range of bounds) at the level.
    difference : of the means as observed, without trimming.
    observed_treatment, observed_comparison : shares of the arms whose outcome is known.
    trimmed_arm : "treatment", "comparison" or "none". trimmed_share : of its known outcomes.
    n : students in the arms. n_observed : those whose outcome is known. clusters : their number, or None.
    convention : how the standard errors were made. failed_draws : draws without a known outcome in an arm.
    """

    lower: float
    upper: float
    std_error_lower: float
    std_error_upper: float
    ci_low: float
    ci_high: float
    difference: float
    observed_treatment: float
    observed_comparison: float
    trimmed_arm: str
    trimmed_share: float
    n: int
    n_observed: int
    clusters: int | None
    convention: str
    failed_draws: int
    dropped: tuple[Dropped, ...]


@dataclass(frozen=True)
class _Sample:
    """Rows sorted by outcome, those without one last; codes of blocks and clusters from 0."""

    y: Floats
    observed: Booleans
    treated: Booleans
    blocks: Integers
    clusters: Integers | None


@dataclass(frozen=True)
class _Bounds:
    lower: float
    upper: float
    difference: float
    shares: tuple[float, float]
    trimmed_share: float


def bounds(
    y: Any,
    treatment: Any,
    *,
    block: Any = None,
    cluster: Any = None,
    method: str = "bootstrap",
    draws: int = 999,
    seed: int | None = None,
    level: float = 0.95,
) -> LeeBounds:
    """Bounds on a treatment effect when the outcome is missing more often in one arm (Lee 2009, REStud 76: 1071-1102).

    The arm with more known outcomes is trimmed by p = (q_more - q_less) / q_more of them, from above for one bound and
    from below for the other. Tied outcomes (yes/no) are trimmed in part, so that exactly the share p goes. Assumes
    assignment at random, and that being in one of the arms never makes an outcome less likely to be known.

    Parameters
    ----------
    y : outcome, NaN where it is not known, shape (n,). treatment : 1 and 0, shape (n,).
    block : lottery blocks; students are weighted by the inverse share of their arm in their block, and blocks with one
        arm are dropped and counted.
    cluster : resampled as a whole in the bootstrap; else students inside block and arm are.
    method : "bootstrap" (`draws`, `seed`), or "analytic" (Lee's proposition 3: no block, no cluster, an outcome with
        few ties).
    level : of the interval (Imbens & Manski 2004, Econometrica 72: 1845-1857).

    Raises
    ------
    EstimationError for an arm without two known outcomes, an unknown method, a bootstrap without a seed, or resamples
        that too often leave an arm without outcomes.
    """
    sample, dropped = _sample(y, treatment, block, cluster)
    found = _bounds(sample, np.ones(len(sample.y)))
    if found is None:
        raise EstimationError("each arm needs two students at least whose outcome is known.")
    if method == "analytic":
        if block is not None or cluster is not None:
            raise EstimationError("the analytic standard error knows neither blocks nor clusters; use the bootstrap.")
        errors, failed, convention = _analytic(sample, found), 0, "analytic (Lee 2009, proposition 3)"
    elif method == "bootstrap":
        errors, failed = _bootstrap(sample, draws, seed)
        convention = f"bootstrap of {'clusters' if cluster is not None else 'students'}, {draws} draws"
    else:
        raise EstimationError(f"method: 'bootstrap' or 'analytic' was expected, found {method!r}.")
    return _result(sample, found, errors, failed, convention, level, dropped)


def _sample(y: Any, treatment: Any, block: Any, cluster: Any) -> tuple[_Sample, tuple[Dropped, ...]]:
    check_rows_match(y=y, treatment=treatment, block=block, cluster=cluster)
    outcome, arm = numbers(y, "y"), two_arms(treatment, "treatment")
    blocks = np.zeros(len(outcome), dtype=np.int64) if block is None else labels(block, "block")
    clusters = None if cluster is None else labels(cluster, "cluster")
    same_length(y=outcome, treatment=arm, block=blocks, cluster=clusters)
    usable = ~np.isnan(arm) & (blocks >= 0) & (True if clusters is None else clusters >= 0)
    one_arm = np.zeros(len(outcome), dtype=bool)
    for code in np.unique(blocks[usable]) if block is not None else ():
        inside = usable & (blocks == code)
        one_arm |= inside & (np.ptp(arm[inside]) == 0)
    reasons = {"arm, block or cluster is missing": ~usable, "block has one arm only": one_arm}
    dropped = tuple(Dropped("rows", why, int(where.sum())) for why, where in reasons.items() if where.any())
    sample = _sorted_by_content(outcome, arm, blocks, clusters, np.flatnonzero(usable & ~one_arm))
    for name, chosen in (("treatment", sample.treated), ("comparison", ~sample.treated)):
        if (chosen & sample.observed).sum() < 2:
            raise EstimationError(f"the {name} arm has fewer than two students whose outcome is known.")
    if sample.clusters is not None and sample.clusters.max() < 1:
        raise EstimationError("cluster: two clusters at least are needed to resample.")
    return sample, dropped


def _sorted_by_content(
    outcome: Floats, arm: Floats, blocks: Integers, clusters: Integers | None, rows: Integers
) -> _Sample:
    """Rows by outcome, groups numbered by what they hold: random study codes must not change what is resampled."""
    observed = ~np.isnan(outcome[rows])
    y, treated = np.where(observed, outcome[rows], np.inf), arm[rows]
    keys = content_keys([y, treated])
    block = number_by_content(blocks[rows], keys)
    keys = content_keys([y, treated, block.astype(np.float64)])
    cluster = None if clusters is None else number_by_content(clusters[rows], keys)
    order = np.lexsort([block if cluster is None else cluster, block, treated, y])
    known = np.where(observed, outcome[rows], np.nan)[order]
    groups = None if cluster is None else cluster[order]
    return _Sample(known, observed[order], treated[order] == 1, block[order], groups)


def _bounds(sample: _Sample, multiplicity: Floats) -> _Bounds | None:
    """Bounds with each row counted `multiplicity` times; None where an arm has no known outcome."""
    weights = multiplicity * _inverse_shares(sample, multiplicity)
    arms = [sample.treated, ~sample.treated]
    totals = [weights[arm].sum() for arm in arms]
    known = [weights[arm & sample.observed].sum() for arm in arms]
    if min(known) <= 0:
        return None
    shares = (known[0] / totals[0], known[1] / totals[1])
    # Equal shares that differ by rounding only are equal: nothing is trimmed.
    trimmed = 0.0 if np.isclose(*shares, rtol=1e-12) else 1 - min(shares) / max(shares)
    values = [(sample.y[arm & sample.observed], weights[arm & sample.observed]) for arm in arms]
    means = [float(np.average(y, weights=w)) for y, w in values]
    more = 0 if shares[0] >= shares[1] else 1
    low = _trimmed_mean(*values[more], 1 - trimmed)
    high = -_trimmed_mean(-values[more][0][::-1], values[more][1][::-1], 1 - trimmed)
    ends = (low - means[1], high - means[1]) if more == 0 else (means[0] - high, means[0] - low)
    return _Bounds(*ends, means[0] - means[1], shares, trimmed)


def _inverse_shares(sample: _Sample, multiplicity: Floats) -> Floats:
    """One over the share of a student's arm in the block, shape (n,); 0 where a resample left one arm in the block."""
    everyone = np.bincount(sample.blocks, multiplicity)
    treated = np.bincount(sample.blocks, multiplicity * sample.treated, len(everyone))
    own = np.where(sample.treated, treated[sample.blocks], (everyone - treated)[sample.blocks])
    both = ((treated > 0) & (treated < everyone))[sample.blocks]
    return np.asarray(np.where(both, everyone[sample.blocks] / np.where(both, own, 1.0), 0.0))


def _trimmed_mean(y: Floats, weights: Floats, share: float) -> float:
    """Mean of the first `share` of the weight of values that are sorted; the value at the end counts in part."""
    kept = np.clip(share * weights.sum() - (np.cumsum(weights) - weights), 0.0, weights)
    return float(kept @ y / kept.sum())


def _bootstrap(sample: _Sample, draws: int, seed: int | None) -> tuple[tuple[float, float], int]:
    if seed is None or draws < 2:
        raise EstimationError("the bootstrap needs a seed and two draws at least.")
    found = [_bounds(sample, drawn) for drawn in _resamples(sample, draws, np.random.default_rng(seed))]
    ends = np.array([(one.lower, one.upper) for one in found if one is not None])
    failed = draws - len(ends)
    if failed > MOST_FAILED_DRAWS * draws:
        raise EstimationError(f"{failed} of {draws} resamples have an arm without known outcomes: too small a sample.")
    errors = ends.std(axis=0, ddof=1)
    return (float(errors[0]), float(errors[1])), failed


def _resamples(sample: _Sample, draws: int, generator: np.random.Generator) -> Iterator[Floats]:
    """How often each row is drawn, shape (n,), once per draw."""
    if sample.clusters is not None:
        count = int(sample.clusters.max()) + 1
        for _ in range(draws):
            drawn = generator.multinomial(count, np.full(count, 1 / count)).astype(np.float64)
            yield drawn[sample.clusters]
        return
    strata = sample.blocks * 2 + sample.treated
    order = np.argsort(strata, kind="stable")
    sizes = np.bincount(strata)[strata[order]]
    starts = np.searchsorted(strata[order], strata[order])
    for _ in range(draws):
        chosen = order[starts + generator.integers(0, sizes)]
        yield np.bincount(chosen, minlength=len(order)).astype(np.float64)


def _analytic(sample: _Sample, found: _Bounds) -> tuple[float, float]:
    """Standard errors of lower and upper bound by Lee's proposition 3."""
    more = sample.treated if found.shares[0] >= found.shares[1] else ~sample.treated
    trimmed, other = sample.y[more & sample.observed], sample.y[~more & sample.observed]
    n, p, known = len(sample.y), found.trimmed_share, min(found.shares)
    arm, kept = more.mean(), 1 - found.trimmed_share
    share = len(trimmed) / n
    v_share = kept**2 * ((1 - known / kept) / (arm * known / kept) + (1 - known) / ((1 - arm) * known))
    v_other = other.var(ddof=1) / (len(other) / n)
    errors = []
    for sign in (1, -1):
        y = np.sort(sign * trimmed)
        rest = y[: max(2, round(kept * len(y)))]
        distance = rest[-1] - rest.mean()
        v_trimmed = (rest.var(ddof=1) + distance**2 * p) / (share * kept) + (distance / kept) ** 2 * v_share
        errors.append(sqrt((v_trimmed + v_other) / n))
    # Trimming the comparison arm from above gives the upper end of the effect.
    return (errors[0], errors[1]) if found.shares[0] >= found.shares[1] else (errors[1], errors[0])


def _result(
    sample: _Sample,
    found: _Bounds,
    errors: tuple[float, float],
    failed: int,
    convention: str,
    level: float,
    dropped: tuple[Dropped, ...],
) -> LeeBounds:
    critical = _imbens_manski(found.upper - found.lower, max(errors), level)
    arm = "treatment" if found.shares[0] > found.shares[1] else "comparison"
    return LeeBounds(
        lower=found.lower,
        upper=found.upper,
        std_error_lower=errors[0],
        std_error_upper=errors[1],
        ci_low=found.lower - critical * errors[0],
        ci_high=found.upper + critical * errors[1],
        difference=found.difference,
        observed_treatment=float(found.shares[0]),
        observed_comparison=float(found.shares[1]),
        trimmed_arm=arm if found.trimmed_share > 0 else "none",
        trimmed_share=float(found.trimmed_share),
        n=len(sample.y),
        n_observed=int(sample.observed.sum()),
        clusters=None if sample.clusters is None else int(sample.clusters.max()) + 1,
        convention=convention,
        failed_draws=failed,
        dropped=dropped,
    )


def _imbens_manski(width: float, largest_error: float, level: float) -> float:
    """The c that solves Phi(c + width / se) - Phi(-c) = level; between the one- and the two-sided normal quantile."""
    if not (0.5 < level < 1):
        raise EstimationError("level: between 0.5 and 1 was expected.")
    if largest_error == 0:
        return float(stats.norm.ppf(level))
    gap = width / largest_error
    return float(brentq(lambda c: stats.norm.cdf(c + gap) - stats.norm.cdf(-c) - level, 0.0, 10.0))
