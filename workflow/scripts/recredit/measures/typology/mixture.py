"""Gaussian latent profiles with diagonal covariance (mclust's VVI), by expectation and maximisation from many starts.

McLachlan & Peel (2000), "Finite Mixture Models"; many short runs, the best of which are followed to the end, after
Biernacki, Celeux & Govaert (2003), "Choosing starting values for the EM algorithm", doi:10.1016/S0167-9473(02)00163-9.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recredit.last_axis import highest, total

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# No profile is narrower than a tenth of a standard deviation: a spike at one value is no type of user.
LEAST_VARIANCE = 0.01
SHORT_ITERATIONS, LONG_ITERATIONS = 25, 200
TOLERANCE = 1e-6
# One run in so many is followed from the short runs to the end.
FOLLOWED_ONE_IN = 10


@dataclass(frozen=True)
class Profiles:
    """k profiles over d inputs: shares (k,), means and variances (k, d), and the log-likelihood of the fitted rows."""

    shares: Floats
    means: Floats
    variances: Floats
    log_likelihood: float

    @property
    def free_parameters(self) -> int:
        """Free parameters: k - 1 shares, k d means, k d variances."""
        return len(self.shares) - 1 + 2 * int(self.means.size)

    def log_densities(self, rows: Floats) -> Floats:
        """(n, k) log of share times density of each profile at each row."""
        return _log_densities(rows, self.shares[None], self.means[None], self.variances[None])[:, 0]

    def posteriors(self, rows: Floats) -> Floats:
        """(n, k) probability of each profile given each row."""
        return _normalised(self.log_densities(rows))[0]

    def bic(self, size: int) -> float:
        """Bayesian information criterion at ``size`` rows; smaller is better."""
        return self.free_parameters * float(np.log(size)) - 2 * self.log_likelihood

    def draw(self, generator: np.random.Generator, size: int) -> Floats:
        """(size, d) rows drawn from the profiles."""
        member = generator.choice(len(self.shares), size=size, p=self.shares)
        noise = generator.standard_normal((size, self.means.shape[1]))
        drawn: Floats = self.means[member] + np.sqrt(self.variances[member]) * noise
        return drawn


def _log_densities(rows: Floats, shares: Floats, means: Floats, variances: Floats) -> Floats:
    """(n, s, k) for s sets of k profiles; two products of matrices, since rows are many and inputs few."""
    starts, profiles, inputs = means.shape
    precision = (1 / variances).reshape(-1, inputs)
    centred = (means / variances).reshape(-1, inputs)
    quadratic = rows**2 @ precision.T - 2 * (rows @ centred.T)
    constant = np.log(shares) - 0.5 * (np.log(2 * np.pi * variances) + means**2 / variances).sum(axis=2)
    found: Floats = constant[None] - 0.5 * quadratic.reshape(len(rows), starts, profiles)
    return found


def _normalised(log_densities: Floats) -> tuple[Floats, Floats]:
    """Posteriors over the last axis, and the log of their sum."""
    top = highest(log_densities)
    weights = np.exp(log_densities - top)
    sums = total(weights)
    return weights / sums, (np.log(sums) + top)[..., 0]


def _maximised(rows: Floats, posteriors: Floats) -> tuple[Floats, Floats, Floats]:
    size, starts, profiles = posteriors.shape
    flat = posteriors.reshape(size, -1)
    weight = np.maximum(flat.sum(axis=0), 1e-10)[:, None]
    means = flat.T @ rows / weight
    variances = np.maximum(flat.T @ rows**2 / weight - means**2, LEAST_VARIANCE)
    shape = (starts, profiles, rows.shape[1])
    return weight.reshape(starts, profiles) / size, means.reshape(shape), variances.reshape(shape)


def _improved(rows: Floats, given: tuple[Floats, Floats, Floats], iterations: int) -> tuple[Any, Floats]:
    """(shares, means, variances) of s sets after at most ``iterations``, and their log-likelihoods (s,)."""
    before = np.full(len(given[0]), -np.inf)
    for _ in range(iterations):
        posteriors, evidence = _normalised(_log_densities(rows, *given))
        now = evidence.sum(axis=0)
        if np.all(now - before <= TOLERANCE * np.abs(now)):
            break
        before = now
        given = _maximised(rows, posteriors)
    _, evidence = _normalised(_log_densities(rows, *given))
    return given, evidence.sum(axis=0)


def follow(rows: Floats, start: Profiles) -> Profiles:
    """``start`` improved on ``rows`` until the likelihood rises no more."""
    given = (start.shares[None], start.means[None], start.variances[None])
    (shares, means, variances), found = _improved(rows, given, LONG_ITERATIONS)
    return Profiles(shares[0], means[0], variances[0], float(found[0]))


def fit_profiles(rows: Floats, number: int, generator: np.random.Generator, starts: int = 50) -> Profiles:
    """The best of ``starts`` fits of ``number`` profiles to ``rows`` (n, d), in order of their means.

    A start is ``number`` different rows as means, with the variances of all rows.
    """
    size, inputs = rows.shape
    chosen = np.stack([generator.choice(size, number, replace=False) for _ in range(starts)])
    shares = np.full((starts, number), 1 / number)
    variances = np.broadcast_to(np.maximum(rows.var(axis=0), LEAST_VARIANCE), (starts, number, inputs))
    given, found = _improved(rows, (shares, rows[chosen], np.array(variances)), SHORT_ITERATIONS)
    best = np.argsort(-found, kind="stable")[: max(1, starts // FOLLOWED_ONE_IN)]
    given, found = _improved(rows, tuple(part[best] for part in given), LONG_ITERATIONS)
    place = int(np.argmax(found))
    shares, means, variances = (part[place] for part in given)
    order = np.lexsort(means.T[::-1])
    return Profiles(shares[order], means[order], variances[order], float(found[place]))


def relative_entropy(posteriors: Floats) -> float:
    """1 for posteriors of 0 and 1, 0 for equal ones: 1 - sum(-p log p) / (n log k)."""
    size, number = posteriors.shape
    if number == 1:
        return 1.0
    uncertain = -(posteriors * np.log(np.maximum(posteriors, 1e-300))).sum()
    return float(1 - uncertain / (size * np.log(number)))


def adjusted_rand(first: Integers, second: Integers) -> float:
    """Adjusted Rand index of two classifications of the same rows (Hubert & Arabie 1985, formula 5)."""
    table = np.zeros((int(first.max()) + 1, int(second.max()) + 1))
    np.add.at(table, (first, second), 1)
    pairs = (table * (table - 1) / 2).sum()
    rows, columns = ((side * (side - 1) / 2).sum() for side in (table.sum(axis=1), table.sum(axis=0)))
    size = len(first)
    expected = rows * columns / (size * (size - 1) / 2)
    highest = (rows + columns) / 2
    return 1.0 if highest == expected else float((pairs - expected) / (highest - expected))
