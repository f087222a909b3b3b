"""Raw files into text tables `raw.<source>`, each physical line accounted for.

DuckDB's own row count is not trusted: where a quote is opened and not closed it can drop rows, and report another line
than the guilty one (methods.md, section 8). Rows, rejects, empty lines and the header must add up to the file.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from recredit.engine import literal, quoted
from recredit.errors import InputError
from recredit.intake.header import Header
from recredit.intake.lines import first_open_quote, lines_at, overlong, shifts
from recredit.intake.scanning import Scan
from recredit.intake.sources import RawFile, Source

WRONG_NUMBER = "wrong_number_of_columns"
STRAY_QUOTE = "stray_quote"
TOO_LONG = "line_too_long"


@dataclass(frozen=True)
class Reject:
    """A line that could not be split into columns."""

    row: int
    check: str
    reason: str
    line: str


@dataclass(frozen=True)
class Reading:
    """What became of one file: ``rows`` read into the table and the rejected lines."""

    file: RawFile
    rows: int
    rejects: tuple[Reject, ...]


def create_raw_table(connection: duckdb.DuckDBPyConnection, source: str, columns: Sequence[str]) -> None:
    """An empty table ``raw.<source>`` with ``source_row`` and the text ``columns``."""
    entries = ", ".join(f"{quoted(name)} VARCHAR" for name in ("source_row", *columns))
    connection.execute(f"CREATE TABLE raw.{quoted(source)} ({entries})")


def read_file(
    connection: duckdb.DuckDBPyConnection,
    file: RawFile,
    source: Source,
    scan: Scan,
    header: Header,
    keep: Sequence[str],
) -> Reading:
    """Read ``file`` into ``raw.<source>``.

    Parameters
    ----------
    keep : columns the adapters read; others are dropped here (a roster can hold passwords).

    Returns
    -------
    Counts and rejected lines. Each row gets ``source_row`` = ``<source>:<file number>:<line in the file>``.

    Raises
    ------
    InputError if the lines do not add up: a quote swallowed some of them.
    """
    _stage(connection, file, source, scan, header)
    rejects = rejected_lines(connection, scan, header)
    embedded = _embedded_breaks(connection, header)
    rows = _one(connection, "SELECT count(*) FROM staged")
    blank = [number for number in scan.blank if number > header.lines] if len(header.names) > 1 else []
    rejected = [reject.row + part for reject in rejects for part in range(reject.line.count("\n") + 1)]
    lines = header.lines + rows + len(rejected) + len(blank) + sum(extra for _, extra in embedded)
    if lines != scan.lines or _swallowed(source, rejects, embedded):
        raise _open_quote(file, source, scan, header, rejects)
    surplus = {line: text for line, text in overlong(scan, source, header).items() if line not in set(rejected)}
    places = shifts(header.lines, sorted([*rejected, *blank]), embedded)
    kept = _append(connection, file, source, keep, places, surplus)
    if kept + len(surplus) != rows:
        raise AssertionError(f"the rows read from {file.name} do not add up")
    reason = f"too many columns, expected {len(header.names)}"
    rejects += [Reject(row, WRONG_NUMBER, reason, line) for row, line in surplus.items()]
    return Reading(file, kept, tuple(rejects))


def _swallowed(source: Source, rejects: Sequence[Reject], embedded: Sequence[tuple[int, int]]) -> bool:
    """Whether a quote that was not meant to took line breaks into a value."""
    broken = [reject for reject in rejects if "\n" in reject.line]
    if source.multiline:
        return any(reject.check == STRAY_QUOTE for reject in broken)
    return bool(broken or embedded)


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _stage(connection: duckdb.DuckDBPyConnection, file: RawFile, source: Source, scan: Scan, header: Header) -> None:
    for table in ("staged", "reject_errors", "reject_scans"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    query = f"CREATE TEMP TABLE staged AS SELECT * FROM {read_query(scan, source, header)}"
    try:
        connection.execute(query)
    except duckdb.Error as error:
        raise InputError(
            f"{file.name}: the file could not be read as CSV. Expected lines that end alike, values separated by "
            f"the delimiter of source '{source.name}' and quotes that are closed: export it again, or correct the "
            "source in study.yaml."
        ) from error


def read_query(scan: Scan, source: Source, header: Header, piece: str | None = None) -> str:
    """The call of the engine's reader for one file: strict, all text, faulty lines put aside.

    Parameters
    ----------
    piece : path under which a piece of the file is read in its place, which has no header.
    """
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header.names)
    quote = literal(source.quote)
    compression = "gzip" if scan.path.suffix == ".gz" else "none"
    # Literals, not parameters: the reader takes its options when the statement is bound.
    return (
        f"read_csv({literal(piece or str(scan.path))}, columns = {{{columns}}}, "
        f"auto_detect = false, header = {str(header.lines > 0 and piece is None).lower()}, "
        f"delim = {literal(source.delimiter)}, quote = {quote}, escape = {quote}, "
        f"strict_mode = true, null_padding = false, store_rejects = true, compression = '{compression}')"
    )


def rejected_lines(
    connection: duckdb.DuckDBPyConnection,
    scan: Scan,
    header: Header,
    piece: str | None = None,
    begin: int = 0,
    first: int = 1,
) -> list[Reject]:
    """The lines of ``scan``'s file that the engine's reader could not split, ascending.

    Parameters
    ----------
    piece, begin, first : path under which a piece of the file was read, its first byte, and the number of its first
        line. By default the file itself.
    """
    found = connection.execute(
        "SELECT line_byte_position, min_by(error_type::VARCHAR, column_idx), min_by(csv_line, column_idx) "
        "FROM reject_errors JOIN reject_scans USING (scan_id, file_id) WHERE file_path = ? "
        "GROUP BY line_byte_position ORDER BY line_byte_position",
        [piece or str(scan.path)],
    ).fetchall()
    # The reader's own line numbers leave out breaks inside values, and its positions (from 1) can lie on the line
    # breaks before the line, which then lead its text.
    leads = [len(line or "") - len((line or "").lstrip("\r\n")) for _, _, line in found]
    starts = [int(position) - 1 + lead for (position, _, _), lead in zip(found, leads, strict=True)]
    rows = lines_at(scan.path, starts, begin, first)
    expected = len(header.names)
    reasons = {
        "TOO MANY COLUMNS": (WRONG_NUMBER, f"too many columns, expected {expected}"),
        "MISSING COLUMNS": (WRONG_NUMBER, f"too few columns, expected {expected}"),
        "LINE SIZE OVER MAXIMUM": (TOO_LONG, "the line is longer than any record, expected at most 2 million bytes"),
    }
    stray = (STRAY_QUOTE, "a stray or unclosed quote, expected quotes around a whole value, doubled inside it")
    return [
        Reject(row, *reasons.get(kind, stray), (line or "").strip("\r\n"))
        for row, (_, kind, line) in zip(rows, found, strict=True)
    ]


def _embedded_breaks(connection: duckdb.DuckDBPyConnection, header: Header) -> list[tuple[int, int]]:
    """(index of the row, line breaks inside its values) of the rows that have some."""
    counts = " + ".join(
        f"coalesce(length({name}) - length(replace({name}, chr(10), '')), 0)" for name in map(quoted, header.names)
    )
    found = connection.execute(
        f"SELECT * FROM (SELECT rowid AS place, {counts} AS breaks FROM staged) WHERE breaks > 0 ORDER BY place"
    )
    return [(int(place), int(breaks)) for place, breaks in found.fetchall()]


def _open_quote(file: RawFile, source: Source, scan: Scan, header: Header, rejects: Sequence[Reject]) -> InputError:
    line = first_open_quote(scan, source, header) if not source.multiline else None
    if line is None:
        line = next((reject.row for reject in rejects if reject.check == STRAY_QUOTE), None)
    place = f", line {line}" if line else ""
    hint = (
        "" if source.multiline else f" If values may hold line breaks, set `multiline: true` of source '{source.name}'."
    )
    return InputError(
        f"{file.name}{place}: a quote is opened and not closed before the line ends, so that the lines after it run "
        f"into one value and rows would be lost. Expected quotes in pairs: correct the line or export again.{hint}"
    )


def _append(
    connection: duckdb.DuckDBPyConnection,
    file: RawFile,
    source: Source,
    keep: Sequence[str],
    places: Sequence[tuple[int, int]],
    surplus: Collection[int],
) -> int:
    """Copy the staged rows, but those on the lines ``surplus``, into the raw table with their lines; how many."""
    connection.execute("CREATE OR REPLACE TEMP TABLE shifts (place BIGINT, shift BIGINT)")
    connection.executemany("INSERT INTO shifts VALUES (?, ?)", [list(pair) for pair in places])
    absent = ", ".join(literal(text) for text in ("", *source.missing))
    values = [f"CASE WHEN trim({name}) NOT IN ({absent}) THEN trim({name}) END" for name in map(quoted, keep)]
    columns = ", ".join(quoted(name) for name in ("source_row", *keep))
    prefix = literal(f"{source.name}:{file.number}:")
    selected = ", ".join([f"{prefix} || (staged.rowid + shifts.shift)", *values])
    inserted = connection.execute(
        f"INSERT INTO raw.{quoted(source.name)} ({columns}) SELECT {selected} "
        "FROM staged ASOF JOIN shifts ON staged.rowid >= shifts.place "
        f"WHERE NOT list_contains({list(surplus)}::BIGINT[], staged.rowid + shifts.shift)"
    ).fetchone()
    connection.execute("DROP TABLE staged")
    assert inserted is not None
    return int(inserted[0])
