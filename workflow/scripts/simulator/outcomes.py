"""Grades, completion and passing of a course taken again, from what the student brought and did."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from simulator.numbers import Booleans, Floats, Integers
from simulator.settings import FIRST_GRADE_LEVEL, DistrictSettings
from simulator.students import Takers
from simulator.user_types import type_values

GRADE_SOURCES = ("platform", "teacher", "both")
PLATFORM, TEACHER, BOTH = 0, 1, 2
LEAST_PROGRESS = 0.05


@dataclass(frozen=True)
class Noise:
    """(n,) what chance adds to the grade and to completion (points of 100), and a uniform number for its source."""

    grade: Floats
    completion: Floats
    grade_source: Floats


@dataclass(frozen=True)
class Outcomes:
    """(n,) results. ``grade_source`` is a position in :data:`GRADE_SOURCES`; a missing grade is NaN."""

    percent: Floats
    completed: Booleans
    passed: Booleans
    grade_source: Integers


def draw_noise(settings: DistrictSettings, generator: Generator, size: int) -> Noise:
    """The part of the outcomes that nothing explains."""
    grade, completion = generator.standard_normal((2, size))
    given = settings.outcomes
    return Noise(given.noise_sd * grade, given.completion_noise_sd * completion, generator.random(size))


def grade_sources(settings: DistrictSettings, noise: Noise, online: Booleans | bool) -> Integers:
    """(n,) online teachers mostly take the platform's grade; teacher-directed classes have only the teacher's."""
    given = settings.outcomes
    platform = noise.grade_source < given.platform_grade_share
    both = noise.grade_source >= 1 - given.both_grade_share
    source = np.select([platform, both], [PLATFORM, BOTH], TEACHER)
    return np.where(online, source, TEACHER).astype(np.int64)


def mastery(settings: DistrictSettings, takers: Takers, noise: Noise, shift: Floats) -> Floats:
    """(n,) points of 100 before the intercept of course and mode, the same in either mode.

    It falls with latent disengagement, and not with idle time, which only shows it.

    Parameters
    ----------
    shift : (n,) what school, section and the school's own online effect add.
    """
    given = settings.outcomes
    index: Floats = (
        given.grade_on_disengagement * takers.disengagement
        + given.grade_on_ability * takers.ability
        + given.grade_on_absence_rate * takers.absence_rate
        + given.grade_on_grade_level * (takers.grade_level - FIRST_GRADE_LEVEL)
        + type_values(settings, "grade_shift", takers.user_type)
        + shift
        + noise.grade
    )
    return index


def grade_index(settings: DistrictSettings, index: Floats, source: Integers) -> Floats:
    """(n,) the grade of all work that was done: the platform is more generous than a teacher."""
    generous: Floats = index + np.where(source == PLATFORM, settings.outcomes.platform_generosity, 0.0)
    return generous


def pass_margin(settings: DistrictSettings, index: Floats, noise: Noise) -> Floats:
    """(n,) points by which a student with grade ``index`` passes: both the grade and the completion must suffice."""
    given = settings.outcomes
    margin: Floats = np.minimum(index - given.pass_mark, index + noise.completion - given.completion_mark)
    return margin


def outcomes_of(
    settings: DistrictSettings, index: Floats, noise: Noise, source: Integers, no_show: Booleans
) -> Outcomes:
    """Results of students with grade ``index`` (intercept and generosity included).

    A student who never came has no grade, and neither completed nor passed. A platform's grade is multiplied by the
    completed share of the material, as the vendor's "actual grade" is: unfinished work lowers it by construction.
    """
    given = settings.outcomes
    behind = np.maximum(given.completion_mark - index - noise.completion, 0.0)
    completed = (behind <= 0) & ~no_show
    progress = np.ones(len(index))
    if given.progress_points > 0:
        progress = np.clip(1 - behind / given.progress_points, LEAST_PROGRESS, 1.0)
    overall = np.clip(index, 0, 100)
    # Cut, not rounded: 59.96 is no pass, as it is none in the margin that the intercepts are solved with.
    percent = np.floor(10 * np.where(source == PLATFORM, overall * progress, overall)) / 10
    return Outcomes(
        percent=np.where(no_show, np.nan, percent),
        completed=completed,
        passed=completed & (percent >= given.pass_mark),
        grade_source=source,
    )
