"""The intake of a study: raw files in, canonical tables, quarantine, ledger and findings out."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recredit.contract import Table
from recredit.engine import connect, literal, quoted
from recredit.errors import InputError
from recredit.intake.accounting import check_rows
from recredit.intake.adapters import adapter_columns, read_adapter, run_adapter
from recredit.intake.checking import judge
from recredit.intake.ledger import (
    Entry,
    account,
    add_records,
    create_quarantine,
    quarantine_contradicting,
    quarantine_failed,
    quarantine_lines,
    register_files,
)
from recredit.intake.merging import compare_rows, merge_rows
from recredit.intake.plan import Plan
from recredit.intake.quality import (
    Finding,
    compared_findings,
    key_findings,
    line_findings,
    row_findings,
    stop_on_findings,
    stop_on_losses,
    write_findings,
)
from recredit.intake.raw import Pieces, Raw, Readings, read_raw, read_slowly
from recredit.intake.report import (
    add_to_report,
    count_rows,
    create_report,
    gather_failures,
    line_entries,
    write_report,
)
from recredit.intake.set_aside import create_set_aside, note_judged, write_set_aside
from recredit.intake.settling import settle
from recredit.intake.streaming import NotStreamable, run_stream
from recredit.vault import private_folder, replace_atomically

STOPPED = "quarantine_of_stopped_run.csv"
SCRATCH = "scratch"
# The rest is for Python, and for the numbers that keys are compared by.
ENGINE_SHARE = 0.8
KEY_BYTES = 8


@dataclass(frozen=True)
class Engine:
    """What DuckDB may use, and from which size on a table is read in one pass.

    Attributes
    ----------
    memory_gb, threads : limits of the engine.
    stream_bytes : a table whose raw files are together at least so large is read in one pass, without text in between.
    piece_bytes : such a file is read in pieces of at least this size, one for each thread.
    """

    memory_gb: float
    threads: int
    stream_bytes: int = 64_000_000
    piece_bytes: int = 16_000_000

    def pieces(self) -> Pieces:
        """How large files are read."""
        most_keys = int(self.memory_gb * (1 - ENGINE_SHARE) * 1e9) // KEY_BYTES
        return Pieces(self.stream_bytes, self.threads, self.piece_bytes, most_keys)

    def open(self, scratch: Path) -> duckdb.DuckDBPyConnection:
        """The intake's database in ``scratch``, which lies in the identified zone."""
        database = scratch / "intake.duckdb"
        memory_gb = self.memory_gb * ENGINE_SHARE
        return connect(memory_gb=memory_gb, threads=self.threads, scratch=scratch / "spill", database=database)


def read_study(plan: Plan, folder: Path, engine: Engine) -> None:
    """Read all raw files of ``plan`` and write the intake's outputs below ``folder`` (in the identified zone).

    Writes ``<table>.parquet`` for each canonical table (all columns of the contract in its order, typed),
    ``quarantine.parquet``, ``set_aside.parquet`` (whose marks are there), ``ledger.json``, ``quality.parquet``, and
    ``quality_report.parquet`` and ``.md`` with the counts by file and school.

    Raises
    ------
    InputError for a raw file or an adapter that the study cannot go on with. The rows quarantined until then stand
    in ``quarantine_of_stopped_run.csv``.
    """
    scratch = private_folder(folder) / SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)
    (folder / STOPPED).unlink(missing_ok=True)
    private_folder(scratch)
    try:
        with engine.open(scratch) as connection:
            raw = read_raw(connection, plan, scratch, engine.pieces())
        with engine.open(scratch) as connection:
            _adapt(connection, plan, raw)
        with engine.open(scratch) as connection:
            _check_and_write(connection, plan, folder, raw)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _adapt(connection: duckdb.DuckDBPyConnection, plan: Plan, raw: Raw) -> None:
    """Run the adapters where no file can be opened and no setting changed."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    for table in plan.tables:
        if table.name not in raw.streams:
            _run_adapter(connection, plan, table)


def _run_adapter(connection: duckdb.DuckDBPyConnection, plan: Plan, table: Table) -> None:
    adapter = read_adapter(connection, table.name, plan.adapters[table.name], plan.sources)
    run_adapter(connection, adapter, table, adapter_columns(connection, adapter, table))
    check_rows(connection, table.name, adapter.file, plan.rows_from[table.name], plan.files)


def _check_and_write(connection: duckdb.DuckDBPyConnection, plan: Plan, folder: Path, raw: Raw) -> None:
    create_quarantine(connection)
    create_set_aside(connection)
    create_report(connection)
    register_files(connection, plan.files)
    entries: list[Entry] = []
    findings: list[Finding] = []
    try:
        for table in plan.tables:
            own, found = _read_table(connection, plan, table, raw, folder)
            entries += own
            findings += found
    except InputError:
        _write_quarantine(connection, raw, folder / STOPPED, "csv")
        raise
    for table in plan.tables:
        if table.name not in raw.streams:
            columns, key = (", ".join(map(quoted, names)) for names in (table.columns, table.key))
            query = f"SELECT {columns} FROM kept.{quoted(table.name)} ORDER BY {key}"
            target = literal(str(folder / f"{table.name}.parquet"))
            connection.execute(f"COPY ({query}) TO {target} (FORMAT parquet)")
    _write_quarantine(connection, raw, folder / "quarantine.parquet", "parquet")
    write_set_aside(connection, str(folder / "set_aside.parquet"))
    write_findings(connection, findings, folder / "quality.parquet")
    write_report(connection, plan, entries, folder)
    ledger = json.dumps([entry.to_json() for entry in entries], indent=1, sort_keys=True, ensure_ascii=False)
    replace_atomically(folder / "ledger.json", (ledger + "\n").encode())


def _read_table(
    connection: duckdb.DuckDBPyConnection, plan: Plan, table: Table, raw: Raw, folder: Path
) -> tuple[list[Entry], list[Finding]]:
    """Check one table, in one pass where it is large and that pass is exact, else row by row."""
    if table.name in raw.streams:
        stream = raw.streams[table.name]
        try:
            streamed = run_stream(connection, plan, stream, raw.keep, folder / f"{table.name}.parquet")
        except NotStreamable:
            (folder / f"{table.name}.parquet").unlink(missing_ok=True)
            read_slowly(connection, plan, raw, table)
            _run_adapter(connection, plan, table)
        else:
            return settle(connection, plan, stream, streamed, folder / f"{table.name}.parquet", folder / STOPPED)
    return _check_table(connection, plan, table, raw.readings, folder / STOPPED)


def _write_quarantine(connection: duckdb.DuckDBPyConnection, raw: Raw, path: Path, form: str) -> None:
    add_records(connection, raw.materialised)
    rows = 'SELECT * EXCLUDE (source_row) FROM quarantine ORDER BY "table", source, file, row'
    connection.execute(f"COPY ({rows}) TO {literal(str(path))} (FORMAT {form})")


def _check_table(
    connection: duckdb.DuckDBPyConnection, plan: Plan, table: Table, readings: Readings, stopped: Path
) -> tuple[list[Entry], list[Finding]]:
    """Judge, merge and account for one table; its kept rows are then in ``kept.<table>``."""
    name, rows_from = table.name, plan.rows_from[table.name]
    rules, keys = plan.rows[name], plan.keys[name]
    own = [reading for source in rows_from for reading in readings[source]]
    quarantining = [number for number, rule in enumerate(rules) if rule.severity == "quarantine"]
    judge(connection, table, rules, rows_from, plan.formats, plan.contract)
    counts = merge_rows(connection, table, keys, quarantining)
    between = compare_rows(connection, table, plan.between[name], plan.contract)
    quarantine_lines(connection, name, own)
    quarantine_failed(connection, name, rules, quarantining)
    quarantine_contradicting(connection, name, [*keys, *plan.between[name]])
    note_judged(connection, table, quarantining)
    gather_failures(connection, plan, table)
    findings = [
        *line_findings(name, plan.lines[name], own),
        *row_findings(connection, table, rules),
        *key_findings(connection, table, keys, counts),
        *compared_findings(connection, table, plan.between[name], between),
    ]
    stop_on_findings(connection, name, findings, plan.files)
    columns = ", ".join(map(quoted, table.columns))
    connection.execute(
        f"CREATE VIEW kept.{quoted(name)} AS SELECT {columns} FROM merged.{quoted(name)} WHERE fate = 'kept'"
    )
    entries = account(connection, name, rows_from, readings)
    lines = line_entries(entries, [rule.name for rule in plan.lines[name]])
    add_to_report(connection, plan, table, findings, count_rows(connection, plan, table), lines)
    stop_on_losses(connection, name, entries, plan.quarantine_limit, stopped)
    return entries, findings
