"""Members of ZIP and TAR archives, read one after another; nothing an archive says about paths or sizes is trusted."""

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from recredit.errors import InputError
from recredit.intake.sources import RawFile, Source

DAMAGED = (zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, NotImplementedError)
ENCRYPTED = 0x1


@dataclass(frozen=True)
class Member:
    """A file to be unpacked.

    Attributes
    ----------
    name : as messages and the ledger show it: the archive's name and the path in it.
    open : gives its bytes.
    path : where it lies, if it needs no unpacking.
    rank : its place among the wanted members of the archive in the order of their paths, from 0.
    """

    name: str
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    path: Path | None = None
    rank: int = 0


def members_of(file: RawFile, source: Source) -> Iterator[Member]:
    """The members of archive ``file`` that ``source.member`` names.

    They come as they lie in it, since going back in a packed TAR costs a pass each; ``rank`` gives their order by path.

    Raises
    ------
    InputError if the archive is damaged, has a member whose path leads out of the folder, is a link, or is encrypted,
    or has none of the members wanted.
    """
    unpack = _zip_members if file.name.casefold().endswith(".zip") else _tar_members
    found = 0
    try:
        for member in unpack(file, str(source.member)):
            found += 1
            yield member
    except DAMAGED as error:
        raise InputError(f"{file.name}: the archive is damaged or cut off. Copy or export it again.") from error
    if not found:
        raise InputError(
            f"{file.name}: no file in the archive fits raw.sources.{source.name}.member '{source.member}'. Correct the "
            "pattern, or fetch the whole archive."
        )


def _check_path(file: RawFile, path: str) -> None:
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if not parts or parts[0] == "/" or ".." in parts or ":" in parts[0] or "\0" in path:
        raise InputError(
            f"{file.name}: the path of a member leads out of the folder it is unpacked into. Such an archive is "
            "refused whole: have it made again, with relative paths."
        )


def _wanted(path: str, pattern: str) -> bool:
    """Whether ``path`` fits ``pattern``: part by part, `**` for any number of folders; case counts."""
    return _fits(PurePosixPath(path).parts, PurePosixPath(pattern).parts)


def _fits(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_fits(parts[start:], pattern[1:]) for start in range(len(parts) + 1))
    return bool(parts) and PurePosixPath(parts[0]).match(pattern[0]) and _fits(parts[1:], pattern[1:])


def _ranks(paths: Sequence[str], pattern: str) -> dict[str, int]:
    """The place of each path that fits ``pattern`` among them, in the order of the paths."""
    return {path: rank for rank, path in enumerate(sorted(path for path in paths if _wanted(path, pattern)))}


def _zip_members(file: RawFile, pattern: str) -> Iterator[Member]:
    with zipfile.ZipFile(file.path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        for entry in entries:
            _check_path(file, entry.filename)
        ranks = _ranks([entry.filename for entry in entries], pattern)
        for entry in entries:
            if entry.filename not in ranks:
                continue
            if entry.flag_bits & ENCRYPTED:
                raise InputError(
                    f"{file.name}/{entry.filename}: the file is encrypted in the archive. Unpack it by hand into "
                    "raw.folder, or have the archive made without a password."
                )
            opener = partial(archive.open, entry)
            yield Member(f"{file.name}/{entry.filename}", opener, rank=ranks[entry.filename])


def _tar_members(file: RawFile, pattern: str) -> Iterator[Member]:
    with tarfile.open(file.path, "r:*") as archive:
        entries = archive.getmembers()
        for entry in entries:
            _check_path(file, entry.name)
        ranks = _ranks([entry.name for entry in entries if not entry.isdir()], pattern)
        for entry in entries:
            if entry.isdir() or entry.name not in ranks:
                continue
            if not entry.isfile():
                raise InputError(
                    f"{file.name}/{entry.name}: this is a link or device, and no file. Have the archive made again "
                    "with the files themselves."
                )
            opener = partial(_tar_file, archive, entry)
            yield Member(f"{file.name}/{entry.name}", opener, rank=ranks[entry.name])


@contextmanager
def _tar_file(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Iterator[IO[bytes]]:
    stream = archive.extractfile(entry)
    assert stream is not None
    with stream:
        yield stream
