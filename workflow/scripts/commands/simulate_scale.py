"""Write a simulated district of any size, with its click stream, and print rows, seconds and memory."""

import argparse
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

from recredit.configuration import read_yaml
from simulator.district import make_plan, write_raw
from simulator.reading import EVENT_FORMATS, read_settings

DISTRICT = Path(__file__).resolve().parents[3] / "config" / "studies" / "demo" / "district.yaml"


def main() -> int:
    """Write the district below a folder; 100 to 650,000 students, 16,000 to 115 million events at 167 a course."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--students", type=int, default=30_000)
    parser.add_argument("--events-per-course", type=float, default=167.0)
    parser.add_argument("--format", choices=EVENT_FORMATS, default="parquet")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--seed", type=int, default=20260101)
    given = parser.parse_args()
    start = time.monotonic()
    base = read_yaml(DISTRICT)
    base["scale"] = given.students / base["students"]
    settings = read_settings(base)
    settings = replace(
        settings, events=replace(settings.events, format=given.format, per_course=given.events_per_course)
    )
    plan, _ = make_plan(settings, given.seed)
    tally, _ = write_raw(plan, given.folder / "raw", given.folder / "students.csv", given.cores)
    for name, count in tally.counts.items():
        print(f"{name}: {count:,}")
    for who, label in ((resource.RUSAGE_SELF, "this process"), (resource.RUSAGE_CHILDREN, "largest other process")):
        print(f"peak memory of {label}: {resource.getrusage(who).ru_maxrss / 1024:,.0f} MB")
    print(f"{time.monotonic() - start:.0f} seconds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
