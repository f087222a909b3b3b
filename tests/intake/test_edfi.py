"""Ed-Fi 5.2 resources, written here after the published model: Ed-Fi-Core.xsd of the Ed-Fi Data Standard."""

import json
from typing import Any

import pytest
import yaml

DESCRIPTOR = "uri://ed-fi.org/{}Descriptor#{}"
OFFERING = {"localCourseCode": "ALG1-R", "schoolId": 255901001, "schoolYear": 2019, "sessionName": "Summer 2019"}
SECTION = {**OFFERING, "sectionIdentifier": "ALG1-R-01"}
SESSION = {"schoolId": 255901001, "schoolYear": 2019, "sessionName": "Summer 2019"}
PLACE = {"studentUniqueId": "604821", **SECTION, "beginDate": "2019-06-17"}
RESOURCES: dict[str, list[dict[str, Any]]] = {
    "schools": [{"schoolId": 255901001, "nameOfInstitution": "Grand Bend High School"}],
    "students": [
        {"studentUniqueId": "604821", "firstName": "Tyrone", "lastSurname": "Sample", "birthDate": "2003-05-14"},
        {"studentUniqueId": "604822", "firstName": "Lisa", "lastSurname": "Sample", "birthDate": "2003-02-01"},
    ],
    "courses": [
        {
            "courseCode": "ALG1",
            "courseTitle": "Algebra I",
            "academicSubjects": [{"academicSubjectDescriptor": DESCRIPTOR.format("AcademicSubject", "Mathematics")}],
            "maximumAvailableCredits": 5.0,
        }
    ],
    "sessions": [
        {
            "schoolReference": {"schoolId": 255901001},
            "schoolYearTypeReference": {"schoolYear": 2019},
            "sessionName": "Summer 2019",
            "termDescriptor": DESCRIPTOR.format("Term", "Summer Semester"),
            "beginDate": "2019-06-17",
            "endDate": "2019-07-19",
        }
    ],
    "courseOfferings": [
        {
            "localCourseCode": "ALG1-R",
            "courseReference": {"courseCode": "ALG1"},
            "schoolReference": {"schoolId": 255901001},
            "sessionReference": SESSION,
        }
    ],
    "sections": [
        {
            "sectionIdentifier": "ALG1-R-01",
            "courseOfferingReference": OFFERING,
            "mediumOfInstructionDescriptor": DESCRIPTOR.format(
                "MediumOfInstruction", "Virtual/On-line Distance learning"
            ),
        }
    ],
    "studentSectionAssociations": [
        {
            "studentReference": {"studentUniqueId": student},
            "sectionReference": SECTION,
            "beginDate": "2019-06-17",
            "endDate": "2019-07-19",
        }
        for student in ("604821", "604822")
    ],
    "courseTranscripts": [
        {
            "studentAcademicRecordReference": {
                "studentUniqueId": "604821",
                "schoolYear": 2019,
                "termDescriptor": DESCRIPTOR.format("Term", "Summer Semester"),
            },
            "courseReference": {"courseCode": "ALG1"},
            "courseAttemptResultDescriptor": DESCRIPTOR.format("CourseAttemptResult", "Pass"),
            "attemptedCredits": 5.0,
            "earnedCredits": 5.0,
            "methodCreditEarnedDescriptor": DESCRIPTOR.format("MethodCreditEarned", "Credit recovery"),
        }
    ],
    "grades": [
        {
            "studentSectionAssociationReference": PLACE,
            "gradeTypeDescriptor": DESCRIPTOR.format("GradeType", kind),
            "numericGradeEarned": numeric,
            "letterGradeEarned": "C",
        }
        for kind, numeric in (("Final", 71.5), ("Grading Period", 68))
    ],
    "studentSchoolAssociations": [
        {
            "studentReference": {"studentUniqueId": "604821"},
            "schoolReference": {"schoolId": 255901001},
            "schoolYearTypeReference": {"schoolYear": 2019},
            "entryDate": "2019-06-18",
        }
    ],
    "studentSchoolAttendanceEvents": [
        {
            "studentReference": {"studentUniqueId": "604821"},
            "schoolReference": {"schoolId": 255901001},
            "sessionReference": SESSION,
            "eventDate": day,
            "attendanceEventCategoryDescriptor": DESCRIPTOR.format("AttendanceEventCategory", category),
        }
        for day, category in (
            ("2019-06-19", "Unexcused Absence"),
            ("2019-06-19", "Excused Absence"),  # the same day, corrected: one day
            ("2019-06-20", "Tardy"),
            ("2019-06-22", "Excused Absence"),  # a Saturday, no day of instruction
        )
    ],
    "calendarDates": [
        {
            "calendarReference": {"schoolId": 255901001, "schoolYear": 2019},
            "date": f"2019-06-{day}",
            "calendarEvents": [{"calendarEventDescriptor": DESCRIPTOR.format("CalendarEvent", event)}],
        }
        for day, event in (
            (17, "Instructional day"),
            (18, "Instructional day"),
            (19, "Instructional day"),
            (20, "Instructional day"),
            (21, "Holiday"),
        )
    ],
}
ADAPTERS = {
    "schools": ("schools", "edfi_schools"),
    "students": ("students", "edfi_students"),
    "courses": ("courses", "edfi_courses"),
    "terms": ("terms", "edfi_sessions"),
    "sections": ("sections", "edfi_sections"),
    "enrollments": ("enrollments", "edfi_student_sections"),
    "marks": ("marks_from_grades", "edfi_grades"),
    "attendance": ("attendance", "edfi_enrolled"),
}


@pytest.fixture
def edfi(small: Any) -> Any:
    """The small study, filled from Ed-Fi resources alone."""
    for path in list(small.raw.iterdir()):
        path.unlink()
    for name, documents in RESOURCES.items():
        small.write(f"{name}.json", json.dumps(documents))
    sources = (small.repository / "config" / "formats" / "edfi" / "source.yaml").read_text(encoding="utf-8")
    small.settings["raw"]["sources"] = yaml.safe_load(sources)
    small.settings["tables"] = {
        table: {"adapter": f"edfi/{adapter}.sql", "rows_from": [source]}
        for table, (adapter, source) in ADAPTERS.items()
    }
    return small


def test_edfi_resources_fill_the_canonical_tables(edfi: Any) -> None:
    edfi.run()
    assert edfi.quarantine() == []
    assert edfi.query("SELECT course_id, mode FROM {sections}") == [("ALG1", "online")]
    assert edfi.query("SELECT title, subject, credits FROM {courses}") == [("Algebra I", "math", 5.0)]
    assert edfi.query("SELECT kind, starts_on::VARCHAR, school_year FROM {terms}") == [("summer", "2019-06-17", 2019)]
    assert edfi.query("SELECT student_id, is_recovery FROM {enrollments} ORDER BY 1") == [
        ("604821", True),
        ("604822", None),  # no transcript says how the credit was earned
    ]
    assert edfi.query("SELECT percent, passed, completed, credits_earned FROM {marks}") == [(71.5, True, True, 5.0)]
    assert edfi.ledger()["marks grades.json"]["excluded"] == {"a grade of a part of the course": 1}


def test_edfi_days_enrolled_and_absent_are_days_of_instruction(edfi: Any) -> None:
    """Entered on the second of four days of instruction: three days enrolled, one of them absent."""
    edfi.run()
    assert edfi.query("SELECT student_id, school_year, days_enrolled, days_absent FROM {attendance}") == [
        ("604821", 2019, 3, 1)
    ]


def test_a_medium_of_instruction_that_is_not_known_is_not_taken_for_teacher_directed(edfi: Any) -> None:
    odd = json.loads(json.dumps(RESOURCES["sections"][0]))
    odd["sectionIdentifier"] = "ALG1-R-02"
    odd["mediumOfInstructionDescriptor"] = DESCRIPTOR.format("MediumOfInstruction", "Correspondence instruction")
    edfi.write("sections.json", json.dumps([*RESOURCES["sections"], odd]))
    edfi.run()
    assert [(row[0], row[3]) for row in edfi.quarantine()] == [("sections", "mode_not_allowed")]
