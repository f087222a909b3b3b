"""What the checks found, in counts: the data-quality findings, and the stops that follow from them."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import duckdb

from recredit.contract import Table
from recredit.engine import literal, quoted
from recredit.errors import InputError
from recredit.intake.accounting import EXAMPLES, Files, position
from recredit.intake.checking import Rule
from recredit.intake.ledger import Entry
from recredit.intake.reading import Reading

KEPT = "'kept'"


@dataclass(frozen=True)
class Finding:
    """One check and its count.

    Attributes
    ----------
    what : the finding in plain words, without any value or file name.
    unit : what is counted: 'rows', or the plural of the table's unit such as 'students'.
    checked : number of units looked at.
    """

    table: str
    check: str
    severity: str
    what: str
    unit: str
    count: int
    checked: int


def row_findings(connection: duckdb.DuckDBPyConnection, table: Table, rules: Sequence[Rule]) -> list[Finding]:
    """Counts of the checks on single rows of ``judged.<table>``; zero only where the check is always listed."""
    judged = f"judged.{quoted(table.name)}"
    total = connection.execute(f"SELECT count(*) FROM {judged}").fetchone()
    assert total is not None
    counted = f"SELECT n, count(*) FROM (SELECT unnest(failed) AS n FROM {judged}) GROUP BY n"
    counts = dict(connection.execute(counted).fetchall())
    return [
        Finding(table.name, rule.name, rule.severity, words_of(rule), "rows", counts.get(number, 0), int(total[0]))
        for number, rule in enumerate(rules)
        if rule.listed or counts.get(number, 0)
    ]


def key_findings(
    connection: duckdb.DuckDBPyConnection, table: Table, rules: Sequence[Rule], counts: Mapping[str, int]
) -> list[Finding]:
    """Counts of keys that contradict themselves between rows."""
    key = ", ".join(map(quoted, table.key))
    total = connection.execute(f"SELECT count(*) FROM (SELECT DISTINCT {key} FROM candidates)").fetchone()
    assert total is not None
    return [
        Finding(table.name, rule.name, rule.severity, words_of(rule), table.name, counts[rule.name], int(total[0]))
        for rule in rules
        if rule.listed or counts[rule.name]
    ]


def compared_findings(
    connection: duckdb.DuckDBPyConnection, table: Table, rules: Sequence[Rule], counts: Mapping[str, int]
) -> list[Finding]:
    """Counts of kept rows that do not go with other kept rows; zero too."""
    names = ", ".join(literal(rule.name) for rule in rules)
    rows = f"SELECT count(*) FROM merged.{quoted(table.name)} WHERE fate IN ({', '.join(filter(None, [KEPT, names]))})"
    total = connection.execute(rows).fetchone()
    assert total is not None
    return [Finding(table.name, r.name, r.severity, r.reason, "rows", counts[r.name], int(total[0])) for r in rules]


def words_of(rule: Rule) -> str:
    """The finding in plain words: the reason, and what becomes of the value."""
    missing = rule.severity == "warn" and (rule.mends or not rule.violated)
    return f"{rule.reason}; set to missing" if missing else rule.reason


def line_findings(table: str, rules: Sequence[Rule], readings: Sequence[Reading]) -> list[Finding]:
    """Counts of lines that could not be split into columns."""
    checked = sum(reading.rows + len(reading.rejects) for reading in readings)
    found = []
    for rule in rules:
        rejects = [reject for reading in readings for reject in reading.rejects if reject.check == rule.name]
        if rejects:
            finding = Finding(table, rule.name, rule.severity, rejects[0].reason, "rows", len(rejects), checked)
            found.append(finding)
    return found


def stop_on_findings(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    findings: Sequence[Finding],
    files: Files,
) -> None:
    """Stop where a check whose severity is `stop` found something.

    Raises
    ------
    InputError with the count and positions of the rows.
    """
    for finding in findings:
        if finding.severity == "stop" and finding.count:
            rows = 'SELECT source_row FROM failures WHERE "check" = ? ORDER BY length(source_row), source_row'
            found = connection.execute(rows, [finding.check]).fetchmany(EXAMPLES)
            places = "; ".join(position(files, row) for (row,) in found)
            raise InputError(
                f"table {table}: {finding.count} of {finding.checked} {finding.unit}: {finding.what}"
                f"{f' ({places})' if places else ''}. The check '{finding.check}' stops the run: correct the rows in "
                "the district's files, or set `checks:` in study.yaml to quarantine them."
            )


def stop_on_losses(
    connection: duckdb.DuckDBPyConnection, table: str, entries: Sequence[Entry], limit: float, kept_at: Path
) -> None:
    """Stop where more than ``limit`` (a share) of the rows read were quarantined, or no row is left.

    Parameters
    ----------
    kept_at : the file in the identified zone where the quarantined rows of a stopped run can be read.

    Raises
    ------
    InputError with counts by reason and a position for each.
    """
    read = sum(entry.read for entry in entries)
    quarantined = sum(sum(entry.quarantined.values()) for entry in entries)
    kept = sum(entry.kept for entry in entries)
    if quarantined > limit * read:
        raise InputError(
            f"table {table}: {quarantined} of {read} rows were quarantined, more than quarantine_limit "
            f"{limit:g} allows:\n{_reasons(connection, table)}\nThe rows and reasons stand in "
            f"{kept_at} (confidential). Correct the files, the adapter or the formats in study.yaml, or raise "
            "quarantine_limit."
        )
    if kept == 0:
        raise InputError(
            f"table {table}: no row is left of {read} read ({quarantined} quarantined, "
            f"{sum(sum(entry.excluded.values()) for entry in entries)} excluded). Expected at least one: correct the "
            "adapter's `exclude` or the files, or take the table out of study.yaml."
        )


def _reasons(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    found = connection.execute(
        f"SELECT count(*) AS n, reason, first(file ORDER BY file, row), first(row ORDER BY file, row) FROM quarantine "
        f'WHERE "table" = {literal(table)} GROUP BY reason ORDER BY n DESC, reason LIMIT 10'
    ).fetchall()
    return "\n".join(f"  {count} rows: {reason} (first: {file}, row {row})" for count, reason, file, row in found)


def write_findings(connection: duckdb.DuckDBPyConnection, findings: Sequence[Finding], path: Path) -> None:
    """Write ``findings`` as Parquet."""
    connection.execute(
        'CREATE OR REPLACE TEMP TABLE findings ("table" VARCHAR, "check" VARCHAR, severity VARCHAR, what VARCHAR, '
        "unit VARCHAR, count BIGINT, checked BIGINT)"
    )
    if findings:
        connection.executemany(
            "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?)", [list(astuple(f)) for f in findings]
        )
    connection.execute(f"COPY findings TO {literal(str(path))} (FORMAT parquet)")
