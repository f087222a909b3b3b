"""The neighbour test: two means of almost the same students, and the score of the one who is missing."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from recredit.disclosure.rounding import mean_text

Floats = NDArray[np.float64]
# A score within this many standard deviations of the true one counts as recovered (methods.md section 6).
NEAR_SD = 0.25


def released_mean(scores: Floats) -> float:
    """The mean of `scores`, (n,), as the rule for coarse means shows it."""
    return float(mean_text(float(scores.mean()), float(scores.std(ddof=1)), len(scores)))


def neighbour_recovery_share(scores: Floats, shown: Callable[[Floats], float] = released_mean) -> float:
    """In what share (0 to 1) of removals the score of the removed student can be told to a quarter of an SD.

    Parameters
    ----------
    scores : (n,), one group of students.
    shown : what is published as the mean of a group.

    Returns
    -------
    Each student in turn is left out. The attacker has both published means and both exact numbers of students, and
    takes n mean(all) - (n - 1) mean(all but one).

    Notes
    -----
    Who guesses the mean for everybody is right for the 20% of normal scores that lie so near to it; what exceeds that
    is what the two means give away. Rounding errors come back n-fold, so a step of 2.5 SD/n leaves little: simulated
    with 50 normal scores, 18 to 21% at most sizes of the SD, and at most 24% where 2.5 SD/n is itself a step (with
    2 SD/n, 25 to 26% there).
    """
    number = len(scores)
    everyone = shown(scores)
    guesses = np.array([number * everyone - (number - 1) * shown(np.delete(scores, place)) for place in range(number)])
    return float((np.abs(guesses - scores) <= NEAR_SD * scores.std(ddof=1)).mean())
