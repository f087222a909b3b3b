"""Who is who: invented identities of students and teachers, and the identifiers of schools and sections."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from simulator.catalogue import COURSES
from simulator.names import FAMILY_NAMES, GIVEN_NAMES
from simulator.numbers import Integers
from simulator.schools import TEACHERS_PER_SCHOOL
from simulator.settings import DistrictSettings
from simulator.texts import Texts, glued, pick, plain

STUDENT_NUMBERS = 9_000_000
STEP = 7_654_321
REGULAR_TEACHERS, DIRECTED_TEACHERS, ONLINE_TEACHERS = (0, 20), (20, 8), (28, 8)


@dataclass(frozen=True)
class People:
    """Identities of the students or teachers of a school, as texts, and their positions in the district."""

    identifier: Texts
    given_name: Texts
    family_name: Texts
    email: Texts


def student_numbers(first: int, size: int, start: int) -> Integers:
    """(size,) different seven-digit numbers in no telling order: multiples of a prime modulo nine million."""
    return 1_000_000 + (start + STEP * np.arange(first, first + size, dtype=np.int64)) % STUDENT_NUMBERS


def _names(generator: Generator, size: int) -> tuple[Texts, Texts, Texts]:
    given, family = (generator.integers(0, len(names), size) for names in (GIVEN_NAMES, FAMILY_NAMES))
    first, last = pick(GIVEN_NAMES, given), pick(FAMILY_NAMES, family)
    lower = [[name.lower() for name in names] for names in (GIVEN_NAMES, FAMILY_NAMES)]
    return first, last, glued(pick(lower[0], given), ".", pick(lower[1], family), ".")


def name_students(generator: Generator, first: int, size: int, start: int) -> People:
    """Invented identities of the students from position ``first`` on; the domain of their e-mail cannot exist."""
    given, family, address = _names(generator, size)
    number = plain([str(value) for value in student_numbers(first, size, start).tolist()])
    return People(number, given, family, glued(address, number, "@students.district.example"))


def name_teachers(generator: Generator, school: int) -> People:
    """Invented identities of a school's teachers."""
    given, family, address = _names(generator, TEACHERS_PER_SCHOOL)
    positions = range(school * TEACHERS_PER_SCHOOL, (school + 1) * TEACHERS_PER_SCHOOL)
    number = plain([str(position) for position in positions])
    return People(
        plain([teacher_id(one) for one in positions]), given, family, glued(address, number, "@district.example")
    )


def school_id(school: int) -> str:
    """Identifier of a school."""
    return f"ORG-{school + 1:04d}"


def teacher_id(teacher: int) -> str:
    """Identifier of a teacher."""
    return f"T{40000 + teacher}"


def class_ids(settings: DistrictSettings, school: int, keys: Integers) -> list[str]:
    """Identifiers of sections, such as CLS-ENG9-S2018-0007-LO1.

    Parameters
    ----------
    keys : (k, 5) course, term, kind (0 online, 1 teacher-directed for recovery, 2 regular), lottery or not, number.
    """
    found = []
    for course, term, kind, lottery, number in keys.tolist():
        one = settings.terms[term]
        letters = ("L" if lottery else "") + "OTR"[kind]
        season = "S" if one.is_summer else "Y"
        found.append(f"CLS-{COURSES[course].code}-{season}{one.school_year}-{school + 1:04d}-{letters}{number + 1}")
    return found


def class_teachers(school: int, keys: Integers) -> Integers:
    """(k,) position in the district of the teacher of each section: a school's teachers take them in turn."""
    first, number = np.array([ONLINE_TEACHERS, DIRECTED_TEACHERS, REGULAR_TEACHERS]).T
    kind = keys[:, 2]
    turn = np.zeros(len(keys), dtype=np.int64)
    for one in range(3):
        turn[kind == one] = np.arange(int((kind == one).sum()))
    found: Integers = school * TEACHERS_PER_SCHOOL + first[kind] + turn % number[kind]
    return found
