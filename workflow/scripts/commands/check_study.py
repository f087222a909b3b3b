"""Read a study's raw files alone and print what became of each row: `make check` calls this."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyarrow import parquet

from recredit.configuration import load_study
from recredit.errors import RecreditError

import run_study  # isort: skip  (the launcher beside this file)

REPOSITORY = Path(__file__).resolve().parents[3]


def ledger_lines(ledger: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The row ledger as lines for a screen: counts and reasons, never a value."""
    for entry in ledger:
        yield f"{entry['table']} from {entry['file']}: {entry['read']} rows read, {entry['kept']} kept"
        if entry["merged"]:
            yield f"    {entry['merged']} were equal to another row and merged with it"
        for what in ("excluded", "quarantined"):
            for reason, count in sorted(entry[what].items()):
                yield f"    {count} {what}: {reason}"


def finding_lines(findings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What the checks found, as lines for a screen: counts in plain words, by table."""
    for finding in findings:
        if finding["count"]:
            counts = f"{finding['count']:,} of {finding['checked']:,} {finding['unit']}"
            yield f"  {finding['severity']}: {finding['table']}.{finding['check']}: {counts}: {finding['what']}"
    silent = sum(not finding["count"] for finding in findings)
    yield f"  {silent} other checks were made and found nothing."


def report_lines(intake: Path) -> Iterator[str]:
    """The whole report of a study's intake, and where it lies by file and school."""
    yield from ledger_lines(json.loads((intake / "ledger.json").read_text(encoding="utf-8")))
    yield ""
    yield "Checks:"
    yield from finding_lines(parquet.read_table(intake / "quality.parquet").to_pylist())
    yield ""
    yield f"By file and school (confidential): {intake / 'quality_report.md'}"
    yield f"The quarantined rows (confidential): {intake / 'quarantine.parquet'}"


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make check", description="Read a study's raw files and print the report.")
    parser.add_argument("--study", help="a name in config/studies, or the path of a study folder")
    options = parser.parse_args(argv)
    given = ["--study", options.study] if options.study else []
    status = run_study.main([*given, "--until", "read_tables"])
    if status:
        return status
    try:
        study = load_study(REPOSITORY, {"study": options.study} if options.study else {})
        lines = list(report_lines(study.root("identified") / "intake"))
    except RecreditError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
