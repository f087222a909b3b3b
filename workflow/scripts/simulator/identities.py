"""Who is who: invented identities of students and teachers, and the identifiers of schools and sections."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.names import FAMILY_NAMES, GIVEN_NAMES
from simulator.records import Records
from simulator.schools import TEACHERS_PER_SCHOOL, Block
from simulator.settings import DistrictSettings
from simulator.streams import Streams


@dataclass(frozen=True)
class People:
    """Identities of students and teachers, as texts: number, given and family name, e-mail."""

    student_id: list[str]
    given_name: list[str]
    family_name: list[str]
    email: list[str]
    class_id: list[str]


def _numbers(size: int, first: int, step: int) -> list[str]:
    """``size`` different seven-digit numbers in no telling order: multiples of a prime modulo nine million."""
    return [f"{1_000_000 + (first + step * position) % 9_000_000}" for position in range(size)]


def class_id(settings: DistrictSettings, block: Block, online: bool, section: int) -> str:
    """Identifier of a section, such as CLS-ENG9-2018-07-O1."""
    year = settings.cohorts[block.cohort].school_year
    letter = "O" if online else "T"
    return f"CLS-{settings.courses[block.course].code}-{year}-{block.school + 1:02d}-{letter}{section + 1}"


def name_people(settings: DistrictSettings, streams: Streams, records: Records, blocks: Sequence[Block]) -> People:
    """Invented identities of all students; e-mail addresses lie in a domain that cannot exist."""
    generator = streams.generator("names")
    size = len(records.block)
    given = [GIVEN_NAMES[place] for place in generator.integers(0, len(GIVEN_NAMES), size)]
    family = [FAMILY_NAMES[place] for place in generator.integers(0, len(FAMILY_NAMES), size)]
    numbers = _numbers(size, int(generator.integers(0, 9_000_000)), 7_654_321)
    email = [
        f"{one}.{two}{number[-4:]}{place % 10}@students.district.example".lower()
        for place, (one, two, number) in enumerate(zip(given, family, numbers, strict=True))
    ]
    if len(set(email)) < size:
        email = [f"{number}.{address}" for number, address in zip(numbers, email, strict=True)]
    rows = zip(records.block.tolist(), records.take_up.takes_online.tolist(), records.section.tolist(), strict=True)
    classes = [class_id(settings, blocks[block], online, section) for block, online, section in rows]
    return People(numbers, given, family, email, classes)


def school_id(school: int) -> str:
    """Identifier of a school."""
    return f"ORG-{school + 1:04d}"


def teacher_id(teacher: int) -> str:
    """Identifier of a teacher."""
    return f"T{40000 + teacher}"


@dataclass(frozen=True)
class ClassList:
    """The sections that students are in: identifier, block, mode and teacher of each."""

    identifier: list[str]
    block: list[int]
    mode: list[int]
    teacher: list[int]


def list_classes(settings: DistrictSettings, records: Records, blocks: Sequence[Block]) -> ClassList:
    """All sections with at least one student; teachers of a school take them in turn."""
    online = records.take_up.takes_online
    keys = np.unique(np.column_stack([records.block, ~online, records.section]), axis=0).tolist()
    identifiers = [class_id(settings, blocks[block], mode == 0, section) for block, mode, section in keys]
    school = [blocks[block].school for block, _, _ in keys]
    seen = [sum(other == one for other in school[:place]) for place, one in enumerate(school)]
    teacher = [one * TEACHERS_PER_SCHOOL + count % TEACHERS_PER_SCHOOL for one, count in zip(school, seen, strict=True)]
    return ClassList(identifiers, [key[0] for key in keys], [key[1] for key in keys], teacher)
