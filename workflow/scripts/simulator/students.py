"""The students: what the district records about them, and the disengagement and ability it does not."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from simulator.numbers import Booleans, Floats, Integers, choose, logistic
from simulator.settings import DistrictSettings

FIRST_GRADE_LEVEL = 9


@dataclass(frozen=True)
class Students:
    """(n,) arrays over the students.

    ``disengagement`` and ``ability`` are standard normal and stand in no file; ``sex`` and ``race_ethnicity`` are
    positions in the settings' categories; ``first_attempt_percent`` is the failed first grade of the course;
    ``age_days`` is the age beyond the youngest of a grade level, in days.
    """

    disengagement: Floats
    ability: Floats
    grade_level: Integers
    days_enrolled: Integers
    days_absent: Integers
    first_attempt_percent: Integers
    sex: Integers
    race_ethnicity: Integers
    english_learner: Booleans
    disability: Booleans
    low_income: Booleans
    age_days: Integers

    @property
    def absence_rate(self) -> Floats:
        """(n,) share of the enrolled days absent, from the whole days that are recorded."""
        return self.days_absent / self.days_enrolled


def draw_students(settings: DistrictSettings, generator: Generator, size: int) -> Students:
    """``size`` students who failed a course once."""
    given = settings.students
    disengagement = generator.standard_normal(size)
    link = given.ability_on_disengagement
    ability = link * disengagement + np.sqrt(1 - link**2) * generator.standard_normal(size)
    days_enrolled = np.full(size, given.days_in_year) - np.where(
        generator.random(size) < 0.05, generator.integers(5, 60, size), 0
    )
    logit = given.absence_logit_mean + given.absence_on_disengagement * disengagement
    rate = logistic(logit + given.absence_noise_sd * generator.standard_normal(size))
    first_attempt = np.round(52 + 4 * ability + 5 * generator.standard_normal(size))
    levels = np.array(list(given.grade_level_shares), dtype=np.int64)
    return Students(
        disengagement=disengagement,
        ability=ability,
        grade_level=levels[choose(generator, given.grade_level_shares, size)],
        days_enrolled=days_enrolled,
        days_absent=generator.binomial(days_enrolled, rate),
        first_attempt_percent=np.clip(first_attempt, 20, 59).astype(np.int64),
        sex=choose(generator, given.sex_shares, size),
        race_ethnicity=choose(generator, given.race_ethnicity_shares, size),
        english_learner=generator.random(size) < given.english_learner_share,
        disability=generator.random(size) < given.disability_share,
        low_income=generator.random(size) < given.low_income_share,
        age_days=generator.integers(0, 365, size),
    )
