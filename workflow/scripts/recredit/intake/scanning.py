"""What is checked in a raw file before a row of it is read: there, whole, in its encoding, with sound line ends."""

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import cast

from recredit.errors import InputError
from recredit.intake.sources import RawFile, Source

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Scan:
    """What a pass over a file found.

    Attributes
    ----------
    path : the text in UTF-8: the file itself, or a converted copy in the scratch folder.
    lines : number of physical lines.
    blank : numbers of the empty lines (from 1), those inside quotes left out.
    """

    path: Path
    lines: int
    blank: tuple[int, ...]


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """``path`` open for reading bytes, unpacked where its name ends in ``.gz``."""
    packed = path.suffix == ".gz"
    with cast(BufferedReader, gzip.open(path, "rb") if packed else path.open("rb")) as stream:
        yield stream


def scan_file(file: RawFile, source: Source, scratch: Path) -> Scan:
    """Check ``file`` and give its lines.

    Parameters
    ----------
    scratch : folder inside the identified zone for a copy in UTF-8, where the file has another encoding.

    Raises
    ------
    InputError if the file is missing, empty, not the declared one, damaged, in another encoding than declared, or
    has line ends of two kinds. The message names the file and the first bad line, never its content.
    """
    check_file(file, source)
    try:
        text = file.path if source.encoding == "utf-8" else _utf8_copy(file, source, scratch)
        return _scan_lines(file, source, text)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{file.name}: the gzip file is damaged or cut off. Copy or export it again.") from error


def check_file(file: RawFile, source: Source) -> None:
    """Check that ``file`` is there, is not empty, and is the declared one.

    Raises
    ------
    InputError that names the file.
    """
    if not file.path.is_file():
        raise InputError(f"{file.name}: the file does not exist. Put it back below raw.folder and run again.")
    if file.path.stat().st_size == 0:
        raise InputError(f"{file.name}: the file is empty (0 bytes). Expected a header line and rows: export it again.")
    _check_sha256(file, source)


def _check_sha256(file: RawFile, source: Source) -> None:
    if source.sha256 is None:
        return
    with file.path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != source.sha256:
        raise InputError(
            f"{file.name}: this is not the file the study was written for. Expected sha256 {source.sha256}, found "
            f"{found}. Fetch it again, or correct raw.sources.{source.name}.sha256 if the new file is right."
        )


def _wrong_encoding(file: RawFile, source: Source, line: int) -> InputError:
    other = "windows-1252 (Excel and older systems) or utf-16" if source.encoding == "utf-8" else "utf-8"
    return InputError(
        f"{file.name}, line {line}: the line is not valid {source.encoding}. If the file was written in another "
        f"encoding, such as {other}, set `encoding:` of source '{source.name}' in study.yaml; else export it again."
    )


def _codec(file: RawFile, source: Source) -> str:
    """The codec to decode with; UTF-16 must say its byte order, or its lines could not be told."""
    if source.encoding != "utf-16":
        return source.encoding
    with opened(file.path) as stream:
        mark = stream.read(2)
    if mark not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise _wrong_encoding(file, source, 1)
    return "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"


def _utf8_copy(file: RawFile, source: Source, scratch: Path) -> Path:
    codec = _codec(file, source)
    decoder = codecs.getincrementaldecoder(codec)("strict")
    copy = scratch / f"{source.name}_{file.number}.csv"
    lines = 1
    with opened(file.path) as stream, copy.open("w", encoding="utf-8", newline="") as target:
        while True:
            block = stream.read(BLOCK_BYTES)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                good = error.object[: error.start].decode(codec, errors="replace")
                raise _wrong_encoding(file, source, lines + good.count("\n")) from None
            target.write(text)
            lines += text.count("\n")
            if not block:
                return copy


def blocks_of_lines(stream: BufferedReader) -> Iterator[bytes]:
    """``stream`` in large runs of whole lines: to look at a run at once is far quicker than at each of its lines."""
    while block := stream.read(BLOCK_BYTES):
        yield block + stream.readline()


def _scan_lines(file: RawFile, source: Source, path: Path) -> Scan:
    blank: list[int] = []
    quote = source.quote.encode() if source.multiline else b""
    number, inside, first_end = 0, False, b""
    with opened(path) as stream:
        for block in blocks_of_lines(stream):
            end = b"" if quote else _end_of_all(block)
            if end and first_end in (b"", end):
                number += block.count(b"\n") + (not block.endswith(b"\n"))
                first_end = end
                continue
            for line in io.BytesIO(block):
                number += 1
                bare = line.rstrip(b"\r\n")
                _check_line(file, source, number, line)
                if not bare and not inside:
                    blank.append(number)
                if quote:
                    inside ^= line.count(quote) % 2 == 1
                else:
                    first_end = _same_end(file, number, first_end, line, bare)
    return Scan(path, number, tuple(blank))


def _end_of_all(block: bytes) -> bytes:
    """The end of all lines of ``block``; empty if it has none, or a line that is blank or needs the exact look."""
    feeds, returns = block.count(b"\n"), block.count(b"\r")
    end = b"\r\n" if returns else b"\n"
    if not feeds or returns not in (0, feeds) or block.count(end) != feeds or b"\0" in block:
        return b""
    if block.startswith(end) or b"\n" + end in block:
        return b""
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return b""
    return end


def _check_line(file: RawFile, source: Source, number: int, line: bytes) -> None:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        raise _wrong_encoding(file, source, number) from None
    if b"\0" in line:
        raise InputError(
            f"{file.name}, line {number}: the line holds a NUL byte, which no text has. The file may be in UTF-16 (set "
            f"`encoding: utf-16` of source '{source.name}' in study.yaml) or damaged (export it again)."
        )


def _same_end(file: RawFile, number: int, first_end: bytes, line: bytes, bare: bytes) -> bytes:
    """The line end of the file's first line; a lone carriage return or a second kind of end would hide a line."""
    end = line[len(bare) :]
    if b"\r" in bare or end not in (b"", first_end or end) or end not in (b"", b"\n", b"\r\n"):
        raise InputError(
            f"{file.name}, line {number}: the line ends of the file are of more than one kind (LF, CRLF, CR). Expected "
            "one kind: save the file again as CSV with LF or CRLF line ends."
        )
    return first_end or end
