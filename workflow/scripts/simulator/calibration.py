"""Intercepts that plant the published figures, solved on a superpopulation of the lottery's students."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.random import Generator

from simulator.behaviour import CourseTime, draw_course_time
from simulator.catalogue import COURSES, course_number
from simulator.lottery import Chances, TakeUp, draw_chances, take_up
from simulator.numbers import Booleans, Floats, Integers, choose, logistic
from simulator.outcomes import Noise, draw_noise, grade_index, grade_sources, mastery, outcomes_of, pass_margin
from simulator.schools import shifts
from simulator.settings import FIRST_GRADE_LEVEL, ONLINE, TEACHER_DIRECTED, DistrictSettings
from simulator.streams import Streams
from simulator.students import (
    LOW_GRADE_LEVELS,
    Takers,
    absence_logits,
    draw_absences,
    low_grade_share,
)
from simulator.user_types import base_weights, draw_traits, draw_types

ROUNDS = 5
BISECTIONS = 30
MIDDLE, RANGE = 65.0, (0.0, 130.0)


@dataclass(frozen=True)
class Superpopulation:
    """(n,) students of one lottery course, each in a school and a section of its own.

    ``size`` is the relative size of the school: the number of students whom this one stands for. ``index`` is (2, n):
    the grade in each mode before the intercept, all other things the same.
    """

    takers: Takers
    chances: Chances
    noise: Noise
    time: CourseTime
    school_year: Integers
    size: Floats
    online_share: Floats
    index: Floats
    source: Integers
    extra: Floats

    def take_up(self, settings: DistrictSettings, assigned_online: bool) -> TakeUp:
        """What the students would do if all were assigned to one mode."""
        arm = np.full(len(self.size), assigned_online, dtype=np.bool_)
        return take_up(settings, self.chances, arm, self.takers.disengagement)


@dataclass(frozen=True)
class Calibration:
    """Solved intercepts: ``grade[entry, mode]`` in points; means of scores, logits of taking part.

    All but ``grade`` are by entry of the settings' courses and assigned arm (0 is online).
    """

    grade: Floats
    test: Floats
    tested: Floats
    survey: Floats
    answered: Floats


def draw_takers(settings: DistrictSettings, generator: Generator, size: int, is_math: bool | Booleans) -> Takers:
    """Students of a lottery, one by one, without a school; ``is_math`` whether their course is a math course."""
    shares = settings.lottery.grade_level_shares
    level = np.array(list(shares), dtype=np.int64)[choose(generator, shares, size)]
    leaning = (generator.random(size) < settings.students_are.math_leaning_share) | is_math
    base = base_weights(settings, low_grade_share(settings))
    user_type = draw_types(settings, generator, base, level - FIRST_GRADE_LEVEL < LOW_GRADE_LEVELS, leaning)
    disengagement, ability = draw_traits(settings, generator, user_type)
    enrolled, absent = draw_absences(settings, generator, absence_logits(settings, generator, disengagement))
    return Takers(disengagement, ability + settings.lottery.ability_shift, user_type, absent / enrolled, level)


def draw_superpopulation(settings: DistrictSettings, streams: Streams, entry: int) -> Superpopulation:
    """``calibration_students`` students of course ``entry``, split over its summers like the lottery."""
    generator = streams.generator("superpopulation", entry)
    size, course = settings.calibration_students, settings.courses[entry]
    counts = np.array(list(course.randomised.values()), dtype=np.float64)
    year = np.array(list(course.randomised), dtype=np.int64)[
        generator.choice(len(counts), size, p=counts / counts.sum())
    ]
    takers = draw_takers(settings, generator, size, COURSES[course_number(course.course_id)].is_math)
    time = draw_course_time(settings, generator, takers, year)
    noise = draw_noise(settings, generator, size)
    drawn = generator.standard_normal((4, size))
    log_size = settings.school_size_log_sd * drawn[0]
    grade, effect = shifts(settings, drawn[1:3], log_size)
    base = mastery(settings, takers, noise, grade + settings.outcomes.section_sd * drawn[3])
    source = grade_sources(settings, noise, True)
    online = grade_index(settings, base + effect / 2, source)
    lowest, highest = settings.lottery.online_share_lowest, settings.lottery.online_share_highest
    return Superpopulation(
        takers=takers,
        chances=draw_chances(generator, size),
        noise=noise,
        time=time,
        school_year=year,
        size=np.exp(log_size),
        online_share=generator.uniform(lowest, highest, size),
        index=np.vstack([online, base - effect / 2]),
        source=source,
        extra=generator.standard_normal((4, size)),
    )


def weighted_mean(values: Floats | Booleans, weights: Floats) -> float:
    """Mean of ``values`` with ``weights``."""
    return float(np.sum(values * weights) / np.sum(weights))


def bisect(function: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where the rising ``function`` reaches ``target`` between ``low`` and ``high``."""
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < target else (low, middle)
    return (low + high) / 2


@dataclass(frozen=True)
class _Arm:
    """What passing in one assigned arm depends on: weights of the analysed, and margins in the two modes taken."""

    target: float
    total: float
    margins: tuple[Floats, Floats]
    weights: tuple[Floats, Floats]

    def share(self, intercept: Floats) -> float:
        """Share of the analysed that passes under the intercepts of both modes."""
        passed = [float(np.sum(self.weights[mode][self.margins[mode] + intercept[mode] >= 0])) for mode in (0, 1)]
        return sum(passed) / self.total


def _arm(settings: DistrictSettings, one: Superpopulation, assigned_online: bool, target: float) -> _Arm:
    taken = one.take_up(settings, assigned_online)
    modes = [mode & ~taken.left & ~taken.no_show for mode in (taken.takes_online, ~taken.takes_online)]
    margins = [pass_margin(settings, one.index[number], one.noise)[mode] for number, mode in enumerate(modes)]
    total = float(np.sum(one.size[~taken.left]))
    return _Arm(target, total, (margins[0], margins[1]), (one.size[modes[0]], one.size[modes[1]]))


def solve_grades(settings: DistrictSettings, entry: int, one: Superpopulation) -> Floats:
    """(2,) intercepts, online and teacher-directed, at which both assigned arms recover the planted shares.

    Crossovers tie the two together, so they are solved in turn; each round shrinks the error by the share that
    crosses over. Without an effect of mode both modes have the same intercept.
    """
    course = settings.courses[entry]
    arms = [
        _arm(settings, one, mode == ONLINE, (course.recovered_online, course.recovered_teacher_directed)[mode])
        for mode in (ONLINE, TEACHER_DIRECTED)
    ]
    intercept = np.full(2, MIDDLE)
    if not settings.switches.mode_effect:
        return np.full(2, bisect(lambda value: arms[0].share(np.full(2, value)), arms[0].target, *RANGE))
    for _ in range(ROUNDS):
        for mode, arm in enumerate(arms):
            intercept[mode] = bisect(partial(_share_at, arm, intercept, mode), arm.target, *RANGE)
    return intercept


def _share_at(arm: _Arm, intercept: Floats, mode: int, value: float) -> float:
    changed = intercept.copy()
    changed[mode] = value
    return arm.share(changed)


def solve_answers(
    one: Superpopulation, analysed: Booleans, share: float, slope: float, scores: Floats
) -> tuple[float, float]:
    """Logit at which a share of the analysed is tested (or answers), and the mean score of those who are.

    The chance falls with latent disengagement by ``slope``, so that those who are tested are not those who are not.
    """
    weights = one.size[analysed]
    trait = slope * one.takers.disengagement[analysed]
    logit = bisect(lambda value: weighted_mean(logistic(value + trait), weights), share, -12.0, 12.0)
    chance = logistic(logit + trait) * weights
    return logit, weighted_mean(scores[analysed], chance)


def score_parts(settings: DistrictSettings, takers: Takers, chance: Floats) -> tuple[Floats, Floats]:
    """(n,) external test and survey scale before their means; ``chance`` is (2, n) standard normal."""
    given = settings.outcomes
    link = given.test_on_ability
    test = given.test_sd * (link * takers.ability + np.sqrt(1 - link**2) * chance[0])
    return test, given.survey_sd * (-0.3 * takers.disengagement + np.sqrt(1 - 0.3**2) * chance[1])


def calibrate(settings: DistrictSettings, streams: Streams) -> tuple[Calibration, list[Superpopulation]]:
    """Intercepts of every lottery course, and the superpopulations they were solved on."""
    solved = {name: np.zeros((len(settings.courses), 2)) for name in Calibration.__dataclass_fields__}
    populations = []
    for entry, course in enumerate(settings.courses):
        one = draw_superpopulation(settings, streams, entry)
        populations.append(one)
        solved["grade"][entry] = solve_grades(settings, entry, one)
        test, survey = score_parts(settings, one.takers, one.extra[:2])
        given = settings.outcomes
        tests = (course.test_taken_share, given.test_taken_on_disengagement, test)
        surveys = (course.survey_answered_share, given.survey_answered_on_disengagement, survey)
        for arm, name in enumerate(("online", "teacher_directed")):
            analysed = ~one.take_up(settings, arm == ONLINE).left
            solved["tested"][entry, arm], mean = solve_answers(one, analysed, *tests)
            solved["test"][entry, arm] = getattr(course, f"test_{name}") - mean
            solved["answered"][entry, arm], mean = solve_answers(one, analysed, *surveys)
            solved["survey"][entry, arm] = getattr(course, f"survey_{name}") - mean
    return Calibration(**solved), populations


def outcomes_under(
    settings: DistrictSettings, one: Superpopulation, intercept: Floats, assigned_online: bool
) -> tuple[Floats, Booleans, Booleans, TakeUp]:
    """Percent, completed, passed and take-up of the superpopulation if all were assigned to one mode."""
    taken = one.take_up(settings, assigned_online)
    online = taken.takes_online
    index = np.where(online, one.index[ONLINE] + intercept[ONLINE], one.index[1] + intercept[1])
    source = np.where(online, one.source, 1)
    results = outcomes_of(settings, index, one.noise, source, taken.no_show)
    return results.percent, results.completed, results.passed, taken
