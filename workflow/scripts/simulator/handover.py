"""What the vendor and the district hand over beside the rosters: session logs, lottery, marks, attendance, tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from simulator.identities import People
from simulator.numbers import Booleans, Integers
from simulator.outcomes import GRADE_SOURCES
from simulator.records import Records
from simulator.rosters import MODEL_WORDS
from simulator.schools import Block
from simulator.sessions import duration_text, local_text, school_days
from simulator.settings import CohortSettings, CourseSettings, DistrictSettings
from simulator.writers import TextTable

TIME_ZONE = ZoneInfo("America/Los_Angeles")
TEST_NAME = "PSAT"
LETTERS = ((90.0, "A", 4), (80.0, "B", 3), (70.0, "C", 2), (60.0, "D", 1), (-1.0, "F", 0))


@dataclass(frozen=True)
class District:
    """A simulated district: settings, lotteries, records and identities, students in one order throughout."""

    settings: DistrictSettings
    blocks: Sequence[Block]
    records: Records
    people: People

    @property
    def student_blocks(self) -> list[Block]:
        """Lottery of each student."""
        return [self.blocks[number] for number in self.records.block.tolist()]

    @property
    def student_courses(self) -> list[CourseSettings]:
        """Course of each student."""
        return [self.settings.courses[block.course] for block in self.student_blocks]

    @property
    def student_cohorts(self) -> list[CohortSettings]:
        """Cohort of each student."""
        return [self.settings.cohorts[block.cohort] for block in self.student_blocks]


def _yes_no(flags: Booleans) -> list[str]:
    return ["Y" if flag else "N" for flag in flags.tolist()]


def session_log(district: District, school_year: int) -> TextTable:
    """The vendor's log of one summer, in order of begin and e-mail; clock times are local, with their offset."""
    sessions, people = district.records.sessions, district.people
    year_of = np.array([cohort.school_year for cohort in district.student_cohorts], dtype=np.int64)
    email = np.array(people.email)
    picked = np.flatnonzero(year_of[sessions.student] == school_year)
    picked = picked[np.lexsort((email[sessions.student[picked]], sessions.started[picked]))]
    student = sessions.student[picked].tolist()
    names = [f"{family}, {given}" for family, given in zip(people.family_name, people.given_name, strict=True)]
    titles = [course.title for course in district.student_courses]
    return TextTable(
        {
            "Student Name": [names[place] for place in student],
            "Student Email": [people.email[place] for place in student],
            "Course": [titles[place] for place in student],
            "Session Start": local_text(sessions.started[picked], TIME_ZONE),
            "Session End": local_text(sessions.ended[picked], TIME_ZONE),
            "Active Time": duration_text(sessions.active_seconds[picked]),
            "Idle Time": duration_text(sessions.idle_seconds[picked]),
            "Activities Completed": list(map(str, sessions.activities[picked].tolist())),
        }
    )


def lottery(district: District) -> TextTable:
    """The district's list of the lottery: who was assigned to which course model, in which block."""
    words = [
        MODEL_WORDS["online" if assigned else "teacher_directed"]
        for assigned in district.records.take_up.assigned_online
    ]
    triples = zip(district.student_blocks, district.student_courses, district.student_cohorts, strict=True)
    return TextTable(
        {
            "Student ID": district.people.student_id,
            "Course": [course.title for course in district.student_courses],
            "Summer": [cohort.title for cohort in district.student_cohorts],
            "Lottery Block": [
                f"{block.school + 1:02d}-{course.code}-{cohort.school_year}" for block, course, cohort in triples
            ],
            "Assigned Model": words,
            "Lottery Date": [cohort.lottery_on.isoformat() for cohort in district.student_cohorts],
        }
    )


def student_supplement(district: District) -> TextTable:
    """What OneRoster has no place for, one row a student: entry year and programme flags."""
    students = district.records.students
    entered = [
        cohort.school_year - (level - 9)
        for cohort, level in zip(district.student_cohorts, students.grade_level.tolist(), strict=True)
    ]
    return TextTable(
        {
            "Student ID": district.people.student_id,
            "First High School Year": [f"{year - 1}-{year}" for year in entered],
            "English Learner": _yes_no(students.english_learner),
            "Disability": _yes_no(students.disability),
            "Low Income": _yes_no(students.low_income),
        }
    )


def enrollment_supplement(district: District) -> TextTable:
    """What OneRoster has no place for, one row a student and section.

    Exit code L: left the district; N: never came.
    """
    records = district.records
    exits = np.select([records.take_up.left, records.take_up.no_show], ["L", "N"], "")
    size = len(records.block)
    return TextTable(
        {
            "Student ID": district.people.student_id,
            "Class ID": district.people.class_id,
            "Grade Level": list(map(str, records.students.grade_level.tolist())),
            "Repeat Code": ["CR"] * size,
            "Reason": ["Failed first attempt"] * size,
            "First Attempt Percent": list(map(str, records.students.first_attempt_percent.tolist())),
            "Exit Code": exits.tolist(),
        }
    )


def _letters(percent: float) -> tuple[str, str]:
    """Letter and grade points of a grade; nothing for none."""
    if np.isnan(percent):
        return "", ""
    letter, points = next((letter, points) for mark, letter, points in LETTERS if percent >= mark)
    return letter, str(points)


def marks(district: District) -> TextTable:
    """Final marks of the students who did not leave; who never came has no grade and no credit."""
    records = district.records
    kept: Integers = np.flatnonzero(~records.take_up.left)
    outcomes = records.outcomes
    percent = outcomes.percent[kept]
    letters = [_letters(value) for value in percent.tolist()]
    passed = outcomes.passed[kept]
    credits = district.settings.outcomes.credits
    places = kept.tolist()
    ends = [district.student_cohorts[place].ends_on.isoformat() for place in places]
    return TextTable(
        {
            "Student ID": [district.people.student_id[place] for place in places],
            "Class ID": [district.people.class_id[place] for place in places],
            "Final Percent": ["" if np.isnan(value) else f"{value:.1f}" for value in percent.tolist()],
            "Final Letter": [letter for letter, _ in letters],
            "Grade Points": [points for _, points in letters],
            "Grade Source": [GRADE_SOURCES[source].capitalize() for source in outcomes.grade_source[kept].tolist()],
            "Credits Attempted": [f"{credits:g}"] * len(places),
            "Credits Earned": [f"{credits if one else 0:g}" for one in passed.tolist()],
            "Completed": _yes_no(outcomes.completed[kept]),
            "Passed": _yes_no(passed),
            "Completion Date": [
                day if one else "" for day, one in zip(ends, outcomes.completed[kept].tolist(), strict=True)
            ],
        }
    )


def attendance(district: District) -> TextTable:
    """Days enrolled and absent in the school year before the summer."""
    students = district.records.students
    years = [cohort.school_year for cohort in district.student_cohorts]
    return TextTable(
        {
            "Student ID": district.people.student_id,
            "School Year": [f"{year - 1}-{year}" for year in years],
            "Days Enrolled": list(map(str, students.days_enrolled.tolist())),
            "Days Absent": list(map(str, students.days_absent.tolist())),
        }
    )


def tests(district: District) -> TextTable:
    """The external test in the following autumn, in the course's subject.

    Scores are in standard deviations from the mean of the reference population (mean 0, standard deviation 1).
    """
    records = district.records
    places = np.flatnonzero(~np.isnan(records.outcomes.test) & ~records.take_up.left).tolist()
    score = [float(records.outcomes.test[place]) for place in places]
    return TextTable(
        {
            "Student ID": [district.people.student_id[place] for place in places],
            "Test": [TEST_NAME] * len(places),
            "Subject": [district.student_courses[place].test_subject.capitalize() for place in places],
            "Test Date": [district.student_cohorts[place].test_on.isoformat() for place in places],
            "Standardized Score": [f"{value:.2f}" for value in score],
            "Reference SD": ["1"] * len(places),
            "Met Benchmark": ["Y" if value >= 0 else "N" for value in score],
        }
    )


def calendar(settings: DistrictSettings) -> TextTable:
    """Every day of the summer terms, for all schools alike, with the bells in local time."""
    rows: list[tuple[str, str, str, str]] = []
    for cohort in settings.cohorts:
        held = set(school_days(cohort))
        for number in range((cohort.ends_on - cohort.starts_on).days + 1):
            day = cohort.starts_on + timedelta(days=number)
            bells = (cohort.first_bell.isoformat(), cohort.last_bell.isoformat()) if day in held else ("", "")
            rows.append((day.isoformat(), "Y" if day in held else "N", *bells))
    names = ("Date", "School Day", "First Bell", "Last Bell")
    return TextTable({name: [row[place] for row in rows] for place, name in enumerate(names)})
