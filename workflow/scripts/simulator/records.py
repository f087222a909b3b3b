"""The district's records as arrays: every randomised student with school, section, behaviour and results."""

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from simulator.behaviour import CourseTime, draw_course_time
from simulator.calibration import Calibration
from simulator.lottery import TakeUp, draw_take_up, hold_lottery
from simulator.numbers import Booleans, Floats, Integers
from simulator.outcomes import Outcomes, draw_noise, grade_index, outcomes_of
from simulator.schools import Block, Schools
from simulator.sessions import Sessions, draw_sessions
from simulator.settings import DistrictSettings
from simulator.streams import Streams
from simulator.students import Students, draw_students


@dataclass(frozen=True)
class Records:
    """Everything about the students of one block, or of many joined.

    ``block`` is the block's number; ``section`` counts inside block and mode from 0. Students keep their position
    in ``sessions.student``.
    """

    block: Integers
    section: Integers
    students: Students
    take_up: TakeUp
    time: CourseTime
    outcomes: Outcomes
    sessions: Sessions

    @property
    def in_log(self) -> Booleans:
        """(n,) who worked in the platform."""
        return self.take_up.takes_online & ~self.take_up.left & ~self.take_up.no_show


def _sections(settings: DistrictSettings, online: Booleans) -> Integers:
    """(n,) section of each student: as few sections in a mode as its largest size allows, evenly filled."""
    section = np.zeros(len(online), dtype=np.int64)
    for mode in (online, ~online):
        students = int(mode.sum())
        number = max(1, -(-students // settings.lottery.section_size))
        section[mode] = np.arange(students) % number
    return section


def _shift(
    settings: DistrictSettings,
    generator: Generator,
    schools: Schools,
    block: Block,
    online: Booleans,
    section: Integers,
) -> Floats:
    """(n,) what school, section and the school's own online effect add to the grade."""
    shocks = settings.outcomes.section_sd * generator.standard_normal((2, block.students))
    half = schools.effect_shift[block.school] / 2
    effect = np.where(online, half, -half)
    shift: Floats = schools.grade_shift[block.school] + effect + shocks[online.astype(np.int64), section]
    return shift


def _block_sessions(
    settings: DistrictSettings, generator: Generator, block: Block, time: CourseTime, works: Booleans
) -> Sessions:
    """Sessions of the students who ``works`` picks out, with their positions in the block."""
    picked = CourseTime(*(getattr(time, field.name)[works] for field in fields(CourseTime)))
    sessions = draw_sessions(settings, generator, block.cohort, picked)
    parts = {field.name: getattr(sessions, field.name) for field in fields(Sessions)}
    return Sessions(**{**parts, "student": np.flatnonzero(works)[sessions.student]})


def draw_block(
    settings: DistrictSettings, streams: Streams, calibration: Calibration, schools: Schools, block: Block, number: int
) -> Records:
    """All records of lottery ``block``.

    The streams carry its school, course and cohort, so that blocks can be drawn apart and in any order.
    """
    place = (block.school, block.course, block.cohort)
    course = settings.courses[block.course]
    students = draw_students(settings, streams.generator("students", *place), block.students)
    lottery = streams.generator("lottery", *place)
    assigned = hold_lottery(settings, lottery, block.students)
    take_up = draw_take_up(settings, lottery, assigned, students.disengagement)
    online = take_up.takes_online
    cohort = np.full(block.students, block.cohort, dtype=np.int64)
    time = draw_course_time(settings, streams.generator("behaviour", *place), students.disengagement, cohort)
    chance = streams.generator("outcomes", *place)
    noise = draw_noise(settings, chance, block.students)
    section = _sections(settings, online)
    shift = _shift(settings, chance, schools, block, online, section)
    index = grade_index(settings, students, time, noise, online, shift)
    outcomes = outcomes_of(
        settings,
        index + calibration.intercept[block.course][np.where(online, 0, 1)],
        noise,
        students,
        online=online,
        no_show=take_up.no_show,
        test_mean=np.where(assigned, course.test_online, course.test_teacher_directed),
        test_taken_share=np.full(block.students, course.test_taken_share),
    )
    works = online & ~take_up.left & ~take_up.no_show
    sessions = _block_sessions(settings, streams.generator("sessions", *place), block, time, works)
    block_number = np.full(block.students, number, dtype=np.int64)
    return Records(block_number, section, students, take_up, time, outcomes, sessions)


def _joined(parts: list[Any]) -> Any:
    """Dataclasses of arrays put one after another, field by field."""
    kind = type(parts[0])
    columns: dict[str, Any] = {}
    for field in fields(kind):
        values = [getattr(part, field.name) for part in parts]
        columns[field.name] = _joined(values) if is_dataclass(values[0]) else np.concatenate(values)
    return kind(**columns)


def join_records(parts: list[Records]) -> Records:
    """The records of many blocks as one, students and sessions in the order of the blocks."""
    starts = np.cumsum([0] + [len(part.block) for part in parts])
    joined: Records = _joined(parts)
    offsets = np.repeat(starts[:-1], [len(part.sessions.student) for part in parts])
    values = {field.name: getattr(joined.sessions, field.name) for field in fields(Sessions)}
    sessions = Sessions(**{**values, "student": joined.sessions.student + offsets})
    return Records(**{**{field.name: getattr(joined, field.name) for field in fields(Records)}, "sessions": sessions})
