"""Which courses the students of a school take beside the regular ones: by lottery, to recover, or online at once."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from simulator.catalogue import COURSES, ELECTIVE
from simulator.numbers import Booleans, Floats, Integers, logistic
from simulator.settings import FIRST_GRADE_LEVEL, LAST_GRADE_LEVEL, DistrictSettings
from simulator.students import Students
from simulator.years import Years, course_of

NO_FIRST_ATTEMPT = -1


@dataclass(frozen=True)
class Takings:
    """(m,) courses taken outside the regular schedule, students by their position in the school.

    ``block`` is the lottery's number or -1; ``first_attempt`` the failed first grade in whole percent, or -1 where the
    course is taken for the first time; ``term`` a position in the settings' terms.
    """

    student: Integers
    course: Integers
    term: Integers
    block: Integers
    online: Booleans
    assigned_online: Booleans
    left: Booleans
    no_show: Booleans
    first_attempt: Integers

    @property
    def is_recovery(self) -> Booleans:
        """(m,) whether a failed course is taken again."""
        again: Booleans = self.first_attempt != NO_FIRST_ATTEMPT
        return again


def term_of(settings: DistrictSettings) -> dict[tuple[bool, int], int]:
    """Position of each term by (is summer, school year)."""
    return {(term.is_summer, term.school_year): place for place, term in enumerate(settings.terms)}


def _terms(settings: DistrictSettings, summer: Booleans, year: Integers) -> Integers:
    """(m,) position of the term, -1 where it is not on record."""
    places = term_of(settings)
    keys = zip(summer.tolist(), year.tolist(), strict=True)
    return np.array([places.get(key, -1) for key in keys], dtype=np.int64)


def goes_online(
    settings: DistrictSettings, uniform: Floats, ability: Floats, school_year: Integers, preference: float
) -> Booleans:
    """(m,) by which route a failed course is recovered: more of them online each year, weaker students above all."""
    shares = settings.years.online_share_by_year
    share = np.array([shares[int(year)] for year in school_year], dtype=np.float64).reshape(-1)
    base = np.log(share / (1 - share)) + preference
    return uniform < logistic(base - settings.years.online_logit_on_ability * ability)


def recoveries(
    settings: DistrictSettings, generator: Generator, students: Students, years: Years, preference: float
) -> Takings:
    """Failed regular courses that are taken again: in the summer that follows, or in the next school year.

    The course of a lottery is not among them: its student recovers it there.
    """
    failed = years.failed & years.present[:, :, None]
    student, place, subject = np.nonzero(failed)
    chance = generator.random((3, len(student)))
    year = years.year[place]
    level = students.grade_level(0)[student] + year
    last = settings.school_years[-1]
    stays = (level < LAST_GRADE_LEVEL) & years.present[student, np.minimum(place + 1, len(years.year) - 1)]
    summer = (chance[0] < settings.years.summer_share) | (~stays & (year < last))
    term = _terms(settings, summer, np.where(summer, year, year + 1))
    kept = (term >= 0) & (chance[1] < settings.years.recovered_attempt_share)
    student, subject, term, level = student[kept], subject[kept], term[kept], level[kept]
    taken_in = np.array([one.school_year for one in settings.terms], dtype=np.int64)[term]
    online = goes_online(settings, chance[2][kept], students.ability[student], taken_in, preference)
    first = np.floor(years.percent[student, place[kept], subject]).astype(np.int64)
    return _outside_lottery(student, course_of(level, subject), term, online, first)


def _outside_lottery(student: Integers, course: Integers, term: Integers, online: Booleans, first: Integers) -> Takings:
    none = np.zeros(len(student), dtype=np.bool_)
    return Takings(student, course, term, np.full(len(student), -1), online, none, none, none, first)


def first_time_online(settings: DistrictSettings, generator: Generator, students: Students, years: Years) -> Takings:
    """Electives of a school year that students take online without having failed them, whatever their ability."""
    chosen = years.recorded & (generator.random(years.recorded.shape) < settings.years.first_time_online_share)
    student, place = np.nonzero(chosen)
    term = _terms(settings, np.zeros(len(student), dtype=np.bool_), years.year[place])
    # The elective of the next level, so that nobody takes an elective twice.
    level = np.minimum(students.grade_level(0)[student] + years.year[place] + 1, LAST_GRADE_LEVEL)
    course = course_of(level, ELECTIVE)
    fresh = level > students.grade_level(0)[student] + years.year[place]
    first = np.full(len(student), NO_FIRST_ATTEMPT, dtype=np.int64)
    taken = _outside_lottery(student, course, term, np.ones(len(student), dtype=np.bool_), first)
    return select(taken, fresh)


def select(takings: Takings, kept: Booleans) -> Takings:
    """The takings that ``kept`` picks out."""
    return Takings(*(getattr(takings, name)[kept] for name in Takings.__dataclass_fields__))


def join(parts: list[Takings]) -> Takings:
    """Takings put one after another."""
    return Takings(*(np.concatenate([getattr(part, name) for part in parts]) for name in Takings.__dataclass_fields__))


def drop_repeats(takings: Takings) -> Takings:
    """Each course once for a student in a term, the first of the list (a lottery stands before all others)."""
    keys = np.column_stack([takings.student, takings.term, takings.course])
    first = np.unique(keys, axis=0, return_index=True)[1]
    kept = np.zeros(len(takings.student), dtype=np.bool_)
    kept[first] = True
    return select(takings, kept)


def section_numbers(settings: DistrictSettings, takings: Takings) -> Integers:
    """(m,) number of the section inside course, term, mode and lottery: as few as its size allows, evenly filled."""
    keys = np.column_stack([takings.course, takings.term, takings.online, takings.block])
    _, group, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    order = np.argsort(group, kind="stable")
    starts = np.cumsum(counts) - counts
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - starts[group[order]]
    number: Integers = rank % -(-counts[group] // settings.section_size)
    return number


def math_flags() -> Booleans:
    """(courses,) which courses of the catalogue are math."""
    return np.array([course.is_math for course in COURSES], dtype=np.bool_)


def first_level() -> int:
    """Grade level of the lottery's courses on the first attempt."""
    return FIRST_GRADE_LEVEL
