"""Intercepts that plant the published shares, and what each regression of the pipeline should find.

Both are computed on a superpopulation: many students, each with a school and a section of its own.
"""

from dataclasses import dataclass

import numpy as np

from simulator.behaviour import CourseTime, draw_course_time
from simulator.lottery import TakeUp, draw_take_up
from simulator.numbers import Booleans, Floats, Integers
from simulator.outcomes import Noise, draw_noise, grade_index, outcomes_of, pass_margin
from simulator.settings import DistrictSettings
from simulator.streams import Streams
from simulator.students import Students, draw_students

ROUNDS = 8
PREDICTORS = ("idle_share", "absence_rate", "grade_level")


@dataclass(frozen=True)
class Superpopulation:
    """Students of one course with both of their possible grades before the intercept: online and teacher-directed."""

    students: Students
    take_up: TakeUp
    time: CourseTime
    noise: Noise
    cohort: Integers
    index_online: Floats
    index_teacher_directed: Floats


@dataclass(frozen=True)
class Calibration:
    """``intercept[course, mode]`` in points of 100 (mode 0 is online), ``coefficients[outcome][predictor]``."""

    intercept: Floats
    coefficients: dict[str, dict[str, float]]


def draw_superpopulation(settings: DistrictSettings, streams: Streams, course: int) -> Superpopulation:
    """``calibration_students`` students of ``course``, split over its cohorts like the lottery."""
    generator = streams.generator("calibration", course)
    size, given = settings.calibration_students, settings.outcomes
    randomised = settings.courses[course].randomised
    weights = np.array(list(randomised.values()), dtype=np.float64)
    years = np.array([settings.cohort_index(year) for year in randomised], dtype=np.int64)
    cohort = years[generator.choice(len(years), size, p=weights / weights.sum())]
    students = draw_students(settings, generator, size)
    take_up = draw_take_up(settings, generator, generator.random(size) < 0.5, students.disengagement)
    time = draw_course_time(settings, generator, students.disengagement, cohort)
    noise = draw_noise(settings, generator, size)
    school, effect, section = generator.standard_normal((3, size))
    shift = given.school_sd * school + given.section_sd * section
    half = given.effect_sd * effect / 2
    online = np.ones(size, dtype=np.bool_)
    return Superpopulation(
        students,
        take_up,
        time,
        noise,
        cohort,
        grade_index(settings, students, time, noise, online, shift + half),
        grade_index(settings, students, time, noise, ~online, shift - half),
    )


def _intercept(margin: Floats, movable: Booleans, fixed_passes: int, target: float, members: int) -> float:
    """The shift of ``margin`` at which a share ``target`` of ``members`` passes, the fixed passes included."""
    wanted = round(target * members) - fixed_passes
    candidates = np.sort(margin[movable])[::-1]
    return -float(candidates[min(max(wanted, 1), len(candidates)) - 1])


def solve_intercepts(settings: DistrictSettings, course: int, population: Superpopulation) -> Floats:
    """(2,) intercepts, online and teacher-directed, at which both assigned arms recover the planted shares.

    Crossovers tie the two together, so they are solved in turn; each round shrinks the error by the share that
    crosses over.
    """
    target = settings.courses[course].recovered_online, settings.courses[course].recovered_teacher_directed
    taken = population.take_up
    analysed, comes = ~taken.left, ~taken.left & ~taken.no_show
    margins = [
        pass_margin(settings, index, population.noise)
        for index in (population.index_online, population.index_teacher_directed)
    ]
    arms = taken.assigned_online, ~taken.assigned_online
    modes = taken.takes_online, ~taken.takes_online
    intercept = np.zeros(2)
    for _ in range(ROUNDS):
        for mode in (0, 1):
            crossed = arms[mode] & modes[1 - mode] & comes
            fixed = int(np.sum(margins[1 - mode][crossed] + intercept[1 - mode] >= 0))
            movable = arms[mode] & modes[mode] & comes
            members = int(np.sum(arms[mode] & analysed))
            intercept[mode] = _intercept(margins[mode], movable, fixed, target[mode], members)
    return intercept


def _online_rows(settings: DistrictSettings, course: int, one: Superpopulation, intercept: float) -> Floats:
    """(k, 8) rows of students who took the course online: three outcomes, three predictors, course and cohort."""
    students, taken = one.students, one.take_up
    nothing = np.zeros(len(one.cohort))
    outcomes = outcomes_of(
        settings,
        one.index_online + intercept,
        one.noise,
        students,
        online=taken.takes_online,
        no_show=taken.no_show,
        test_mean=nothing,
        test_taken_share=nothing,
    )
    columns = [outcomes.percent, outcomes.completed, outcomes.passed]
    columns += [one.time.idle_share, students.absence_rate, students.grade_level, nothing + course, one.cohort]
    return np.column_stack(columns)[taken.takes_online & ~taken.left & ~taken.no_show].astype(np.float64)


def _coefficients(settings: DistrictSettings, rows: Floats, weights: Floats) -> dict[str, dict[str, float]]:
    """Least squares of each outcome on the predictors with course and cohort effects.

    ``weights`` give the courses the weight they have in the lottery.
    """
    courses = [rows[:, 6] == number for number in range(len(settings.courses))]
    cohorts = [rows[:, 7] == number for number in range(1, len(settings.cohorts))]
    design = np.column_stack([rows[:, 3:6], *courses, *cohorts]) * np.sqrt(weights)[:, None]
    solved = np.linalg.lstsq(design, rows[:, :3] * np.sqrt(weights)[:, None], rcond=None)[0]
    return {
        outcome: {predictor: float(solved[row, column]) for row, predictor in enumerate(PREDICTORS)}
        for column, outcome in enumerate(("percent", "completed", "passed"))
    }


def calibrate(settings: DistrictSettings, streams: Streams) -> Calibration:
    """Intercepts of every course and mode, and the coefficients that the pipeline's linear models estimate."""
    intercepts, rows, weights = [], [], []
    for course, entry in enumerate(settings.courses):
        population = draw_superpopulation(settings, streams, course)
        intercepts.append(solve_intercepts(settings, course, population))
        rows.append(_online_rows(settings, course, population, float(intercepts[-1][0])))
        weights.append(np.full(len(rows[-1]), float(sum(entry.randomised.values()))))
    return Calibration(np.vstack(intercepts), _coefficients(settings, np.vstack(rows), np.concatenate(weights)))
