"""The raw files of all sources: as text tables, or for a large table as views that it is read from in one pass."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from recredit.contract import Table
from recredit.engine import quoted
from recredit.intake.adapters import Adapter, adapter_columns, macros, read_adapter
from recredit.intake.counting import ByteCounts, count_bytes
from recredit.intake.flow import keeps_rows
from recredit.intake.header import Header, check_needed, read_header
from recredit.intake.pieces import Part, create_view
from recredit.intake.plan import Plan
from recredit.intake.reading import Reading, create_raw_table, read_file
from recredit.intake.scanning import Scan, check_file, scan_file
from recredit.intake.sorting import Sorting
from recredit.intake.sources import RawFile
from recredit.intake.streaming import Stream, may_stream

Readings = dict[str, list[Reading]]
Place = tuple[str, int]


@dataclass(frozen=True)
class Pieces:
    """How large files are read.

    Attributes
    ----------
    stream_bytes : a table whose files are together at least so large is read in one pass.
    threads, piece_bytes : a file is read in at most so many pieces side by side, none smaller than so many bytes.
    most_keys : so many keys of its rows are compared at a time.
    """

    stream_bytes: int
    threads: int
    piece_bytes: int
    most_keys: int

    @property
    def sorting(self) -> Sorting:
        """What the comparison of keys may use."""
        return Sorting(self.most_keys, self.threads)


@dataclass
class Raw:
    """What the raw files became.

    Attributes
    ----------
    readings : rows and rejected lines of the sources that are text tables.
    streams : tables that are read in one pass from views.
    """

    readings: Readings
    streams: dict[str, Stream]
    keep: Mapping[str, Sequence[str]]
    scratch: Path
    materialised: list[str] = field(default_factory=list)


def read_raw(connection: duckdb.DuckDBPyConnection, plan: Plan, scratch: Path, pieces: Pieces) -> Raw:
    """Make ``raw.<source>`` for each source an adapter reads, after the adapters were found to fit the headers."""
    for schema in ("raw", "adapted", "judged", "merged", "kept"):
        connection.execute(f"CREATE SCHEMA {schema}")
    for macro in macros(plan.formats.time_zone):
        connection.execute(macro)
    adapters = [read_adapter(connection, table.name, plan.adapters[table.name], plan.sources) for table in plan.tables]
    used = {source for adapter in adapters for source in adapter.sources}
    used |= {source for sources in plan.rows_from.values() for source in sources}
    counts = dict(_counted(plan, adapters, pieces))
    looked, keep = _look(plan, adapters, used, counts, scratch)
    streams = _create(connection, plan, adapters, looked, keep, counts, pieces.sorting)
    raw = Raw({name: [] for name in keep}, streams, keep, scratch)
    streamed = {part.file.source for stream in streams.values() for part in stream.parts}
    raw.materialised += [name for name in keep if name not in streamed]
    for place, (scan, header) in looked.items():
        if place[0] not in streamed:
            _read(connection, plan, raw, plan.files[place], scan, header)
    return raw


def read_slowly(connection: duckdb.DuckDBPyConnection, plan: Plan, raw: Raw, table: Table) -> None:
    """Make the sources of a table that was to be read in one pass into text tables after all."""
    stream = raw.streams.pop(table.name)
    for source in plan.rows_from[table.name]:
        connection.execute(f"DROP VIEW raw.{quoted(source)}")
        create_raw_table(connection, source, raw.keep[source])
        raw.materialised.append(source)
    for part in stream.parts:
        scan = scan_file(part.file, plan.sources[part.file.source], raw.scratch)
        _read(connection, plan, raw, part.file, scan, part.header)


def _read(
    connection: duckdb.DuckDBPyConnection, plan: Plan, raw: Raw, file: RawFile, scan: Scan, header: Header
) -> None:
    source = plan.sources[file.source]
    raw.readings[source.name].append(read_file(connection, file, source, scan, header, raw.keep[source.name]))


def _counted(plan: Plan, adapters: Sequence[Adapter], pieces: Pieces) -> Iterator[tuple[Place, ByteCounts]]:
    """The byte counts of all files of tables that can be read in one pass."""
    for table, adapter in zip(plan.tables, adapters, strict=True):
        own = set(plan.rows_from[table.name])
        others = [one for one in adapters if one is not adapter and one.sources & own]
        shared = [name for name, sources in plan.rows_from.items() if name != table.name and own & set(sources)]
        places = [place for place in plan.files if place[0] in own]
        files = [plan.files[place].path for place in places]
        if others or shared or not all(path.is_file() for path in files):
            continue
        size = sum(path.stat().st_size for path in files)
        if may_stream(plan, table, size, pieces.stream_bytes) and keeps_rows(adapter.statement, own):
            counts = {
                place: count_bytes(plan.files[place], plan.sources[place[0]], pieces.threads, pieces.piece_bytes)
                for place in places
            }
            if all(counts.values()):
                yield from ((place, found) for place, found in counts.items() if found is not None)


def _look(
    plan: Plan, adapters: Sequence[Adapter], used: set[str], counts: Mapping[Place, ByteCounts], scratch: Path
) -> tuple[dict[Place, tuple[Scan, Header]], dict[str, list[str]]]:
    """Lines and header of each file that is used, and the columns to keep of each source."""
    looked: dict[Place, tuple[Scan, Header]] = {}
    keep: dict[str, list[str]] = {}
    for place, file in plan.files.items():
        if file.source in used:
            source = plan.sources[file.source]
            if place in counts:
                check_file(file, source)
                scan = Scan(file.path, counts[place].lines, ())
            else:
                scan = scan_file(file, source, scratch)
            header = read_header(file, source, scan)
            wanted = keep.setdefault(file.source, _columns_read(adapters, file.source, header))
            check_needed(file, source, header, [*source.columns, *wanted])
            looked[place] = (scan, header)
    return looked, keep


def _create(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    adapters: Sequence[Adapter],
    looked: Mapping[Place, tuple[Scan, Header]],
    keep: Mapping[str, Sequence[str]],
    counts: Mapping[Place, ByteCounts],
    sorting: Sorting,
) -> dict[str, Stream]:
    """Create empty text tables, and the views of the streams; the streams by table."""
    large = {source for source, _ in counts}
    for name, columns in keep.items():
        if name not in large:
            create_raw_table(connection, name, columns)
    streams = {}
    for table, adapter in zip(plan.tables, adapters, strict=True):
        own = [source for source in plan.rows_from[table.name] if source in large]
        places = [place for source in own for place in looked if place[0] == source]
        parts = tuple(
            Part(plan.files[place], *looked[place], counts[place], plan.sources[place[0]].delimiter) for place in places
        )
        for source in own:
            numbered = {number: part for number, part in enumerate(parts) if part.file.source == source}
            create_view(connection, plan.sources[source], numbered, keep[source], {})
        if own:
            streams[table.name] = Stream(table, adapter, (), parts, sorting)
    for table, adapter in zip(plan.tables, adapters, strict=True):
        columns = adapter_columns(connection, adapter, table)
        if table.name in streams:
            streams[table.name] = replace(streams[table.name], columns=tuple(columns))
    return streams


def _columns_read(adapters: Sequence[Adapter], source: str, header: Header) -> list[str]:
    """Columns of ``header`` that an adapter may read."""
    readers = [adapter for adapter in adapters if source in adapter.sources]
    if any(adapter.reads_all for adapter in readers):
        return list(header.names)
    words = {word for adapter in readers for word in adapter.words}
    return [name for name in header.names if name.casefold() in words]
