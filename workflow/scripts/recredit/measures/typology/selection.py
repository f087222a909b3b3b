"""How many types there are: every criterion for each number, since they disagree, and whether types separate at all."""

from dataclasses import dataclass

import numpy as np

from recredit.measures.typology.mixture import (
    Floats,
    Profiles,
    adjusted_rand,
    fit_profiles,
    follow,
    relative_entropy,
)

# Types are called separable only where all of these hold; information criteria alone find types in any large sample.
LEAST_ENTROPY, LEAST_SHARE, LEAST_AGREEMENT, LARGEST_P = 0.8, 0.05, 0.75, 0.05
BOOTSTRAP_STARTS = 5


@dataclass(frozen=True)
class Candidate:
    """``number`` types fitted to the rows, and what each criterion says.

    Attributes
    ----------
    likelihood_ratio_p : p of ``number`` against one type fewer, by parametric bootstrap (McLachlan 1987); NaN for one.
    agreement : mean adjusted Rand index between the classes and those fitted to resamples; NaN for one.
    """

    number: int
    profiles: Profiles
    bic: float
    entropy: float
    smallest_share: float
    likelihood_ratio_p: float
    agreement: float

    @property
    def separable(self) -> bool:
        """Whether the types keep apart, are large enough, come back in resamples, and fit better than one fewer."""
        return (
            self.number > 1
            and self.entropy >= LEAST_ENTROPY
            and self.smallest_share >= LEAST_SHARE
            and self.agreement >= LEAST_AGREEMENT
            and self.likelihood_ratio_p <= LARGEST_P
        )


def compare_numbers(
    rows: Floats, numbers: range, generator: np.random.Generator, starts: int, bootstraps: int
) -> list[Candidate]:
    """Candidates for each of ``numbers`` (which begin at 1), fitted to ``rows`` (n, d)."""
    fits = {number: fit_profiles(rows, number, generator, starts) for number in numbers}
    return [_candidate(rows, fits, number, generator, bootstraps) for number in numbers]


def _candidate(
    rows: Floats, fits: dict[int, Profiles], number: int, generator: np.random.Generator, bootstraps: int
) -> Candidate:
    profiles = fits[number]
    posteriors = profiles.posteriors(rows)
    classes = np.bincount(posteriors.argmax(axis=1), minlength=number)
    alone = number == 1
    return Candidate(
        number=number,
        profiles=profiles,
        bic=profiles.bic(len(rows)),
        entropy=relative_entropy(posteriors),
        smallest_share=float(classes.min() / len(rows)),
        likelihood_ratio_p=np.nan if alone else _ratio_p(rows, fits[number - 1], profiles, generator, bootstraps),
        agreement=np.nan if alone else _agreement(rows, profiles, generator, bootstraps),
    )


def _ratio_p(rows: Floats, fewer: Profiles, more: Profiles, generator: np.random.Generator, bootstraps: int) -> float:
    """Share of samples drawn from ``fewer`` in which one type more gains at least as much as in the data."""
    gain = more.log_likelihood - fewer.log_likelihood
    number, above = len(more.shares), 0
    for _ in range(bootstraps):
        drawn = fewer.draw(generator, len(rows))
        best = fit_profiles(drawn, number, generator, BOOTSTRAP_STARTS).log_likelihood
        above += best - follow(drawn, fewer).log_likelihood >= gain
    return (1 + above) / (1 + bootstraps)


def _agreement(rows: Floats, profiles: Profiles, generator: np.random.Generator, bootstraps: int) -> float:
    """Mean agreement of the classes of ``rows`` with those by fits to resamples (Hennig 2007, by rows)."""
    classes = profiles.posteriors(rows).argmax(axis=1).astype(np.int64)
    found = []
    for _ in range(bootstraps):
        drawn = rows[generator.integers(0, len(rows), len(rows))]
        again = fit_profiles(drawn, len(profiles.shares), generator, BOOTSTRAP_STARTS)
        found.append(adjusted_rand(classes, again.posteriors(rows).argmax(axis=1).astype(np.int64)))
    return float(np.mean(found))
