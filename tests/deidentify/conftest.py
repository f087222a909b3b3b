"""Canonical tables of a small district, written as the intake writes them."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from recredit.contract import Contract, load_contract
from recredit.deidentify.coding import Coding, assign_codes, code_tables
from recredit.engine import connect
from recredit.intake.values import SQL_TYPES

ROWS: Mapping[str, list[dict[str, Any]]] = {
    "schools": [
        {"school_id": "SCHOOL-NORTH", "name": "North High"},
        {"school_id": "SCHOOL-SOUTH", "name": "South High"},
    ],
    "students": [
        # Born on 1 September 2002: 15 years old on that day of 2017. A day later: still 14.
        {
            "student_id": "PUPIL-ZULU-1",
            "given_name": "Zebulon",
            "email": "zebulon@example.org",
            "birth_date": "2002-09-01",
        },
        {
            "student_id": "PUPIL-YOLA-2",
            "given_name": "Yolanda",
            "email": "yolanda@example.org",
            "birth_date": "2002-09-02",
        },
        {"student_id": "PUPIL-XAVE-3", "given_name": "Xaver", "email": "xaver@example.org", "birth_date": None},
    ],
    "courses": [{"course_id": "algebra", "title": "Algebra 1"}],
    "terms": [
        {"term_id": "summer", "title": "Summer 2018", "starts_on": "2018-06-18", "school_year": 2018},
        {"term_id": "undated", "title": "Summer 2019", "starts_on": None, "school_year": 2019},
    ],
    "sections": [
        {
            "section_id": "CLASS-AAA",
            "course_id": "algebra",
            "school_id": "SCHOOL-NORTH",
            "term_id": "summer",
            "mode": "online",
        },
        {
            "section_id": "CLASS-BBB",
            "course_id": "algebra",
            "school_id": "SCHOOL-SOUTH",
            "term_id": "summer",
            "mode": "online",
        },
        {"section_id": "CLASS-CCC", "course_id": "algebra", "school_id": None, "term_id": "undated", "mode": "online"},
    ],
    "enrollments": [
        {
            "enrollment_id": "ENROL-ONE",
            "student_id": "PUPIL-ZULU-1",
            "section_id": "CLASS-AAA",
            "starts_on": "2018-06-18",
        },
        {
            "enrollment_id": "ENROL-TWO",
            "student_id": "PUPIL-YOLA-2",
            "section_id": "CLASS-BBB",
            "starts_on": "2018-06-15",
        },
        {
            "enrollment_id": "ENROL-TRE",
            "student_id": "PUPIL-XAVE-3",
            "section_id": "CLASS-CCC",
            "starts_on": "2019-06-18",
        },
    ],
    "marks": [{"enrollment_id": "ENROL-ONE", "percent": 81.5, "completed_on": "2018-07-20"}],
    "tests": [
        {"student_id": "PUPIL-ZULU-1", "name": "PSAT", "subject": "math", "taken_on": "2018-07-31", "score": 1.0},
        {"student_id": "PUPIL-ZULU-1", "name": "PSAT", "subject": "math", "taken_on": "2018-08-01", "score": 2.0},
    ],
    "calendar": [
        {
            "on_date": "2018-06-18",
            "school_id": None,
            "is_school_day": True,
            "first_bell": "08:00",
            "last_bell": "13:00",
        },
        {"on_date": "2018-06-19", "school_id": None, "is_school_day": False},
        {"on_date": "2018-06-20", "school_id": None, "is_school_day": True},
        {
            "on_date": "2018-06-18",
            "school_id": "SCHOOL-SOUTH",
            "is_school_day": True,
            "first_bell": "10:00",
            "last_bell": "15:00",
        },
    ],
    "sessions": [],
}


def make_session(name: str, enrollment: str, start: str, seconds: int = 600) -> dict[str, Any]:
    """A session from the UTC clock time ``start`` on, all of it active."""
    instant = f"'{start}+00'::TIMESTAMPTZ"
    return {
        "session_id": name,
        "enrollment_id": enrollment,
        "started_at": instant,
        "ended_at": f"{instant} + INTERVAL {seconds} SECOND",
        "active_seconds": seconds,
        "idle_definition": "test",
    }


def load_script(path: Path) -> ModuleType:
    """A rule's script as a module, without running it."""
    specification = importlib.util.spec_from_file_location(f"script_{path.stem}", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def script(repository: Path) -> Callable[[str], ModuleType]:
    return lambda name: load_script(repository / "workflow" / "scripts" / name)


@dataclass
class District:
    """The tables, the folders of a vault, and the two steps of the stage."""

    folder: Path
    contract: Contract
    rows: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {name: list(rows) for name, rows in ROWS.items()}
    )
    buckets: int = 1

    @property
    def crosswalk(self) -> Path:
        return self.folder / "state" / "crosswalk.parquet"

    @property
    def coded(self) -> Path:
        return self.folder / "coded" / "deidentify"

    def write(self) -> dict[str, Path]:
        """Write the tables with all columns of the contract."""
        folder = self.folder / "identified"
        folder.mkdir(exist_ok=True)
        paths = {}
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for name in [table for table in self.contract if table in self.rows]:
                columns = self.contract[name].columns.values()
                entries = ", ".join(f'"{column.name}" {SQL_TYPES[column.type]}' for column in columns)
                connection.execute(f"CREATE TABLE {name} ({entries})")
                for row in self.rows[name]:
                    values = ", ".join(self._literal(value) for value in row.values())
                    columns_given = ", ".join(f'"{column}"' for column in row)
                    connection.execute(f"INSERT INTO {name} ({columns_given}) VALUES ({values})")
                paths[name] = folder / f"{name}.parquet"
                connection.execute(f"COPY {name} TO '{paths[name]}' (FORMAT parquet)")
        return paths

    @staticmethod
    def _literal(value: Any) -> str:
        if value is None:
            return "NULL"
        text = str(value)
        return text if "::" in text else f"'{text}'"

    def coding(self) -> Coding:
        buckets = [f"{number:04d}" for number in range(self.buckets)]
        return Coding(self.write(), self.contract, self.crosswalk, "America/Los_Angeles", buckets)

    def assign(self) -> None:
        coding = self.coding()
        with connect(memory_gb=1, threads=2, scratch=self.folder / "scratch") as connection:
            assign_codes(connection, coding.tables, self.contract, self.crosswalk, self.coded / "codes.json")

    def code(self) -> None:
        with connect(memory_gb=1, threads=2, scratch=self.folder / "scratch") as connection:
            code_tables(connection, self.coding(), self.coded)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of ``sql``, in which ``{x}`` stands for coded table ``x``; ``{code}`` for the crosswalk."""
        files = {name: f"'{self.coded / name}.parquet'" for name in self.rows}
        files |= {"sessions": f"'{self.coded}/sessions/*.parquet'", "code": f"'{self.crosswalk}'"}
        with duckdb.connect() as connection:
            return connection.execute(sql.format(**files)).fetchall()


@pytest.fixture
def district(tmp_path: Path, repository: Path) -> District:
    made = District(tmp_path, load_contract(repository / "config" / "contract"))
    # Los Angeles is seven hours behind UTC in June: 15:00 UTC is 8:00.
    made.rows["sessions"] = [
        make_session("LOG-1", "ENROL-ONE", "2018-06-18 15:00:00", 660),
        make_session("LOG-2", "ENROL-ONE", "2018-06-18 14:59:59"),
        make_session("LOG-3", "ENROL-ONE", "2018-06-18 20:00:00", 720),
        make_session("LOG-4", "ENROL-TWO", "2018-06-18 15:30:00"),
        make_session("LOG-5", "ENROL-TWO", "2018-06-18 21:59:59", 780),
        make_session("LOG-6", "ENROL-ONE", "2018-06-19 16:00:00"),
        make_session("LOG-7", "ENROL-ONE", "2018-06-20 16:00:00"),
        # 5:00 UTC on the 25th is still the evening of Sunday 24th, day 7 of week 1.
        make_session("LOG-8", "ENROL-ONE", "2018-06-25 05:00:00"),
        make_session("LOG-9", "ENROL-TRE", "2018-06-18 16:00:00"),
    ]
    return made
