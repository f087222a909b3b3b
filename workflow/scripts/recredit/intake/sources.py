"""The raw files of a study: which there are, which are missing, and where the missing ones can be got."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from recredit.configuration import Study
from recredit.errors import ConfigurationError, InputError
from recredit.vault import private_folder, replace_atomically

# A source that is no plain CSV file with a header is unpacked into the vault first (recredit.intake.unpack).
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2")
NAMES = "names.json"
# Formats whose values may hold line breaks and commas; their CSV is written here, never by the district.
CONVERTED = ("json", "json_lines", "sas", "spss", "stata", "spreadsheet")


@dataclass(frozen=True)
class Source:
    """One raw source as ``study.yaml`` declares it (raw.sources); its files all have the same columns.

    ``sha256`` is that of the file the rows are read from, ``packed_sha256`` that of an archive or other file that is
    unpacked first. The other attributes are the keys described in config.schema.yaml.
    """

    name: str
    files: str
    sha256: str | None
    encoding: str
    delimiter: str
    quote: str
    multiline: bool
    missing: tuple[str, ...]
    columns: tuple[str, ...]
    format: str = "csv"
    member: str | None = None
    header: bool = True
    names: Mapping[str, str] = field(default_factory=dict)
    unnamed_columns: str = "refuse"
    partitions: tuple[str, ...] = ()
    sheet: str | None = None
    records: str | None = None
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    packed_sha256: str | None = None

    @property
    def packed(self) -> bool:
        """Whether its files are first unpacked or converted into plain CSV files inside the vault."""
        renamed = bool(self.names or self.partitions) or self.unnamed_columns != "refuse"
        return renamed or self.format != "csv" or not self.header or self.files.casefold().endswith(ARCHIVES)


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
        sources[name] = _source(name, entry)
    return sources


def _source(name: str, entry: Mapping[str, Any]) -> Source:
    lists = {key: tuple(entry[key]) for key in ("missing", "columns", "partitions")}
    fields = {column: (paths,) if isinstance(paths, str) else tuple(paths) for column, paths in entry["fields"].items()}
    source = Source(name=name, **{"sha256": None, **entry, **lists, "fields": fields})
    if source.format in CONVERTED:
        source = replace(source, encoding="utf-8", delimiter=",", quote='"', multiline=True)
    if source.format == "parquet":
        source = replace(source, encoding="utf-8", delimiter=",", quote='"')
    _check_packing(source)
    return replace(source, sha256=None, packed_sha256=source.sha256) if source.packed else source


def _check_packing(source: Source) -> None:
    """Keys that need each other, or exclude each other."""
    archive = source.files.casefold().endswith(ARCHIVES)
    json = source.format in ("json", "json_lines")
    faults = {
        "an archive needs `member`, the path or pattern of its files": archive and not source.member,
        "`member` is for archives (.zip, .tar, .tar.xz, ...)": bool(source.member) and not archive,
        "`header: false` is for CSV, and needs `columns` with all names in order": not source.header
        and (source.format != "csv" or not source.columns),
        "`header: false` cannot be combined with encoding utf-16": not source.header and source.encoding == "utf-16",
        "`sheet` is for format spreadsheet": bool(source.sheet) and source.format != "spreadsheet",
        "format json and json_lines need `fields`, and only they": json != bool(source.fields),
        "`records` is for format json": bool(source.records) and source.format != "json",
    }
    for words, wrong in faults.items():
        if wrong:
            raise ConfigurationError(f"raw.sources.{source.name}: {words}. Correct study.yaml.")


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
    """The raw files of ``study`` that are read where they lie, source by source."""
    sources = sources_of(study.settings).values()
    return [file for source in sources if not source.packed for file in files_of(source, study.raw_folder)]


def packed_files(study: Study) -> list[RawFile]:
    """The raw files of ``study`` that are first unpacked or converted into the vault, source by source."""
    sources = sources_of(study.settings).values()
    return [file for source in sources if source.packed for file in files_of(source, study.raw_folder)]


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
            expected = source.sha256 or source.packed_sha256
            checksum = f", sha256 {expected}" if expected else ""
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


def nameless_files(files: Sequence[RawFile], folder: Path, *, link: bool) -> list[Path]:
    """Stand-ins in ``folder`` for raw ``files`` whose names may hold a person's; the names are listed in names.json.

    The workflow writes down the paths of its inputs (in ``.snakemake``, in logs): it is given the stand-ins, links
    named after source and number. What is right already is left as it is, so that nothing is read again.

    Parameters
    ----------
    link : False for files whose names are our own and which may not exist yet: they stand for themselves.
    """
    private_folder(folder)
    names = json.dumps([file.name for file in files], ensure_ascii=False).encode()
    listed = folder / NAMES
    if not listed.is_file() or listed.read_bytes() != names:
        replace_atomically(listed, names)
    return [_stand_in(file, folder) if link else file.path for file in files]


def _stand_in(file: RawFile, folder: Path) -> Path:
    place = private_folder(folder / file.source) / f"{file.number:06}"
    target = os.path.relpath(file.path, place.parent)
    if not place.is_symlink() or str(place.readlink()) != target:
        temporary = place.with_name(f".{place.name}.{os.getpid()}")
        temporary.symlink_to(target)
        temporary.replace(place)
    return place


def listed_names(listed: Path) -> list[str]:
    """The names of the raw files, in the order of their stand-ins."""
    names: list[str] = json.loads(listed.read_text(encoding="utf-8"))
    return names
