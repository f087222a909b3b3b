"""What a state, a vendor and a nation cost: measured per bucket of students, multiplied out, written to docs/scale.md.

The stage runs on one core over simulated clicks of two sizes, each in a process of its own (as `benchmarks/measures.py`
runs it). The difference between the two gives the cost of a click; what remains of the smaller one is that of a job.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import measures
import timing

PAGE = measures.REPOSITORY / "docs" / "scale.md"
BEGIN, END = "<!-- scale: written by `make benchmark-scale` -->", "<!-- end of scale -->"
# Rows of a log; a nation is our figure: 15 million high-school students, 1,700 clicks each.
SIZES = {"a large district": 5_000_000, "a state": 50_000_000, "a vendor": 5_000_000_000, "a nation": 25_500_000_000}
BUCKET_ROWS = 10_000_000


@dataclass(frozen=True)
class Cost:
    """What one job of ``rows`` clicks took on one core."""

    rows: int
    core_seconds: float
    peak_gb: float


def measured(events: int, memory_gb: float, scratch: Path | None) -> Cost:
    """The cost of one job with ``events`` clicks."""
    options: Any = SimpleNamespace(events=events, memory_gb=memory_gb, cores=1, scratch=scratch)
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        folder = Path(name)
        rows = measures.simulate(folder, options)
        runs = [measures.measured(measures.STAGE, folder, options) for _ in range(2)]
        best = min(runs, key=lambda run: float(run["processor_seconds"]))
    return Cost(rows, float(best["processor_seconds"]), float(best["peak_gb"]))


def table(small: Cost, large: Cost, memory_gb: float) -> str:
    a_million = (large.core_seconds - small.core_seconds) / (large.rows - small.rows) * 1e6
    a_job = max(small.core_seconds - a_million * small.rows / 1e6, 0.0)
    lines = [
        f"Measured on one core, DuckDB limited to {memory_gb:g} GB: {small.rows:,} clicks {small.core_seconds:.1f} "
        f"core seconds, peak {small.peak_gb:.2f} GB; {large.rows:,} clicks {large.core_seconds:.1f} core seconds, peak "
        f"{large.peak_gb:.2f} GB. So a million clicks cost {a_million:.2f} core seconds, and a job {a_job:.1f}. In "
        f"the table a bucket holds {BUCKET_ROWS / 1e6:.0f} million clicks, and needs the limit's memory and half a GB.",
        "",
        "| Log | Rows | Buckets | Core hours | Hours on 100 cores | Memory a job, GB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, rows in SIZES.items():
        buckets = -(-rows // BUCKET_ROWS)
        hours = (rows / 1e6 * a_million + buckets * a_job) / 3600
        lines.append(
            f"| {name} | {rows:,} | {buckets:,} | {hours:,.2f} | {hours / min(100, buckets):,.2f} | "
            f"{memory_gb + 0.5:.1f} |"
        )
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make benchmark-scale", description="Measure the cost of a bucket.")
    parser.add_argument("--events", type=int, default=4_000_000)
    parser.add_argument("--memory-gb", type=float, default=2)
    parser.add_argument("--scratch", type=Path)
    options = parser.parse_args(argv)
    small, large = (
        measured(events, options.memory_gb, options.scratch) for events in (options.events // 4, options.events)
    )
    text = table(small, large, options.memory_gb)
    timing.write_section(PAGE, (BEGIN, END), "## What it costs", text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
