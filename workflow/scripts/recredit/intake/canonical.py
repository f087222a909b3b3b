"""The intake of a study: raw files in, canonical tables, quarantine, ledger and findings out."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recredit.contract import Table
from recredit.engine import connect, literal, quoted
from recredit.errors import InputError
from recredit.intake.accounting import check_rows
from recredit.intake.adapters import MACROS, Adapter, adapter_columns, read_adapter, run_adapter
from recredit.intake.checking import judge
from recredit.intake.header import Header, check_needed, read_header
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
from recredit.intake.merging import merge_rows
from recredit.intake.plan import Plan
from recredit.intake.quality import (
    Finding,
    key_findings,
    line_findings,
    row_findings,
    stop_on_findings,
    stop_on_losses,
    write_findings,
)
from recredit.intake.reading import Reading, create_raw_table, read_file
from recredit.intake.scanning import Scan, scan_file
from recredit.vault import private_folder, replace_atomically

STOPPED = "quarantine_of_stopped_run.csv"
SCRATCH = "scratch"


@dataclass(frozen=True)
class Engine:
    """What DuckDB may use: ``memory_gb`` GB and ``threads`` threads."""

    memory_gb: float
    threads: int

    def open(self, scratch: Path) -> duckdb.DuckDBPyConnection:
        """The intake's database in ``scratch``, which lies in the identified zone."""
        database = scratch / "intake.duckdb"
        return connect(memory_gb=self.memory_gb, threads=self.threads, scratch=scratch / "spill", database=database)


def read_study(plan: Plan, folder: Path, engine: Engine) -> None:
    """Read all raw files of ``plan`` and write the intake's outputs below ``folder`` (in the identified zone).

    Writes ``<table>.parquet`` for each canonical table (all columns of the contract in its order, typed),
    ``quarantine.parquet``, ``ledger.json`` and ``quality.parquet``.

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
            readings = _read_raw(connection, plan, scratch)
        with engine.open(scratch) as connection:
            _adapt(connection, plan)
        with engine.open(scratch) as connection:
            _check_and_write(connection, plan, folder, readings)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


Readings = dict[str, list[Reading]]


def _read_raw(connection: duckdb.DuckDBPyConnection, plan: Plan, scratch: Path) -> Readings:
    """Fill ``raw.<source>`` for each source an adapter reads, after the adapters were found to fit the headers."""
    for schema in ("raw", "adapted", "judged", "merged", "kept"):
        connection.execute(f"CREATE SCHEMA {schema}")
    for macro in MACROS:
        connection.execute(macro)
    adapters = [read_adapter(connection, table.name, plan.adapters[table.name], plan.sources) for table in plan.tables]
    used = {source for adapter in adapters for source in adapter.sources}
    used |= {source for sources in plan.rows_from.values() for source in sources}
    scans: dict[tuple[str, int], tuple[Scan, Header]] = {}
    keep: dict[str, list[str]] = {}
    for place, file in plan.files.items():
        if file.source in used:
            source = plan.sources[file.source]
            scan = scan_file(file, source, scratch)
            header = read_header(file, source, scan)
            wanted = keep.setdefault(file.source, _columns_read(adapters, file.source, header))
            check_needed(file, source, header, [*source.columns, *wanted])
            scans[place] = (scan, header)
    for name, columns in keep.items():
        create_raw_table(connection, name, columns)
    for table, adapter in zip(plan.tables, adapters, strict=True):
        adapter_columns(connection, adapter, table)
    readings: Readings = {name: [] for name in keep}
    for place, (scan, header) in scans.items():
        file = plan.files[place]
        source = plan.sources[file.source]
        readings[source.name].append(read_file(connection, file, source, scan, header, keep[source.name]))
    return readings


def _columns_read(adapters: Sequence[Adapter], source: str, header: Header) -> list[str]:
    """Columns of ``header`` that an adapter may read."""
    readers = [adapter for adapter in adapters if source in adapter.sources]
    if any(adapter.reads_all for adapter in readers):
        return list(header.names)
    words = {word for adapter in readers for word in adapter.words}
    return [name for name in header.names if name.casefold() in words]


def _adapt(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Run the adapters where no file can be opened and no setting changed."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    for table in plan.tables:
        adapter = read_adapter(connection, table.name, plan.adapters[table.name], plan.sources)
        run_adapter(connection, adapter, table, adapter_columns(connection, adapter, table))
        check_rows(connection, table.name, adapter.file, plan.rows_from[table.name], plan.files)


def _check_and_write(connection: duckdb.DuckDBPyConnection, plan: Plan, folder: Path, readings: Readings) -> None:
    create_quarantine(connection)
    register_files(connection, plan.files)
    entries: list[Entry] = []
    findings: list[Finding] = []
    try:
        for table in plan.tables:
            own, found = _check_table(connection, plan, table, readings, folder / STOPPED)
            entries += own
            findings += found
    except InputError:
        _write_quarantine(connection, readings, folder / STOPPED, "csv")
        raise
    for table in plan.tables:
        columns, key = (", ".join(map(quoted, names)) for names in (table.columns, table.key))
        target = literal(str(folder / f"{table.name}.parquet"))
        query = f"SELECT {columns} FROM kept.{quoted(table.name)} ORDER BY {key}"
        connection.execute(f"COPY ({query}) TO {target} (FORMAT parquet)")
    _write_quarantine(connection, readings, folder / "quarantine.parquet", "parquet")
    write_findings(connection, findings, folder / "quality.parquet")
    ledger = json.dumps([entry.to_json() for entry in entries], indent=1, sort_keys=True, ensure_ascii=False)
    replace_atomically(folder / "ledger.json", (ledger + "\n").encode())


def _write_quarantine(connection: duckdb.DuckDBPyConnection, readings: Readings, path: Path, form: str) -> None:
    add_records(connection, list(readings))
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
    judge(connection, table, rules, rows_from, plan.formats)
    counts = merge_rows(connection, table, keys, quarantining)
    quarantine_lines(connection, name, own)
    quarantine_failed(connection, name, rules, quarantining)
    quarantine_contradicting(connection, name, keys)
    findings = [
        *line_findings(name, plan.lines[name], own),
        *row_findings(connection, table, rules),
        *key_findings(connection, table, keys, counts),
    ]
    stop_on_findings(connection, name, findings, rules, plan.files)
    columns = ", ".join(map(quoted, table.columns))
    connection.execute(
        f"CREATE VIEW kept.{quoted(name)} AS SELECT {columns} FROM merged.{quoted(name)} WHERE fate = 'kept'"
    )
    entries = account(connection, name, rows_from, readings)
    stop_on_losses(connection, name, entries, plan.quarantine_limit, stopped)
    return entries, findings
