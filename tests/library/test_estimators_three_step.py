"""Outcomes by type: the correction finds planted means that the modal class misses; the one-step model, its slopes."""

import numpy as np
import pytest

from recredit.estimators.three_step import bch_means, bch_weights, clustered_errors, one_step

SIZE = 40_000
TRUE_MEANS = np.array([60.0, 50.0, 40.0])


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Type, one input and posteriors of overlapping types (0, 1.5 and 3 standard deviations): a fifth is misplaced."""
    generator = np.random.default_rng(8)
    kind = generator.choice(3, SIZE, p=[0.5, 0.3, 0.2])
    value = 1.5 * kind + generator.standard_normal(SIZE)
    density = np.array([0.5, 0.3, 0.2]) * np.exp(-0.5 * (value[:, None] - 1.5 * np.arange(3)) ** 2)
    return kind, value, density / density.sum(axis=1, keepdims=True)


def test_three_steps_find_the_means_that_the_modal_class_misses(drawn: tuple[np.ndarray, ...]) -> None:
    kind, _, posteriors = drawn
    outcome = TRUE_MEANS[kind] + 5 * np.random.default_rng(9).standard_normal(SIZE)
    modal = posteriors.argmax(axis=1)
    naive = np.array([outcome[modal == place].mean() for place in range(3)])
    assert np.abs(naive - TRUE_MEANS).max() > 1.5
    # Standard errors are about .06 to .12 points: five of them.
    np.testing.assert_allclose(bch_means(outcome, posteriors), TRUE_MEANS, atol=0.6)


def test_weights_add_up_to_the_shares_and_are_the_classes_where_nothing_is_uncertain(
    drawn: tuple[np.ndarray, ...],
) -> None:
    _, _, posteriors = drawn
    np.testing.assert_allclose(bch_weights(posteriors).sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(bch_weights(posteriors).mean(axis=0), posteriors.mean(axis=0), atol=1e-12)
    certain = np.eye(3)[np.array([0, 1, 2, 2, 1])]
    np.testing.assert_allclose(bch_weights(certain), certain, atol=1e-12)


def test_one_step_finds_the_slope_inside_each_type(drawn: tuple[np.ndarray, ...]) -> None:
    # Idle time is among the inputs of the types, as in a study.
    kind, idle, posteriors = drawn
    generator = np.random.default_rng(10)
    slopes = np.array([-2.0, -4.0, 0.0])
    outcome = TRUE_MEANS[kind] + slopes[kind] * (idle - 1.5 * kind) + 3 * generator.standard_normal(SIZE)
    found = one_step(outcome, idle, posteriors)
    np.testing.assert_allclose(found.slopes, slopes, atol=0.15)
    np.testing.assert_allclose(found.means, TRUE_MEANS, atol=0.3)
    # Over all types together the slope is far from every one of them: the types explain most of it.
    assert np.polyfit(idle, outcome, 1)[0] < slopes.min() - 0.3


def test_errors_by_school_are_those_of_repeated_samples() -> None:
    """With certain classes and schools that differ by 4 points: the error of a mean over 30 schools is 4/sqrt(30)."""
    generator = np.random.default_rng(11)
    cluster = np.repeat(np.arange(30), 100)
    outcome = 4 * generator.standard_normal(30)[cluster] + generator.standard_normal(3000)
    posteriors = np.eye(2)[generator.integers(0, 2, 3000)]
    errors, _ = clustered_errors(outcome, generator.standard_normal(3000), posteriors, cluster, generator, 200)
    # 30 schools and 200 draws leave a tenth or so of chance in a standard error.
    np.testing.assert_allclose(errors, 4 / np.sqrt(30), rtol=0.35)
