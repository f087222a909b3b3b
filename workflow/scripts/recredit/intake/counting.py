"""A fast pass over the bytes of a large file: how many lines it has, and whether its rows can be read in one stream."""

import codecs
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BufferedReader
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

import numpy as np

from recredit.intake.scanning import opened
from recredit.intake.sources import RawFile, Source

# Large enough for threads to wait seldom for each other: each step over a block lets another one have its turn.
BLOCK_BYTES = 1 << 20
# How far apart the marks are from which a line is found again; a block has a whole number of them.
STEP_BYTES = 1 << 14
# So many bytes stand before the last one of an empty value in quotes at the end of a line.
TAIL = 3
LINE_FEED, RETURN, SPACE, NUL = 10, 13, 32, 0
# The first byte that alone is no character.
FIRST_OF_MORE = 128
# Kinds of bytes that are marked, and room for what is made of them.
MARKS = 5
# A file whose quotes do not pair in so many lines is not cut there.
LINES_TO_CUT = 1000


@dataclass(frozen=True)
class Piece:
    """A run of whole lines of a file, read by itself.

    Attributes
    ----------
    start, stop : its bytes in the unpacked file, ``stop`` not included.
    lines_before, lines : physical lines before it, and in it.
    line_feeds_before : line feeds of the piece before each of its steps of ``STEP_BYTES``, to find a line again.
    """

    start: int
    stop: int
    lines_before: int
    lines: int
    line_feeds_before: tuple[int, ...]


@dataclass(frozen=True)
class ByteCounts:
    """What a file's bytes say of its rows, without reading one.

    Attributes
    ----------
    pieces : the whole file in order, one piece for each thread that can read it.
    empty_quotes : whether two quotes stand together anywhere: only then a value may be empty and not missing.
    padded : whether a space stands beside a delimiter, a quote or a line end, so that values have to be trimmed.
    delimiters : how often the delimiter stands in the file, inside of quotes or not.
    open_ended : whether a line ends in an empty column. It may be one too many, which DuckDB takes without a word.
    """

    pieces: tuple[Piece, ...]
    empty_quotes: bool
    padded: bool
    delimiters: int
    open_ended: bool

    @property
    def lines(self) -> int:
        """Physical lines of the file."""
        return sum(piece.lines for piece in self.pieces)


def count_bytes(file: RawFile, source: Source, threads: int, piece_bytes: int) -> ByteCounts | None:
    """Count ``file``, or None where something in it needs the exact and slow look, which says the line of a fault.

    That is so for other encodings, bytes that are no UTF-8, NUL bytes, and line ends of several kinds.

    Parameters
    ----------
    threads : the file is cut into at most so many pieces, and counted by so many threads.
    piece_bytes : no piece is smaller, except the only one of a file.
    """
    if source.multiline or source.encoding != "utf-8":
        return None
    edges = _edges(file.path, source.quote.encode(), threads, piece_bytes)
    with ThreadPoolExecutor(threads) as pool:
        tallies = list(pool.map(lambda edge: _tally(file.path, source, *edge), pairwise(edges)))
    found = [tally for tally in tallies if tally is not None]
    return _merged(found, edges) if len(found) == len(tallies) else None


def _edges(path: Path, quote: bytes, threads: int, piece_bytes: int) -> list[int]:
    """Where the pieces begin, and where the last one ends. A packed file cannot be cut."""
    size = path.stat().st_size
    count = 1 if path.suffix == ".gz" else min(threads, max(1, size // piece_bytes))
    wanted = [size * part // count for part in range(1, count)]
    cuts = {cut for start in wanted if (cut := _cut(path, start, quote)) is not None and cut < size}
    return [0, *sorted(cuts), sys.maxsize if path.suffix == ".gz" else size]


def _cut(path: Path, position: int, quote: bytes) -> int | None:
    """The first line end behind ``position`` at which the file can be cut, or None if there is none near.

    The line that ends there holds quotes in pairs. So no value is opened in it and left open; a value left open by an
    earlier line takes in at least two lines of the piece before the cut, and the count of rows shows it.
    """
    with path.open("rb") as stream:
        stream.seek(position)
        stream.readline()
        for _ in range(LINES_TO_CUT):
            line = stream.readline()
            if not line.endswith(b"\n"):
                return None
            if not quote or line.count(quote) % 2 == 0:
                return stream.tell()
    return None


def _tally(path: Path, source: Source, start: int, stop: int) -> "_Tally | None":
    """The counts of one piece, or None where the file needs the exact look."""
    tally = _Tally(source)
    with opened(path) as stream:
        stream.seek(start)
        left = stop - start
        while length := tally.read(stream, left):
            left -= length
            if not tally.add(length):
                return None
    return tally


def _merged(tallies: "Sequence[_Tally]", edges: Sequence[int]) -> ByteCounts | None:
    feeds, returns, pairs = (sum(getattr(one, name) for one in tallies) for name in ("feeds", "returns", "pairs"))
    one_kind = returns == pairs and returns in (0, feeds)
    if not one_kind or any(tally.decoder.getstate()[0] for tally in tallies):
        return None
    pieces: list[Piece] = []
    for tally, (start, stop) in zip(tallies, pairwise(edges), strict=True):
        before = sum(piece.lines for piece in pieces)
        lines = tally.feeds + (tally.tail[-1] != LINE_FEED)
        pieces.append(Piece(start, stop, before, lines, tuple(tally.before)))
    return ByteCounts(
        tuple(pieces),
        any(tally.empty_quotes for tally in tallies),
        any(tally.padded for tally in tallies),
        sum(tally.delimiters for tally in tallies),
        any(tally.open_ended or tally.stops_open for tally in tallies),
    )


class _Tally:
    """Running counts over the blocks of one piece.

    All blocks are read into one buffer and marked in the same few arrays: new ones for each block would cost more than
    the counts.
    """

    def __init__(self, source: Source) -> None:
        self.delimiter, self.quote = ord(source.delimiter), ord(source.quote) if source.quote else -1
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.buffer = bytearray(TAIL + BLOCK_BYTES)
        self.marks = np.empty((MARKS, TAIL + BLOCK_BYTES), dtype=bool)
        self.tail = bytes([LINE_FEED]) * TAIL
        self.before: list[int] = []
        self.feeds = self.returns = self.pairs = 0
        self.delimiters = 0
        self.empty_quotes = self.padded = self.open_ended = False

    def read(self, stream: BufferedReader, left: int) -> int:
        """Read the next block, of at most ``left`` bytes; its length."""
        # Some bytes of the block before come first, so that neighbours are seen across blocks.
        self.buffer[:TAIL] = self.tail
        return stream.readinto(memoryview(self.buffer)[TAIL : TAIL + min(BLOCK_BYTES, left)])

    def add(self, length: int) -> bool:
        """Count the block that was read; False where the file needs the exact look. Rare bytes are looked for first."""
        joined = self.buffer if length == BLOCK_BYTES else self.buffer[: TAIL + length]
        codes = np.frombuffer(joined, dtype=np.uint8)
        ends, delimiters, quotes, other, room = self.marks[:, : len(codes)]
        np.equal(codes, LINE_FEED, out=ends)
        np.equal(codes, self.delimiter, out=delimiters)
        for start in range(TAIL, len(ends), STEP_BYTES):
            self.before.append(self.feeds)
            self.feeds += int(np.count_nonzero(ends[start : start + STEP_BYTES]))
        self.delimiters += int(np.count_nonzero(delimiters[TAIL:]))
        if RETURN in joined:
            np.equal(codes, RETURN, out=other)
            self.returns += int(np.count_nonzero(other[TAIL:]))
            self.pairs += int(np.count_nonzero(np.logical_and(ends[TAIL:], other[TAIL - 1 : -1], out=room[TAIL:])))
            ends |= other
        quoted = self.quote >= 0 and self.quote in joined
        if quoted:
            np.equal(codes, self.quote, out=quotes)
            if _beside(quotes, quotes, room):
                self.empty_quotes = True
                self.open_ended = self.open_ended or _ends_in_quotes(delimiters, quotes, ends, room)
        self.open_ended = self.open_ended or _beside(delimiters, ends, room)
        if SPACE in joined and not self.padded:
            spaces = np.equal(codes, SPACE, out=other)
            edges = (ends, delimiters, quotes) if quoted else (ends, delimiters)
            self.padded = any(_beside(spaces, edge, room) or _beside(edge, spaces, room) for edge in edges)
        self.tail = bytes(joined[-TAIL:])
        return self._is_text(joined, codes)

    @property
    def stops_open(self) -> bool:
        """Whether a last line without a line end ends in an empty column."""
        delimiter = bytes([self.delimiter])
        return self.tail.endswith((delimiter, delimiter + bytes([max(self.quote, 0)]) * 2))

    def _is_text(self, joined: bytearray, codes: np.ndarray) -> bool:
        if NUL in joined:
            return False
        if codes.max() < FIRST_OF_MORE and not self.decoder.getstate()[0]:
            return True
        try:
            self.decoder.decode(bytes(joined[TAIL:]))
        except UnicodeDecodeError:
            return False
        return True


def _beside(first: np.ndarray, second: np.ndarray, room: np.ndarray) -> bool:
    """Whether a byte marked in ``second`` follows one that is marked in ``first``; ``room`` is written over."""
    return bool(np.logical_and(first[:-1], second[1:], out=room[1:]).any())


def _ends_in_quotes(delimiters: np.ndarray, quotes: np.ndarray, ends: np.ndarray, room: np.ndarray) -> bool:
    """Whether a line ends in an empty value in quotes; ``room`` is written over."""
    found = np.logical_and(quotes[2:-1], ends[3:], out=room[3:])
    found &= quotes[1:-2]
    found &= delimiters[:-3]
    return bool(found.any())


def read_lines(file: RawFile, counts: ByteCounts, wanted: Sequence[int]) -> dict[int, str]:
    """The texts of the lines ``wanted`` (from 1, ascending), without their ends."""
    found: dict[int, str] = {}
    numbers = np.asarray(wanted, dtype=np.int64)
    with opened(file.path) as stream:
        for piece in counts.pieces:
            first = piece.lines_before + 1
            own = numbers[(numbers >= first) & (numbers < first + piece.lines)]
            for number, line in zip(own.tolist(), _lines_of(stream, piece, own - first), strict=True):
                found[number] = line.decode("utf-8-sig").rstrip("\r\n")
    return found


def _lines_of(stream: BufferedReader, piece: Piece, feeds: np.ndarray) -> Iterator[bytes]:
    """The lines of ``piece`` that begin after so many of its line feeds, ascending."""
    marks = np.array(piece.line_feeds_before, dtype=np.int64)
    # A line begins in the step in which the last line feed before it lies.
    steps = np.maximum(np.searchsorted(marks, feeds) - 1, 0)
    for step, group in groupby(zip(steps.tolist(), (feeds - marks[steps]).tolist(), strict=True), itemgetter(0)):
        places = [place for _, place in group]
        begin = piece.start + step * STEP_BYTES
        stream.seek(begin)
        text = stream.read(min(STEP_BYTES, piece.stop - begin)) + stream.readline()
        lines = text.split(b"\n", places[-1] + 1)
        yield from (lines[place] for place in places)
