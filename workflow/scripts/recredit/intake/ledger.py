"""What became of each raw row: the ledger balances for each table, source and file, or the run stops."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb

from recredit.engine import literal, quoted
from recredit.intake.accounting import Files
from recredit.intake.checking import Rule
from recredit.intake.reading import Reading


@dataclass
class Entry:
    """One table's account of one raw file, in rows: read = kept + merged + excluded + quarantined."""

    table: str
    source: str
    file: str
    read: int
    kept: int = 0
    merged: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)

    @property
    def balanced(self) -> bool:
        accounted = self.kept + self.merged + sum(self.excluded.values()) + sum(self.quarantined.values())
        return self.read == accounted

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def create_quarantine(connection: duckdb.DuckDBPyConnection) -> None:
    """The empty table of quarantined rows; ``record`` is the raw row as JSON, filled at the end."""
    connection.execute(
        'CREATE TABLE quarantine ("table" VARCHAR, source VARCHAR, file VARCHAR, row BIGINT, columns VARCHAR, '
        '"check" VARCHAR, reason VARCHAR, source_row VARCHAR, record VARCHAR)'
    )
    connection.execute("CREATE TABLE raw_files (source VARCHAR, number BIGINT, name VARCHAR)")


def quarantine_lines(connection: duckdb.DuckDBPyConnection, table: str, readings: Sequence[Reading]) -> None:
    """Put the lines that could not be split into columns into quarantine, for ``table`` that would have read them."""
    rows = [
        [table, reading.file.source, reading.file.name, reject.row, reject.check, reject.reason, reject.line]
        for reading in readings
        for reject in reading.rejects
    ]
    if rows:
        connection.executemany(
            "INSERT INTO quarantine SELECT ?, ?, ?, ?, '', ?, ?, NULL, to_json({'line': ?::VARCHAR})", rows
        )


def quarantine_failed(
    connection: duckdb.DuckDBPyConnection, table: str, rules: Sequence[Rule], quarantining: Sequence[int]
) -> None:
    """Put the rows of ``judged.<table>`` that fail a check in ``quarantining`` into quarantine, with all reasons."""
    if not quarantining:
        return
    lists = {
        "names": [rule.name for rule in rules],
        "reasons": [rule.reason for rule in rules],
        "columns": [", ".join(rule.columns) for rule in rules],
    }
    each = "list_transform(chosen, lambda n: list_extract({}, n + 1))"
    chosen = f"list_filter(failed, lambda n: list_contains({list(quarantining)}::INTEGER[], n))"
    words = {name: f"[{', '.join(map(literal, texts))}]::VARCHAR[]" for name, texts in lists.items()}
    _insert(
        connection,
        table,
        f"SELECT *, {chosen} AS chosen FROM judged.{quoted(table)} WHERE len({chosen}) > 0",
        f"array_to_string({_once(each.format(words['columns']))}, ', ')",
        f"list_extract({words['names']}, chosen[1] + 1)",
        f"array_to_string({each.format(words['reasons'])}, '; ')",
    )


def _once(texts: str) -> str:
    """The SQL list ``texts`` with each text once, in its order (`list_distinct` gives it in any)."""
    return f"list_filter({texts}, lambda text, place: list_position({texts}, text) = place)"


def quarantine_contradicting(connection: duckdb.DuckDBPyConnection, table: str, rules: Sequence[Rule]) -> None:
    """Put the rows of ``merged.<table>`` whose fate is a check between rows into quarantine."""
    for rule in rules:
        rows = f"SELECT * FROM merged.{quoted(table)} WHERE fate = {literal(rule.name)}"
        columns = literal(", ".join(rule.columns))
        _insert(connection, table, rows, columns, literal(rule.name), literal(rule.reason))


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: str, columns: str, check: str, reason: str
) -> None:
    connection.execute(
        f"INSERT INTO quarantine SELECT {literal(table)}, split_part(source_row, ':', 1), f.name, place_row, "
        f"{columns}, {check}, {reason}, source_row, NULL FROM ({rows}) r "
        "JOIN raw_files f ON f.source = split_part(r.source_row, ':', 1) AND f.number = r.place_file"
    )


def add_records(connection: duckdb.DuckDBPyConnection, sources: Sequence[str]) -> None:
    """Give each quarantined row its raw row as JSON."""
    for source in sources:
        connection.execute(
            f"UPDATE quarantine SET record = to_json(r) FROM raw.{quoted(source)} r "
            "WHERE quarantine.source_row = r.source_row"
        )


def account(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows_from: Sequence[str],
    readings: Mapping[str, Sequence[Reading]],
) -> list[Entry]:
    """The ledger's entries of ``table``, one per file of ``rows_from``.

    Raises
    ------
    AssertionError if an entry does not balance: that is a fault of this software, never of the data.
    """
    entries = {
        (source, reading.file.number): Entry(table, source, reading.file.name, reading.rows + len(reading.rejects))
        for source in rows_from
        for reading in readings[source]
    }
    place = "split_part(source_row, ':', 1), CAST(split_part(source_row, ':', 2) AS BIGINT)"
    name = quoted(table)
    fates = connection.execute(f"SELECT {place}, fate, count(*) FROM merged.{name} GROUP BY ALL").fetchall()
    for source, number, fate, count in fates:
        if fate in ("kept", "merged"):
            setattr(entries[source, number], fate, count)
    excluded = f'SELECT {place}, "exclude", count(*) FROM adapted.{name} WHERE "exclude" IS NOT NULL GROUP BY ALL'
    for source, number, reason, count in connection.execute(excluded).fetchall():
        entries[source, number].excluded[reason] = count
    _add_quarantined(connection, table, entries)
    for entry in entries.values():
        if not entry.balanced:
            raise AssertionError(f"the row ledger of {table} does not balance for {entry.file}")
    return list(entries.values())


def _add_quarantined(
    connection: duckdb.DuckDBPyConnection, table: str, entries: Mapping[tuple[str, int], Entry]
) -> None:
    found = connection.execute(
        'SELECT q.source, f.number, "check", count(*) FROM quarantine q JOIN raw_files f '
        'ON f.source = q.source AND f.name = q.file WHERE "table" = ? GROUP BY ALL',
        [table],
    ).fetchall()
    for source, number, check, count in found:
        entries[source, number].quarantined[check] = count


def register_files(connection: duckdb.DuckDBPyConnection, files: Files) -> None:
    """Note the names of the raw files, so that a quarantined row can say where it stands."""
    rows = [[source, number, file.name] for (source, number), file in files.items()]
    connection.executemany("INSERT INTO raw_files VALUES (?, ?, ?)", rows)
