"""The catalogue: one course for each subject and grade level."""

from dataclasses import dataclass

from simulator.settings import FIRST_GRADE_LEVEL


@dataclass(frozen=True)
class Course:
    """A course: identifier, title, code, subject as the rosters print it, and whether it counts as math."""

    course_id: str
    title: str
    code: str
    subject: str
    is_math: bool


TITLES = {
    "English Language Arts": ("English 9", "English 10", "English 11", "English 12"),
    "Mathematics": ("Algebra 1", "Geometry", "Algebra 2", "Statistics"),
    "Science": ("Biology", "Chemistry", "Physics", "Earth Science"),
    "Social Science": ("Human Geography", "World History", "United States History", "Government"),
    "World Language": ("Spanish 1", "Spanish 2", "Spanish 3", "Spanish 4"),
    "Elective": ("Health", "Computer Literacy", "Visual Arts", "Career Planning"),
}
SUBJECTS = tuple(TITLES)
ENGLISH, MATH = SUBJECTS.index("English Language Arts"), SUBJECTS.index("Mathematics")
ELECTIVE = SUBJECTS.index("Elective")
LEVELS = 4


def _code(title: str) -> str:
    words = title.upper().split()
    return "".join(word if word.isdigit() else word[:3] for word in words)


def _course(subject: str, title: str) -> Course:
    return Course(f"CRS-{title.upper().replace(' ', '-')}", title, _code(title), subject, subject == "Mathematics")


# Course number 4 x subject + (grade level - 9).
COURSES = tuple(_course(subject, title) for subject, titles in TITLES.items() for title in titles)


def course_number(course_id: str) -> int:
    """Position of a course in the catalogue; ValueError if it has none of that identifier."""
    return [course.course_id for course in COURSES].index(course_id)


def level_of(course: int) -> int:
    """Grade level at which the course is first taken."""
    return FIRST_GRADE_LEVEL + course % LEVELS
