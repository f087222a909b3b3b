"""The intake's tables opened for coding: with the crosswalk, and the terms that program days count from."""

from collections.abc import Mapping, Set
from pathlib import Path

import duckdb

from recredit.engine import literal, quoted


def open_tables(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Path], crosswalk: Path) -> None:
    """Make views of the tables, and ``crosswalk``, ``section_terms``, ``enrollment_terms`` and ``reference``.

    What needs the schools themselves (bells, calendars) is computed from these views, before schools become blocks
    (:mod:`recredit.deidentify.blocks`).
    """
    connection.execute(f"CREATE TEMP TABLE crosswalk AS SELECT * FROM read_parquet({literal(str(crosswalk))})")
    for name, path in tables.items():
        connection.execute(f"CREATE TEMP VIEW {quoted(name)} AS SELECT * FROM read_parquet({literal(str(path))})")
    _create_terms(connection, tables.keys())


def _create_terms(connection: duckdb.DuckDBPyConnection, has: Set[str]) -> None:
    """Make ``section_terms``, ``enrollment_terms`` (first day and school year) and ``reference`` (day of the ages)."""
    day = "make_date(min(school_year) - 1, 9, 1)"
    terms = f"SELECT {day} AS day FROM terms" if "terms" in has else "SELECT CAST(NULL AS DATE) AS day"
    connection.execute(f"CREATE TEMP TABLE reference AS {terms}")
    if {"sections", "terms"} <= has:
        sections = "SELECT section_id, school_id, starts_on, school_year FROM sections LEFT JOIN terms USING (term_id)"
    else:
        sections = (
            "SELECT CAST(NULL AS VARCHAR) AS section_id, CAST(NULL AS VARCHAR) AS school_id, "
            "CAST(NULL AS DATE) AS starts_on, CAST(NULL AS BIGINT) AS school_year WHERE false"
        )
    connection.execute(f"CREATE TEMP TABLE section_terms AS {sections}")
    if "enrollments" in has:
        connection.execute(
            "CREATE TEMP TABLE enrollment_terms AS SELECT e.enrollment_id, e.student_id, s.school_id, s.starts_on, "
            "s.school_year FROM enrollments AS e LEFT JOIN section_terms AS s USING (section_id)"
        )
