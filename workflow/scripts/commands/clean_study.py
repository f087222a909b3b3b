"""Remove what can be rebuilt of a study's vault: `make clean` calls this. Crosswalk, registry and raw files stay."""

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from recredit.configuration import Study, load_study
from recredit.errors import RecreditError
from recredit.vault import locked

REPOSITORY = Path(__file__).resolve().parents[3]


def rebuildable(study: Study) -> Iterator[Path]:
    """Folders that a run makes again. The district's own raw files are not among them, and neither is the state."""
    identified = study.root("identified")
    keep = {"raw"} if "simulate" not in study.settings else set()
    made_here = (identified / "intake").is_dir() or "simulate" in study.settings
    if identified.is_dir():
        yield from sorted(path for path in identified.iterdir() if path.name not in keep)
    coded = study.root("coded")
    if made_here:
        yield coded
    elif coded.is_dir():
        # The coded tables were handed over, and cannot be made here again.
        yield from sorted(path for path in coded.iterdir() if path.name != "deidentify")
    yield study.root("vault") / ".temporary"
    yield study.root("vault") / ".snakemake"
    yield study.root("vault") / ".jupyter"


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make clean", description="Remove what can be rebuilt of a study's vault.")
    parser.add_argument("--study", help="a name in config/studies, or the path of a study folder")
    options = parser.parse_args(argv)
    try:
        study = load_study(REPOSITORY, {"study": options.study} if options.study else {})
        with locked(study.root("state")):
            for path in rebuildable(study):
                shutil.rmtree(path, ignore_errors=False) if path.is_dir() else path.unlink(missing_ok=True)
    except RecreditError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Removed what can be rebuilt of {study.name}. The crosswalk, the registry, raw files and results stay.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
