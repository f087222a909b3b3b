"""The account of a table that was read in one pass: quarantine, findings, report and ledger, as of any other table."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from recredit.engine import literal, quoted
from recredit.intake.accounting import EXAMPLES
from recredit.intake.aside import FILE
from recredit.intake.checking import CONTRADICTING
from recredit.intake.comparing import rows_by_school, violating
from recredit.intake.ledger import Entry, quarantine_lines
from recredit.intake.plan import Plan
from recredit.intake.quality import Finding, line_findings, stop_on_findings, stop_on_losses, words_of
from recredit.intake.quarantining import quarantine_rows, source_rows, words_of_mask
from recredit.intake.report import Counted, add_to_report, line_entries
from recredit.intake.set_aside import note_streamed
from recredit.intake.streaming import Stream, Streamed
from recredit.intake.twins import LEAVING

Failed = Counter[tuple[str, int, str | None]]
Looked = Counter[tuple[int, str | None]]


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
    quarantine_rows(connection, plan, stream, streamed)
    note_streamed(connection, stream, streamed)
    failed: Failed = Counter()
    connection.execute('CREATE OR REPLACE TEMP TABLE failures ("check" VARCHAR, source_row VARCHAR)')
    _count_failed(connection, plan, stream, streamed, failed)
    leaving = _leaving(connection, plan, stream, streamed, failed)
    _compare(connection, plan, stream, streamed, target, failed)
    findings = _findings(plan, stream, streamed, failed)
    stop_on_findings(connection, table.name, findings, plan.files)
    entries = _entries(plan, stream, streamed)
    counted = _counted(connection, plan, stream, streamed, target, failed, leaving) if failed else []
    lines = line_entries(entries, [rule.name for rule in plan.lines[table.name]])
    add_to_report(connection, plan, table, findings, counted, lines)
    stop_on_losses(connection, table.name, entries, plan.quarantine_limit, stopped)
    return entries, findings


def _count_failed(
    connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, streamed: Streamed, failed: Failed
) -> None:
    rules = plan.rows[stream.table.name]
    for (number, mask, school), count in streamed.aside.failed.items():
        for bit, rule in enumerate(rules):
            if mask >> bit & 1:
                failed[rule.name, number, school] += count
    for bit, rule in enumerate(rules):
        _add_examples(connection, rule.name, source_rows(stream, streamed, streamed.aside.first(bit)))


def _leaving(
    connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, streamed: Streamed, failed: Failed
) -> Looked:
    """Rows that left for another one of their key, by file and school; the contradicting ones are counted as failed."""
    twins = streamed.twins
    if not len(twins.gone()):
        return Counter()
    own = f"({LEAVING} AND fate = {literal(CONTRADICTING)})"
    for (number, school), count in rows_by_school(connection, plan, stream, own):
        failed[CONTRADICTING, number, school] += count
    for number in range(len(stream.parts)):
        first = twins.contradicting[twins.contradicting // FILE == number][:EXAMPLES]
        _add_examples(connection, CONTRADICTING, source_rows(stream, streamed, first))
    return Counter(dict(rows_by_school(connection, plan, stream, f"({LEAVING})")))


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
        places, schools = violating(connection, plan, stream, rule, target, streamed.kept)
        failed.update(zip([rule.name] * len(places), (places // FILE).tolist(), schools, strict=True))
        _add_examples(connection, rule.name, source_rows(stream, streamed, np.sort(places)[:3]))


def _kept_by_file(stream: Stream, streamed: Streamed) -> list[int]:
    """Kept rows of each file."""
    gone = _by_file(stream, streamed.aside.gone()) + _by_file(stream, streamed.twins.gone())
    return [reading.rows - int(left) for reading, left in zip(streamed.readings, gone, strict=True)]


def _by_file(stream: Stream, places: np.ndarray) -> np.ndarray:
    """How many of ``places`` lie in each file."""
    return np.bincount(places // FILE, minlength=len(stream.parts))


def _findings(plan: Plan, stream: Stream, streamed: Streamed, failed: Failed) -> list[Finding]:
    name = stream.table.name
    counts: Counter[str] = Counter()
    for (check, _, _), count in failed.items():
        counts[check] += count
    looked = sum(reading.rows for reading in streamed.readings) - sum(streamed.aside.excluded.values())
    rows = [(rule, "rows", looked) for rule in plan.rows[name] if rule.listed or counts[rule.name]]
    # Keys are counted, and not rows: of those that do not contradict themselves one row each was kept.
    counts[CONTRADICTING] = streamed.twins.keys
    keys = [(rule, name, streamed.kept + streamed.twins.keys) for rule in plan.keys[name]]
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
    kept, merged = _kept_by_file(stream, streamed), _by_file(stream, streamed.twins.merged)
    entries = []
    for number, (part, reading) in enumerate(zip(stream.parts, streamed.readings, strict=True)):
        read = reading.rows + len(reading.rejects)
        entry = Entry(stream.table.name, part.file.source, part.file.name, read, kept[number], int(merged[number]))
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
            counts[words_of_mask(plan, stream, mask)[1]] += count
    counts[CONTRADICTING] += int(_by_file(stream, streamed.twins.contradicting)[number])
    return +counts


def _counted(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    stream: Stream,
    streamed: Streamed,
    target: Path,
    failed: Failed,
    leaving: Looked,
) -> list[Counted]:
    """What failed, and how many rows were looked at, by check, file and school."""
    kept = rows_by_school(connection, plan, stream, f"read_parquet({literal(str(target))})")
    looked = leaving + Looked(dict(kept))
    for (number, mask, school), count in streamed.aside.failed.items():
        if mask & streamed.aside.quarantining:
            looked[number, school] += count
    files = [f"{part.file.source}:{part.file.number}" for part in stream.parts]
    return [
        (check, files[number], school, count, looked[number, school])
        for (check, number, school), count in failed.items()
    ]
