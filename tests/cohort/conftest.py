"""A coded zone of a handful of enrollments, each there for one reason."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

Tables = dict[str, pd.DataFrame]

SETTINGS: dict[str, Any] = {
    "courses": ["ENG9"],
    "recovery_only": True,
    "minimum_first_attempt_percent": 40,
    "lottery_required": False,
    "online_modes": ["online"],
    "comparison_modes": ["teacher_directed"],
    "labels": {},
}

# enrollment, student, section, recovery, first attempt, assigned mode, block, status
ENROLLMENTS = [
    ("e01", "s01", "online", True, 50.0, "online", "b1", "enrolled"),  # takes what the lottery assigned
    ("e02", "s02", "direct", True, 50.0, "online", "b1", "enrolled"),  # goes to the other class
    ("e03", "s03", "direct", True, None, "teacher_directed", "b1", "dropped"),  # a no-show: no mark
    ("e04", "s04", "online", False, 55.0, None, None, "enrolled"),  # not for recovery
    ("e05", "s05", "algebra", True, 55.0, None, None, "enrolled"),  # another course
    ("e06", "s06", "online", True, 39.9, None, None, "enrolled"),  # below the minimum
    ("e07", "s07", "blended", True, 45.0, None, None, "enrolled"),  # neither arm
    ("e08", "s08", "blended", True, 45.0, "online", "b1", "enrolled"),  # neither arm, but of the lottery: stays
    ("e09", "s09", "direct", True, 40.0, None, None, "enrolled"),  # at the minimum, no lottery
    ("e10", "s10", "direct", True, 45.0, "teacher_directed", "b1", "dropped"),  # changed class: left without a mark
    ("e11", "s10", "online", True, 45.0, None, None, "enrolled"),  # ... and finished here
    ("e12", "s12", "gone", True, 45.0, None, None, "enrolled"),  # its section is not on file
]
MARKS = [("e01", 80.0, True, True), ("e02", 55.0, True, False), ("e09", 70.0, True, True), ("e11", 66.0, True, True)]


def coded_tables() -> Tables:
    """The tables of the coded zone, fresh for each caller."""
    columns = "enrollment_id student_id section_id is_recovery first_attempt_percent assigned_mode lottery_block status"
    enrollments = pd.DataFrame(ENROLLMENTS, columns=columns.split())
    enrollments["grade_level"] = 9
    enrollments["starts_day"] = 1
    sections = pd.DataFrame(
        [
            ("online", "ENG9", "h1", "su18", "t1", "online"),
            ("direct", "ENG9", "h1", "su18", "t2", "teacher_directed"),
            ("blended", "ENG9", "h2", "su18", "t3", "blended"),
            ("algebra", "ALG1", "h2", "su18", "t4", "online"),
        ],
        columns=["section_id", "course_id", "school_id", "term_id", "teacher_id", "mode"],
    )
    students = [f"s{number:02d}" for number in range(1, 13)]
    return {
        "enrollments": enrollments,
        "sections": sections,
        "courses": pd.DataFrame(
            [("ENG9", "English 9", "english"), ("ALG1", "Algebra 1", "math")], columns=["course_id", "title", "subject"]
        ),
        "terms": pd.DataFrame(
            [("su18", "Summer 2018", "summer", pd.Timestamp("2018-06-18"), 2018)],
            columns=["term_id", "title", "kind", "starts_on", "school_year"],
        ),
        "students": pd.DataFrame({"student_id": students, "sex": "female", "english_learner": False, "age_years": 15}),
        "marks": pd.DataFrame(MARKS, columns=["enrollment_id", "percent", "completed", "passed"]),
        "attendance": pd.DataFrame(
            {"student_id": students, "school_year": 2018, "days_enrolled": 180, "days_absent": 18}
        ),
        "tests": pd.DataFrame(
            [
                ("s01", "psat", "reading", 2018, 300.0, 100.0),  # before the summer: does not count
                ("s01", "psat", "reading", 2019, 450.0, 100.0),
                ("s01", "psat", "math", 2019, 999.0, 100.0),  # another subject
                ("s01", "psat", "reading", 2020, 500.0, 100.0),  # later than the first one after
                ("s02", "psat", "reading", 2019, 400.0, 100.0),
                ("s02", "psat", "reading", 2019, 440.0, 100.0),  # twice in one year: averaged
            ],
            columns=["student_id", "name", "subject", "taken_school_year", "score", "score_sd"],
        ),
    }


@pytest.fixture
def settings() -> dict[str, Any]:
    return dict(SETTINGS)


@pytest.fixture
def tables() -> Tables:
    return coded_tables()


@pytest.fixture
def write_tables(tmp_path: Path) -> Callable[[Mapping[str, pd.DataFrame]], dict[str, Path]]:
    """Writes tables as Parquet and gives their paths by name."""

    def write(frames: Mapping[str, pd.DataFrame]) -> dict[str, Path]:
        paths = {name: tmp_path / "deidentify" / f"{name}.parquet" for name in frames}
        (tmp_path / "deidentify").mkdir(exist_ok=True)
        for name, frame in frames.items():
            frame.to_parquet(paths[name], index=False)
        return paths

    return write
