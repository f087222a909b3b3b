"""The coded tables a cohort is built from, with every column the cohort reads also where a study lacks a table."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from recredit.engine import literal, quoted
from recredit.errors import ConfigurationError

REQUIRED = ("enrollments", "sections", "courses", "terms")

# What the cohort reads of each coded table. A study without the table, or a table without the column, gives NULL.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "enrollments": {
        "enrollment_id": "VARCHAR",
        "student_id": "VARCHAR",
        "section_id": "VARCHAR",
        "grade_level": "BIGINT",
        "is_recovery": "BOOLEAN",
        "enrollment_reason": "VARCHAR",
        "status": "VARCHAR",
        "first_attempt_percent": "DOUBLE",
        "earlier_attempts": "BIGINT",
        "assigned_mode": "VARCHAR",
        "lottery_block": "VARCHAR",
        "starts_day": "BIGINT",
    },
    "sections": {
        "section_id": "VARCHAR",
        "course_id": "VARCHAR",
        "school_id": "VARCHAR",
        "term_id": "VARCHAR",
        "teacher_id": "VARCHAR",
        "mode": "VARCHAR",
        "class_type": "VARCHAR",
    },
    "courses": {"course_id": "VARCHAR", "title": "VARCHAR", "subject": "VARCHAR"},
    "terms": {
        "term_id": "VARCHAR",
        "title": "VARCHAR",
        "kind": "VARCHAR",
        "starts_on": "DATE",
        "school_year": "BIGINT",
    },
    "students": {
        "student_id": "VARCHAR",
        "sex": "VARCHAR",
        "race_ethnicity": "VARCHAR",
        "english_learner": "BOOLEAN",
        "disability": "BOOLEAN",
        "economically_disadvantaged": "BOOLEAN",
        "age_years": "BIGINT",
    },
    "marks": {
        "enrollment_id": "VARCHAR",
        "percent": "DOUBLE",
        "completed": "BOOLEAN",
        "passed": "BOOLEAN",
        "credits_earned": "DOUBLE",
        "grade_source": "VARCHAR",
    },
    "attendance": {
        "student_id": "VARCHAR",
        "school_year": "BIGINT",
        "days_enrolled": "BIGINT",
        "days_absent": "BIGINT",
    },
    "tests": {
        "student_id": "VARCHAR",
        "name": "VARCHAR",
        "subject": "VARCHAR",
        "taken_school_year": "BIGINT",
        "course_id": "VARCHAR",
        "score": "DOUBLE",
        "score_sd": "DOUBLE",
        "proficient": "BOOLEAN",
    },
    # Not a table of the contract: enrollments whose row in `table` the intake set aside.
    "set_aside": {"table": "VARCHAR", "enrollment_id": "VARCHAR"},
}


def register(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Path]) -> None:
    """Make one view per table of :data:`COLUMNS` in ``connection``.

    Parameters
    ----------
    tables : the Parquet file of each coded table the study has; other tables become views without rows.

    Raises
    ------
    ConfigurationError if the study fills none of the tables that no cohort can do without.
    """
    missing = [name for name in REQUIRED if name not in tables]
    if missing:
        raise ConfigurationError(
            f"study.yaml: tables: no cohort can be built without {', '.join(missing)}. Add an adapter for each."
        )
    for table, columns in COLUMNS.items():
        connection.execute(f"CREATE VIEW {quoted(table)} AS {_selection(connection, tables.get(table), columns)}")


def _selection(connection: duckdb.DuckDBPyConnection, path: Path | None, columns: Mapping[str, str]) -> str:
    if path is None:
        return f"SELECT {', '.join(f'NULL::{kind} AS {quoted(name)}' for name, kind in columns.items())} WHERE false"
    source = f"read_parquet({literal(str(path))})"
    present = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    chosen = [
        f"{quoted(name) if name in present else 'NULL'}::{kind} AS {quoted(name)}" for name, kind in columns.items()
    ]
    return f"SELECT {', '.join(chosen)} FROM {source}"
