"""Raw files that are no plain CSV: each becomes one CSV file in UTF-8 inside the vault, in an order by name.

A row's number stays that of the line in the unpacked file, which for CSV files is the line in the district's own file.
"""

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from recredit.errors import InputError
from recredit.intake.scanning import opened
from recredit.intake.sources import ARCHIVES, RawFile, Source
from recredit.intake.unpack_archives import Member, members_of
from recredit.intake.unpack_json import convert_json
from recredit.intake.unpack_parquet import convert_parquet
from recredit.intake.unpack_statistics import convert_statistics
from recredit.vault import private_folder

INDEX = "files.json"
BYTES_PER_GB = 1 << 30
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Unpacking:
    """Where to, and how much may be used.

    Attributes
    ----------
    folder : in the identified zone; everything in it is made anew.
    limit_gb : unpacked size over all archives at which one is refused.
    memory_gb, threads : what DuckDB may use for Parquet.
    """

    folder: Path
    limit_gb: float
    memory_gb: float
    threads: int


class _Room:
    """Counts unpacked bytes: what an archive says about its size is not believed."""

    def __init__(self, limit_gb: float) -> None:
        self.left = int(limit_gb * BYTES_PER_GB)
        self.limit_gb = limit_gb

    def take(self, count: int, name: str) -> None:
        self.left -= count
        if self.left < 0:
            raise InputError(
                f"{name}: unpacked, the archives of the study are larger than {self.limit_gb:g} GB. An archive that "
                "grows without end would fill the disk: if it is right, raise raw.unpacked_limit_gb in study.yaml."
            )


def unpack_files(files: Sequence[RawFile], sources: Mapping[str, Source], unpacking: Unpacking) -> list[RawFile]:
    """Unpack and convert ``files`` into ``unpacking.folder``; the plain files that came out, source by source.

    Raises
    ------
    InputError for a file that is missing, is not the declared one, is damaged, encrypted or too large unpacked, has a
    member whose path leads out of the folder, or is not of the declared format.
    """
    shutil.rmtree(unpacking.folder, ignore_errors=True)
    private_folder(unpacking.folder)
    room = _Room(unpacking.limit_gb)
    made: list[RawFile] = []
    for file in files:
        source = sources[file.source]
        _check_file(file, source)
        private_folder(unpacking.folder / source.name)
        before = sum(one.source == source.name for one in made)
        for member in _members(file, source):
            number = before + 1 + member.rank
            target = unpacking.folder / source.name / f"{number:05d}.csv"
            _unpack_member(member, source, target, unpacking, room)
            made.append(RawFile(source.name, number, member.name, target))
    made.sort(key=lambda one: (list(sources).index(one.source), one.number))
    _write_index(made, unpacking.folder)
    return made


def list_unpacked(folder: Path) -> list[RawFile]:
    """The plain files that :func:`unpack_files` left in ``folder``."""
    entries = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return [
        RawFile(entry["source"], entry["number"], entry["name"], folder / entry["source"] / entry["file"])
        for entry in entries
    ]


def _write_index(files: Sequence[RawFile], folder: Path) -> None:
    entries = [{"source": one.source, "number": one.number, "name": one.name, "file": one.path.name} for one in files]
    (folder / INDEX).write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _check_file(file: RawFile, source: Source) -> None:
    if not file.path.is_file():
        raise InputError(f"{file.name}: the file does not exist. Put it back below raw.folder and run again.")
    if source.packed_sha256 is None:
        return
    with file.path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != source.packed_sha256:
        raise InputError(
            f"{file.name}: this is not the file the study was written for. Expected sha256 {source.packed_sha256}, "
            f"found {found}. Fetch it again, or correct raw.sources.{source.name}.sha256 if the new file is right."
        )


def _members(file: RawFile, source: Source) -> Iterator[Member]:
    """The files inside ``file``, or ``file`` itself."""
    if file.name.casefold().endswith(ARCHIVES):
        yield from members_of(file, source)
        return

    @contextmanager
    def itself() -> Iterator[IO[bytes]]:
        with opened(file.path) as stream:
            yield stream

    yield Member(file.name, itself, file.path)


def _unpack_member(member: Member, source: Source, target: Path, unpacking: Unpacking, room: _Room) -> None:
    if source.format == "csv":
        _copy_csv(member, source, target, room)
        return
    path = member.path or _extract(member, target.with_suffix(".packed"), room)
    converters: Mapping[str, Callable[[], None]] = {
        "parquet": lambda: convert_parquet(path, member.name, source, target, unpacking.memory_gb, unpacking.threads),
        "json": lambda: convert_json(path, member.name, source, target),
        "json_lines": lambda: convert_json(path, member.name, source, target),
    }
    converters.get(source.format, lambda: convert_statistics(path, member.name, source, target))()
    if path != member.path:
        path.unlink()


def _extract(member: Member, target: Path, room: _Room) -> Path:
    with member.open() as stream, target.open("wb") as copy:
        _copy_bytes(member, stream, copy, room)
    return target


def _copy_bytes(member: Member, stream: IO[bytes], copy: IO[bytes], room: _Room) -> None:
    while block := stream.read(BLOCK_BYTES):
        room.take(len(block), member.name)
        copy.write(block)


def _copy_csv(member: Member, source: Source, target: Path, room: _Room) -> None:
    """A CSV file, its header as the study declares it; its rows stay as they are, byte by byte, on their lines."""
    with member.open() as stream, target.open("wb") as copy:
        if source.header and (source.names or source.unnamed_columns != "refuse"):
            copy.write(_renamed(stream.readline(), member.name, source))
        _copy_bytes(member, stream, copy, room)


def _renamed(line: bytes, name: str, source: Source) -> bytes:
    """The header ``line`` under the names of the study."""
    try:
        text = line.decode(source.encoding).removeprefix("\ufeff").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}, line 1: the header is not valid {source.encoding}. Correct `encoding:` of source '{source.name}'."
        ) from error
    quoting = {"quotechar": source.quote} if source.quote else {"quoting": csv.QUOTE_NONE}
    found = [one.strip() for one in next(csv.reader([text], delimiter=source.delimiter, **quoting), [])]
    own = {theirs: ours for ours, theirs in source.names.items()}
    for theirs in own.keys() - set(found):
        raise InputError(
            f"{name}, header: the column '{theirs}' of raw.sources.{source.name}.names is missing. Correct the map."
        )
    names = _with_names([own.get(one, one) for one in found], source)
    return _header_line(names, source, line[len(line.rstrip(b"\r\n")) :])


def _with_names(names: Sequence[str], source: Source) -> list[str]:
    """``names`` of a header, those without one treated as ``source.unnamed_columns`` says."""
    named = list(names)
    while source.unnamed_columns == "drop" and named and not named[-1]:
        named.pop()
    if source.unnamed_columns == "refuse":
        return named
    return [one or f"unnamed_{place}" for place, one in enumerate(named, start=1)]


def _header_line(names: Sequence[str], source: Source, end: bytes) -> bytes:
    quote = source.quote
    cells = [f"{quote}{one.replace(quote, quote * 2)}{quote}" if quote else one for one in names]
    return source.delimiter.join(cells).encode(source.encoding) + end
