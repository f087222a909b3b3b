"""How fast measures come out of a click stream, beside what a user would write by hand: `make benchmark`.

A simulated district writes its clicks as Parquet; all ways read the same file, each in a process of its own with the
same number of threads, its libraries loaded before the clock starts, DuckDB with the same memory limit. The hand-
written ones give the eight basic measures of each enrollment: sessions, days, active hours, idle hours, idle share,
activities a day, minutes a session and share of sessions outside the school day. The stage, as it runs with a bucket
for each 25 million clicks, lays the clicks apart, writes coded sessions with idle time under all thresholds, and all
measures by course, week and school year. That all ways count the same is checked. The table goes into
docs/performance.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import timing
from measures_by_hand import DONE, ZONE, duckdb_best, duckdb_plain, engine, pandas_way, polars_way

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "performance.md"
BEGIN, END = "<!-- measures: written by `make benchmark` -->", "<!-- end of measures -->"
EVENTS_PER_STUDENT = 188  # of the simulated district, at 167 clicks a course
CLICKS_A_BUCKET = 25_000_000
TABLES = {
    "enrollments": """
        SELECT enrollment_id, split_part(enrollment_id, '/', 1) AS student_id, 'S' AS section_id
        FROM (SELECT DISTINCT enrollment_id FROM events)""",
    "sections": "SELECT 'S' AS section_id, 'N' AS school_id, 'T' AS term_id",
    "terms": "SELECT 'T' AS term_id, DATE '2016-08-16' AS starts_on, DATE '2019-07-19' AS ends_on, 2019 AS school_year",
    "calendar": """
        SELECT day::DATE AS on_date, NULL::VARCHAR AS school_id, isodow(day) < 6 AS is_school_day,
            TIME '08:00' AS first_bell, TIME '15:00' AS last_bell
        FROM generate_series(DATE '2016-08-16', DATE '2019-07-19', INTERVAL 1 DAY) t(day)""",
    "crosswalk": """
        SELECT entity, identifier, 'c' || left(md5(entity || identifier), 16) AS code FROM (
            SELECT 'enrollment' AS entity, enrollment_id AS identifier FROM enrollments
            UNION SELECT 'student', student_id FROM enrollments)""",
    "coded_enrollments": """
        SELECT e.code AS enrollment_id, s.code AS student_id, section_id, 1::BIGINT AS starts_day,
            NULL::BIGINT AS ends_day
        FROM enrollments JOIN crosswalk e ON e.entity = 'enrollment' AND e.identifier = enrollment_id
        JOIN crosswalk s ON s.entity = 'student' AND s.identifier = student_id""",
    "cohort": "SELECT enrollment_id, 'online' AS arm FROM coded_enrollments",
}
# What all ways must agree on: enrollments, sessions, days, active and idle seconds, activities, sessions outside.
TOTALS = "count(*), sum(sessions), sum(days), round(sum(active_hours) * 3600), round(sum(idle_hours) * 3600), "
TOTALS += "round(sum(activities_per_day * days)), round(sum(share_outside_school_day * sessions))"


def totals(folder: Path, way: str) -> list[int]:
    with duckdb.connect() as connection:
        (row,) = connection.execute(f"SELECT {TOTALS} FROM '{folder}/{way}.parquet'").fetchall()
    return [int(value) for value in row]


def stage(folder: Path, options: argparse.Namespace) -> None:
    from recredit.deidentify.click_parts import lay_clicks_apart
    from recredit.deidentify.click_runs import Pauses
    from recredit.deidentify.clicks import write_click_sessions
    from recredit.deidentify.opening import open_tables
    from recredit.engine import connect, write_parquet
    from recredit.measures.bucket import BucketFiles, measure_clicks
    from recredit.measures.combine import Work, combine_measures
    from recredit.measures.sums import Calendar

    def opened() -> duckdb.DuckDBPyConnection:
        return connect(memory_gb=options.memory_gb, threads=options.cores, scratch=folder / "spill")

    pauses = Pauses(30, 5, (2, 5, 10, 30), (DONE,))
    tables = {name: folder / f"{name}.parquet" for name in ("terms", "sections", "enrollments", "events")}
    with opened() as connection:
        events = f"SELECT count(*) FROM read_parquet('{tables['events']}')"
        ((clicks,),) = connection.execute(events).fetchall()
        names = [f"{number:04d}" for number in range(max(1, -(-clicks // CLICKS_A_BUCKET)))]
        open_tables(connection, tables, folder / "crosswalk.parquet")
        lay_clicks_apart(connection, folder / "clicks", len(names), pauses.completed_kinds)
    sums = []
    for number, name in enumerate(names):
        coded = folder / f"coded_{name}.parquet"
        with opened() as connection:
            write_click_sessions(
                connection, folder / "clicks", number, coded, pauses, ZONE, folder / "calendar.parquet",
                memory_gb=options.memory_gb, threads=options.cores,
            )  # fmt: skip
        files = BucketFiles(*(folder / f"{kind}_{name}.parquet" for kind in ("sums", "weeks", "years")))
        with opened() as connection:
            days = Calendar(folder / "coded_enrollments.parquet", None, tables["sections"], tables["terms"])
            measure_clicks(connection, coded, days, files, 30, options.cores)
        sums.append(files.sums)
    with opened() as connection:
        combine_measures(connection, folder / "cohort.parquet", Work(click_sums=sums), 30)
        write_parquet(connection, "measures", folder / "the stage, all measures.parquet")


STAGE, BY_HAND = "the stage, all measures", "DuckDB, best ordered"
WAYS: Mapping[str, Callable[[Path, argparse.Namespace], None]] = {
    STAGE: stage,
    BY_HAND: duckdb_best,
    "DuckDB, window": duckdb_plain,
    "polars": polars_way,
    "pandas": pandas_way,
}

LIBRARIES = {
    STAGE: ("recredit.deidentify.clicks", "recredit.measures.bucket", "recredit.measures.combine"),
    "pandas": ("pandas", "pyarrow.parquet"),
    "polars": ("polars",),
}


def simulate(folder: Path, options: argparse.Namespace) -> int:
    """A simulated district's clicks as a canonical table, and the tables the stage needs; returns their number."""
    program = REPOSITORY / "workflow" / "scripts" / "commands" / "simulate_scale.py"
    students = str(max(100, round(options.events / EVENTS_PER_STUDENT)))
    words = ["--students", students, "--format", "parquet", "--cores", str(options.cores)]
    subprocess.run([sys.executable, str(program), str(folder / "district"), *words], check=True, capture_output=True)
    raw = f"read_parquet('{folder}/district/raw/vendor/events/*.parquet', filename = true, file_row_number = true)"
    with engine(folder, options) as connection:
        connection.execute(
            "COPY (SELECT parse_filename(filename) || '-' || file_row_number AS event_id, "
            '"Student ID" || \'/\' || "Course" AS enrollment_id, "At" AS "at", "Session" AS session_id, '
            f'"Event" AS kind, "Object" AS object FROM {raw}) TO \'{folder}/events.parquet\''
        )
        connection.execute(f"CREATE VIEW events AS FROM '{folder}/events.parquet'")
        for name, query in TABLES.items():
            connection.execute(f"CREATE TEMP TABLE {name} AS {query}")
            connection.execute(f"COPY {name} TO '{folder}/{name}.parquet'")
        shutil.rmtree(folder / "district")
        return int(connection.execute("SELECT count(*) FROM events").fetchall()[0][0])


def measured(way: str, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Seconds, processor seconds and peak memory of ``way`` in a process of its own."""
    done = timing.in_a_process(__file__, way, folder, options)
    if done.returncode:
        return {"stopped": (done.stderr.strip().splitlines() or ["killed, out of memory"])[-1][:80]}
    return dict(json.loads(done.stdout))


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Measure all ways on one file, the best of ``repeats`` runs each, in turn."""
    with tempfile.TemporaryDirectory(dir=options.scratch) as name:
        folder = Path(name)
        rows = simulate(folder, options)
        wanted = [way for way in WAYS if way not in options.without]
        wanted = [way for way in wanted if way not in ("pandas", "polars") or find_spec(way)]
        found: dict[str, list[dict[str, Any]]] = {way: [] for way in wanted}
        for _ in range(options.repeats):
            for way, runs in found.items():
                runs.append(measured(way, folder, options))
        best = {way: min(runs, key=lambda run: run.get("seconds", 1e9)) for way, runs in found.items()}
        counted = {way: totals(folder, way) for way, run in best.items() if "seconds" in run}
        if len({tuple(one) for one in counted.values()}) != 1:
            raise SystemExit(f"The ways do not count the same: {counted}")
        return {"rows": rows, "ways": best, "counted": counted[STAGE]}


def table(found: Mapping[str, Any], options: argparse.Namespace) -> str:
    ways = found["ways"]
    head = f"{found['rows']:,} clicks in {found['counted'][1]:,} sessions of {found['counted'][0]:,} enrollments; "
    head += f"{options.cores} threads, DuckDB limited to {options.memory_gb:g} GB. Best of {options.repeats} runs, in "
    head += f"turn, on {os.cpu_count()} cores that other work may have shared. All ways counted the same."
    lines = [
        "| Way | Seconds | Against the best by hand | Processor seconds | Peak memory, GB |",
        "|---|---:|---:|---:|---:|",
    ]
    for way, run in ways.items():
        if "stopped" in run:
            lines.append(f"| {way} | stopped: {run['stopped']} | | | |")
            continue
        cells = [run["seconds"], run["seconds"] / ways[BY_HAND]["seconds"], run["processor_seconds"], run["peak_gb"]]
        lines.append(f"| {way} | {' | '.join(f'{cell:.2f}' for cell in cells)} |")
    left_out = {way: "left out" if way in options.without else "skipped: not installed" for way in WAYS}
    lines += [f"| {way} | {left_out[way]} | | | |" for way in WAYS if way not in ways]
    return "\n".join([head, "", *lines])


def write_page(text: str, rows: int, page: Path = PAGE) -> None:
    """Put ``text`` between the marks of docs/performance.md; a run of another size stands beside it."""
    kept = {part.split(" million")[0]: part for part in timing.section(page, (BEGIN, END)).split("\n### ")[1:]}
    size = f"{rows / 1e6:.0f}"
    kept[size] = f"{size} million clicks\n\n{text}\n"
    parts = "".join(f"\n### {kept[one].strip()}\n" for one in sorted(kept, key=int))
    heading = "## Measures from clicks\n\nMade by `benchmarks/measures.py`."
    timing.write_section(page, (BEGIN, END), heading, parts)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make benchmark", description="Measure the measures against ways by hand.")
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--memory-gb", type=float, default=2)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=2)
    others = [way for way in WAYS if way not in (STAGE, BY_HAND)]
    parser.add_argument(
        "--without", nargs="*", choices=others, default=[], help="ways to leave out, for want of memory"
    )
    parser.add_argument("--scratch", type=Path, help="folder for the files of the run (some 60 bytes a click)")
    parser.add_argument("--way", choices=list(WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser


def main(argv: Sequence[str]) -> int:
    options = arguments().parse_args(argv)
    if options.way:
        for library in LIBRARIES.get(options.way, ()):
            import_module(library)
        timing.print_cost(lambda: WAYS[options.way](options.folder, options))
        return 0
    found = compare(options)
    text = table(found, options)
    write_page(text, found["rows"])
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
