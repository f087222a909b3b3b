"""Read a study's raw files alone and print what became of each row: `make check` calls this."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from recredit.configuration import load_study
from recredit.errors import RecreditError

import run_study  # isort: skip  (the launcher beside this file)

REPOSITORY = Path(__file__).resolve().parents[3]


def ledger_lines(ledger: list[dict[str, Any]]) -> Iterator[str]:
    """The row ledger as lines for a screen: counts and reasons, never a value."""
    for entry in ledger:
        yield f"{entry['table']} from {entry['file']}: {entry['read']} rows read, {entry['kept']} kept"
        if entry["merged"]:
            yield f"    {entry['merged']} were equal to another row and merged with it"
        for what in ("excluded", "quarantined"):
            for reason, count in sorted(entry[what].items()):
                yield f"    {count} {what}: {reason}"


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
        ledger = json.loads((study.root("identified") / "intake" / "ledger.json").read_text(encoding="utf-8"))
    except RecreditError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(ledger_lines(ledger)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
