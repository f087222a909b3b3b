"""A fast pass over the bytes of a large file: how many lines it has, and whether its rows can be read in one stream."""

import codecs
from dataclasses import dataclass

import numpy as np

from recredit.intake.scanning import opened
from recredit.intake.sources import RawFile, Source

# Small enough for the counts of a block to stay in the processor's cache.
BLOCK_BYTES = 1 << 17
LINE_FEED, RETURN, SPACE, NUL = 10, 13, 32, 0


@dataclass(frozen=True)
class ByteCounts:
    """What a file's bytes say of its rows, without reading one.

    Attributes
    ----------
    lines : physical lines.
    line_feeds_before : line feeds before each block of ``BLOCK_BYTES`` bytes, to find a line again.
    quoted : whether a quote stands anywhere.
    padded : whether a space stands beside a delimiter, a quote or a line end, so that values have to be trimmed.
    delimiters : how often the delimiter stands in the file, inside of quotes or not.
    open_ended : whether a line ends in an empty column. It may be one too many, which DuckDB takes without a word.
    """

    lines: int
    line_feeds_before: tuple[int, ...]
    quoted: bool
    padded: bool
    delimiters: int
    open_ended: bool


def count_bytes(file: RawFile, source: Source) -> ByteCounts | None:
    """Count ``file``, or None where something in it needs the exact and slow look, which says the line of a fault.

    That is so for other encodings, bytes that are no UTF-8, NUL bytes, and line ends of several kinds.
    """
    if source.multiline or source.encoding != "utf-8":
        return None
    tally = _Tally(source)
    with opened(file.path) as stream:
        while block := stream.read(BLOCK_BYTES):
            if not tally.add(block):
                return None
    return tally.counts()


class _Tally:
    """Running counts over the blocks of one file."""

    def __init__(self, source: Source) -> None:
        self.delimiter, self.quote = ord(source.delimiter), ord(source.quote) if source.quote else -1
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.last = LINE_FEED
        self.before: list[int] = []
        self.feeds = self.returns = self.pairs = 0
        self.delimiters = 0
        self.quoted = self.padded = self.open_ended = False

    def add(self, block: bytes) -> bool:
        """Count ``block``; False where the file needs the exact look. Rare bytes are looked for first."""
        # One byte of the block before comes first, so that neighbours are seen across blocks.
        joined = bytes([self.last]) + block
        codes = np.frombuffer(joined, dtype=np.uint8)
        own = codes[1:]
        feeds = own == LINE_FEED
        self.before.append(self.feeds)
        self.feeds += int(np.count_nonzero(feeds))
        self.delimiters += int(np.count_nonzero(own == self.delimiter))
        self.quoted = self.quoted or (self.quote >= 0 and self.quote in block)
        if RETURN in block:
            self.returns += int(np.count_nonzero(own == RETURN))
            self.pairs += int(np.count_nonzero(feeds & (codes[:-1] == RETURN)))
        self.open_ended = self.open_ended or self._open_ended(codes, joined)
        self.padded = self.padded or (SPACE in joined and self._padded(codes))
        self.last = block[-1]
        return self._is_text(block)

    def _open_ended(self, codes: np.ndarray, text: bytes) -> bool:
        ends = (codes == LINE_FEED) | (codes == RETURN)
        if bool(((codes[:-1] == self.delimiter) & ends[1:]).any()):
            return True
        # An empty value in quotes is rare enough for a search.
        empty = bytes([self.delimiter]) + bytes([max(self.quote, 0)]) * 2
        return self.quoted and any(empty + end in text for end in (b"\n", b"\r"))

    def _padded(self, codes: np.ndarray) -> bool:
        edges = (codes == LINE_FEED) | (codes == RETURN) | (codes == self.delimiter) | (codes == self.quote)
        spaces = codes == SPACE
        return bool(((spaces[:-1] & edges[1:]) | (edges[:-1] & spaces[1:])).any())

    def _is_text(self, block: bytes) -> bool:
        if NUL in block:
            return False
        if block.isascii() and not self.decoder.getstate()[0]:
            return True
        try:
            self.decoder.decode(block)
        except UnicodeDecodeError:
            return False
        return True

    def counts(self) -> ByteCounts | None:
        one_kind = self.returns == self.pairs and self.returns in (0, self.feeds)
        if not one_kind or self.decoder.getstate()[0]:
            return None
        lines = self.feeds + (self.last != LINE_FEED)
        return ByteCounts(lines, tuple(self.before), self.quoted, self.padded, self.delimiters, self.open_ended)


def read_lines(file: RawFile, counts: ByteCounts, wanted: list[int]) -> dict[int, str]:
    """The texts of the lines ``wanted`` (from 1, ascending), without their ends."""
    found: dict[int, str] = {}
    packed = file.path.suffix == ".gz"
    before = np.asarray(counts.line_feeds_before)
    line = 1
    with opened(file.path) as stream:
        for number in wanted:
            # The line begins after line feed `number - 1`, which lies in this block.
            block = int(np.searchsorted(before, number - 1)) - 1
            if not packed and block >= 0 and before[block] >= line:
                stream.seek(block * BLOCK_BYTES)
                line = int(before[block]) + 1
            while line < number:
                stream.readline()
                line += 1
            found[number] = stream.readline().decode("utf-8-sig").rstrip("\r\n")
            line += 1
    return found
