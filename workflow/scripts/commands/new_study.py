"""Start a study from a folder of exports: `make new-study NAME=x RAW=folder` calls this. It never overwrites a file."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from recredit.configuration import read_yaml
from recredit.contract import load_contract
from recredit.errors import ConfigurationError, RecreditError
from recredit.proposal.files import LookedAt, look_at
from recredit.proposal.matching import Match, propose
from recredit.proposal.writing import adapter_text, open_points, source_names, study_text

REPOSITORY = Path(__file__).resolve().parents[3]


def study_folder(name: str) -> Path:
    """The folder of the new study: a plain name lies in config/studies, a path where it says.

    Raises
    ------
    ConfigurationError if it is there already, or no name is given.
    """
    if not name:
        raise ConfigurationError("NAME is missing. Give a name for config/studies, or the path of a new folder.")
    folder = Path(name).expanduser() if "/" in name else REPOSITORY / "config" / "studies" / name
    if folder.exists():
        raise ConfigurationError(f"{folder} is there already, and nothing is overwritten. Give another NAME.")
    return folder.resolve()


def raw_folder(raw: str) -> Path:
    folder = Path(raw).expanduser().resolve()
    if not raw or not folder.is_dir():
        raise ConfigurationError(f"RAW: there is no folder '{raw}'. Give the folder with the district's files.")
    return folder


def write_study(folder: Path, raw: Path, files: Sequence[LookedAt], matches: Sequence[Match]) -> None:
    version = int((REPOSITORY / "config" / "contract" / "version").read_text(encoding="utf-8"))
    sources = source_names(files)
    texts = {"study.yaml": study_text(folder.name, version, raw, files, matches, sources)}
    texts |= {f"{match.table.name}.sql": adapter_text(match, sources[match.file.name]) for match in matches}
    folder.mkdir(parents=True)
    for name, text in texts.items():
        with (folder / name).open("x", encoding="utf-8") as file:
            file.write(text)


def summary(folder: Path, files: Sequence[LookedAt], others: Sequence[str], matches: Sequence[Match]) -> list[str]:
    """What was proposed and what is open, in lines for a screen: names of files and columns, never a value."""
    lines = [f"Wrote {folder} with {len(matches)} tables from {len(files)} files."]
    for match in matches:
        points = list(open_points(match))
        found = f"{len(match.headers)} of {len(match.table.columns)} columns"
        lines.append(f"  {match.table.name} from {match.file.name}: {found}, {len(points)} open")
        lines += [f"      OPEN: {words}" for words in points]
    used = {match.file.name for match in matches}
    lines += [f"  {file.name}: {_why_unused(file)}" for file in files if file.name not in used]
    lines += [f"  {name}: not looked at (no CSV, TSV or text, nor an archive of them)" for name in others]
    lines.append(f"Next: read study.yaml and the adapters, settle what is OPEN, then `make check STUDY={folder}`.")
    return lines


def _why_unused(file: LookedAt) -> str:
    if file.names:
        return "fits no canonical table by its header; an adapter may still read it"
    return "its first line looks like a record and not like a header (or names a column twice)"


def propose_study(name: str, raw: str, synonyms: Mapping[str, Sequence[str]]) -> list[str]:
    """Write the study's folder; the summary."""
    folder, source = study_folder(name), raw_folder(raw)
    files, others = look_at(source)
    matches = propose(files, load_contract(REPOSITORY / "config" / "contract"), synonyms)
    if not matches:
        raise ConfigurationError(f"RAW: no file below {source} fits a table of the contract (docs/contract.md).")
    write_study(folder, source, files, matches)
    return summary(folder, files, others, matches)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make new-study", description="Start a study from a folder of exports.")
    parser.add_argument("--name", required=True, help="a name for config/studies, or the path of a new folder")
    parser.add_argument("--raw", required=True, help="folder with the district's files")
    options = parser.parse_args(argv)
    try:
        lines = propose_study(options.name, options.raw, read_yaml(REPOSITORY / "config" / "synonyms.yaml"))
    except RecreditError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
