"""Grades, completion, passing and the external test, from what the student brought and did."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from simulator.behaviour import CourseTime
from simulator.numbers import Booleans, Floats, Integers
from simulator.settings import DistrictSettings
from simulator.students import FIRST_GRADE_LEVEL, Students

GRADE_SOURCES = ("platform", "teacher", "both")


@dataclass(frozen=True)
class Noise:
    """(n,) what chance adds.

    To the grade and to completion (points of 100), to the test (standard normal), and two uniform numbers that decide
    whether the test was taken and whose grade counts.
    """

    grade: Floats
    completion: Floats
    test: Floats
    tested: Floats
    grade_source: Floats


@dataclass(frozen=True)
class Outcomes:
    """(n,) results. ``grade_source`` is a position in :data:`GRADE_SOURCES`; ``test`` is missing (NaN) if not taken."""

    percent: Floats
    completed: Booleans
    passed: Booleans
    grade_source: Integers
    test: Floats


def draw_noise(settings: DistrictSettings, generator: Generator, size: int) -> Noise:
    """The part of the outcomes that nothing explains."""
    given = settings.outcomes
    grade, completion, test = generator.standard_normal((3, size))
    tested, grade_source = generator.random((2, size))
    return Noise(given.noise_sd * grade, given.completion_noise_sd * completion, test, tested, grade_source)


def grade_index(
    settings: DistrictSettings, students: Students, time: CourseTime, noise: Noise, online: Booleans, shift: Floats
) -> Floats:
    """(n,) final grade before the intercept of course and mode, in points of 100.

    Parameters
    ----------
    online : (n,) whether the course is taken online: there idle time costs points, elsewhere disengagement itself.
    shift : (n,) what school, section and the school's own online effect add.
    """
    given = settings.outcomes
    effort = np.where(
        online,
        given.grade_on_idle_share * time.idle_share,
        given.grade_on_disengagement_teacher_directed * students.disengagement,
    )
    background = given.grade_on_absence_rate * students.absence_rate
    maturity = given.grade_on_grade_level * (students.grade_level - FIRST_GRADE_LEVEL)
    return effort + background + maturity + shift + noise.grade


def pass_margin(settings: DistrictSettings, index: Floats, noise: Noise) -> Floats:
    """(n,) points by which a student with grade ``index`` passes: both the grade and the completion must suffice."""
    given = settings.outcomes
    return np.minimum(index - given.pass_mark, index + noise.completion - given.completion_mark)


def _grade_sources(settings: DistrictSettings, noise: Noise, online: Booleans) -> Integers:
    """Online teachers mostly take the platform's grade; teacher-directed classes have only the teacher's."""
    given = settings.outcomes
    platform = noise.grade_source < given.platform_grade_share
    both = noise.grade_source >= 1 - given.both_grade_share
    source = np.select([platform, both], [GRADE_SOURCES.index("platform"), GRADE_SOURCES.index("both")], 1)
    return np.where(online, source, GRADE_SOURCES.index("teacher"))


def outcomes_of(
    settings: DistrictSettings,
    index: Floats,
    noise: Noise,
    students: Students,
    *,
    online: Booleans,
    no_show: Booleans,
    test_mean: Floats,
    test_taken_share: Floats,
) -> Outcomes:
    """Results of students with grade ``index`` (intercept included).

    A student who never came has no grade, and neither completed nor passed. The test does not depend on the
    platform: its mean is planted by course and assigned arm.
    """
    given = settings.outcomes
    percent = np.round(np.clip(index, 0, 100), 1)
    completed = (index + noise.completion >= given.completion_mark) & ~no_show
    link = given.test_on_ability
    test = test_mean + given.test_sd * (link * students.ability + np.sqrt(1 - link**2) * noise.test)
    return Outcomes(
        percent=np.where(no_show, np.nan, percent),
        completed=completed,
        passed=completed & (percent >= given.pass_mark),
        grade_source=_grade_sources(settings, noise, online),
        test=np.where(noise.tested < test_taken_share, np.round(test, 2), np.nan),
    )
