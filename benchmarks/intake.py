"""How fast the intake reads a large session log, against a plain copy of the same file: `make benchmark`.

Both are measured in one run, each in a process of its own with the same limits. The plain copy is DuckDB's
`COPY (FROM read_csv(file)) TO (FORMAT parquet)`: types guessed from a sample, nothing checked, DuckDB's own settings.
The intake's file is compressed alike (Snappy), in version 2 of the format. The intake accounts for
every line, types and checks every value, looks up enrollment and term, sets bad rows aside with their line, shows that
no key stands twice, and of sessions finds those that overlap. The table goes into docs/performance.md.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import timing
import yaml

from recredit.configuration import load_study
from recredit.contract import load_contract
from recredit.intake.canonical import Engine, read_study
from recredit.intake.plan import make_plan
from recredit.intake.sources import raw_files

Work = Callable[[], None]
REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "performance.md"
BEGIN, END = "<!-- intake: written by `make benchmark` -->", "<!-- end of intake -->"
# Rows of the log for one enrollment.
ROWS_EACH = 250
# Of 4,000 rows four are quarantined, each for another fault. Of the sessions one more overlaps the one before it.
SESSIONS = """
SELECT 'S' || lpad(i::VARCHAR, 9, '0') AS session,
    CASE WHEN i % 4000 = 1 THEN 'nobody' ELSE 'E' || (i % {enrollments}) END AS enrollment,
    CASE WHEN i % 4000 = 1001 THEN 'unknown' ELSE strftime(begins, '%Y-%m-%dT%H:%M:%S') END AS started,
    strftime(begins + to_seconds(CASE WHEN i % 4000 = 2001 THEN -5 ELSE 1800 END), '%Y-%m-%dT%H:%M:%S') AS ended,
    CASE WHEN i % 4000 = 3001 THEN '1,200' ELSE (1200 + i % 600)::VARCHAR END AS active, 600 - i % 600 AS idle,
    i % 20 AS activities
FROM (SELECT i, TIMESTAMP '2018-06-18 08:00:00' + to_seconds(
        3600 * (i // {enrollments}) + i % 900 - CASE WHEN i % 4000 = 3501 THEN 3000 ELSE 0 END) AS begins
    FROM range({rows}) t(i))
"""
EVENTS = """
SELECT CASE WHEN i % 4000 = 1001 THEN '' ELSE 'C' || lpad(i::VARCHAR, 9, '0') END AS event,
    CASE WHEN i % 4000 = 1 THEN 'nobody' ELSE 'E' || (i // 20 % {enrollments}) END AS enrollment,
    CASE WHEN i % 4000 = 2001 THEN '25:61' ELSE strftime(TIMESTAMP '2018-06-18 08:00:00' + to_seconds(
        3600 * (i // (20 * {enrollments})) + i % 20 * 45), '%Y-%m-%dT%H:%M:%S') END AS clicked,
    'S' || i // 20 AS session, CASE WHEN i % 4000 = 3001 THEN '' WHEN i % 20 = 0 THEN 'login' ELSE 'page' END AS kind,
    'unit-' || i % 300 AS object
FROM range({rows}) t(i)
"""
LOGS = {"sessions": SESSIONS, "events": EVENTS}
ROSTER = {
    "students": ("roster", "SELECT source_row, student AS student_id FROM raw.roster"),
    "courses": ("course", "SELECT source_row, 'c' AS course_id, course AS title FROM raw.course"),
    "terms": (
        "course",
        "SELECT source_row, 't' AS term_id, 'Summer' AS title, '2018-06-18' AS starts_on, "
        "'2018-07-20' AS ends_on, 2018 AS school_year FROM raw.course",
    ),
    "sections": (
        "course",
        "SELECT source_row, 's' AS section_id, 'c' AS course_id, 't' AS term_id, 'online' AS mode FROM raw.course",
    ),
    "enrollments": (
        "roster",
        "SELECT source_row, enrollment AS enrollment_id, student AS student_id, 's' AS section_id FROM raw.roster",
    ),
}
ADAPTERS = {
    "sessions": "SELECT source_row, session AS session_id, enrollment AS enrollment_id, started AS started_at, "
    "ended AS ended_at, active AS active_seconds, idle AS idle_seconds, activities AS activities_completed, "
    "'vendor' AS idle_definition FROM raw.log",
    "events": 'SELECT source_row, event AS event_id, enrollment AS enrollment_id, clicked AS "at", '
    "session AS session_id, kind, object FROM raw.log",
}


def make_study(folder: Path, log: str, rows: int) -> None:
    """A study with one large log below ``folder``, of sessions or of events."""
    study = folder / "study"
    study.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        query = LOGS[log].format(rows=rows, enrollments=rows // ROWS_EACH)
        connection.execute(f"COPY ({query}) TO '{folder}/log.csv' (HEADER)")
        roster = f"SELECT 'P' || i AS student, 'E' || i AS enrollment FROM range({rows // ROWS_EACH}) t(i)"
        connection.execute(f"COPY ({roster}) TO '{folder}/roster.csv' (HEADER)")
    (folder / "course.csv").write_text("course\nAlgebra 1\n")
    adapters = {**ROSTER, log: ("log", ADAPTERS[log])}
    for table, (_, sql) in adapters.items():
        (study / f"{table}.sql").write_text(sql)
    settings = {
        "contract_version": int((REPOSITORY / "config" / "contract" / "version").read_text()),
        "about": {"title": "Benchmark", "summary": "A log."},
        "raw": {"folder": str(folder), "sources": {n: {"files": f"{n}.csv"} for n in ("log", "roster", "course")}},
        "tables": {t: {"adapter": f"{t}.sql", "rows_from": [source]} for t, (source, _) in adapters.items()},
        "time_zone": "America/Los_Angeles",
    }
    (study / "study.yaml").write_text(yaml.safe_dump(settings))


def plain_copy(folder: Path, memory_gb: float, threads: int) -> Work:
    def work() -> None:
        with duckdb.connect() as connection:
            connection.execute(f"SET memory_limit = '{memory_gb}GB'; SET threads = {threads}; SET TimeZone = 'UTC'")
            connection.execute(f"SET enable_progress_bar = false; SET temp_directory = '{folder}/spill'")
            query = f"FROM read_csv('{folder}/log.csv')"
            connection.execute(f"COPY ({query}) TO '{folder}/plain.parquet' (FORMAT parquet)")

    return work


def intake(folder: Path, memory_gb: float, threads: int) -> Work:
    study = load_study(REPOSITORY, {"study": str(folder / "study"), "roots": {"vault": str(folder / "vault")}})
    adapters = {table: study.adapter(table) for table in study.settings["tables"]}
    contract = load_contract(REPOSITORY / "config" / "contract")
    plan = make_plan(study.settings, contract, raw_files(study), adapters)
    return lambda: read_study(plan, folder / "intake", Engine(memory_gb, threads))


# Each is made ready first (the checks of a study's configuration are not of its files), and then measured.
WAYS = {"plain copy": plain_copy, "intake": intake}


def measured(way: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds, processor seconds and peak memory of ``way`` in a process of its own."""
    done = timing.in_a_process(__file__, way, folder, options)
    done.check_returncode()
    return dict(json.loads(done.stdout))


def compare(log: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure both ways on one file, the better of ``repeats`` runs each, alternating."""
    with tempfile.TemporaryDirectory(dir=options.scratch) as name:
        folder = Path(name)
        make_study(folder, log, options.rows)
        found: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
        for _ in range(options.repeats):
            for way, runs in found.items():
                runs.append(measured(way, folder, options))
        best = {way: min(runs, key=lambda run: run["seconds"]) for way, runs in found.items()}
        ledger = json.loads((folder / "intake" / "ledger.json").read_text())
        (entry,) = [entry for entry in ledger if entry["table"] == log]
        files = {"plain copy": folder / "plain.parquet", "intake": folder / "intake" / f"{log}.parquet"}
        written = {way: path.stat().st_size / 1e9 for way, path in files.items()}
        gb = (folder / "log.csv").stat().st_size / 1e9
        return {"log": log, "ways": best, "ledger": entry, "gb": gb, "written": written}


def section(found: Mapping[str, Any], options: argparse.Namespace) -> str:
    """The part of the page on one log."""
    ways, entry, log = found["ways"], found["ledger"], found["log"]
    bad = sum(entry["quarantined"].values())
    head = f"{options.rows:,} {log}, {found['gb']:.2f} GB of CSV, {options.cores} threads, at most "
    head += f"{options.memory_gb:g} GB; {entry['kept']:,} kept, {bad:,} quarantined. Better of {options.repeats} runs, "
    head += f"alternating, on {os.cpu_count()} cores that other work may have shared. Both write Parquet with Snappy; "
    head += f"{found['written']['plain copy']:.2f} GB and {found['written']['intake']:.2f} GB."
    lines = [
        "| Way | Seconds | Rows a second | Processor seconds | Peak memory, GB |",
        "| --- | --- | --- | --- | --- |",
    ]
    for way, run in ways.items():
        rate = options.rows / run["seconds"]
        lines.append(
            f"| {way} | {run['seconds']:.1f} | {rate:,.0f} | {run['processor_seconds']:.1f} | {run['peak_gb']:.2f} |"
        )
    ratio, cpu = (ways["plain copy"][name] / ways["intake"][name] for name in ("seconds", "processor_seconds"))
    speed = f"Speed of the intake against the plain copy: **{ratio:.2f}** (processor time: {cpu:.2f})."
    return "\n".join([f"### {log.capitalize()}", "", head, "", *lines, "", speed])


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make benchmark", description="Measure the intake against a plain copy.")
    parser.add_argument("--rows", type=int, default=50_000_000)
    parser.add_argument("--logs", nargs="+", choices=list(LOGS), default=list(LOGS))
    parser.add_argument("--memory-gb", type=float, default=2)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--scratch", type=Path, help="folder for the files of the run (some 150 bytes a row)")
    parser.add_argument("--way", choices=list(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.way:
        way = WAYS[options.way]
        timing.print_cost(way(options.folder, options.memory_gb, options.cores))
        return 0
    text = "\n\n".join(section(compare(log, options), options) for log in options.logs)
    timing.write_section(PAGE, (BEGIN, END), "## Intake\n\nMade by `benchmarks/intake.py`.", text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
