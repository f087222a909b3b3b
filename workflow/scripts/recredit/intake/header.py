"""The header line of a raw file: no column twice, none without a name, none missing that is needed."""

import csv
import difflib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

from recredit.errors import InputError
from recredit.intake.scanning import Scan, opened
from recredit.intake.sources import RawFile, Source

RESERVED = "source_row"
# Python stops at fields of 128 kB, wherever they stand; the engine's reader sets aside lines above 2 MB by itself.
csv.field_size_limit(1 << 30)


@dataclass(frozen=True)
class Header:
    """Names of the columns in order, and the number of physical lines the header takes."""

    names: tuple[str, ...]
    lines: int


def read_header(file: RawFile, source: Source, scan: Scan) -> Header:
    """The header of ``file``.

    Raises
    ------
    InputError if the file holds only a header, or a column has no name, stands twice or bears a reserved name. Names
    are shown only where the study itself names them: in a file without a header the first line is a record.
    """
    header = _header_of(source, scan)
    _check_names(file, header.names)
    if scan.lines <= header.lines + sum(number > header.lines for number in scan.blank):
        raise InputError(
            f"{file.name}: the file holds a header and no row. Expected at least one row: export it again, or take "
            f"source '{source.name}' and the tables that read it out of study.yaml."
        )
    return header


def _header_of(source: Source, scan: Scan) -> Header:
    if not source.header:
        # The names are the study's, and the first line is a row.
        return Header(tuple(source.columns), 0)
    with opened(scan.path) as stream:
        names, lines = _first_record(io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""), source)
    return Header(tuple(name.strip() for name in names), lines)


def _first_record(text: TextIO, source: Source) -> tuple[list[str], int]:
    """The values of the first record and the number of lines it takes."""
    if source.quote:
        reader = csv.reader(text, delimiter=source.delimiter, quotechar=source.quote)
    else:
        reader = csv.reader(text, delimiter=source.delimiter, quotechar=None, quoting=csv.QUOTE_NONE)
    return next(reader, []), reader.line_num


def _check_names(file: RawFile, names: tuple[str, ...]) -> None:
    if not names:
        raise InputError(f"{file.name}, line 1: the line is empty. Expected the names of the columns: add a header.")
    # The engine compares names without case, so `Name` and `name` would be one column.
    folded = [name.casefold() for name in names]
    for position, name in enumerate(folded, start=1):
        if not name:
            raise InputError(
                f"{file.name}, header: column {position} has no name. Expected a name for each column: name it in the "
                "header, or take the column out."
            )
        first = folded.index(name) + 1
        if first < position:
            raise InputError(
                f"{file.name}, header: columns {first} and {position} have the same name (case does not count). "
                "Expected each name once: rename or remove one of the two."
            )
        if name == RESERVED:
            raise InputError(f"{file.name}, header: the name '{RESERVED}' is reserved. Rename column {position}.")


def check_needed(file: RawFile, source: Source, header: Header, needed: Iterable[str]) -> None:
    """Check that ``header`` has the columns ``needed``.

    Raises
    ------
    InputError naming the first missing column and the nearest name that is there.
    """
    there = {name.casefold(): name for name in header.names}
    for name in needed:
        if name.casefold() in there:
            continue
        near = difflib.get_close_matches(name.casefold(), there, n=1, cutoff=0.6)
        hint = f" The nearest name there is '{there[near[0]]}'." if near else ""
        alone = len(header.names) == 1 and any(sign in header.names[0] for sign in ",;\t|")
        other = " The header has one column only: is `delimiter:` of the source right?" if alone else ""
        raise InputError(
            f"{file.name}, header: the column '{name}' is missing.{hint}{other} Correct the header or the column's "
            f"name in study.yaml (raw.sources.{source.name}.columns) and the adapters."
        )
