"""How long the whole demo takes with a click stream of millions beside its sessions: `make benchmark-demo`.

The demo's own study with one source, one table and the simulator's events more. The district is simulated first, which
is not measured; then `make study` runs from raw files to briefs in a folder of its own. Like the others it is measured
as a whole process; the figure goes into docs/performance.md.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
import timing
from clicks_study import write_study

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "performance.md"
BEGIN, END = "<!-- demo: written by `make benchmark-demo` -->", "<!-- end of demo -->"
HEADING = "## The whole demo with clicks\n\nMade by `benchmarks/demo.py`."
STUDY = "demo_with_clicks"


def run_study(study: Path, *words: str) -> float:
    """Seconds that a call of the study takes."""
    program = REPOSITORY / "workflow" / "scripts" / "commands" / "run_study.py"
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, str(program), "--study", str(study), *words], check=False)
    if done.returncode:
        raise SystemExit("The study did not come to its end; its messages stand above.")
    return time.perf_counter() - begin


def measure(options: argparse.Namespace) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=options.scratch) as name:
        study, roots = Path(name) / STUDY, {root: str(Path(name) / root) for root in ("vault", "results")}
        write_study(REPOSITORY / "config" / "studies" / "demo", study, options.per_course, roots=roots)
        run_study(study, "--until", "simulate_district")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = run_study(study)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        intake = Path(name) / "vault" / STUDY / "identified" / "intake"
        with duckdb.connect() as connection:
            rows = {
                table: int(connection.execute(f"SELECT count(*) FROM '{intake}/{table}.parquet'").fetchall()[0][0])
                for table in ("sessions", "events")
            }
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return {"seconds": seconds, "cpu": cpu, "peak": after.ru_maxrss / 1e6, **rows}


def text(found: dict[str, float]) -> str:
    return (
        f"{found['sessions'] + found['events']:,.0f} records of the log ({found['events']:,.0f} clicks, "
        f"{found['sessions']:,.0f} sessions), from raw files to briefs with every table protected and attacked: "
        f"**{found['seconds']:.0f} seconds** on {os.cpu_count()} cores ({found['cpu']:.0f} processor seconds; the "
        f"largest process {found['peak']:.1f} GB)."
    )


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make benchmark-demo", description="Measure the whole demo with clicks.")
    parser.add_argument("--per-course", type=float, default=167.0, help="clicks of an enrollment, in the mean")
    parser.add_argument("--scratch", type=Path, help="folder for the files of the run (2 GB)")
    found = measure(parser.parse_args(argv))
    timing.write_section(PAGE, (BEGIN, END), HEADING, text(found))
    print(text(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
