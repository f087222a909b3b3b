"""From the canonical tables of the identified zone to those of the coded zone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recredit.contract import Contract, Table
from recredit.deidentify.blocks import merged_by_block, put_blocks_for_schools, require_one_calendar
from recredit.deidentify.clock import create_coded_sessions
from recredit.deidentify.crosswalk import collect_identifiers, extend_crosswalk
from recredit.deidentify.opening import open_tables
from recredit.deidentify.treatment import code_joins, treated_columns
from recredit.engine import literal, quoted
from recredit.errors import VaultError
from recredit.vault import private_folder, replace_atomically

SESSIONS = "sessions"
EVENTS = "events"


@dataclass(frozen=True)
class Coding:
    """What is to be coded.

    Attributes
    ----------
    tables : canonical Parquet files by table, in the contract's order.
    crosswalk : the file of the state folder with the codes.
    time_zone : IANA name of the schools' time zone.
    buckets : names of the buckets of students.
    blocks : whether the block of a school stands in its place.
    """

    tables: Mapping[str, Path]
    contract: Contract
    crosswalk: Path
    time_zone: str
    buckets: Sequence[str]
    blocks: bool = False


def assign_codes(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Path], contract: Contract, crosswalk: Path, stamp: Path
) -> None:
    """Give everyone in ``tables`` a study code, and write the number of codes per entity to ``stamp``."""
    counts = extend_crosswalk(crosswalk, collect_identifiers(connection, tables, contract))
    private_folder(stamp.parent)
    replace_atomically(stamp, (json.dumps(counts, indent=1, sort_keys=True) + "\n").encode())


def code_tables(connection: duckdb.DuckDBPyConnection, coding: Coding, folder: Path) -> None:
    """Write ``<table>.parquet`` for each table and ``sessions/<bucket>.parquet`` below ``folder`` in the coded zone.

    The click stream is left to :mod:`recredit.deidentify.clicks`.

    Codes that are missing (a new or lost crosswalk) are made first. Rows are ordered by their codes and values, so
    that no order of the district's files is left.
    """
    # All files of one run come out of one crosswalk, also where it was lost after the codes were assigned.
    extend_crosswalk(coding.crosswalk, collect_identifiers(connection, coding.tables, coding.contract))
    open_tables(connection, coding.tables, coding.crosswalk)
    if coding.blocks:
        put_blocks_for_schools(connection)
        if "calendar" in coding.tables:
            require_one_calendar(connection)
    private_folder(folder)
    for name in coding.tables:
        # Clicks are coded bucket by bucket as sessions: recredit.deidentify.clicks.
        if name not in (SESSIONS, EVENTS):
            _copy(connection, _coded_query(coding.contract[name], blocks=coding.blocks), folder / f"{name}.parquet")
    if SESSIONS in coding.tables:
        _code_sessions(connection, coding, folder)


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    connection.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")


def _code_sessions(connection: duckdb.DuckDBPyConnection, coding: Coding, folder: Path) -> None:
    create_coded_sessions(connection, coding.time_zone, len(coding.buckets), calendar="calendar" in coding.tables)
    counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in (SESSIONS, "coded_sessions")]
    if counts[0] != counts[1]:
        raise VaultError(
            "deidentify: sessions were lost or doubled on the way to the coded zone. The intake's tables do not fit "
            "each other: run the intake again."
        )
    private_folder(folder / SESSIONS)
    for number, bucket in enumerate(coding.buckets):
        query = f"SELECT * EXCLUDE (bucket) FROM coded_sessions WHERE bucket = {number} ORDER BY ALL"
        _copy(connection, query, folder / SESSIONS / f"{bucket}.parquet")


def _coded_query(table: Table, *, blocks: bool) -> str:
    columns = list(table.columns.values())
    treated = treated_columns(columns)
    selected = ", ".join(f"{one.sql} AS {quoted(one.name)}" for one in treated)
    rows = (
        f"SELECT {selected} FROM {quoted(table.name)} AS t CROSS JOIN reference {code_joins(columns)} "
        f"{_term_join(table)}"
    )
    coded = merged_by_block(table, rows, [one.name for one in treated]) if blocks else rows
    return f"{coded} ORDER BY ALL"


def _term_join(table: Table) -> str:
    """The join to the term that the table's program days count from."""
    if "section_id" in table.columns:
        return "LEFT JOIN section_terms AS term ON term.section_id = t.section_id"
    if "enrollment_id" in table.columns:
        return "LEFT JOIN enrollment_terms AS term ON term.enrollment_id = t.enrollment_id"
    return ""


def write_set_aside(connection: duckdb.DuckDBPyConnection, set_aside: Path, path: Path) -> None:
    """Write whose rows the intake set aside, by study code; an enrollment that is not on file has none.

    Columns: table, enrollment_id. ``code_tables`` has opened the crosswalk before.
    """
    rows = (
        f'SELECT s."table", c.code AS enrollment_id FROM read_parquet({literal(str(set_aside))}) AS s '
        "JOIN crosswalk AS c ON c.entity = 'enrollment' AND c.identifier = s.enrollment_id ORDER BY ALL"
    )
    _copy(connection, rows, path)


def write_quality(connection: duckdb.DuckDBPyConnection, findings: Path, ledger: Path, path: Path) -> None:
    """Write the intake's findings with, per table, the rows read, kept, merged, excluded and quarantined.

    Columns: table, check, severity, what, unit, count, checked. No file is named: its name can name a school.
    """
    connection.execute(
        'CREATE TEMP TABLE accounts ("table" VARCHAR, "check" VARCHAR, severity VARCHAR, what VARCHAR, unit VARCHAR, '
        "count BIGINT, checked BIGINT)"
    )
    rows = _accounts(json.loads(ledger.read_text(encoding="utf-8")))
    connection.executemany("INSERT INTO accounts VALUES (?, ?, 'count', ?, 'rows', ?, ?)", rows)
    _copy(connection, f"FROM read_parquet({literal(str(findings))}) UNION ALL FROM accounts", path)


def _accounts(entries: Sequence[Mapping[str, object]]) -> list[list[object]]:
    words = {
        "kept": "rows kept",
        "merged": "rows that said the same as another row and were merged with it",
        "excluded": "rows left out for a declared reason",
        "quarantined": "rows set aside since a value or the row could not be right",
    }
    rows: list[list[object]] = []
    for table in dict.fromkeys(str(entry["table"]) for entry in entries):
        own = [entry for entry in entries if entry["table"] == table]
        read = sum(_total(entry["read"]) for entry in own)
        rows += [[table, what, text, sum(_total(entry[what]) for entry in own), read] for what, text in words.items()]
    return rows


def _total(value: object) -> int:
    return sum(value.values()) if isinstance(value, Mapping) else int(str(value))
