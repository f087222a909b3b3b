"""The raw files of a study: which there are, which are missing, and where the missing ones can be got."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from recredit.configuration import Study
from recredit.errors import ConfigurationError, InputError


@dataclass(frozen=True)
class Source:
    """One raw source as ``study.yaml`` declares it (raw.sources); its files all have the same columns."""

    name: str
    files: str
    sha256: str | None
    encoding: str
    delimiter: str
    quote: str
    multiline: bool
    missing: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class RawFile:
    """One raw file.

    Attributes
    ----------
    source : name of its source.
    number : 1 for the first file of the source, in the order of the names.
    name : its path below the raw folder, as messages and the ledger show it.
    path : where it lies.
    """

    source: str
    number: int
    name: str
    path: Path


def sources_of(settings: Mapping[str, Any]) -> dict[str, Source]:
    """The sources of the merged configuration ``settings``, by name.

    Raises
    ------
    ConfigurationError if a pattern leads out of the raw folder, or a checksum is given for more than one file.
    """
    sources = {}
    for name, entry in settings["raw"]["sources"].items():
        pattern = entry["files"]
        if pattern.startswith(("/", "~")) or ".." in Path(pattern).parts:
            raise ConfigurationError(
                f"raw.sources.{name}.files: the pattern must stay below raw.folder (no '..', no leading '/')."
            )
        if entry.get("sha256") and "*" in pattern:
            raise ConfigurationError(
                f"raw.sources.{name}.sha256: a checksum is for one file, and the pattern holds a '*'. "
                "Name the one file, or leave the checksum out."
            )
        lists = {"missing": tuple(entry["missing"]), "columns": tuple(entry["columns"])}
        sources[name] = Source(name=name, **{"sha256": None, **entry, **lists})
    return sources


def files_of(source: Source, folder: Path) -> list[RawFile]:
    """The files of ``source`` below ``folder`` in the order of their names; a name without ``*`` need not exist yet."""
    if "*" in source.files:
        paths = sorted(path for path in folder.glob(source.files) if path.is_file())
    else:
        paths = [folder / source.files]
    return [
        RawFile(source.name, number, path.relative_to(folder).as_posix(), path)
        for number, path in enumerate(paths, start=1)
    ]


def raw_files(study: Study) -> list[RawFile]:
    """All raw files of ``study``, source by source."""
    sources = sources_of(study.settings).values()
    return [file for source in sources for file in files_of(source, study.raw_folder)]


def planned_files(study: Study, names: Sequence[str]) -> list[RawFile]:
    """The raw files of a simulated study, which may not have been written yet, from the ``names`` it will have.

    Raises
    ------
    ConfigurationError if a source has none of them.
    """
    files = []
    for source in sources_of(study.settings).values():
        own = sorted(name for name in names if PurePosixPath(name).match(source.files))
        if not own:
            raise ConfigurationError(f"raw.sources.{source.name}.files: the simulated district writes no such file.")
        files += [RawFile(source.name, n, name, study.raw_folder / name) for n, name in enumerate(own, start=1)]
    return files


def missing_files(study: Study) -> None:
    """Check that each source of ``study`` has its files.

    Raises
    ------
    InputError, once for all that is missing: which files, where they are looked for, from which publication, licence
    and address they can be got, and the SHA-256 they should have.
    """
    missing = []
    for source in sources_of(study.settings).values():
        files = files_of(source, study.raw_folder)
        if not files or not all(file.path.is_file() for file in files):
            checksum = f", sha256 {source.sha256}" if source.sha256 else ""
            missing.append(f"  {source.files} (source '{source.name}'{checksum})")
    if missing:
        raise InputError("\n".join([_missing_head(study, len(missing)), *missing, *_how_to_get(study)]))


def _missing_head(study: Study, count: int) -> str:
    what = "a raw file is" if count == 1 else f"{count} raw files are"
    return f"{study.name}: {what} missing in {study.raw_folder}:"


def _how_to_get(study: Study) -> list[str]:
    obtain = study.settings["raw"].get("obtain", {})
    labels = {"publication": "Publication", "licence": "Licence", "address": "Address"}
    known = [f"{label}: {obtain[key]}" for key, label in labels.items() if key in obtain]
    return [*known, "Put them there, or set raw.folder in study.yaml to the folder where they lie."]
