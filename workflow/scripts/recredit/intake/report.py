"""The data-quality report for the district: what each check found, by file and by school. It stays in the vault."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from recredit.contract import LookUp, Table
from recredit.engine import literal, quoted
from recredit.intake.checking import CONTRADICTING, DIMENSIONS
from recredit.intake.ledger import Entry
from recredit.intake.lookups import create_look_ups, school_path
from recredit.intake.plan import Plan
from recredit.intake.quality import Finding
from recredit.vault import replace_atomically

NAME = "quality_report"
# Check, file (source:number), school (None where it is not known), rows that fail, rows looked at.
Counted = tuple[str, str, str | None, int, int]
COLUMNS = ("table", "check", "severity", "what", "source", "file", "school_id", "count", "checked")


def create_report(connection: duckdb.DuckDBPyConnection) -> None:
    """The empty table of the report; one row per check, file and school with something found."""
    types = {"count": "BIGINT", "checked": "BIGINT"}
    columns = ", ".join(f"{quoted(name)} {types.get(name, 'VARCHAR')}" for name in COLUMNS)
    connection.execute(f"CREATE TABLE {NAME} ({columns})")


def gather_failures(connection: duckdb.DuckDBPyConnection, plan: Plan, table: Table) -> None:
    """Make ``failures`` ("check", source_row): every row of ``table`` with every check that it fails."""
    name = quoted(table.name)
    names = ", ".join(literal(rule.name) for rule in plan.rows[table.name])
    parts = [
        f'SELECT list_extract([{names}]::VARCHAR[], n + 1) AS "check", source_row '
        f"FROM (SELECT unnest(failed) AS n, source_row FROM judged.{name})",
        'SELECT "check", source_row FROM compared',
    ]
    if table.name in DIMENSIONS:
        key = ", ".join(map(quoted, table.key))
        parts += [
            f"SELECT {literal(rule.name)}, source_row FROM candidates JOIN described USING ({key}) "
            f"WHERE {quoted(rule.name)}"
            for rule in plan.keys[table.name]
        ]
    else:
        parts.append(f"SELECT fate, source_row FROM merged.{name} WHERE fate = {literal(CONTRADICTING)}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE failures AS {' UNION ALL '.join(parts)}")


def add_to_report(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    table: Table,
    findings: Sequence[Finding],
    counted: Sequence[Counted],
    lines: Sequence[Entry],
) -> None:
    """Add what the checks of ``table`` found to the report.

    Parameters
    ----------
    findings : the table's findings; one that counts nothing gets one row without file and school.
    counted : rows that fail, and rows looked at, by check, file and school.
    lines : entries whose ``quarantined`` counts lines that could not be split, by file; they have no school.
    """
    known = {finding.check: finding for finding in findings}
    rows: list[list[Any]] = []
    for check, place, school, count, checked in counted:
        source, number = place.rsplit(":", 1)
        file = plan.files[source, int(number)].name
        rows.append([table.name, check, known[check].severity, known[check].what, source, file, school, count, checked])
    for entry in lines:
        for check, count in entry.quarantined.items():
            words = [known[check].severity, known[check].what]
            rows.append([table.name, check, *words, entry.source, entry.file, None, count, entry.read])
    shown = {row[1] for row in rows}
    rows += [
        [table.name, f.check, f.severity, f.what, None, None, None, 0, f.checked]
        for f in findings
        if f.check not in shown
    ]
    if rows:
        connection.executemany(f"INSERT INTO {NAME} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def count_rows(connection: duckdb.DuckDBPyConnection, plan: Plan, table: Table) -> list[Counted]:
    """Rows of ``judged.<table>`` in ``failures``, and rows looked at, by check, file and school."""
    path = school_path(table, [own.name for own in plan.tables], plan.contract)
    joins, school = "", "NULL"
    if path is not None:
        look_up = LookUp("school_found", path)
        joins = create_look_ups(connection, table, [look_up], plan.contract)
        school = "school_found" if "." in path else f"t.{quoted(path)}"
    place = "regexp_replace(source_row, ':[0-9]+$', '')"
    found = connection.execute(
        "WITH placed AS ("
        f"SELECT source_row, {place} AS file, CAST({school} AS VARCHAR) AS school_id "
        f"FROM judged.{quoted(table.name)} t {joins}), "
        "looked AS (SELECT file, school_id, count(*) AS checked FROM placed GROUP BY ALL), "
        'failing AS (SELECT "check", file, school_id, count(*) AS count FROM failures JOIN placed USING (source_row) '
        "GROUP BY ALL) "
        'SELECT f."check", f.file, f.school_id, f.count, l.checked FROM failing f JOIN looked l '
        "ON l.file = f.file AND l.school_id IS NOT DISTINCT FROM f.school_id"
    )
    return list(found.fetchall())


def write_report(connection: duckdb.DuckDBPyConnection, plan: Plan, entries: Sequence[Entry], folder: Path) -> None:
    """Write ``quality_report.parquet`` and the same in words, ``quality_report.md``, below ``folder``."""
    target = literal(str(folder / f"{NAME}.parquet"))
    order = '"table", "check", source, file, school_id'
    connection.execute(f"COPY (FROM {NAME} ORDER BY {order}) TO {target} (FORMAT parquet)")
    replace_atomically(folder / f"{NAME}.md", report_in_words(connection, plan, entries).encode())


def report_in_words(connection: duckdb.DuckDBPyConnection, plan: Plan, entries: Sequence[Entry]) -> str:
    """The report as Markdown: the rows of each file, what was found by check, and then by school."""
    parts = [
        "# Data-quality report",
        "This report counts rows of confidential files by file and school. It belongs to the district and stays in "
        "the vault.",
        "## Rows",
        _markdown(["Table", "File", "Read", "Kept", "Merged", "Excluded", "Quarantined"], _rows_of(entries)),
        "## Checks",
        "`stop` ends the run, `quarantine` sets the row aside, `warn` keeps it and counts it.",
        _markdown(["Table", "Check", "Severity", "What is wrong", "Found", "File"], _totals(connection)),
        "## By school",
        _markdown(["Table", "Check", "School", "Found", "Of"], _by_school(connection)),
    ]
    if plan.not_made:
        names = ", ".join(f"{table}.{check}" for table, check in plan.not_made)
        parts += ["## Not checked", f"The study fills no table that these checks compare with: {names}."]
    return "\n\n".join(parts) + "\n"


def _rows_of(entries: Sequence[Entry]) -> list[list[str]]:
    return [
        [e.table, e.file, *(f"{n:,}" for n in (e.read, e.kept, e.merged, _sum(e.excluded), _sum(e.quarantined)))]
        for e in entries
    ]


def _sum(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _totals(connection: duckdb.DuckDBPyConnection) -> list[list[str]]:
    found = connection.execute(
        f'SELECT "table", "check", severity, what, sum(count), coalesce(file, \'\') FROM {NAME} '
        'GROUP BY "table", "check", severity, what, file ORDER BY sum(count) = 0, "table", "check", file'
    ).fetchall()
    return [[*row[:4], f"{int(row[4]):,}", row[5]] for row in found]


def _by_school(connection: duckdb.DuckDBPyConnection) -> list[list[str]]:
    found = connection.execute(
        f'SELECT "table", "check", coalesce(school_id, \'not known\'), sum(count), sum(checked) FROM {NAME} '
        "WHERE count > 0 GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [[*row[:3], f"{int(row[3]):,}", f"{int(row[4]):,}"] for row in found]


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return "Nothing was found."
    # A file or school may bear a name that would end the cell.
    cells = [[str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return "\n".join(["| " + " | ".join(row) + " |" for row in [list(head), ["---"] * len(head), *cells]])


def line_entries(entries: Sequence[Entry], checks: Sequence[str]) -> list[Entry]:
    """``entries`` with only the lines among their quarantined rows that could not be split (``checks``)."""
    return [
        Entry(e.table, e.source, e.file, e.read, quarantined={c: n for c, n in e.quarantined.items() if c in checks})
        for e in entries
    ]
