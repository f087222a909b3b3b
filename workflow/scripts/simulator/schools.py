"""The schools: how many students they have, how well those do, how far online changes that, and the lotteries."""

from dataclasses import dataclass

import numpy as np

from simulator.catalogue import course_number
from simulator.numbers import Floats, Integers, apportion
from simulator.settings import DistrictSettings
from simulator.streams import Streams

TEACHERS_PER_SCHOOL = 36


@dataclass(frozen=True)
class Schools:
    """(g,) arrays over the schools: relative size, students, shift of all grades and of the online effect in points."""

    size: Floats
    students: Integers
    grade_shift: Floats
    effect_shift: Floats


@dataclass(frozen=True)
class Block:
    """One lottery: school, entry of the settings' courses, course of the catalogue, term, students, and its one arm.

    ``only`` is 1 where all were assigned to online, 0 where all to teacher-directed, -1 where there are both arms.
    """

    number: int
    school: int
    entry: int
    course: int
    term: int
    students: int
    only: int


def shifts(settings: DistrictSettings, drawn: Floats, log_size: Floats) -> tuple[Floats, Floats]:
    """Grade shift and effect shift in points from (2, g) standard normal numbers and the logarithm of size."""
    given = settings.outcomes
    effect = given.effect_sd * drawn[1] + given.effect_on_log_size * log_size
    return given.school_sd * drawn[0], effect


def draw_schools(settings: DistrictSettings, streams: Streams) -> Schools:
    """The district's schools; their students sum to the district's."""
    drawn = streams.generator("schools").standard_normal((3, settings.schools))
    log_size = settings.school_size_log_sd * drawn[0]
    size = np.exp(log_size)
    grade, effect = shifts(settings, drawn[1:], log_size)
    return Schools(size, apportion(settings.students, size), grade, effect)


def plan_blocks(settings: DistrictSettings, streams: Streams, schools: Schools) -> list[Block]:
    """All lotteries, school by school; the sizes sum to the randomised students of each course and summer.

    Blocks of no student are left out; ``one_arm_blocks`` of the others have a single arm.
    """
    sizes: dict[tuple[int, int], Integers] = {}
    for entry, course in enumerate(settings.courses):
        for school_year, students in course.randomised.items():
            parts = apportion(students, schools.size, settings.lottery.smallest_block)
            sizes[entry, settings.summers[school_year]] = parts
    planned = [
        (school, entry, term, int(size[school]))
        for school in range(settings.schools)
        for (entry, term), size in sizes.items()
        if size[school] > 0
    ]
    generator = streams.generator("one_arm_blocks")
    only = np.full(len(planned), -1)
    chosen = generator.permutation(len(planned))[: settings.lottery.one_arm_blocks]
    only[chosen] = generator.integers(0, 2, len(chosen))
    numbers = [course_number(course.course_id) for course in settings.courses]
    return [
        Block(number, school, entry, numbers[entry], term, students, int(only[number]))
        for number, (school, entry, term, students) in enumerate(planned)
    ]
