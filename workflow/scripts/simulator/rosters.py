"""The rosters in OneRoster 1.2 layout (1EdTech, CSV binding, bulk files)."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.random import Generator

from simulator.identities import ClassList, People, school_id, teacher_id
from simulator.names import FAMILY_NAMES, GIVEN_NAMES, SCHOOL_NAMES
from simulator.numbers import Integers
from simulator.records import Records
from simulator.schools import TEACHERS_PER_SCHOOL, Block
from simulator.settings import MODES, DistrictSettings
from simulator.streams import Streams
from simulator.students import FIRST_GRADE_LEVEL
from simulator.writers import TextTable

ABSENT = (
    "categories",
    "classResources",
    "courseResources",
    "lineItemLearningObjectiveIds",
    "lineItems",
    "lineItemScoreScales",
    "resources",
    "resultLearningObjectiveIds",
    "results",
    "resultScoreScales",
    "scoreScales",
    "userProfiles",
    "userResources",
)
WRITTEN = ("academicSessions", "classes", "courses", "demographics", "enrollments", "orgs", "roles", "users")
RACES = {
    "american_indian": "americanIndianOrAlaskaNative",
    "asian": "asian",
    "black": "blackOrAfricanAmerican",
    "pacific_islander": "nativeHawaiianOrOtherPacificIslander",
    "white": "white",
    "two_or_more": "demographicRaceTwoOrMoreRaces",
    "hispanic": "hispanicOrLatinoEthnicity",
}
USER_COLUMNS = (
    *("sourcedId", "enabledUser", "username", "userIds", "givenName", "familyName", "middleName", "identifier"),
    *("email", "sms", "phone", "agentSourcedIds", "grades", "password", "userMasterIdentifier"),
    *("preferredGivenName", "preferredMiddleName", "preferredFamilyName", "primaryOrgSourcedId", "pronouns"),
)
MODEL_WORDS = {"online": "Online", "teacher_directed": "Teacher-directed"}
VENDOR = "Course Platform A"
MODIFIED = "2019-09-03T08:00:00.000Z"
DISTRICT_ID = "ORG-0000"


def _stamped(columns: dict[str, list[str]]) -> TextTable:
    """A table with the status columns that every OneRoster file has after ``sourcedId``."""
    size = len(columns["sourcedId"])
    stamps = {"sourcedId": columns["sourcedId"], "status": ["active"] * size, "dateLastModified": [MODIFIED] * size}
    return TextTable({**stamps, **columns})


def manifest() -> TextTable:
    """manifest.csv: which files there are, and the versions."""
    entries = {"manifest.version": "1.0", "oneroster.version": "1.2"}
    states = dict.fromkeys(WRITTEN, "bulk") | dict.fromkeys(ABSENT, "absent")
    entries |= {f"file.{name}": states[name] for name in sorted(states, key=str.lower)}
    entries |= {"source.systemName": "Simulated student information system", "source.systemCode": "SIM"}
    return TextTable({"propertyName": list(entries), "value": list(entries.values())})


def academic_sessions(settings: DistrictSettings) -> TextTable:
    """academicSessions.csv: each school year and its summer term."""
    rows: list[tuple[str, str, str, str, str, str, str]] = []
    for cohort in settings.cohorts:
        year = cohort.school_year
        opens, closes = f"{year - 1}-08-15", f"{year}-08-14"
        rows.append((f"YEAR-{year}", f"School Year {year - 1}-{year}", "schoolYear", opens, closes, "", str(year)))
        days = cohort.starts_on.isoformat(), cohort.ends_on.isoformat()
        rows.append((f"SUMMER-{year}", cohort.title, "term", *days, f"YEAR-{year}", str(year)))
    names = ("sourcedId", "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear")
    return _stamped({name: [row[place] for row in rows] for place, name in enumerate(names)})


def orgs(settings: DistrictSettings) -> TextTable:
    """orgs.csv: the district and its schools."""
    numbers = range(settings.schools)
    names = [f"{SCHOOL_NAMES[number % len(SCHOOL_NAMES)]} High School" for number in numbers]
    names = [name if number < len(SCHOOL_NAMES) else f"{name} {number + 1}" for number, name in enumerate(names)]
    return _stamped(
        {
            "sourcedId": [DISTRICT_ID, *(school_id(number) for number in numbers)],
            "name": [settings.name, *names],
            "type": ["district", *["school"] * settings.schools],
            "identifier": ["0000", *(f"{8000 + 11 * number}" for number in numbers)],
            "parentSourcedId": ["", *[DISTRICT_ID] * settings.schools],
        }
    )


def courses(settings: DistrictSettings) -> TextTable:
    """courses.csv: the catalogue."""
    entries = settings.courses
    return _stamped(
        {
            "sourcedId": [course.course_id for course in entries],
            "schoolYearSourcedId": [""] * len(entries),
            "title": [course.title for course in entries],
            "courseCode": [course.code for course in entries],
            "grades": ["09,10,11,12"] * len(entries),
            "orgSourcedId": [DISTRICT_ID] * len(entries),
            "subjects": [course.subject for course in entries],
            "subjectCodes": [""] * len(entries),
        }
    )


def classes(settings: DistrictSettings, listed: ClassList, blocks: Sequence[Block]) -> TextTable:
    """classes.csv; the course model stands in an extension column, since OneRoster has none for it."""
    block = [blocks[number] for number in listed.block]
    course = [settings.courses[one.course] for one in block]
    words = [MODEL_WORDS[MODES[mode]] for mode in listed.mode]
    return _stamped(
        {
            "sourcedId": listed.identifier,
            "title": [f"{one.title} ({word})" for one, word in zip(course, words, strict=True)],
            "grades": ["09,10,11,12"] * len(block),
            "courseSourcedId": [one.course_id for one in course],
            "classCode": [identifier.removeprefix("CLS-") for identifier in listed.identifier],
            "classType": ["scheduled"] * len(block),
            "location": ["" if mode else "Computer laboratory" for mode in listed.mode],
            "schoolSourcedId": [school_id(one.school) for one in block],
            "termSourcedIds": [f"SUMMER-{settings.cohorts[one.cohort].school_year}" for one in block],
            "subjects": [one.subject for one in course],
            "subjectCodes": [""] * len(block),
            "periods": [""] * len(block),
            "metadata.courseModel": words,
            "metadata.contentProvider": ["" if mode else VENDOR for mode in listed.mode],
        }
    )


def _staff(settings: DistrictSettings, generator: Generator) -> tuple[list[str], list[str], list[str]]:
    """Given names, family names and e-mail addresses of all teachers, in the order of their numbers."""
    size = settings.schools * TEACHERS_PER_SCHOOL
    given = [GIVEN_NAMES[place] for place in generator.integers(0, len(GIVEN_NAMES), size)]
    family = [FAMILY_NAMES[place] for place in generator.integers(0, len(FAMILY_NAMES), size)]
    names = enumerate(zip(given, family, strict=True))
    return given, family, [f"{one}.{two}.{number}@district.example".lower() for number, (one, two) in names]


def users(
    settings: DistrictSettings, streams: Streams, records: Records, people: People, blocks: Sequence[Block]
) -> TextTable:
    """users.csv: students and teachers, with phones and passwords that nobody may read."""
    generator = streams.generator("accounts")
    given, family, mail = _staff(settings, generator)
    identifiers = [*people.student_id, *(teacher_id(number) for number in range(len(mail)))]
    size, blank = len(identifiers), [""] * len(identifiers)
    school = [blocks[block].school for block in records.block.tolist()]
    school += [number // TEACHERS_PER_SCHOOL for number in range(len(mail))]
    email = [*people.email, *mail]
    columns = dict.fromkeys(USER_COLUMNS, blank) | {
        "sourcedId": identifiers,
        "enabledUser": ["true"] * size,
        "username": [address.split("@")[0] for address in email],
        "givenName": [*people.given_name, *given],
        "familyName": [*people.family_name, *family],
        "identifier": identifiers,
        "email": email,
        "phone": [f"555-01{number:02d}" for number in generator.integers(0, 100, size).tolist()],
        "grades": [*(f"{level:02d}" for level in records.students.grade_level.tolist()), *[""] * len(mail)],
        "password": [f"Start-{number:06d}!" for number in generator.integers(0, 1_000_000, size).tolist()],
        "primaryOrgSourcedId": [school_id(number) for number in school],
    }
    return _stamped(columns)


def roles(accounts: TextTable, students: int) -> TextTable:
    """roles.csv: one primary role for each user."""
    identifiers = list(accounts.columns["sourcedId"])
    size = len(identifiers)
    return _stamped(
        {
            "sourcedId": [f"ROLE-{identifier}" for identifier in identifiers],
            "userSourcedId": identifiers,
            "roleType": ["primary"] * size,
            "role": ["student"] * students + ["teacher"] * (size - students),
            "beginDate": [""] * size,
            "endDate": [""] * size,
            "orgSourcedId": list(accounts.columns["primaryOrgSourcedId"]),
            "userProfileSourcedId": [""] * size,
        }
    )


def _birth_dates(settings: DistrictSettings, records: Records, blocks: Sequence[Block]) -> list[str]:
    """Ninth-graders are 14 on 1 September of their school year, others a year older for each grade level."""
    cohort = np.array([blocks[block].cohort for block in records.block.tolist()], dtype=np.int64)
    year: Integers = np.array([one.school_year for one in settings.cohorts], dtype=np.int64)[cohort]
    youngest = year - 15 - (records.students.grade_level - FIRST_GRADE_LEVEL)
    born = [date(one, 9, 1).toordinal() for one in youngest.tolist()]
    return [
        date.fromordinal(day - age).isoformat()
        for day, age in zip(born, records.students.age_days.tolist(), strict=True)
    ]


def demographics(settings: DistrictSettings, records: Records, people: People, blocks: Sequence[Block]) -> TextTable:
    """demographics.csv: birth date, sex and the federal race and ethnicity flags."""
    size = len(people.student_id)
    sexes, categories = list(settings.students.sex_shares), list(settings.students.race_ethnicity_shares)
    race = [categories[place] for place in records.students.race_ethnicity.tolist()]
    words = {"nonbinary": "other"}
    flags = {column: [str(one == name).lower() for one in race] for name, column in RACES.items()}
    return _stamped(
        {
            "sourcedId": people.student_id,
            "birthDate": _birth_dates(settings, records, blocks),
            "sex": [words.get(sexes[place], sexes[place]) for place in records.students.sex.tolist()],
            **flags,
            "countryOfBirthCode": [""] * size,
            "stateOfBirthAbbreviation": [""] * size,
            "cityOfBirth": [""] * size,
            "publicSchoolResidenceStatus": [""] * size,
        }
    )


def enrollments(
    settings: DistrictSettings, records: Records, people: People, listed: ClassList, blocks: Sequence[Block]
) -> TextTable:
    """enrollments.csv: students in their sections, and the teacher of record of each section."""
    block = [*(blocks[number] for number in records.block.tolist()), *(blocks[number] for number in listed.block)]
    students = len(people.student_id)
    class_ids = [*people.class_id, *listed.identifier]
    user = [*people.student_id, *(teacher_id(number) for number in listed.teacher)]
    cohort = [settings.cohorts[one.cohort] for one in block]
    return _stamped(
        {
            "sourcedId": [f"ENR-{one}-{two.removeprefix('CLS-')}" for one, two in zip(user, class_ids, strict=True)],
            "classSourcedId": class_ids,
            "schoolSourcedId": [school_id(one.school) for one in block],
            "userSourcedId": user,
            "role": ["student"] * students + ["teacher"] * len(listed.teacher),
            "primary": ["false"] * students + ["true"] * len(listed.teacher),
            "beginDate": [one.starts_on.isoformat() for one in cohort],
            "endDate": [one.ends_on.isoformat() for one in cohort],
        }
    )
