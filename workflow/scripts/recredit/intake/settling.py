"""The account of a table that was read in one pass: quarantine, findings, report and ledger, as of any other table."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from recredit.contract import Column, LookUp
from recredit.engine import literal, quoted
from recredit.intake.aside import FILE
from recredit.intake.checking import CONTRADICTING, Rule
from recredit.intake.counting import read_lines
from recredit.intake.ledger import Entry, quarantine_lines
from recredit.intake.lookups import create_look_ups, school_path
from recredit.intake.pieces import Part
from recredit.intake.plan import Plan
from recredit.intake.quality import Finding, line_findings, stop_on_findings, stop_on_losses, words_of
from recredit.intake.report import Counted, add_to_report, line_entries
from recredit.intake.set_aside import note_streamed
from recredit.intake.sources import Source
from recredit.intake.streaming import Stream, Streamed

Failed = Counter[tuple[str, int, str | None]]


def settle(
    connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, streamed: Streamed, target: Path, stopped: Path
) -> tuple[list[Entry], list[Finding]]:
    """Account for the rows of ``streamed``, whose kept rows lie in ``target``; its view is then ``kept.<table>``.

    Returns
    -------
    The ledger's entries and the findings.

    Raises
    ------
    InputError where a check stops the run or too many rows were quarantined.
    """
    table = stream.table
    columns = ", ".join(map(quoted, table.columns))
    connection.execute(
        f"CREATE VIEW kept.{quoted(table.name)} AS SELECT {columns} FROM read_parquet({literal(str(target))})"
    )
    quarantine_lines(connection, table.name, streamed.readings)
    _quarantine_rows(connection, plan, stream, streamed)
    note_streamed(connection, stream, streamed)
    failed: Failed = Counter()
    connection.execute('CREATE OR REPLACE TEMP TABLE failures ("check" VARCHAR, source_row VARCHAR)')
    _count_failed(connection, plan, stream, streamed, failed)
    _compare(connection, plan, stream, streamed, target, failed)
    findings = _findings(plan, stream, streamed, failed)
    stop_on_findings(connection, table.name, findings, plan.files)
    entries = _entries(plan, stream, streamed)
    counted = _counted(connection, plan, stream, streamed, target, failed)
    lines = line_entries(entries, [rule.name for rule in plan.lines[table.name]])
    add_to_report(connection, plan, table, findings, counted, lines)
    stop_on_losses(connection, table.name, entries, plan.quarantine_limit, stopped)
    return entries, findings


def _lines_of(part: Part, streamed: Streamed, number: int, rows: np.ndarray) -> np.ndarray:
    """Lines of the file on which its ``rows`` stand: a row's number leaves out the rejected lines of its own piece."""
    rejected = np.array([reject.row for reject in streamed.readings[number].rejects], dtype=np.int64)
    lines = np.empty(len(rows), dtype=np.int64)
    for piece in part.counts.pieces:
        end = piece.lines_before + piece.lines
        own = (rows > piece.lines_before) & (rows <= end)
        lost = rejected[(rejected > piece.lines_before) & (rejected <= end)]
        # Rows of the piece before each rejected line: a row beyond them stands one line further on.
        lines[own] = rows[own] + np.searchsorted(lost - np.arange(len(lost)), rows[own], side="right")
    return lines


def _source_rows(stream: Stream, streamed: Streamed, places: np.ndarray) -> list[str]:
    """``source_row`` of the rows at ``places``: source, file and line."""
    found = []
    for place in places.tolist():
        part = stream.parts[place // FILE]
        line = _lines_of(part, streamed, place // FILE, np.array([place % FILE]))[0]
        found.append(f"{part.file.source}:{part.file.number}:{line}")
    return found


def _quarantine_rows(connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, streamed: Streamed) -> None:
    """Put the rows that were set aside for good into quarantine, each with its reasons and its raw row."""
    places, masks = streamed.aside.quarantined()
    for number, part in enumerate(stream.parts):
        own = places // FILE == number
        lines = _lines_of(part, streamed, number, places[own] % FILE)
        texts = read_lines(part.file, part.counts, lines.tolist())
        words = {mask: _words(plan, stream, mask) for mask in set(masks[own].tolist())}
        source = plan.sources[part.file.source]
        names = _columns(connection, source)
        rows = {
            "row": lines.tolist(),
            "mask": masks[own].tolist(),
            "record": [_record(part, source, names, line, texts[line]) for line in lines.tolist()],
        }
        shown = pa.table({"mask": list(words), **_word_columns(list(words.values()))})
        for name, content in (("set_aside_rows", pa.table(rows)), ("set_aside_words", shown)):
            connection.register(name, content)
        connection.execute(
            f"INSERT INTO quarantine SELECT {literal(stream.table.name)}, {literal(source.name)}, "
            f'{literal(part.file.name)}, row, columns, "check", reason, NULL, record '
            "FROM set_aside_rows JOIN set_aside_words USING (mask)"
        )
        connection.unregister("set_aside_rows")
        connection.unregister("set_aside_words")


def _word_columns(words: Sequence[tuple[str, str, str]]) -> dict[str, pa.Array]:
    names = ("columns", "check", "reason")
    return {name: pa.array([entry[n] for entry in words], type=pa.string()) for n, name in enumerate(names)}


def _words(plan: Plan, stream: Stream, mask: int) -> tuple[str, str, str]:
    """Columns, first check and reasons of a row that fails the checks of ``mask``."""
    rules = [
        rule
        for bit, rule in enumerate(plan.rows[stream.table.name])
        if mask >> bit & 1 and rule.severity == "quarantine"
    ]
    columns = ", ".join(dict.fromkeys(", ".join(rule.columns) for rule in rules))
    return columns, rules[0].name, "; ".join(rule.reason for rule in rules)


def _columns(connection: duckdb.DuckDBPyConnection, source: Source) -> list[str]:
    found = connection.execute(f"DESCRIBE raw.{quoted(source.name)}").fetchall()
    return [str(row[0]) for row in found if row[0] != "source_row"]


def _record(part: Part, source: Source, names: Sequence[str], line: int, text: str) -> str:
    """The raw row as JSON, with the columns that the adapters read."""
    if source.quote:
        reader = csv.reader([text], delimiter=source.delimiter, quotechar=source.quote)
    else:
        reader = csv.reader([text], delimiter=source.delimiter, quoting=csv.QUOTE_NONE)
    values = {name.casefold(): value.strip(" ") for name, value in zip(part.header.names, next(reader), strict=True)}
    absent = ("", *source.missing)
    row = {name: None if (value := values[name.casefold()]) in absent else value for name in names}
    place = f"{part.file.source}:{part.file.number}:{line}"
    return json.dumps({"source_row": place, **row}, ensure_ascii=False, separators=(",", ":"))


def _count_failed(
    connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, streamed: Streamed, failed: Failed
) -> None:
    rules = plan.rows[stream.table.name]
    for (number, mask, school), count in streamed.aside.failed.items():
        for bit, rule in enumerate(rules):
            if mask >> bit & 1:
                failed[rule.name, number, school] += count
    for bit, rule in enumerate(rules):
        _add_examples(connection, rule.name, _source_rows(stream, streamed, streamed.aside.first(bit)))


def _add_examples(connection: duckdb.DuckDBPyConnection, check: str, rows: Sequence[str]) -> None:
    if rows:
        connection.executemany("INSERT INTO failures VALUES (?, ?)", [[check, row] for row in rows])


def _compare(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    stream: Stream,
    streamed: Streamed,
    target: Path,
    failed: Failed,
) -> None:
    """Count the kept rows that do not go with others."""
    for rule in plan.between[stream.table.name]:
        found = _violating(connection, plan, stream, rule, target)
        places = found["place"].to_numpy()
        schools = found["school"].to_pylist()
        failed.update(zip([rule.name] * len(places), (places // FILE).tolist(), schools, strict=True))
        _add_examples(connection, rule.name, _source_rows(stream, streamed, np.sort(places)[:3]))


def _violating(connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, rule: Rule, target: Path) -> pa.Table:
    """Places and schools of the rows that fail ``rule``: first the places, and then the schools of those few."""
    file = f"read_parquet({literal(str(target))})"
    joins = create_look_ups(connection, stream.table, rule.look_up, plan.contract)
    columns = ", ".join(_compared(column, not rule.look_up) for column in stream.table.columns.values())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE failing AS SELECT place_row AS place FROM (SELECT place_row, {rule.violated} AS "
        f"violated FROM (SELECT {columns}, 0 AS place_source, 0 AS place_file, place AS place_row FROM {file} t) t "
        f"{joins}) WHERE violated"
    )
    joins, school = _school(connection, plan, stream, ())
    rows = f"FROM {file} SEMI JOIN failing USING (place)"
    return connection.sql(f"SELECT place, CAST({school} AS VARCHAR) AS school FROM ({rows}) t {joins}").to_arrow_table()


def _compared(column: Column, alone: bool) -> str:
    """A column as checks between rows see it. Numbers sort faster than names, if it is only asked which are equal.

    That two of a million names have one number happens once in thirty million such files, and would cost a warning.
    """
    name = quoted(column.name)
    return f"hash(t.{name}) AS {name}" if alone and column.references else f"t.{name}"


def _school(
    connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, look_ups: Sequence[LookUp]
) -> tuple[str, str]:
    """The joins for ``look_ups`` and the row's school, and the expression of the school."""
    path = school_path(stream.table, [own.name for own in plan.tables], plan.contract)
    own = [*look_ups, LookUp("looked_up_school", path)] if path else list(look_ups)
    school = "NULL" if path is None else ("looked_up_school" if "." in path else f"t.{quoted(path)}")
    return create_look_ups(connection, stream.table, own, plan.contract), school


def _kept_by_file(stream: Stream, streamed: Streamed) -> list[int]:
    """Kept rows of each file."""
    gone = np.bincount(streamed.aside.gone() // FILE, minlength=len(stream.parts))
    return [reading.rows - int(left) for reading, left in zip(streamed.readings, gone, strict=True)]


def _findings(plan: Plan, stream: Stream, streamed: Streamed, failed: Failed) -> list[Finding]:
    name = stream.table.name
    counts: Counter[str] = Counter()
    for (check, _, _), count in failed.items():
        counts[check] += count
    looked = sum(reading.rows for reading in streamed.readings) - sum(streamed.aside.excluded.values())
    rows = [(rule, "rows", looked) for rule in plan.rows[name] if rule.listed or counts[rule.name]]
    keys = [(rule, name, streamed.kept) for rule in plan.keys[name] if rule.name == CONTRADICTING]
    between = [(rule, "rows", streamed.kept) for rule in plan.between[name]]
    return [
        *line_findings(name, plan.lines[name], streamed.readings),
        *(
            Finding(name, rule.name, rule.severity, words_of(rule), unit, counts[rule.name], checked)
            for rule, unit, checked in [*rows, *keys, *between]
        ),
    ]


def _entries(plan: Plan, stream: Stream, streamed: Streamed) -> list[Entry]:
    """The ledger of each file; what was read and did not leave was kept, as the pass has shown."""
    kept = _kept_by_file(stream, streamed)
    entries = []
    for number, (part, reading) in enumerate(zip(stream.parts, streamed.readings, strict=True)):
        read = reading.rows + len(reading.rejects)
        entry = Entry(stream.table.name, part.file.source, part.file.name, read, kept[number])
        entry.excluded = {why: n for (file, why), n in sorted(streamed.aside.excluded.items()) if file == number}
        entry.quarantined = dict(_quarantined(plan, stream, streamed, number))
        if not entry.balanced:
            raise AssertionError(f"the row ledger of {stream.table.name} does not balance for {part.file.name}")
        entries.append(entry)
    return entries


def _quarantined(plan: Plan, stream: Stream, streamed: Streamed, number: int) -> Counter[str]:
    counts = Counter(reject.check for reject in streamed.readings[number].rejects)
    for (file, mask, _), count in streamed.aside.failed.items():
        if file == number and mask & streamed.aside.quarantining:
            counts[_words(plan, stream, mask)[1]] += count
    return counts


def _counted(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    stream: Stream,
    streamed: Streamed,
    target: Path,
    failed: Failed,
) -> list[Counted]:
    """What failed, and how many rows were looked at, by check, file and school."""
    if not failed:
        return []
    looked: Counter[tuple[int, str | None]] = Counter(dict(_kept_by_school(connection, plan, stream, target)))
    for (number, mask, school), count in streamed.aside.failed.items():
        if mask & streamed.aside.quarantining:
            looked[number, school] += count
    files = [f"{part.file.source}:{part.file.number}" for part in stream.parts]
    return [
        (check, files[number], school, count, looked[number, school])
        for (check, number, school), count in failed.items()
    ]


def _kept_by_school(
    connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, target: Path
) -> Iterator[tuple[tuple[int, str | None], int]]:
    joins, school = _school(connection, plan, stream, ())
    file = f"place // {FILE}" if stream.placed(plan) else "0"
    path = school_path(stream.table, [own.name for own in plan.tables], plan.contract)
    by = f", {quoted(path.partition('.')[0])}" if path else ""
    # Counted first, so that few rows look for their school.
    counts = f"SELECT {file} AS file{by}, count(*) AS n FROM read_parquet({literal(str(target))}) GROUP BY ALL"
    found = connection.execute(
        f"SELECT file, CAST({school} AS VARCHAR) AS school, CAST(sum(n) AS BIGINT) FROM ({counts}) t {joins} "
        "GROUP BY ALL"
    ).fetchall()
    yield from (((number, name), count) for number, name, count in found)
