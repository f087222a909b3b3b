"""Who is enrolled where: the regular courses on record and the courses taken beside them, in their sections."""

from dataclasses import dataclass

import numpy as np

from simulator.catalogue import ENGLISH, MATH
from simulator.numbers import Floats, Integers
from simulator.people import People, class_ids, class_teachers
from simulator.school import SchoolRecord
from simulator.settings import DistrictSettings
from simulator.takings import term_of
from simulator.texts import Texts, glued, pick, plain
from simulator.years import course_of

REGULAR_SUBJECTS = (ENGLISH, MATH)
REGULAR = 2


@dataclass(frozen=True)
class Regular:
    """(k,) regular courses on record: student by position in the school, course, term, final grade."""

    student: Integers
    course: Integers
    term: Integers
    percent: Floats
    grade_level: Integers


@dataclass(frozen=True)
class Enrolled:
    """All enrollments of a school: first those of ``record.takings`` in their order, then the regular ones.

    ``section`` is the position of each enrollment's section in ``class_id``; ``keys`` describe the sections (see
    :func:`simulator.people.class_ids`), ``teacher`` is the position of each section's teacher in the district.
    """

    student: Integers
    section: Integers
    class_id: list[str]
    keys: Integers
    teacher: Integers
    regular: Regular

    def enrollment_ids(self, people: People) -> Texts:
        """Identifiers of the enrollments."""
        short = [one.removeprefix("CLS-") for one in self.class_id]
        return glued("ENR-", pick(people.identifier, self.student), "-", pick(short, self.section))

    def class_ids(self) -> Texts:
        """Identifier of the section of each enrollment."""
        return pick(plain(self.class_id), self.section)


def regular_courses(settings: DistrictSettings, record: SchoolRecord) -> Regular:
    """The regular courses in English and math of all school years on record."""
    years = record.years
    student, place = np.nonzero(years.recorded)
    terms = term_of(settings)
    of_year = np.array([terms.get((False, int(year)), -1) for year in years.year], dtype=np.int64)
    level = record.students.grade_level(0)[student] + years.year[place]
    parts = [
        (student, course_of(level, subject), of_year[place], years.percent[student, place, subject], level)
        for subject in REGULAR_SUBJECTS
    ]
    return Regular(*(np.concatenate([part[number] for part in parts]) for number in range(5)))


def _number_in(groups: Integers, size: int) -> Integers:
    """Number of the section of each row in its group: as few sections as ``size`` allows, evenly filled."""
    _, group, counts = np.unique(groups, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    order = np.argsort(group, kind="stable")
    starts = np.cumsum(counts) - counts
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - starts[group[order]]
    number: Integers = rank % -(-counts[group] // size)
    return number


def enroll(settings: DistrictSettings, record: SchoolRecord) -> Enrolled:
    """All enrollments of a school with their sections and teachers."""
    takings, regular = record.takings, regular_courses(settings, record)
    own = np.column_stack(
        [takings.course, takings.term, (~takings.online).astype(np.int64), takings.block >= 0, record.section]
    )
    kind = np.full(len(regular.student), REGULAR)
    groups = np.column_stack([regular.course, regular.term])
    number = _number_in(groups, settings.section_size) if len(groups) else np.zeros(0, dtype=np.int64)
    others = np.column_stack([regular.course, regular.term, kind, np.zeros_like(kind), number])
    keys, section = np.unique(np.vstack([own, others]).astype(np.int64), axis=0, return_inverse=True)
    return Enrolled(
        student=np.concatenate([takings.student, regular.student]),
        section=section.reshape(-1).astype(np.int64),
        class_id=class_ids(settings, record.number, keys),
        keys=keys,
        teacher=class_teachers(record.number, keys),
        regular=regular,
    )
