"""Whether study codes tell anything about whom they stand for: tests of chance against what a person might try."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

Floats = NDArray[np.float64]
# Chance that codes which are random in truth fail at least one of the tests; shared among them (Bonferroni).
ERROR_RATE = 0.001
HEXADECIMAL = 16


def code_relations(codes: Sequence[str], known: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """The p value of each test that the codes are random.

    Parameters
    ----------
    codes : (n,) study codes, a letter and hexadecimal digits.
    known : what an attacker might know of the same n students, by name; texts that sort as they should.

    Notes
    -----
    Against each known order: the rank correlation of the codes as numbers (Spearman; normal with variance 1/(n-1)), the
    runs above and below the median code (Wald and Wolfowitz 1940), and whether the last digit of the known text goes
    with the first of the code (Pearson's chi-square). Of the codes alone: whether each digit at each place is as
    frequent as the others.
    """
    numbers = np.array([int(code[1:], HEXADECIMAL) for code in codes], dtype=object)
    ranks = _ranks(numbers)
    found = {f"digit {place + 1} of the code": _even_digits(codes, place + 1) for place in range(len(codes[0]) - 1)}
    for name, values in known.items():
        order = np.argsort(np.array(values, dtype=str), kind="stable")
        found[f"rank correlation with the {name}"] = _rank_correlation(ranks, values)
        found[f"runs in the order of the {name}"] = _runs(ranks[order])
        found[f"last sign of the {name}"] = _digits_together([code[1] for code in codes], [one[-1:] for one in values])
    return found


def related(p_values: Mapping[str, float]) -> list[str]:
    """The tests that codes fail, at an error rate of ERROR_RATE for all tests together."""
    return [name for name, value in p_values.items() if value < ERROR_RATE / len(p_values)]


def _ranks(values: NDArray[np.object_] | NDArray[np.str_]) -> Floats:
    """Ranks from 0 on; equal values share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts + 1) / 2)[inverse.reshape(-1)], dtype=np.float64)


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def _rank_correlation(ranks: Floats, values: Sequence[str]) -> float:
    other = _ranks(np.array(values, dtype=str))
    if np.ptp(other) == 0:
        return 1.0
    return _two_sided(float(np.corrcoef(ranks, other)[0, 1]) * math.sqrt(len(ranks) - 1))


def _runs(ordered: Floats) -> float:
    above = ordered > np.median(ordered)
    high, low = int(above.sum()), int((~above).sum())
    runs = 1 + int(np.count_nonzero(above[1:] != above[:-1]))
    mean = 2 * high * low / (high + low) + 1
    variance = (mean - 1) * (mean - 2) / (high + low - 1)
    return _two_sided((runs - mean) / math.sqrt(variance))


def _even_digits(codes: Sequence[str], place: int) -> float:
    counts = np.bincount([int(code[place], HEXADECIMAL) for code in codes], minlength=HEXADECIMAL)
    expected = len(codes) / HEXADECIMAL
    return float(chi2.sf(float(((counts - expected) ** 2 / expected).sum()), HEXADECIMAL - 1))


def _digits_together(first: Sequence[str], second: Sequence[str]) -> float:
    """Chi-square of independence; rows and columns with few are left to the others (expected at least five)."""
    rows, columns = (np.unique(np.array(part, dtype=str), return_inverse=True)[1] for part in (first, second))
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1)
    table = table[:, table.sum(axis=0) * table.sum(axis=1).min() / table.sum() >= 5]
    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
    if freedom < 1:
        return 1.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(chi2.sf(float(((table - expected) ** 2 / expected).sum()), freedom))
