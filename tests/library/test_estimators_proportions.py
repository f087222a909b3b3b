"""Wilson's and Newcombe's intervals: the published examples, statsmodels, and clustered answers."""

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from recredit.errors import EstimationError
from recredit.estimators.proportions import clustered, newcombe, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(successes: int, n: int, low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17: 857-872, table I, method 3; printed to four decimals."""
    found = wilson(successes, n)
    assert (round(found.ci_low, 4), round(found.ci_high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_gives_the_published_intervals(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17: 873-890, table II, method 10; printed to four decimals."""
    found = newcombe(*counts)
    assert (round(found.ci_low, 4), round(found.ci_high, 4)) == (low, high)


@pytest.mark.parametrize("seed", range(20))
def test_both_equal_statsmodels(seed: int) -> None:
    generator = np.random.default_rng(seed)
    sizes = generator.integers(1, 300, 2)
    counts = generator.binomial(sizes, generator.random(2))
    for level in (0.9, 0.95):
        found = wilson(counts[0], sizes[0], level=level)
        theirs = proportion_confint(counts[0], sizes[0], alpha=1 - level, method="wilson")
        np.testing.assert_allclose((found.ci_low, found.ci_high), theirs, rtol=1e-10, atol=1e-12)
        ours = newcombe(counts[0], sizes[0], counts[1], sizes[1], level=level)
        low, high = confint_proportions_2indep(*[*_pairs(counts, sizes)], method="newcomb", alpha=1 - level)
        # statsmodels clips at -1 and 1; the hybrid score interval does not leave them but for rounding.
        np.testing.assert_allclose((ours.ci_low, ours.ci_high), (low, high), rtol=1e-9, atol=1e-12)


def _pairs(counts: np.ndarray, sizes: np.ndarray) -> tuple[int, int, int, int]:
    return int(counts[0]), int(sizes[0]), int(counts[1]), int(sizes[1])


def test_a_design_effect_is_a_smaller_sample() -> None:
    found = wilson(30, 100, design_effect=2.0)
    assert found.n_effective == 50
    same = wilson(15, 50)
    assert (found.ci_low, found.ci_high) == pytest.approx((same.ci_low, same.ci_high))
    wider = wilson(30, 100, design_effect=2.0, df=10)
    assert wider.ci_low < found.ci_low and wider.ci_high > found.ci_high


def test_the_design_effect_of_equal_clusters_is_kishs() -> None:
    """m answers a school that agree within it: 1 + (m - 1) x 1 = m, but for G/(G-1) of the sample variance."""
    answers = np.repeat([1.0, 0.0] * 20, 5)
    found = clustered(answers, np.repeat(np.arange(40), 5))
    assert found.design_effect == pytest.approx(5 * 40 / 39)
    assert (found.successes, found.n, found.clusters, found.df) == (100, 200, 40, 39.0)


def test_clustered_intervals_cover_where_simple_ones_do_not() -> None:
    """30 schools of 20 answers, intraclass correlation .2: 1,000 draws have a Monte Carlo error of .7 points at 95%."""
    generator, truth, school = np.random.default_rng(11), 0.7, np.repeat(np.arange(30), 20)
    simple = wide = 0
    for _ in range(1000):
        share = np.repeat(generator.beta(truth * 4, (1 - truth) * 4, 30), 20)
        answers = (generator.random(600) < share).astype(float)
        sample = clustered(answers, school)
        found = wilson(sample.successes, sample.n, design_effect=sample.design_effect, df=sample.df)
        plain = wilson(sample.successes, sample.n)
        wide += found.ci_low <= truth <= found.ci_high
        simple += plain.ci_low <= truth <= plain.ci_high
    assert 0.93 <= wide / 1000 <= 0.97
    assert simple / 1000 < 0.75


def test_answers_that_all_agree_count_once_per_school() -> None:
    found = clustered([1, 1, 1, 1, None, 1], ["a", "a", "b", "b", "b", "c"])
    assert found.design_effect == pytest.approx((4 + 4 + 1) / 5)
    assert (found.n, found.missing, found.clusters) == (5, 1, 3)
    assert wilson(found.successes, found.n, design_effect=found.design_effect).ci_high == 1.0


def test_what_is_no_proportion_is_refused() -> None:
    for successes, n in ((1, 0), (3, 2), (-1, 2)):
        with pytest.raises(EstimationError, match="at least one answer"):
            wilson(successes, n)
    with pytest.raises(EstimationError, match="design effect"):
        wilson(1, 2, design_effect=0.5)
    with pytest.raises(EstimationError, match="two clusters"):
        clustered([1, 0], ["a", "a"])
    with pytest.raises(EstimationError, match="0 and 1"):
        clustered([1, 2], ["a", "b"])
    with pytest.raises(EstimationError, match="two clusters at least are needed, found 0"):
        clustered([None, None], ["a", "b"])
