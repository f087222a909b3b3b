"""What the district hands over beside the rosters, school by school: lottery, marks, tests, school years."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from simulator.catalogue import COURSES
from simulator.enrolled import Enrolled
from simulator.numbers import Booleans, Floats, Integers
from simulator.outcomes import GRADE_SOURCES, TEACHER
from simulator.people import People, school_id
from simulator.school import Plan, SchoolRecord
from simulator.sessions import school_days
from simulator.settings import LAST_GRADE_LEVEL, DistrictSettings
from simulator.texts import Texts, decimal, pick, plain, same, whole, yes_no
from simulator.writers import Piece
from simulator.years import LETTERS, REGULAR_CREDITS, REGULAR_PASS_MARK, grade_points, graduates

TEST_NAME, STATE_TEST = "PSAT", "State assessment"
STATE_SUBJECTS = ("Math", "Reading")
SURVEY_SCALE = "Emotional engagement"
RATING_ITEMS = ("Personal discipline", "Academic preparation")


@dataclass(frozen=True)
class Handed:
    """A school with what its files need: records, enrollments, identities."""

    plan: Plan
    record: SchoolRecord
    enrolled: Enrolled
    people: People

    @property
    def settings(self) -> DistrictSettings:
        """Settings of the district."""
        return self.plan.settings

    def student(self, places: Integers) -> Texts:
        """Identifiers of students by their positions in the school."""
        return pick(self.people.identifier, places)

    def class_id(self, places: Integers) -> Texts:
        """Identifier of the section of the enrollments at ``places``."""
        return pick(self.enrolled.class_id, self.enrolled.section[places])


def school_year_text(year: Integers) -> Texts:
    """School years as the district prints them: 2017-2018 for 2018."""
    distinct, place = np.unique(year, return_inverse=True)
    return pick([f"{one - 1}-{one}" for one in distinct.tolist()], place.reshape(-1))


def lottery(handed: Handed) -> Piece:
    """The district's list of the lottery: who was assigned to which course model, in which block."""
    takings, settings = handed.record.takings, handed.settings
    places = np.flatnonzero(takings.block >= 0)
    blocks = {block.number: block for block in handed.plan.blocks_of(handed.record.number)}
    own = [blocks[number] for number in takings.block[places].tolist()]
    terms = [settings.terms[block.term] for block in own]
    codes = [COURSES[block.course].code for block in own]
    labels = [
        f"{block.school + 1:02d}-{code}-{term.school_year}" for block, code, term in zip(own, codes, terms, strict=True)
    ]
    return Piece(
        {
            "Student ID": handed.student(takings.student[places]),
            "Course": plain([COURSES[block.course].title for block in own]),
            "Summer": plain([term.title for term in terms]),
            "Lottery Block": plain(labels),
            "Assigned Model": pick(["Teacher-directed", "Online"], takings.assigned_online[places].astype(np.int64)),
            "Lottery Date": plain([settings.lottery.held_on[term.school_year].isoformat() for term in terms]),
        }
    )


def student_supplement(handed: Handed) -> Piece:
    """What OneRoster has no place for, one row a student: entry year and programme flags."""
    students = handed.record.students
    return Piece(
        {
            "Student ID": handed.people.identifier,
            "First High School Year": school_year_text(students.entry_year),
            "English Learner": yes_no(students.english_learner),
            "Disability": yes_no(students.disability),
            "Low Income": yes_no(students.low_income),
        }
    )


def enrollment_supplement(handed: Handed) -> Piece:
    """What OneRoster has no place for, one row a student and section.

    Repeat code CR: credit recovery. Exit code L: left the district; N: never came.
    """
    record, enrolled = handed.record, handed.enrolled
    takings, regular = record.takings, len(enrolled.regular.student)
    none = np.full(regular, -1)
    exits = np.select([takings.left, takings.no_show], [0, 1], -1)
    reason = np.where(takings.is_recovery, 0, 1)
    level = np.concatenate([record.takers.grade_level, enrolled.regular.grade_level])
    repeats = pick(["CR"], np.concatenate([np.where(takings.is_recovery, 0, -1), none]))
    first = pick([str(value) for value in range(101)], np.concatenate([takings.first_attempt, none]))
    return Piece(
        {
            "Student ID": handed.student(enrolled.student),
            "Class ID": enrolled.class_ids(),
            "Grade Level": whole(level),
            "Repeat Code": repeats,
            "Reason": pick(["Failed first attempt", "First attempt online"], np.concatenate([reason, none])),
            "First Attempt Percent": first,
            "Exit Code": pick(["L", "N"], np.concatenate([exits, none])),
        }
    )


def _letters(percent: Floats) -> Texts:
    """Letter of each grade; nothing for none."""
    marks = [mark for mark, _, _ in LETTERS]
    place = np.argmax(np.nan_to_num(percent)[:, None] >= np.array(marks), axis=1)
    return pick([letter for _, letter, _ in LETTERS], np.where(np.isnan(percent), -1, place))


def marks(handed: Handed) -> Piece:
    """Final marks of the students who did not leave; who never came has no grade and no credit."""
    record, regular, settings = handed.record, handed.enrolled.regular, handed.settings
    stayed = ~record.takings.left
    size = len(regular.student)
    results = record.outcomes
    percent = np.concatenate([results.percent[stayed], regular.percent])
    passed = np.concatenate([results.passed[stayed], regular.percent >= REGULAR_PASS_MARK])
    completed = np.concatenate([results.completed[stayed], np.ones(size, dtype=np.bool_)])
    source = np.concatenate([results.grade_source[stayed], np.full(size, TEACHER)])
    credits = np.where(np.arange(len(percent)) < stayed.sum(), settings.outcomes.credits, REGULAR_CREDITS)
    places = np.concatenate([np.flatnonzero(stayed), len(stayed) + np.arange(size)])
    term = np.concatenate([record.takings.term[stayed], regular.term])
    ends = [one.ends_on.isoformat() for one in settings.terms]
    return Piece(
        {
            "Student ID": handed.student(handed.enrolled.student[places]),
            "Class ID": handed.class_id(places),
            "Final Percent": decimal(percent, 1),
            "Final Letter": _letters(percent),
            "Grade Points": decimal(grade_points(percent), 0),
            "Grade Source": pick([word.capitalize() for word in GRADE_SOURCES], source),
            "Credits Attempted": decimal(credits, 0),
            "Credits Earned": decimal(np.where(passed, credits, 0.0), 0),
            "Completed": yes_no(completed),
            "Passed": yes_no(passed),
            "Completion Date": pick(ends, np.where(completed, term, -1)),
        }
    )


def attendance(handed: Handed) -> Piece:
    """Days enrolled and absent, one row a student and school year on record."""
    years = handed.record.years
    student, place = np.nonzero(years.recorded)
    return Piece(
        {
            "Student ID": handed.student(student),
            "School Year": school_year_text(years.year[place]),
            "Days Enrolled": whole(years.days_enrolled[student, place]),
            "Days Absent": whole(years.days_absent[student, place]),
        }
    )


def student_years(handed: Handed, generator: Generator) -> Piece:
    """Credits and grade point average, one row a student and school year on record.

    Credits earned are those of the year's own schedule; recovered credits stand beside them, in the year in which the
    course was recovered. Recovered courses are pass or fail and do not count in the grade point average.
    """
    record, settings = handed.record, handed.settings
    years, credits = record.years, settings.outcomes.credits
    student, place = np.nonzero(years.recorded)
    level = record.students.grade_level(0)[student] + years.year[place]
    schedule = REGULAR_CREDITS * years.percent.shape[2]
    missing = np.where(years.recorded, years.failed.sum(axis=2), 0).sum(axis=1) - record.recovered.sum(axis=1)
    done = graduates(settings, generator.random(len(missing)), np.maximum(missing, 0.0))
    last = level == LAST_GRADE_LEVEL
    return Piece(
        {
            "Student ID": handed.student(student),
            "School Year": school_year_text(years.year[place]),
            "School ID": same(school_id(record.number), len(student)),
            "Grade Level": whole(level),
            "Credits Attempted": decimal(np.full(len(student), schedule), 0),
            "Credits Earned": decimal(schedule * years.credits_earned[student, place], 0),
            "Credits Recovered": decimal(credits * record.recovered[student, place], 0),
            "Grade Point Average": decimal(years.grade_point_average[student, place], 2),
            "Graduated On Time": pick(["N", "Y"], np.where(last, done[student].astype(np.int64), -1)),
        }
    )


def _test_rows(
    handed: Handed, student: Integers, score: Floats, name: str, subject: list[str], day: list[str]
) -> Piece:
    size = len(student)
    return Piece(
        {
            "Student ID": handed.student(student),
            "Test": same(name, size),
            "Subject": plain(subject),
            "Test Date": plain(day),
            "Standardized Score": decimal(score, 2),
            "Reference SD": same("1", size),
            "Met Benchmark": yes_no(score >= 0),
        }
    )


def external_tests(handed: Handed) -> Piece:
    """The external test in the autumn after the lottery, in the course's subject.

    Scores are in standard deviations from the mean of the reference population (mean 0, standard deviation 1).
    """
    takings, settings = handed.record.takings, handed.settings
    places = np.flatnonzero(~np.isnan(handed.record.test))
    entries = {block.number: block.entry for block in handed.plan.blocks_of(handed.record.number)}
    subjects = [settings.courses[entries[one]].test_subject.capitalize() for one in takings.block[places].tolist()]
    years = [settings.terms[term].school_year for term in takings.term[places].tolist()]
    days = [settings.lottery.tested_on[year].isoformat() for year in years]
    return _test_rows(handed, takings.student[places], handed.record.test[places], TEST_NAME, subjects, days)


def state_tests(handed: Handed) -> Piece:
    """The state's test in math and reading each spring, in standard deviations of the state."""
    years = handed.record.years
    student, place, subject = np.nonzero(~np.isnan(handed.record.state))
    days = [f"{one}-05-08" for one in years.year[place].tolist()]
    subjects = [STATE_SUBJECTS[one] for one in subject.tolist()]
    return _test_rows(handed, student, handed.record.state[student, place, subject], STATE_TEST, subjects, days)


def student_survey(handed: Handed) -> Piece:
    """Answers of the lottery's students to a scale of emotional engagement, in standard deviations."""
    record, settings = handed.record, handed.settings
    places = np.flatnonzero(~np.isnan(record.survey))
    years = [settings.terms[term].school_year for term in record.takings.term[places].tolist()]
    return Piece(
        {
            "Student ID": handed.student(record.takings.student[places]),
            "Class ID": handed.class_id(places),
            "Survey Date": plain([settings.lottery.surveyed_on[year].isoformat() for year in years]),
            "Scale": same(SURVEY_SCALE, len(places)),
            "Score": decimal(record.survey[places], 2),
        }
    )


def teacher_ratings(handed: Handed, generator: Generator) -> Piece:
    """Teachers' ratings (1 low to 5 high) of online students' personal discipline and academic preparation."""
    record, given = handed.record, handed.settings.surveys
    works: Booleans = record.takings.online & ~record.takings.left & ~record.takings.no_show
    places = np.flatnonzero(works & (generator.random(len(works)) < given.rated_share))
    noise = given.rating_noise_sd * generator.standard_normal((2, len(places)))
    trait = (
        given.rating_on_disengagement * record.takers.disengagement[places],
        given.rating_on_ability * record.takers.ability[places],
    )
    pieces = []
    for number in range(len(RATING_ITEMS)):
        rating = np.clip(np.round(3 + trait[number] + noise[number]), 1, 5).astype(np.int64)
        columns = (handed.student(record.takings.student[places]), handed.class_id(places))
        pieces.append((*columns, same(RATING_ITEMS[number], len(places)), whole(rating)))
    names = ("Student ID", "Class ID", "Item", "Rating")
    both = [pa.concat_arrays([piece[place].cast(pa.string()) for piece in pieces]) for place in range(len(names))]
    return Piece(dict(zip(names, both, strict=True)))


def calendar(settings: DistrictSettings) -> Piece:
    """Every day of the terms, for all schools alike, with the bells in local time."""
    rows: list[tuple[str, str, str, str]] = []
    for term in settings.terms:
        held = set(school_days(term))
        for number in range((term.ends_on - term.starts_on).days + 1):
            day = term.starts_on + timedelta(days=number)
            bells = (term.first_bell.isoformat(), term.last_bell.isoformat()) if day in held else ("", "")
            rows.append((day.isoformat(), "Y" if day in held else "N", *bells))
    names = ("Date", "School Day", "First Bell", "Last Bell")
    return Piece({name: plain([row[place] for row in rows]) for place, name in enumerate(names)})
