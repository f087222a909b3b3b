"""School years of a school's students: absences, grades of the regular courses, credits and grade point average."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from simulator.catalogue import LEVELS, MATH, SUBJECTS
from simulator.numbers import Booleans, Floats, Integers, logistic
from simulator.settings import FIRST_GRADE_LEVEL, LAST_GRADE_LEVEL, DistrictSettings
from simulator.students import Students, draw_absences

LETTERS = ((90.0, "A", 4), (80.0, "B", 3), (70.0, "C", 2), (60.0, "D", 1), (-1.0, "F", 0))
REGULAR_PASS_MARK = 60.0
# Credits of a regular course of a school year; a course of the platform carries `outcomes.credits`.
REGULAR_CREDITS = 10.0


@dataclass(frozen=True)
class Years:
    """School years of n students over y years, the one before the first on record included.

    ``year`` is (y,); ``present`` and ``recorded`` (n, y) whether the student is in high school and the year is on
    record; ``percent`` (n, y, subjects) final grades of the regular courses, NaN where absent; ``shock`` (n, y) how
    well the year went, in standard deviations: it moves grades and tests alike, and stands in no file.
    """

    year: Integers
    present: Booleans
    recorded: Booleans
    days_enrolled: Integers
    days_absent: Integers
    shock: Floats
    percent: Floats

    @property
    def absence_rate(self) -> Floats:
        """(n, y) share of the enrolled days absent, from the whole days that are recorded."""
        rate: Floats = self.days_absent / self.days_enrolled
        return rate

    @property
    def failed(self) -> Booleans:
        """(n, y, subjects) whether the regular course was failed."""
        with np.errstate(invalid="ignore"):
            failed: Booleans = self.percent < REGULAR_PASS_MARK
        return failed

    @property
    def grade_point_average(self) -> Floats:
        """(n, y) mean grade points of the regular courses; recovered courses are pass or fail and do not count."""
        average: Floats = grade_points(self.percent).mean(axis=2)
        return average

    @property
    def credits_earned(self) -> Floats:
        """(n, y) share of the year's own schedule that was passed; recovered credits are not in it."""
        share: Floats = 1 - self.failed.mean(axis=2)
        return share


def grade_points(percent: Floats) -> Floats:
    """Grade points (0 to 4) of grades in percent, of the same shape; NaN stays."""
    points = sum((np.nan_to_num(percent) >= mark).astype(np.float64) for mark, _, points in LETTERS if points)
    return np.where(np.isnan(percent), np.nan, points)


def _present(students: Students, year: Integers, last_year: Integers) -> Booleans:
    level = students.grade_level(year[:, None]).T
    inside = (level >= FIRST_GRADE_LEVEL) & (level <= LAST_GRADE_LEVEL)
    present: Booleans = inside & (year[None, :] <= last_year[:, None])
    return present


def draw_years(
    settings: DistrictSettings, generator: Generator, students: Students, grade_shift: float, last_year: Integers
) -> Years:
    """School years of all students.

    Parameters
    ----------
    grade_shift : points that the school adds to all grades.
    last_year : (n,) the last school year before a student left the district.
    """
    given = settings.years
    size, subjects = len(students.entry_year), len(SUBJECTS)
    year = np.arange(settings.school_years[0] - 1, settings.school_years[-1] + 1)
    present = _present(students, year, last_year)
    enrolled, absent = draw_absences(settings, generator, np.repeat(students.absence_logit[:, None], len(year), axis=1))
    shock = generator.standard_normal((size, len(year)))
    steady = (
        given.regular_percent_mean
        + given.regular_on_ability * students.ability
        + given.regular_on_disengagement * students.disengagement
        + grade_shift
    )
    yearly = given.regular_on_absence_rate * absent / enrolled + given.regular_year_shock_sd * shock
    percent = (steady[:, None] + yearly)[:, :, None] + given.regular_noise_sd * generator.standard_normal(
        (size, len(year), subjects)
    )
    percent[:, :, MATH] += given.regular_math_shift * (0.5 + students.math_leaning[:, None])
    percent = np.floor(10 * np.clip(percent, 5.0, 100.0)) / 10
    percent[~present] = np.nan
    return Years(year, present, present & (year >= settings.school_years[0]), enrolled, absent, shock, percent)


def course_of(level: Integers, subject: Integers | int) -> Integers:
    """Position in the catalogue of the course of a subject at a grade level."""
    number: Integers = LEVELS * np.asarray(subject) + level - FIRST_GRADE_LEVEL
    return number


def state_test(
    settings: DistrictSettings, students: Students, years: Years, chance: Floats, online_share: Floats
) -> Floats:
    """(n, y, 2) scores in math and reading in spring, in standard deviations of the state; NaN where absent.

    Parameters
    ----------
    chance : (n, y, 2) standard normal numbers.
    online_share : (n, y) share of the year's credits taken online.
    """
    given = settings.years
    steady = given.test_on_ability * students.ability[:, None] + given.test_on_year_shock * years.shock
    effect = given.effect_of_online_on_test * online_share
    score = (steady + effect)[:, :, None] + given.test_noise_sd * chance
    return np.where(years.recorded[:, :, None], np.round(score, 2), np.nan)


def graduates(settings: DistrictSettings, uniform: Floats, credits_missing: Floats) -> Booleans:
    """(n,) whether a student in grade 12 graduates on time; each missing credit of ten lowers the odds."""
    return uniform < logistic(settings.years.graduation_logit_mean - 0.8 * credits_missing)
