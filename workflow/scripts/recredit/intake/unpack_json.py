"""JSON documents and JSON lines as CSV: one row a record, one column a declared field."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recredit.errors import InputError
from recredit.intake.sources import Source

MALFORMED = "no JSON that can be read"


def convert_json(path: Path, name: str, source: Source, target: Path) -> None:
    """Write the records of ``path`` to the CSV file ``target`` with the columns of ``source.fields``.

    Parameters
    ----------
    source : ``format`` json (one document, in which ``records`` leads to the list of records) or json_lines.

    Notes
    -----
    A text becomes itself, a list or object its JSON, null and a missing field an empty value. A document or line that
    is no JSON becomes one row with more columns than the header: the intake sets such a row aside under the file's
    name, keeps the row in the quarantine, and counts it, while the other files are read.

    Raises
    ------
    InputError if a document holds nothing where ``records`` points.
    """
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(source.fields)
        for record in _records(path, name, source):
            if isinstance(record, _Malformed):
                writer.writerow([f"{MALFORMED} ({record.place})", *[""] * len(source.fields)])
            else:
                writer.writerow([_cell(record, paths) for paths in source.fields.values()])


class _Malformed:
    """What cannot be read, and where in the file."""

    def __init__(self, place: str) -> None:
        self.place = place


def _records(path: Path, name: str, source: Source) -> Iterator[Any]:
    if source.format == "json_lines":
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                yield _parsed(line, number)
        return
    document = _parsed(path.read_bytes(), 1)
    if isinstance(document, _Malformed):
        yield document
        return
    found = _list_in(document, name, source)
    yield from found if isinstance(found, list) else [found]


def _list_in(document: Any, name: str, source: Source) -> Any:
    """What ``source.records`` leads to; a document that lacks its first key is no envelope but a record itself."""
    keys = source.records.split(".") if source.records else []
    found = document
    for place, key in enumerate(keys):
        if isinstance(found, Mapping) and key in found:
            found = found[key]
        elif place:
            raise InputError(
                f"{name}: there is nothing at '{source.records}'. Correct raw.sources.{source.name}.records."
            )
        else:
            return document
    return found


def _parsed(content: bytes, first_line: int) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        return _Malformed(f"line {first_line + error.lineno - 1}, column {error.colno}")
    except (UnicodeDecodeError, RecursionError):
        return _Malformed(f"from line {first_line} on")


def _cell(record: Any, paths: tuple[str, ...]) -> str:
    for path in paths:
        found = record
        for key in path.split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        # A path that ends at an object leaves the word to the next one: an actor may be an object or its identifier.
        if found is not None and not (isinstance(found, Mapping) and len(paths) > 1):
            return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, sort_keys=True)
    return ""
