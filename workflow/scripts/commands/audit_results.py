"""Check a study's results against their manifest, without any data: `make audit` calls this."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from recredit.configuration import load_study
from recredit.errors import RecreditError
from recredit.publication.manifest import MANIFEST, Comparison, compare, sha256

REPOSITORY = Path(__file__).resolve().parents[3]


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make audit", description="Check results/<study> against its manifest.")
    parser.add_argument("study", help="a name in config/studies, or the path of a study folder")
    parser.add_argument("--results", type=Path, help="the results folder, where it lies elsewhere (as downloaded)")
    return parser.parse_args(argv)


def verdict(results: Path, comparison: Comparison) -> str:
    """What a person reads: each file that differs, or that all agree."""
    if comparison.agrees:
        own = sha256((results / MANIFEST).read_bytes())
        return (
            f"All {len(comparison.agreeing)} files in {results} agree with the manifest: none was changed, added or "
            f"removed since publication.\nThe manifest's own SHA-256 is {own}; compare it with the published one."
        )
    differences = {"changed": comparison.changed, "added": comparison.added, "removed": comparison.removed}
    lines = [f"  {what}: {name}" for what, names in differences.items() for name in names]
    agreeing = f"{len(comparison.agreeing)} other files agree."
    return "\n".join([f"{results} does not agree with its manifest:", *lines, agreeing])


def main(argv: Sequence[str]) -> int:
    """Status 0 where all agrees, 1 where a file differs or there is no manifest, 2 for an unknown study."""
    options = arguments(argv)
    try:
        results = options.results or load_study(REPOSITORY, {"study": options.study}).root("results")
    except RecreditError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        comparison = compare(results)
    except RecreditError as error:
        print(error, file=sys.stderr)
        return 1
    print(verdict(results, comparison), file=sys.stdout if comparison.agrees else sys.stderr)
    return 0 if comparison.agrees else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
