"""Checks between the rows of a table that was read in one pass, and its rows by school, from the written file."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np

from recredit.contract import Column
from recredit.engine import literal, quoted
from recredit.intake.aside import FILE
from recredit.intake.checking import Rule
from recredit.intake.lookups import create_look_ups, school_path
from recredit.intake.meeting import Times, create_meeting
from recredit.intake.plan import Plan
from recredit.intake.streaming import OWNER, OWNERS, Stream

# Owners, which are numbers from 0, are counted in an array and not by their hash if they have no more bits.
OWNER_BITS = 20


def violating(
    connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, rule: Rule, target: Path, kept: int
) -> tuple[np.ndarray, list[str | None]]:
    """Places and schools of those of the ``kept`` rows in ``target`` that fail ``rule``."""
    by, joins, school = _school(plan, stream)
    owned_by = stream.owned_by(plan)
    columns = [_compared(column, owned_by, rule) for column in stream.table.columns.values()]
    columns += ["0 AS place_source", "0 AS place_file", "place AS place_row", f"{by} AS school_by"]
    rows = f"SELECT {', '.join(columns)} FROM read_parquet({literal(str(target))}) t"
    if rule.intervals and rule.intervals[0] == owned_by:
        times = Times(target, OWNER, *rule.intervals[1:])
        meeting = create_meeting(connection, times, kept, stream.sorting)
        rows += f" WHERE {meeting}" if meeting else ""
    look_ups = create_look_ups(connection, stream.table, rule.look_up, plan.contract)
    found = connection.sql(
        f"SELECT place_row AS place, {school} AS school FROM (SELECT place_row, school_by, {rule.violated} AS violated "
        f"FROM ({rows}) t {look_ups}) t {joins} WHERE violated"
    ).to_arrow_table()
    return np.from_dlpack(found["place"].combine_chunks()), found["school"].to_pylist()


def _compared(column: Column, owned_by: str | None, rule: Rule) -> str:
    """A column as checks between rows see it. Owners sort faster than names, if it is only asked which are equal."""
    name = quoted(column.name)
    return f"t.{OWNER} AS {name}" if column.name == owned_by and not rule.look_up else f"t.{name}"


def _school(plan: Plan, stream: Stream) -> tuple[str, str, str]:
    """What the file says of a row's school, and for rows that have this as ``school_by`` a join and the school."""
    if stream.owned_by(plan):
        return OWNER, f"LEFT JOIN {OWNERS} ON {OWNERS}.{OWNER} = t.school_by", f"{OWNERS}.school"
    path = school_path(stream.table, [own.name for own in plan.tables], plan.contract)
    return quoted(path) if path else "NULL", "", "CAST(t.school_by AS VARCHAR)"


def rows_by_school(
    connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, rows: str
) -> Iterator[tuple[tuple[int, str | None], int]]:
    """Rows by the number of their file and their school; ``rows`` is SQL with the columns of the written file."""
    by, joins, school = _school(plan, stream)
    file = f"place // {FILE}" if len(stream.parts) > 1 else "0"
    # Counted first, so that few rows look for their school.
    counts = f"SELECT {file} AS file, {by} AS school_by, count(*) AS n FROM {rows} "
    connection.execute(f"SET perfect_ht_threshold = {OWNER_BITS}")
    try:
        found = connection.execute(
            f"SELECT file, {school} AS school, CAST(sum(n) AS BIGINT) "
            f"FROM ({counts} GROUP BY ALL) t {joins} GROUP BY ALL"
        ).fetchall()
    finally:
        connection.execute("RESET perfect_ht_threshold")
    yield from (((number, name), count) for number, name, count in found)
