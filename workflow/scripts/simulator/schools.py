"""The schools: how large they are, how well their students do, and how far online changes that."""

from dataclasses import dataclass

import numpy as np

from simulator.numbers import Floats, Integers, apportion
from simulator.settings import DistrictSettings
from simulator.streams import Streams

TEACHERS_PER_SCHOOL = 6


@dataclass(frozen=True)
class Schools:
    """(g,) arrays over the schools: relative size, shift of all grades and of the online effect in points of 100."""

    size: Floats
    grade_shift: Floats
    effect_shift: Floats


@dataclass(frozen=True)
class Block:
    """One lottery: a school, course and cohort by their positions, and the number of students in it."""

    school: int
    course: int
    cohort: int
    students: int


def draw_schools(settings: DistrictSettings, streams: Streams) -> Schools:
    """The district's schools."""
    generator = streams.generator("schools")
    drawn = generator.standard_normal((3, settings.schools))
    return Schools(
        size=np.exp(settings.school_size_log_sd * drawn[0]),
        grade_shift=settings.outcomes.school_sd * drawn[1],
        effect_shift=settings.outcomes.effect_sd * drawn[2],
    )


def plan_blocks(settings: DistrictSettings, schools: Schools) -> list[Block]:
    """All lotteries, school by school; the sizes sum to the randomised students of each course and cohort."""
    sizes: dict[tuple[int, int], Integers] = {}
    for course, entry in enumerate(settings.courses):
        for school_year, students in entry.randomised.items():
            cohort = settings.cohort_index(school_year)
            sizes[course, cohort] = apportion(students, schools.size, settings.lottery.smallest_block)
    return [
        Block(school, course, cohort, int(size[school]))
        for school in range(settings.schools)
        for (course, cohort), size in sizes.items()
    ]
