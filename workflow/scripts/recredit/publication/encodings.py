"""The texts that stand in a file in another form: escaped, in hexadecimal digits, in base64, packed or compressed.

Everything is decoded once, whatever the number of identifiers that are looked for: the work grows with the file alone.
"""

import base64
import binascii
import bz2
import html
import io
import json
import lzma
import re
import tarfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from pypdf.errors import PyPdfError

from recredit.publication.pdf_shape import pdf_text

# A container in a container in a container; what is deeper, or larger in all, is refused and not searched in part.
MAXIMUM_DEPTH = 6
MAXIMUM_BYTES = 1 << 29
# Base64 of the shortest identifier that is looked for (5 characters), and its hexadecimal digits.
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{7,}")
# Long base64 is often broken into lines of 64 or 76 characters.
_BROKEN_LINE = re.compile(rb"(?<=[A-Za-z0-9+/]{60})(?:\r?\n|\\n)(?=[A-Za-z0-9+/=])")
_HEXADECIMAL = re.compile(rb"[0-9a-fA-F]{10,}|(?:[0-9a-fA-F]{2}[ :\\x]{1,2}){5,}[0-9a-fA-F]{2}")
_BETWEEN_DIGITS = re.compile(rb"[ :\\x]")
_URL, _ENTITY, _ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}"), re.compile(r"&#?\w+;"), re.compile(r"\\u[0-9a-fA-F]{4}")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_PICTURE = re.compile(rb"/Subtype\s*/Image")
_NUMBER = re.compile(r"(?<![^\s\[\]<>])[+-]?(?:\d+\.?\d*|\.\d+)(?![^\s\[\]<>])")


class TooMuchPackedError(Exception):
    """A file unpacks to more than is searched."""


@dataclass(frozen=True)
class View:
    """A text found in a file.

    Attributes
    ----------
    encoded : whether it comes out of hexadecimal digits or base64, where what stands beside an identifier may be
        anything, so that its borders say nothing.
    """

    text: str
    encoded: bool = False


def views(content: bytes, *, pages: bool = True) -> Iterator[View]:
    """All texts in `content`: as it stands, unescaped, decoded and unpacked, again and again.

    Parameters
    ----------
    pages : whether the words of a PDF are read, too (its other streams always are).

    Raises
    ------
    TooMuchPackedError beyond MAXIMUM_DEPTH or MAXIMUM_BYTES.
    """
    yield from _Search(pages).of(content, 0)


class _Search:
    def __init__(self, pages: bool) -> None:
        self._pages = pages
        self._left = MAXIMUM_BYTES

    def of(self, content: bytes, depth: int) -> Iterator[View]:
        self._left -= len(content)
        if depth > MAXIMUM_DEPTH or self._left < 0:
            raise TooMuchPackedError
        if content.startswith(b"%PDF-"):
            yield from self._pdf(content, depth)
            return
        for inside in _unpacked(content):
            yield from self.of(inside, depth + 1)
        for text in texts_of(content):
            yield View(text)
        yield from self._decoded(content, depth)

    def _pdf(self, content: bytes, depth: int) -> Iterator[View]:
        if self._pages:
            yield View(pdf_text(content)[0])
        # Numbers of a PDF's own syntax are places, colours and lengths; the words on its pages are read above.
        yield View(_NUMBER.sub(" ", _STREAM.sub(b" ", content).decode("latin-1")))
        for match in _STREAM.finditer(content):
            # The pixels of a picture are no text; everything else that is compressed is looked into.
            if not _PICTURE.search(content[max(0, match.start() - 400) : match.start()].rpartition(b" obj")[2]):
                inside = _inflated(match.group(1))
                yield from (View(_NUMBER.sub(" ", view.text), view.encoded) for view in self.of(inside, depth + 1))

    def _decoded(self, content: bytes, depth: int) -> Iterator[View]:
        pieces = [*_from_hexadecimal(content), *_from_base64(content)]
        if pieces:
            yield View(b"\n".join(pieces).decode("utf-8", errors="replace"), encoded=True)
        for piece in pieces:
            # Another layer of encoding or a container: only such pieces are looked into again.
            if len(piece) >= 8 and (_looks_like_text(piece) or next(_unpacked(piece), None) is not None):
                yield from self.of(piece, depth + 1)


def texts_of(content: bytes) -> Iterator[str]:
    """`content` as text, and once more with each kind of escape resolved that occurs in it."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[1:8:2] == b"\0\0\0\0" or content[0:8:2] == b"\0\0\0\0":
        yield content.decode("utf-16-be" if content[:1] in (b"\0", b"\xfe") else "utf-16-le", errors="replace")
    text = content.decode("utf-8", errors="replace")
    yield text
    resolved = text
    if _URL.search(resolved):
        resolved = urllib.parse.unquote_plus(resolved)
    if _ENTITY.search(resolved):
        resolved = html.unescape(resolved)
    if _ESCAPE.search(resolved):
        resolved = _ESCAPE.sub(lambda match: json.loads(f'"{match.group()}"'), resolved)
    if resolved != text:
        yield resolved
    if "\ufffd" in text:
        yield content.decode("latin-1")


def _looks_like_text(piece: bytes) -> bool:
    try:
        text = piece.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return len(piece) >= 12 and text.isprintable()


def _from_base64(content: bytes) -> Iterator[bytes]:
    """What runs of base64 decode to, begun at each of four characters: a run may have words before it."""
    joined = _BROKEN_LINE.sub(b"", content)
    for run in _BASE64.findall(joined):
        plain = run.replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):
            part = plain[start:]
            # One character alone at the end holds no byte; two and three hold one and two.
            part = part[: len(part) - (len(part) % 4 == 1)]
            yield binascii.a2b_base64(part + b"=" * (-len(part) % 4))


def _from_hexadecimal(content: bytes) -> Iterator[bytes]:
    for run in _HEXADECIMAL.findall(content):
        digits = _BETWEEN_DIGITS.sub(b"", run)
        for start in range(2):
            part = digits[start:]
            yield bytes.fromhex(part[: len(part) // 2 * 2].decode())


def _inflated(content: bytes) -> bytes:
    """`content` out of a Flate stream; as it is where it is none."""
    try:
        return zlib.decompressobj().decompress(content, MAXIMUM_BYTES)
    except zlib.error:
        return content


def _gzip(content: bytes) -> Iterator[bytes]:
    rest = content
    while rest.startswith(b"\x1f\x8b\x08"):
        reader = zlib.decompressobj(31)
        yield reader.decompress(rest, MAXIMUM_BYTES)
        rest = reader.unused_data


def _zip(content: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            yield member.filename.encode() + b"\n" + member.comment
            yield archive.read(member)
        yield archive.comment


def _tar(content: bytes) -> Iterator[bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            yield member.name.encode()
            file = archive.extractfile(member)
            yield file.read() if file else b""


def _parquet(content: bytes) -> Iterator[bytes]:
    """Column names, metadata and all values that are no figures, one a line."""
    file = pq.ParquetFile(io.BytesIO(content))
    schema = file.schema_arrow
    yield "\n".join([*schema.names, *map(repr, (schema.metadata or {}).items())]).encode()
    table = file.read()
    for name in schema.names:
        values = table[name].combine_chunks()
        text = values.cast(pa.string()) if not pa.types.is_nested(values.type) else pa.array(map(str, values))
        yield "\n".join(value for value in text.unique().to_pylist() if value is not None).encode()


_CONTAINERS: tuple[tuple[bytes, Callable[[bytes], Iterator[bytes]]], ...] = (
    (b"PK\x03\x04", _zip),
    (b"\x1f\x8b\x08", _gzip),
    (b"PAR1", _parquet),
    (b"BZh", lambda content: iter([bz2.decompress(content)])),
    (b"\xfd7zXZ\x00", lambda content: iter([lzma.decompress(content)])),
    (b"\x78\x01", lambda content: iter([zlib.decompressobj().decompress(content, MAXIMUM_BYTES)])),
    (b"\x78\x9c", lambda content: iter([zlib.decompressobj().decompress(content, MAXIMUM_BYTES)])),
    (b"\x78\xda", lambda content: iter([zlib.decompressobj().decompress(content, MAXIMUM_BYTES)])),
)
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, pa.ArrowException, PyPdfError)


def _unpacked(content: bytes) -> Iterator[bytes]:
    """What `content` holds if it is a container; nothing otherwise, or where it is broken."""
    unpack = next((unpack for magic, unpack in _CONTAINERS if content.startswith(magic)), None)
    if unpack is None and content[257:262] == b"ustar":
        unpack = _tar
    if unpack is None:
        return
    try:
        yield from unpack(content)
    except (*_BROKEN, OSError, EOFError, ValueError, RuntimeError, NotImplementedError):
        return


def as_base64(text: str, before: int = 0) -> str:
    """`text` in base64 with `before` other bytes before it: each of the three alignments looks different."""
    return base64.b64encode(b"\0" * before + text.encode()).decode()
