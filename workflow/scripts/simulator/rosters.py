"""The rosters in OneRoster 1.2 layout (1EdTech, CSV binding, bulk files): the district's and each school's part."""

from datetime import date

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from simulator.catalogue import COURSES
from simulator.enrolled import REGULAR, Enrolled
from simulator.names import SCHOOL_NAMES
from simulator.numbers import Integers
from simulator.people import People, school_id, teacher_id
from simulator.settings import FIRST_GRADE_LEVEL, LAST_GRADE_LEVEL, DistrictSettings
from simulator.students import Students
from simulator.texts import Texts, glued, pick, plain, same, truth_values
from simulator.writers import Piece

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
MODEL_WORDS = ("Online", "Teacher-directed", "Teacher-directed")
VENDOR = "Course Platform A"
MODIFIED = "2019-11-04T08:00:00.000Z"
DISTRICT_ID = "ORG-0000"


def _stamped(columns: dict[str, Texts]) -> Piece:
    """A piece with the status columns that every OneRoster file has after ``sourcedId``."""
    size = len(columns["sourcedId"])
    stamps = {
        "sourcedId": columns["sourcedId"],
        "status": same("active", size),
        "dateLastModified": same(MODIFIED, size),
    }
    return Piece({**stamps, **columns})


def _listed(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> dict[str, Texts]:
    return {name: plain([row[place] for row in rows]) for place, name in enumerate(names)}


def manifest() -> Piece:
    """manifest.csv: which files there are, and the versions."""
    entries = {"manifest.version": "1.0", "oneroster.version": "1.2"}
    states = dict.fromkeys(WRITTEN, "bulk") | dict.fromkeys(ABSENT, "absent")
    entries |= {f"file.{name}": states[name] for name in sorted(states, key=str.lower)}
    entries |= {"source.systemName": "Simulated student information system", "source.systemCode": "SIM"}
    return Piece({"propertyName": plain(list(entries)), "value": plain(list(entries.values()))})


def academic_sessions(settings: DistrictSettings) -> Piece:
    """academicSessions.csv: each school year and its summer term."""
    rows: list[tuple[str, ...]] = []
    for term in settings.terms:
        parent = f"YEAR-{term.school_year}" if term.is_summer else ""
        days = term.starts_on.isoformat(), term.ends_on.isoformat()
        kind = "term" if term.is_summer else "schoolYear"
        rows.append((term.term_id, term.title, kind, *days, parent, str(term.school_year)))
    names = ("sourcedId", "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear")
    return _stamped(_listed(names, rows))


def orgs(settings: DistrictSettings) -> Piece:
    """orgs.csv: the district and its schools."""
    rows: list[tuple[str, ...]] = [(DISTRICT_ID, settings.name, "district", "0000", "")]
    for number in range(settings.schools):
        name = f"{SCHOOL_NAMES[number % len(SCHOOL_NAMES)]} High School"
        name = name if number < len(SCHOOL_NAMES) else f"{name} {number + 1}"
        rows.append((school_id(number), name, "school", f"{8000 + 11 * number}", DISTRICT_ID))
    return _stamped(_listed(("sourcedId", "name", "type", "identifier", "parentSourcedId"), rows))


def courses() -> Piece:
    """courses.csv: the catalogue."""
    rows: list[tuple[str, ...]] = [
        (course.course_id, "", course.title, course.code, "09,10,11,12", DISTRICT_ID, course.subject, "")
        for course in COURSES
    ]
    names = ("sourcedId", "schoolYearSourcedId", "title", "courseCode", "grades", "orgSourcedId")
    return _stamped(_listed((*names, "subjects", "subjectCodes"), rows))


def classes(settings: DistrictSettings, school: int, enrolled: Enrolled) -> Piece:
    """classes.csv; the course model stands in an extension column, since OneRoster has none for it."""
    rows: list[tuple[str, ...]] = []
    for identifier, key in zip(enrolled.class_id, enrolled.keys.tolist(), strict=True):
        course, word, online = COURSES[key[0]], MODEL_WORDS[key[2]], key[2] == 0
        title = course.title if key[2] == REGULAR else f"{course.title} ({word})"
        place = "Computer laboratory" if online else ""
        extension = (word, VENDOR if online else "")
        start = (identifier, title, "09,10,11,12", course.course_id, identifier.removeprefix("CLS-"), "scheduled")
        term = settings.terms[key[1]].term_id
        rows.append((*start, place, school_id(school), term, course.subject, "", "", *extension))
    names = ("sourcedId", "title", "grades", "courseSourcedId", "classCode", "classType", "location", "schoolSourcedId")
    rest = ("termSourcedIds", "subjects", "subjectCodes", "periods", "metadata.courseModel", "metadata.contentProvider")
    return _stamped(_listed((*names, *rest), rows))


def _both(first: Texts, second: Texts) -> Texts:
    return pa.concat_arrays([first.cast(pa.string()), second.cast(pa.string())])


def users(
    settings: DistrictSettings, generator: Generator, school: int, students: Students, people: People, staff: People
) -> Piece:
    """users.csv: students and teachers, with phones and passwords that nobody may read."""
    identifier, email = _both(people.identifier, staff.identifier), _both(people.email, staff.email)
    size, teachers = len(identifier), len(staff.identifier)
    level = np.clip(students.grade_level(settings.school_years[-1]), FIRST_GRADE_LEVEL, LAST_GRADE_LEVEL)
    grades = pick([f"{one:02d}" for one in range(LAST_GRADE_LEVEL + 1)], level)
    passwords = [f"Start-{number:06d}!" for number in generator.integers(0, 1_000_000, size).tolist()]
    columns = dict.fromkeys(USER_COLUMNS, same("", size)) | {
        "sourcedId": identifier,
        "enabledUser": same("true", size),
        "username": _both(_mailbox(people.email), _mailbox(staff.email)),
        "givenName": _both(people.given_name, staff.given_name),
        "familyName": _both(people.family_name, staff.family_name),
        "identifier": identifier,
        "email": email,
        "phone": pick([f"555-01{number:02d}" for number in range(100)], generator.integers(0, 100, size)),
        "grades": _both(grades, same("", teachers)),
        "password": plain(passwords),
        "primaryOrgSourcedId": same(school_id(school), size),
    }
    return _stamped(columns)


def _mailbox(email: Texts) -> Texts:
    return plain([address.split("@")[0] for address in email.to_pylist()])


def roles(school: int, people: People, staff: People) -> Piece:
    """roles.csv: one primary role for each user."""
    identifier = _both(people.identifier, staff.identifier)
    size = len(identifier)
    return _stamped(
        {
            "sourcedId": glued("ROLE-", identifier),
            "userSourcedId": identifier,
            "roleType": same("primary", size),
            "role": _both(same("student", len(people.identifier)), same("teacher", len(staff.identifier))),
            "beginDate": same("", size),
            "endDate": same("", size),
            "orgSourcedId": same(school_id(school), size),
            "userProfileSourcedId": same("", size),
        }
    )


def birth_dates(students: Students) -> list[str]:
    """Ninth-graders are 14 on 1 September of their school year, others a year older for each grade level."""
    born = {year: date(year - 15, 9, 1).toordinal() for year in np.unique(students.entry_year).tolist()}
    ages = zip(students.entry_year.tolist(), students.age_days.tolist(), strict=True)
    return [date.fromordinal(born[year] - age).isoformat() for year, age in ages]


def demographics(settings: DistrictSettings, students: Students, people: People) -> Piece:
    """demographics.csv: birth date, sex and the federal race and ethnicity flags."""
    size, blank = len(people.identifier), same("", len(people.identifier))
    words = {"nonbinary": "other"}
    sexes = [words.get(sex, sex) for sex in settings.students_are.sex_shares]
    categories = list(settings.students_are.race_ethnicity_shares)
    flags = {
        column: truth_values(students.race_ethnicity == categories.index(name))
        if name in categories
        else same("false", size)
        for name, column in RACES.items()
    }
    places = ("countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth", "publicSchoolResidenceStatus")
    return _stamped(
        {
            "sourcedId": people.identifier,
            "birthDate": plain(birth_dates(students)),
            "sex": pick(sexes, students.sex),
            **flags,
            **dict.fromkeys(places, blank),
        }
    )


def enrollments(settings: DistrictSettings, school: int, enrolled: Enrolled, people: People) -> Piece:
    """enrollments.csv: students in their sections, and the teacher of record of each section."""
    students, sections = len(enrolled.student), len(enrolled.class_id)
    teachers = plain([teacher_id(number) for number in enrolled.teacher.tolist()])
    user = _both(pick(people.identifier, enrolled.student), teachers)
    section: Integers = np.concatenate([enrolled.section, np.arange(sections)])
    short = [one.removeprefix("CLS-") for one in enrolled.class_id]
    term = enrolled.keys[:, 1][section]
    return _stamped(
        {
            "sourcedId": glued("ENR-", user, "-", pick(short, section)),
            "classSourcedId": pick(enrolled.class_id, section),
            "schoolSourcedId": same(school_id(school), len(section)),
            "userSourcedId": user,
            "role": _both(same("student", students), same("teacher", sections)),
            "primary": _both(same("false", students), same("true", sections)),
            "beginDate": pick([one.starts_on.isoformat() for one in settings.terms], term),
            "endDate": pick([one.ends_on.isoformat() for one in settings.terms], term),
        }
    )
