"""Everything about one school: its students, their school years, the courses they take and what comes of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from simulator.behaviour import CourseTime, draw_course_time
from simulator.calibration import Calibration, score_parts
from simulator.catalogue import COURSES
from simulator.lottery import draw_chances, hold_lottery, take_up
from simulator.numbers import Floats, Integers, logistic
from simulator.outcomes import Outcomes, draw_noise, grade_index, grade_sources, mastery, outcomes_of
from simulator.schools import Block, Schools
from simulator.settings import ONLINE, TEACHER_DIRECTED, DistrictSettings
from simulator.streams import Streams
from simulator.students import Students, Takers, draw_students
from simulator.takings import Takings, drop_repeats, first_time_online, join, math_flags, recoveries, section_numbers
from simulator.years import REGULAR_CREDITS, Years, draw_years, state_test


@dataclass(frozen=True)
class Plan:
    """What is settled for the whole district before a school is drawn."""

    settings: DistrictSettings
    streams: Streams
    schools: Schools
    blocks: Sequence[Block]
    calibration: Calibration

    def blocks_of(self, school: int) -> list[Block]:
        """The lotteries of a school."""
        return [block for block in self.blocks if block.school == school]


@dataclass(frozen=True)
class SchoolRecord:
    """One school. ``test`` and ``survey`` are (m,) by taking, NaN where there is none; ``state`` is (n, y, 2)."""

    number: int
    students: Students
    years: Years
    takings: Takings
    section: Integers
    takers: Takers
    time: CourseTime
    outcomes: Outcomes
    test: Floats
    survey: Floats
    state: Floats
    online_share: Floats
    recovered: Floats


def _lottery_takings(
    settings: DistrictSettings, generator: Generator, students: Students, blocks: Sequence[Block], members: int
) -> Takings:
    """The courses of the lotteries, one for each of the first ``members`` students."""
    assigned = [hold_lottery(settings, generator, block.students, block.only) for block in blocks]
    arm = np.concatenate([*assigned, np.zeros(0, dtype=np.bool_)])
    taken = take_up(settings, draw_chances(generator, members), arm, students.disengagement[:members])
    sizes = [block.students for block in blocks]
    first = np.floor(52 + 4 * students.ability[:members] + 5 * generator.standard_normal(members))
    return Takings(
        student=np.arange(members),
        course=np.repeat(np.array([block.course for block in blocks], dtype=np.int64), sizes),
        term=np.repeat(np.array([block.term for block in blocks], dtype=np.int64), sizes),
        block=students.block[:members],
        online=taken.takes_online,
        assigned_online=arm,
        left=taken.left,
        no_show=taken.no_show,
        first_attempt=np.clip(first, 20, 59).astype(np.int64),
    )


def _last_years(settings: DistrictSettings, students: Students, lottery: Takings) -> Integers:
    """(n,) last school year in the district: who left after the lottery is there no more in the next year."""
    last = np.full(len(students.block), settings.school_years[-1] + 10, dtype=np.int64)
    school_year = np.array([term.school_year for term in settings.terms], dtype=np.int64)
    last[lottery.student[lottery.left]] = school_year[lottery.term[lottery.left]]
    return last


def _with_first_attempts(students: Students, years: Years, lottery: Takings) -> Years:
    """``years`` in which the lottery's course was failed at the first attempt, where that year is on record."""
    percent = years.percent.copy()
    subject, level = np.divmod(lottery.course, 4)
    place = students.entry_year[lottery.student] + level - years.year[0]
    known = (place >= 0) & (place < len(years.year))
    percent[lottery.student[known], place[known], subject[known]] = lottery.first_attempt[known]
    percent[~years.present] = np.nan
    names = [name for name in Years.__dataclass_fields__ if name != "percent"]
    return Years(**{name: getattr(years, name) for name in names}, percent=percent)


def _other_takings(
    settings: DistrictSettings, generator: Generator, students: Students, years: Years, lottery: Takings
) -> Takings:
    """The courses taken beside the lottery; the lottery's own course is not recovered a second time."""
    preference = 0.3 * float(generator.standard_normal())
    recovered = recoveries(settings, generator, students, years, preference)
    own = np.full(len(students.block), -1)
    own[lottery.student] = lottery.course
    elsewhere = recovered.course != own[recovered.student]
    kept = Takings(*(getattr(recovered, name)[elsewhere] for name in Takings.__dataclass_fields__))
    return join([kept, first_time_online(settings, generator, students, years)])


def takers_of(settings: DistrictSettings, students: Students, years: Years, takings: Takings) -> Takers:
    """What the results of each taking depend on."""
    year = np.array([term.school_year for term in settings.terms], dtype=np.int64)[takings.term]
    place = year - years.year[0]
    return Takers(
        disengagement=students.disengagement[takings.student],
        ability=students.ability[takings.student],
        user_type=students.user_type[takings.student],
        absence_rate=years.absence_rate[takings.student, place],
        grade_level=(students.grade_level(0)[takings.student] + year).astype(np.int64),
    )


def _shift(plan: Plan, generator: Generator, number: int, takings: Takings, section: Integers) -> Floats:
    """(m,) what school, section and the school's own online effect add to the grade."""
    keys = np.column_stack([takings.course, takings.term, takings.online, takings.block, section])
    group = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    count = int(group.max()) + 1 if len(group) else 0
    shocks = plan.settings.outcomes.section_sd * generator.standard_normal(count)
    half = plan.schools.effect_shift[number] / 2
    shift: Floats = plan.schools.grade_shift[number] + np.where(takings.online, half, -half) + shocks[group]
    return shift


def _intercepts(plan: Plan, takings: Takings) -> Floats:
    """(m,) intercept of course and mode: other math courses have that of the lottery's math course, and so on."""
    subjects = [math_flags()[block] for block in _entry_courses(plan.settings)]
    entry = {flag: number for number, flag in reversed(list(enumerate(subjects)))}
    by_math = np.array([entry.get(flag, 0) for flag in (False, True)], dtype=np.int64)
    mode = np.where(takings.online, ONLINE, TEACHER_DIRECTED)
    intercept: Floats = plan.calibration.grade[by_math[math_flags()[takings.course].astype(np.int64)], mode]
    return intercept


def _entry_courses(settings: DistrictSettings) -> list[int]:
    identifiers = [course.course_id for course in COURSES]
    return [identifiers.index(course.course_id) for course in settings.courses]


def _results(
    plan: Plan, generator: Generator, number: int, takings: Takings, section: Integers, takers: Takers
) -> Outcomes:
    settings = plan.settings
    noise = draw_noise(settings, generator, len(takings.student))
    index = mastery(settings, takers, noise, _shift(plan, generator, number, takings, section))
    source = grade_sources(settings, noise, takings.online)
    grade = grade_index(settings, index + _intercepts(plan, takings), source)
    return outcomes_of(settings, grade, noise, source, takings.no_show)


def _answers(
    plan: Plan, generator: Generator, takings: Takings, takers: Takers, entries: Integers
) -> tuple[Floats, Floats]:
    """(m,) external test and survey scale of the lottery's students, NaN for those not tested or not answering."""
    size = len(takings.student)
    chance, uniform = generator.standard_normal((2, size)), generator.random((2, size))
    given, solved = plan.settings.outcomes, plan.calibration
    arm = np.where(takings.assigned_online, ONLINE, TEACHER_DIRECTED)
    slopes = given.test_taken_on_disengagement, given.survey_answered_on_disengagement
    means, logits = (solved.test, solved.survey), (solved.tested, solved.answered)
    found = []
    for part, score in enumerate(score_parts(plan.settings, takers, chance)):
        taken = uniform[part] < logistic(logits[part][entries, arm] + slopes[part] * takers.disengagement)
        there = taken & (takings.block >= 0) & ~takings.left
        found.append(np.where(there, np.round(score + means[part][entries, arm], 2), np.nan))
    return found[0], found[1]


def _year_sums(settings: DistrictSettings, years: Years, takings: Takings, outcomes: Outcomes) -> tuple[Floats, Floats]:
    """(n, y) share of the year's credits attempted online, and courses recovered, summers included.

    As an evaluator reads it off the marks: credits, not courses, since a course of the platform carries half of a
    regular one's; over those of the year's own schedule and those attempted for recovery beside it.
    """
    year = np.array([term.school_year for term in settings.terms], dtype=np.int64)[takings.term] - years.year[0]
    extra, recovered, online = (np.zeros(years.present.shape) for _ in range(3))
    credits = np.where(takings.left, 0.0, settings.outcomes.credits)
    np.add.at(extra, (takings.student, year), credits * takings.is_recovery)
    np.add.at(online, (takings.student, year), credits * takings.online)
    np.add.at(recovered, (takings.student, year), (outcomes.passed & takings.is_recovery & ~takings.left).astype(float))
    return np.minimum(online / (REGULAR_CREDITS * years.percent.shape[2] + extra), 1.0), recovered


def draw_school(plan: Plan, number: int) -> SchoolRecord:
    """All records of school ``number``; its streams carry it, so that schools can be drawn in any order."""
    settings, streams, blocks = plan.settings, plan.streams, plan.blocks_of(number)
    members = sum(block.students for block in blocks)
    math = [bool(math_flags()[block.course]) for block in blocks]
    size = max(int(plan.schools.students[number]), members)
    students = draw_students(settings, streams.generator("students", number), blocks, math, size)
    lottery = _lottery_takings(settings, streams.generator("lottery", number), students, blocks, members)
    last = _last_years(settings, students, lottery)
    shift = settings.years.regular_on_school * float(plan.schools.grade_shift[number])
    years = draw_years(settings, streams.generator("years", number), students, shift, last)
    years = _with_first_attempts(students, years, lottery)
    others = _other_takings(settings, streams.generator("takings", number), students, years, lottery)
    takings = drop_repeats(join([lottery, others]))
    section = section_numbers(settings, takings)
    takers = takers_of(settings, students, years, takings)
    year = np.array([term.school_year for term in settings.terms], dtype=np.int64)[takings.term]
    outcomes = _results(plan, streams.generator("outcomes", number), number, takings, section, takers)
    entry_of = np.array([block.entry for block in plan.blocks] + [0], dtype=np.int64)
    test, survey = _answers(plan, streams.generator("answers", number), takings, takers, entry_of[takings.block])
    online_share, recovered = _year_sums(settings, years, takings, outcomes)
    chance = streams.generator("state_tests", number).standard_normal((*years.present.shape, 2))
    return SchoolRecord(
        number=number,
        students=students,
        years=years,
        takings=takings,
        section=section,
        takers=takers,
        time=draw_course_time(settings, streams.generator("behaviour", number), takers, year),
        outcomes=outcomes,
        test=test,
        survey=survey,
        state=state_test(settings, students, years, chance, online_share),
        online_share=online_share,
        recovered=recovered,
    )
