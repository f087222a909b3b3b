"""Physical lines of a CSV file: where a row, a rejected line or an unclosed quote stands."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader
from itertools import pairwise
from pathlib import Path

from recredit.intake.header import Header
from recredit.intake.scanning import BLOCK_BYTES, Scan, blocks_of_lines, opened
from recredit.intake.sources import Source


def lines_at(path: Path, starts: Sequence[int], begin: int = 0, first: int = 1) -> list[int]:
    """Numbers of the lines that begin at the byte offsets ``starts`` of the file ``path``.

    Parameters
    ----------
    starts : offsets, ascending, counted from the byte ``begin`` of the file.
    first : number of the line that begins at ``begin``.
    """
    lines: list[int] = []
    line = first
    with opened(path) as stream:
        stream.seek(begin)
        for before, start in pairwise([0, *starts]):
            left = start - before
            while left > 0 and (block := stream.read(min(left, BLOCK_BYTES))):
                line += block.count(b"\n")
                left -= len(block)
            lines.append(line)
    return lines


def shifts(header_lines: int, skipped: Sequence[int], embedded: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where a row stands in the file: from row index ``place`` (from 0) on, its line is ``index + shift``.

    Parameters
    ----------
    header_lines : number of lines the header takes.
    skipped : numbers of rejected and empty lines, ascending.
    embedded : (row index, line breaks inside the row's values), ascending.

    Returns
    -------
    (place, shift) in ascending places, each place once.
    """
    shift = header_lines + 1
    found = {0: shift}
    breaks = list(embedded)
    for line in skipped:
        while breaks and breaks[0][0] + shift < line:
            place, extra = breaks.pop(0)
            shift += extra
            found[place + 1] = shift
        shift += 1
        found[line - shift + 1] = shift
    for place, extra in breaks:
        shift += extra
        found[place + 1] = shift
    return sorted(found.items())


def _records(texts: Iterable[str], source: Source) -> Iterator[tuple[int, list[str]]]:
    """Python's reading of ``texts``: (lines read so far, values)."""
    if source.quote:
        reader = csv.reader(texts, delimiter=source.delimiter, quotechar=source.quote)
    else:
        reader = csv.reader(texts, delimiter=source.delimiter, quotechar=None, quoting=csv.QUOTE_NONE)
    for values in reader:
        yield reader.line_num, values


def overlong(scan: Scan, source: Source, header: Header) -> dict[int, str]:
    """Rows with more columns than the header whose surplus is empty, by line: ``Archer, Zebulon,`` is one.

    DuckDB takes them without a word. A comma inside a name moves all values behind it, so they are set aside.
    """
    width = len(header.names)
    with opened(scan.path) as stream:
        if source.multiline:
            text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
            records = list(_overlong_records(text, source, width))
        else:
            records = list(_overlong_lines(stream, source, width))
    return {line: values for line, values in records if line > header.lines}


def _overlong_records(text: Iterable[str], source: Source, width: int) -> Iterator[tuple[int, str]]:
    start = 1
    for last, values in _records(text, source):
        if len(values) > width and not any(values[width:]):
            yield start, source.delimiter.join(values)
        start = last + 1


def _overlong_lines(stream: BufferedReader, source: Source, width: int) -> Iterator[tuple[int, str]]:
    for number, line in _ending_in(stream, tuple((source.delimiter + end).encode() for end in {"", source.quote * 2})):
        text = line.decode("utf-8")
        _, values = next(_records([text], source))
        if len(values) > width and not any(values[width:]):
            yield number, text


def _ending_in(stream: BufferedReader, ends: tuple[bytes, ...]) -> Iterator[tuple[int, bytes]]:
    """Number and text of the lines that end in one of ``ends``."""
    first = 1
    for block in blocks_of_lines(stream):
        if block.endswith(ends) or any(end + feed in block for end in ends for feed in (b"\n", b"\r\n")):
            lines = (line.rstrip(b"\r\n") for line in io.BytesIO(block))
            yield from ((number, line) for number, line in enumerate(lines, start=first) if line.endswith(ends))
        first += block.count(b"\n")


def first_open_quote(scan: Scan, source: Source, header: Header) -> int | None:
    """Number of the first line that ends inside a quoted value, or None."""
    with opened(scan.path) as stream:
        for number, line in enumerate(stream, start=1):
            if number <= header.lines or source.quote.encode() not in line:
                continue
            text = line.decode("utf-8").rstrip("\r\n")
            reader = csv.reader([text], delimiter=source.delimiter, quotechar=source.quote, strict=True)
            try:
                next(reader)
            except csv.Error as error:
                # The other fault of a strict reader, text after a closing quote, costs one line and no more.
                if "end of data" in str(error):
                    return number
    return None
