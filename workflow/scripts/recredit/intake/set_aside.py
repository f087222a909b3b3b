"""Whose marks were set aside: their result is not known, which is something else than no result."""

from collections.abc import Sequence

import duckdb
import numpy as np

from recredit.contract import Table
from recredit.engine import literal, quoted
from recredit.intake.aside import FILE
from recredit.intake.quarantining import lines_of, rejected_lines_of
from recredit.intake.streaming import Stream, Streamed

# Tables in which a missing row says something of the student: no mark by the horizon is a course not recovered.
NOTED = ("marks",)


def create_set_aside(connection: duckdb.DuckDBPyConnection) -> None:
    """The empty table ``set_aside``: table, and the enrollment that a quarantined row is about."""
    connection.execute('CREATE TABLE set_aside ("table" VARCHAR, enrollment_id VARCHAR)')


def note_judged(connection: duckdb.DuckDBPyConnection, table: Table, quarantining: Sequence[int]) -> None:
    """Note the rows of ``judged.<table>`` and ``merged.<table>`` that are quarantined, where their key is readable."""
    if table.name not in NOTED:
        return
    name = quoted(table.name)
    failed = f"list_has_any(failed, {list(quarantining)}::INTEGER[])"
    _insert(connection, table, f"SELECT enrollment_id FROM judged.{name} WHERE {failed}")
    _insert(connection, table, f"SELECT enrollment_id FROM merged.{name} WHERE fate NOT IN ('kept', 'merged')")


def note_streamed(connection: duckdb.DuckDBPyConnection, stream: Stream, streamed: Streamed) -> None:
    """The same of a table that was read in one pass: the adapter is asked again for the few rows set aside."""
    places = np.concatenate([streamed.aside.quarantined()[0], streamed.twins.contradicting])
    if stream.table.name not in NOTED or not len(places):
        return
    connection.register("set_aside_places", {"place": _as_read_whole(stream, streamed, places)})
    _insert(
        connection,
        stream.table,
        f"SELECT enrollment_id FROM ({stream.adapter.sql}\n) "
        "WHERE CAST(source_row AS BIGINT) IN (SELECT place FROM set_aside_places)",
    )
    connection.unregister("set_aside_places")


def _as_read_whole(stream: Stream, streamed: Streamed, places: np.ndarray) -> np.ndarray:
    """Where the rows stand if their files are read whole: a row's number then leaves out all rejected lines before."""
    found = [np.empty(0, dtype=np.int64)]
    for number, part in enumerate(stream.parts):
        lines = lines_of(part, streamed, number, places[places // FILE == number] % FILE)
        found.append(number * FILE + lines - np.searchsorted(rejected_lines_of(streamed, number), lines))
    return np.concatenate(found)


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, query: str) -> None:
    connection.execute(
        f"INSERT INTO set_aside SELECT {literal(table.name)}, CAST(enrollment_id AS VARCHAR) FROM ({query}) "
        "WHERE enrollment_id IS NOT NULL"
    )


def write_set_aside(connection: duckdb.DuckDBPyConnection, target: str) -> None:
    """Write the table to the Parquet file ``target``, each enrollment once."""
    rows = 'SELECT DISTINCT "table", enrollment_id FROM set_aside ORDER BY ALL'
    connection.execute(f"COPY ({rows}) TO {literal(target)} (FORMAT parquet)")
