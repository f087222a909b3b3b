"""A look at a district's files: encoding, delimiter, header, and how dates are written, from the first rows."""

import codecs
import csv
import gzip
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from recredit.intake.sources import ARCHIVES, RawFile, Source
from recredit.intake.unpack_archives import members_of

ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz")
DELIMITERS = (",", "\t", ";", "|")
LOOKED_BYTES = 1 << 20
LOOKED_ROWS = 2_000
# Python stops at fields of 128 kB; what is looked at is no longer than this.
csv.field_size_limit(1 << 30)
DATES = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%m/%d/%y", "%d-%b-%Y", "%b %d, %Y")
CLOCKS = (
    *("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"),
    *("%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %H:%M"),
)


@dataclass(frozen=True)
class LookedAt:
    """What the beginning of one file shows.

    Attributes
    ----------
    name : path below the folder, with a `*` where it stands for several files; of a file in an archive its path there
        behind that of the archive.
    names : names of the columns; empty where the first line looks like a record.
    samples : the values of each column in the first rows, without missing ones.
    """

    name: str
    encoding: str
    delimiter: str
    names: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]


def look_at(folder: Path) -> tuple[list[LookedAt], list[str]]:
    """All delimited files below ``folder``, those in archives too, and the names of the files of other kinds.

    Raises
    ------
    InputError for an archive that is damaged, encrypted, or has a path that leads out of it.
    """
    files, others = [], []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.name.lower().endswith(ENDINGS) and path.stat().st_size:
            files.append(_look(_beginning(path), name))
        elif path.name.lower().endswith(ARCHIVES):
            for member, head in _members(path, name):
                if member.lower().endswith(ENDINGS[:3]) and head:
                    files.append(_look(head, member))
                else:
                    others.append(member)
        else:
            others.append(name)
    return _together(files), others


def archive_of(name: str) -> tuple[str, str | None]:
    """The file of the folder that ``name`` stands for, and the path inside it where it is an archive."""
    endings = "|".join(re.escape(ending) for ending in ARCHIVES)
    found = re.match(rf"(.*?(?:{endings}))/(.+)", name, flags=re.IGNORECASE)
    return (found[1], found[2]) if found else (name, None)


def _members(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """The files of an archive under the archive's name and their path in it, each with its first bytes."""
    everything = Source(name, name, None, "utf-8", ",", '"', multiline=False, missing=(), columns=(), member="**")
    found = []
    for member in members_of(RawFile(name, 1, name, path), everything):
        with member.open() as stream:
            found.append((member.name, stream.read(LOOKED_BYTES)))
    yield from sorted(found)


def _beginning(path: Path) -> bytes:
    opener = gzip.open if path.suffix == ".gz" else open
    with cast(IO[bytes], opener(path, "rb")) as stream:
        return stream.read(LOOKED_BYTES)


def _together(files: Sequence[LookedAt]) -> list[LookedAt]:
    """``files`` with those of one kind made one: their names differ in digits alone, and their headers not at all."""
    kinds: dict[tuple[str | tuple[str, ...], ...], list[LookedAt]] = {}
    for file in files:
        pattern = re.sub(r"\d+", "*", file.name, count=1) if len(re.findall(r"\d+", file.name)) == 1 else file.name
        alone = () if file.names else (file.name,)
        kinds.setdefault((pattern, file.encoding, file.delimiter, file.names, *alone), []).append(file)
    joined = []
    for kind, same in kinds.items():
        samples = tuple(
            tuple(value for part in parts for value in part)
            for parts in zip(*(file.samples for file in same), strict=True)
        )
        joined.append(replace(same[0], name=str(kind[0]), samples=samples) if len(same) > 1 else same[0])
    return joined


def _look(head: bytes, name: str) -> LookedAt:
    encoding = _encoding(head)
    text = head.decode(encoding, errors="ignore").removeprefix("\ufeff")
    lines = text.splitlines(keepends=True)
    lines = lines[:-1] if len(head) == LOOKED_BYTES else lines
    delimiter = _delimiter(lines[:50])
    rows = [row for row in csv.reader(lines[: LOOKED_ROWS + 1], delimiter=delimiter) if row]
    names = tuple(cell.strip() for cell in rows[0]) if rows else ()
    if any(_is_value(cell) for cell in names) or len({cell.casefold() for cell in names}) < len(names):
        return LookedAt(name, encoding, delimiter, (), ())
    full = [row for row in rows[1:] if len(row) == len(names)]
    samples = tuple(tuple(cell.strip() for cell in column if cell.strip()) for column in zip(*full, strict=True))
    return LookedAt(name, encoding, delimiter, names, samples or tuple(() for _ in names))


def _encoding(head: bytes) -> str:
    """An encoding that the intake can be told; bytes that are no UTF-8 are most often windows-1252."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        # A character that the end of the look cut in two is no fault.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _delimiter(lines: Sequence[str]) -> str:
    """The sign that splits the first lines most evenly into most columns."""

    def columns(sign: str) -> tuple[float, int]:
        counts = [len(row) for row in csv.reader(lines, delimiter=sign) if row]
        usual = max(set(counts), key=counts.count) if counts else 1
        return (counts.count(usual) / len(counts) if usual > 1 else 0.0, usual)

    return max(DELIMITERS, key=columns)


def _is_value(cell: str) -> bool:
    """Whether a cell of the first line is a value: no name begins with a digit, is empty, or holds an @."""
    return not cell or "@" in cell or bool(re.match(r"[-+]?\d", cell))


def formats_of(values: Iterable[str], forms: Sequence[str]) -> list[str]:
    """Those of ``forms`` in which all ``values`` can be read; none where there is no value."""
    distinct = list(dict.fromkeys(values))
    return [form for form in forms if distinct and all(_reads(value, form) for value in distinct)]


def _reads(value: str, form: str) -> bool:
    try:
        moment = datetime.strptime(re.sub(r"[Zz]$", "+0000", value) if "%z" in form else value, form)
    except ValueError:
        return False
    return 1900 <= moment.year <= 2100
