"""Note what was published in the study's registry: `make publish RELEASE=name` calls this."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from recredit.configuration import Study, load_study
from recredit.disclosure.registration import registered
from recredit.disclosure.registry import append_release
from recredit.errors import ConfigurationError, RecreditError, VaultError
from recredit.publication.manifest import MANIFEST, compare
from recredit.vault import locked, private_files

REPOSITORY = Path(__file__).resolve().parents[3]
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")


def check_results(study: Study) -> None:
    """Refuse results that are not what the vault last published.

    Raises
    ------
    VaultError saying what to do.
    """
    published, results = study.root("coded") / "publish" / "published.json", study.root("results")
    there = published.is_file() and (results / MANIFEST).is_file()
    if not (there and published.read_bytes() == (results / MANIFEST).read_bytes() and compare(results).agrees):
        raise VaultError(
            f"The results in {results} are not what this vault last published. Run `make study` first, then publish."
        )


def publish(study: Study, name: str) -> bool:
    """Add the results to the registry; False where they stand there already."""
    check_results(study)
    bases = study.root("coded") / "estimate" / "bases"
    files = {path.relative_to(bases).as_posix(): path for path in sorted(bases.rglob("*.parquet"))}
    release = registered(name, study.root("results"), study.root("coded"))
    return append_release(study.root("state") / "registry", release, files)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make publish", description="Note a published release in the registry.")
    parser.add_argument("release", help="a name for the release: small letters, digits, hyphen, underscore, point")
    parser.add_argument("--study", help="a name in config/studies, or the path of a study folder")
    options = parser.parse_args(argv)
    try:
        if not NAME.fullmatch(options.release):
            raise ConfigurationError("RELEASE is a name of small letters, digits, hyphen, underscore and point.")
        study = load_study(REPOSITORY, {"study": options.study} if options.study else {})
        with private_files(), locked(study.root("state")):
            added = publish(study, options.release)
    except RecreditError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"The registry of {study.name} {'now has' if added else 'had'} the release {options.release}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
