"""Rows that were set aside for good while a table was read in one pass: into quarantine, each with its line."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import duckdb
import numpy as np

from recredit.engine import literal, quoted
from recredit.intake.aside import FILE
from recredit.intake.checking import CONTRADICTING, Rule
from recredit.intake.counting import read_lines
from recredit.intake.pieces import Part
from recredit.intake.plan import Plan
from recredit.intake.sources import Source
from recredit.intake.streaming import Stream, Streamed

as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Columns, check and reasons of a quarantined row.
Words = tuple[str, str, str]
SHOWN = ("columns", "check", "reason")


def rejected_lines_of(streamed: Streamed, number: int) -> np.ndarray:
    """The lines of file ``number`` that could not be split into columns, ascending."""
    return np.sort(np.array([reject.row for reject in streamed.readings[number].rejects], dtype=np.int64))


def lines_of(part: Part, streamed: Streamed, number: int, rows: np.ndarray) -> np.ndarray:
    """Lines of the file on which its ``rows`` stand: a row's number leaves out the rejected lines of its own piece."""
    rejected = rejected_lines_of(streamed, number)
    lines = np.empty(len(rows), dtype=np.int64)
    for piece in part.counts.pieces:
        end = piece.lines_before + piece.lines
        own = (rows > piece.lines_before) & (rows <= end)
        lost = rejected[(rejected > piece.lines_before) & (rejected <= end)]
        # Rows of the piece before each rejected line: a row beyond them stands one line further on.
        lines[own] = rows[own] + np.searchsorted(lost - np.arange(len(lost)), rows[own], side="right")
    return lines


def source_rows(stream: Stream, streamed: Streamed, places: np.ndarray) -> list[str]:
    """``source_row`` of the rows at ``places``: source, file and line."""
    found = []
    for place in places.tolist():
        part = stream.parts[place // FILE]
        line = lines_of(part, streamed, place // FILE, np.array([place % FILE]))[0]
        found.append(f"{part.file.source}:{part.file.number}:{line}")
    return found


def quarantine_rows(connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, streamed: Streamed) -> None:
    """Put the rows that were set aside for good into quarantine, each with its reasons and its raw row."""
    places, masks = streamed.aside.quarantined()
    words = {mask: words_of_mask(plan, stream, mask) for mask in set(masks.tolist())}
    _quarantine(connection, plan, stream, streamed, places, masks, words)
    # These fail no check of a single row, so that the number of their failed checks is 0.
    places = streamed.twins.contradicting
    words = {0: _words([rule for rule in plan.keys[stream.table.name] if rule.name == CONTRADICTING])}
    _quarantine(connection, plan, stream, streamed, places, np.zeros(len(places), dtype=np.int64), words)


def _quarantine(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    stream: Stream,
    streamed: Streamed,
    places: np.ndarray,
    masks: np.ndarray,
    words: Mapping[int, Words],
) -> None:
    """Quarantine the rows at ``places``, each with the words for its number in ``masks``."""
    for number in np.unique(places // FILE).tolist():
        part, own = stream.parts[number], places // FILE == number
        lines = lines_of(part, streamed, number, places[own] % FILE)
        numbers = lines.tolist()
        texts = read_lines(part.file, part.counts, numbers)
        source = plan.sources[part.file.source]
        names = _columns(connection, source)
        records = np.array(list(_records(part, source, names, numbers, texts)), dtype=object)
        shown = {name: np.array(column) for name, column in zip(SHOWN, zip(*words.values(), strict=True), strict=True)}
        connection.register("set_aside_rows", {"row": lines, "mask": masks[own], "record": records})
        connection.register("set_aside_words", {"mask": np.array(list(words)), **shown})
        connection.execute(
            f"INSERT INTO quarantine SELECT {literal(stream.table.name)}, {literal(source.name)}, "
            f'{literal(part.file.name)}, row, columns, "check", reason, NULL, record '
            "FROM set_aside_rows JOIN set_aside_words USING (mask)"
        )
        connection.unregister("set_aside_rows")
        connection.unregister("set_aside_words")


def words_of_mask(plan: Plan, stream: Stream, mask: int) -> Words:
    """Columns, first check and reasons of a row that fails the checks of ``mask``."""
    rules = enumerate(plan.rows[stream.table.name])
    return _words([rule for bit, rule in rules if mask >> bit & 1 and rule.severity == "quarantine"])


def _words(rules: Sequence[Rule]) -> Words:
    columns = ", ".join(dict.fromkeys(", ".join(rule.columns) for rule in rules))
    return columns, rules[0].name, "; ".join(rule.reason for rule in rules)


def _columns(connection: duckdb.DuckDBPyConnection, source: Source) -> list[str]:
    found = connection.execute(f"DESCRIBE raw.{quoted(source.name)}").fetchall()
    return [str(row[0]) for row in found if row[0] != "source_row"]


def _records(
    part: Part, source: Source, names: Sequence[str], lines: Sequence[int], texts: Mapping[int, str]
) -> Iterator[str]:
    """The raw rows on ``lines`` as JSON, with the columns that the adapters read."""
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if source.quote else csv.QUOTE_NONE
    places = {name.casefold(): place for place, name in enumerate(part.header.names)}
    columns = [(name, places[name.casefold()]) for name in names]
    absent = ("", *source.missing)
    for line in lines:
        reader = csv.reader([texts[line]], delimiter=source.delimiter, quotechar=source.quote or None, quoting=quoting)
        values = next(reader)
        if len(values) != len(part.header.names):
            raise AssertionError(f"{part.file.name}, line {line}: the row that was read has other columns now")
        row = {"source_row": f"{part.file.source}:{part.file.number}:{line}"}
        yield as_json(row | {name: None if (value := values[n].strip(" ")) in absent else value for name, n in columns})
