"""Randomisation inference: what the lottery alone could have done, all else fixed.

The statistic is studentised, so that the test also holds, in large samples, where effects average zero without being
zero for each student: Chung & Romano (2013), doi:10.1214/13-AOS1090; Wu & Ding (2021),
doi:10.1080/01621459.2020.1750415.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb, prod
from typing import Any

import numpy as np

from recredit.errors import EstimationError
from recredit.estimators.arrays import Dropped, Floats, Integers, labels, matrix, same_length, two_arms
from recredit.estimators.arrays import numbers as as_numbers
from recredit.estimators.designs import COLLINEAR, ROUNDING, orthogonalise
from recredit.estimators.inputs import check_rows_match
from recredit.estimators.rows import Rows, clean_rows

EXACT_ASSIGNMENTS = 100_000
# Assignments whose t differs from the sample's by rounding alone tie with it.
TIE = 1e-9
BATCH_CELLS = 4_000_000


@dataclass(frozen=True)
class PermutationTest:
    """A test that nobody's outcome depends on the arm.

    Attributes
    ----------
    estimate : difference of the arms inside blocks (block fixed effects, adjusted for the covariates).
    t : estimate over its HC0 standard error.
    p_value : two-sided, by |t|.
    draws : assignments looked at, the one that took place included where all are.
    exact : whether these are all assignments that the lottery could have made.
    assignments : how many there are.
    n, blocks : rows and blocks used.
    dropped : what was left out, with reasons.
    """

    estimate: float
    t: float
    p_value: float
    draws: int
    exact: bool
    assignments: int
    n: int
    blocks: int
    dropped: tuple[Dropped, ...]


def permutation_test(
    y: Any, z: Any, block: Any, *, covariates: Any = None, draws: str | int = "exact-or-9999", seed: int
) -> PermutationTest:
    """Permute arms inside blocks and compare the studentised difference.

    Parameters
    ----------
    y : (n,) outcome.
    z : (n,) arm, 1 or 0.
    block : (n,) names of the lottery blocks; each block keeps its number of winners.
    covariates : (n, k) pre-assignment covariates, or None. The outcome is adjusted for them once (they do not change
        under the null), each assignment's arm indicator likewise.
    draws : "exact-or-9999": all assignments where they are fewer than 1e5, else 9999 random ones; "exact-or-<m>"; or a
        number of random ones.
    seed : of the random assignments.

    Notes
    -----
    p is the share of assignments with |t*| >= |t|; with random ones (1 + their number) / (1 + draws).

    Raises
    ------
    EstimationError where z has other values, or no block has both arms, or nothing is left to explain.
    """
    rows, dropped = _lottery_rows(y, z, block, covariates)
    limit, count = _draws(draws)
    lottery = _Lottery(rows.clusters[0], rows.values[:, 1])
    problem = _problem(rows)
    estimate, t = (float(one[0]) for one in problem.statistics(rows.values[:, 1][None, :]))
    if np.linalg.norm(problem.outcome) <= problem.rounding or not np.isfinite(estimate):
        raise EstimationError("outcome or arms do not vary beside the blocks and covariates.")
    exact = lottery.assignments < limit
    drawn = lottery.all_assignments() if exact else lottery.random_assignments(count, seed)
    hits = total = 0
    for part in drawn:
        hits += int((np.abs(problem.statistics(part)[1]) >= abs(t) * (1 - TIE)).sum())
        total += len(part)
    return PermutationTest(
        estimate=estimate,
        t=t,
        p_value=hits / total if exact else (1 + hits) / (1 + total),
        draws=total,
        exact=exact,
        assignments=lottery.assignments,
        n=len(rows.values),
        blocks=len(lottery.sizes),
        dropped=dropped,
    )


def _lottery_rows(y: Any, z: Any, block: Any, covariates: Any) -> tuple[Rows, tuple[Dropped, ...]]:
    """Complete rows of blocks with both arms, block by block: outcome, arm, covariates."""
    check_rows_match(y=y, z=z, block=block, covariates=covariates)
    outcome, arm, blocks = as_numbers(y, "y"), two_arms(z, "z"), labels(block, "block")
    extra = np.empty((len(outcome), 0)) if covariates is None else matrix(covariates)[0]
    same_length(y=outcome, z=arm, block=blocks, covariates=extra)
    rows, dropped = clean_rows(np.column_stack([outcome, arm, extra]), None, [blocks], [])
    rows, one_armed = _both_arms(rows)
    return rows, dropped + one_armed


def _draws(draws: str | int) -> tuple[int, int]:
    """The number of assignments below which all are taken, and the number of random ones."""
    words = str(draws)
    exact = words.startswith("exact-or-")
    number = words.removeprefix("exact-or-")
    if not number.isdigit() or int(number) < 99:
        raise EstimationError("draws must be 'exact-or-<m>' or a number, of at least 99.")
    return (EXACT_ASSIGNMENTS if exact else 0), int(number)


def _both_arms(rows: Rows) -> tuple[Rows, tuple[Dropped, ...]]:
    """Rows of blocks with both arms: where one arm is empty, the lottery could not have come out otherwise."""
    codes = rows.clusters[0]
    share = np.bincount(codes, weights=rows.values[:, 1]) / np.bincount(codes)
    use = ((share > 0) & (share < 1))[codes]
    if not use.any():
        raise EstimationError("no block has both arms.")
    order = np.flatnonzero(use)[np.argsort(codes[use], kind="stable")]
    numbers = np.unique(codes[order], return_inverse=True)[1]
    dropped = () if use.all() else (Dropped(what="rows", reason="block with one arm", count=int((~use).sum())),)
    return Rows(rows.values[order], None, (numbers,), (), rows.positions[order]), dropped


@dataclass(frozen=True)
class _Problem:
    """Outcome and covariates freed of blocks; ``covariates`` is an orthonormal basis."""

    codes: Integers
    outcome: Floats
    covariates: Floats
    sizes: Floats
    rounding: float

    def statistics(self, arms: Floats) -> tuple[Floats, Floats]:
        """Estimates and t (each (m,)) for assignments (m, n).

        t is infinite where the arms explain the outcome without a residual, and where an assignment cannot be told
        from the covariates: counted as large, on the safe side.
        """
        winners = np.bincount(self.codes, weights=arms[0])
        centred = arms - (winners / self.sizes)[self.codes]
        centred -= (centred @ self.covariates) @ self.covariates.T
        squares = np.einsum("ij,ij->i", centred, centred)
        # Of an arm that the covariates explain, rounding alone is left.
        squares[squares <= COLLINEAR**2 * (winners * (1 - winners / self.sizes)).sum()] = 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            estimate = centred @ self.outcome / squares
            error = self.outcome - estimate[:, None] * centred
            spread = np.sqrt(np.einsum("ij,ij->i", (centred * error), (centred * error))) / squares
            t = np.where(spread * np.sqrt(squares) > self.rounding, estimate / spread, np.inf)
        return estimate, t


def _problem(rows: Rows) -> _Problem:
    codes = rows.clusters[0]
    sizes = np.bincount(codes).astype(np.float64)
    values = rows.values[:, [0, *range(2, rows.values.shape[1])]]
    means = np.column_stack([np.bincount(codes, weights=column) / sizes for column in values.T])
    centred = values - means[codes]
    spread = np.linalg.norm(values - values.mean(axis=0), axis=0)
    least = np.maximum(COLLINEAR * spread, ROUNDING * np.linalg.norm(values, axis=0))
    _, basis, _ = orthogonalise(centred[:, 1:], least[1:], np.empty((len(values), 0)))
    outcome = centred[:, 0] - basis @ (basis.T @ centred[:, 0])
    return _Problem(codes, outcome, basis, sizes, 1e-10 * float(np.abs(values[:, 0]).max()))


class _Lottery:
    """The assignments that a lottery inside blocks could have made; rows lie block by block."""

    def __init__(self, codes: Integers, arm: Floats) -> None:
        self.arm = arm
        self.sizes = np.bincount(codes)
        self.winners = np.bincount(codes, weights=arm).astype(np.int64)
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.codes = codes
        self.assignments = prod(comb(int(n), int(m)) for n, m in zip(self.sizes, self.winners, strict=True))
        self.batch = max(1, BATCH_CELLS // len(arm))

    def all_assignments(self) -> Iterator[Floats]:
        """Each assignment once, in batches (m, n)."""
        choices = [
            np.array(list(combinations(range(int(n)), int(m)))) for n, m in zip(self.sizes, self.winners, strict=True)
        ]
        for start in range(0, self.assignments, self.batch):
            number = np.arange(start, min(start + self.batch, self.assignments))
            arms = np.zeros((len(number), len(self.arm)))
            places = np.arange(len(number))[:, None]
            for choice, begin in zip(choices, self.starts, strict=True):
                number, this = np.divmod(number, len(choice))
                arms[places, begin + choice[this]] = 1.0
            yield arms

    def random_assignments(self, count: int, seed: int) -> Iterator[Floats]:
        """``count`` random assignments, in batches (m, n)."""
        random = np.random.default_rng(seed)
        for start in range(0, count, self.batch):
            # In random order inside each block, the first rows win.
            keys = random.random((min(self.batch, count - start), len(self.arm))) + self.codes
            order = np.argsort(keys, axis=1)
            win = np.arange(len(self.arm)) - self.starts[self.codes] < self.winners[self.codes]
            arms = np.zeros(keys.shape)
            np.put_along_axis(arms, order, win.astype(np.float64)[None, :], axis=1)
            yield arms
