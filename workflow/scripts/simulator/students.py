"""The students of a school: what the district records about them, and what it does not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from simulator.numbers import Booleans, Floats, Integers, choose, logistic
from simulator.schools import Block
from simulator.settings import FIRST_GRADE_LEVEL, LAST_GRADE_LEVEL, DistrictSettings
from simulator.user_types import base_weights, draw_traits, draw_types

LOW_GRADE_LEVELS = 2


@dataclass(frozen=True)
class Students:
    """(n,) arrays over the students of a school.

    ``block`` is the number of the student's lottery or -1; ``entry_year`` the school year of grade 9.
    ``disengagement``, ``ability``, ``user_type`` (a position among the settings' types), ``math_leaning`` and
    ``absence_logit`` stand in no file; ``sex`` and ``race_ethnicity`` are positions in the settings' categories;
    ``age_days`` is the age beyond the youngest of a grade level, in days.
    """

    block: Integers
    entry_year: Integers
    user_type: Integers
    disengagement: Floats
    ability: Floats
    math_leaning: Booleans
    absence_logit: Floats
    sex: Integers
    race_ethnicity: Integers
    english_learner: Booleans
    disability: Booleans
    low_income: Booleans
    age_days: Integers

    def grade_level(self, school_year: Integers | int) -> Integers:
        """(n,) grade level in a school year; outside 9 to 12 the student is not in high school."""
        level: Integers = FIRST_GRADE_LEVEL + np.asarray(school_year) - self.entry_year
        return level


@dataclass(frozen=True)
class Takers:
    """(m,) what the results of a course depend on, one entry for each student and course taken."""

    disengagement: Floats
    ability: Floats
    user_type: Integers
    absence_rate: Floats
    grade_level: Integers


def low_grade_share(settings: DistrictSettings) -> float:
    """Share of the district's students first on record in grade 9 or 10, all entry years being equally large."""
    years = settings.school_years
    entries = np.arange(years[0] - (LAST_GRADE_LEVEL - FIRST_GRADE_LEVEL), years[-1] + 1)
    return float(np.mean(np.maximum(years[0] - entries, 0) < LOW_GRADE_LEVELS))


def absence_logits(settings: DistrictSettings, generator: Generator, disengagement: Floats) -> Floats:
    """(n,) each student's own logit of absence."""
    given = settings.students_are
    chance = given.absence_student_sd * generator.standard_normal(len(disengagement))
    logit: Floats = given.absence_logit_mean + given.absence_on_disengagement * disengagement + chance
    return logit


def draw_absences(settings: DistrictSettings, generator: Generator, logit: Floats) -> tuple[Integers, Integers]:
    """Days enrolled and days absent in one school year, of the shape of ``logit``."""
    given = settings.students_are
    shape = logit.shape
    short = np.where(generator.random(shape) < 0.05, generator.integers(5, 60, shape), 0)
    enrolled = given.days_in_year - short
    rate = logistic(logit + given.absence_year_sd * generator.standard_normal(shape))
    return enrolled.astype(np.int64), generator.binomial(enrolled, rate).astype(np.int64)


def _entry_years(settings: DistrictSettings, generator: Generator, blocks: Sequence[Block], others: int) -> Integers:
    """Entry years: those in a lottery by the shares of grade levels, the others evenly over all years on record."""
    shares = settings.lottery.grade_level_shares
    levels = np.array(list(shares), dtype=np.int64)
    parts = []
    for block in blocks:
        level = levels[choose(generator, shares, block.students)]
        parts.append(settings.terms[block.term].school_year - (level - FIRST_GRADE_LEVEL))
    years = settings.school_years
    first = years[0] - (LAST_GRADE_LEVEL - FIRST_GRADE_LEVEL)
    return np.concatenate([*parts, generator.integers(first, years[-1] + 1, others)]).astype(np.int64)


def _first_years(settings: DistrictSettings, blocks: Sequence[Block], members: Integers, entry: Integers) -> Integers:
    """(n,) the first school year on record, or that of the lottery for its students."""
    first = np.maximum(entry, settings.school_years[0])
    terms = np.array([settings.terms[block.term].school_year for block in blocks], dtype=np.int64)
    first[: len(members)] = terms[members]
    return first


def draw_students(
    settings: DistrictSettings, generator: Generator, blocks: Sequence[Block], is_math: Sequence[bool], size: int
) -> Students:
    """``size`` students of a school, those of its lotteries ``blocks`` first, block by block.

    Parameters
    ----------
    is_math : whether the course of each block is a math course: its students all lean to trouble with math, and those
        of other lotteries do as often as anybody.

    Raises
    ------
    ValueError if the lotteries need more students than the school has.
    """
    members = np.repeat(np.arange(len(blocks)), [block.students for block in blocks])
    others = size - len(members)
    if others < 0:
        raise ValueError("a school has fewer students than its lotteries: raise students or lower randomised")
    given = settings.students_are
    entry = _entry_years(settings, generator, blocks, others)
    leaning = generator.random(size) < given.math_leaning_share
    leaning[: len(members)] |= np.array(is_math, dtype=np.bool_)[members]
    low = _first_years(settings, blocks, members, entry) - entry < LOW_GRADE_LEVELS
    user_type = draw_types(settings, generator, base_weights(settings, low_grade_share(settings)), low, leaning)
    disengagement, ability = draw_traits(settings, generator, user_type)
    ability[: len(members)] += settings.lottery.ability_shift
    numbers = np.array([block.number for block in blocks], dtype=np.int64)
    return Students(
        block=np.concatenate([numbers[members], np.full(others, -1)]),
        entry_year=entry,
        user_type=user_type,
        disengagement=disengagement,
        ability=ability,
        math_leaning=leaning,
        absence_logit=absence_logits(settings, generator, disengagement),
        sex=choose(generator, given.sex_shares, size),
        race_ethnicity=choose(generator, given.race_ethnicity_shares, size),
        english_learner=generator.random(size) < given.english_learner_share,
        disability=generator.random(size) < given.disability_share,
        low_income=generator.random(size) < given.low_income_share,
        age_days=generator.integers(0, 365, size),
    )
