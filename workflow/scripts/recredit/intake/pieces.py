"""The files of a table that is read in one pass, as views over their pieces."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from recredit.engine import literal, quoted
from recredit.intake.aside import FILE
from recredit.intake.counting import ByteCounts, Piece
from recredit.intake.feeding import Span
from recredit.intake.header import Header
from recredit.intake.reading import read_query
from recredit.intake.scanning import Scan
from recredit.intake.sources import RawFile, Source


@dataclass(frozen=True)
class Part:
    """One file of a stream."""

    file: RawFile
    scan: Scan
    header: Header
    counts: ByteCounts
    delimiter: str


def create_view(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    parts: Mapping[int, Part],
    keep: Sequence[str],
    fed_from: Mapping[tuple[int, int], str],
) -> None:
    """Make ``raw.<source>`` a view over its files: text columns, and the place of each row as ``source_row``.

    Parameters
    ----------
    parts : the source's files by their number in the stream.
    fed_from : path under which a piece of a file is read, by the numbers of the file and the piece. A file that has
        none is read whole.
    """
    branches = []
    for number, part in parts.items():
        paths = [fed_from.get((number, place)) for place in range(len(part.counts.pieces))]
        whole = not all(paths)
        befores = [part.header.lines] if whole else [lines_before(part, piece) for piece in part.counts.pieces]
        for before, path in zip(befores, [None] if whole else paths, strict=True):
            query = read_query(part.scan, source, part.header, path)
            branches.append(_branch(source, part, number * FILE + before, keep, query))
    connection.execute(f"CREATE OR REPLACE VIEW raw.{quoted(source.name)} AS {' UNION ALL '.join(branches)}")


def lines_before(part: Part, piece: Piece) -> int:
    """Lines of the file before the rows of ``piece``."""
    return max(piece.lines_before, part.header.lines)


def _branch(source: Source, part: Part, base: int, keep: Sequence[str], query: str) -> str:
    there = {name.casefold(): name for name in part.header.names}
    values = []
    for name in keep:
        column = quoted(there[name.casefold()])
        text = f"trim({column})" if part.counts.padded else column
        absent = ", ".join(literal(word) for word in ("", *source.missing))
        # Unquoted empty values are missing to the reader already.
        sure = not (part.counts.padded or part.counts.empty_quotes or source.missing)
        values.append(f"{text if sure else f'CASE WHEN {text} NOT IN ({absent}) THEN {text} END'} AS {quoted(name)}")
    return f"SELECT {base} + row_number() OVER () AS source_row, {', '.join(values)} FROM {query}"


def span_of(part: Part, place: int) -> Span:
    """The bytes of a piece's rows, the header left out."""
    piece = part.counts.pieces[place]
    start = piece.start
    if place == 0:
        with part.file.path.open("rb") as stream:
            for _ in range(part.header.lines):
                stream.readline()
            start = stream.tell()
            if start == 0 and stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8:
                start = len(codecs.BOM_UTF8)
    return Span(part.file.path, start, piece.stop)
