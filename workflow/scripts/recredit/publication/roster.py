"""Reading the roster and the study codes for the file gate. What is read here is held in memory and never written."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recredit.publication.identifiers import Watchlist, watchlist

# One row a log-in or a click: all their identifiers of people stand in the roster tables too.
LOGS = ("sessions", "events")
PERSONS = ("student_id", "enrollment_id")
NAME_PARTS = ("given_name", "family_name")


def _texts(table: Path, column: str) -> list[str | None]:
    """The different values of `column` as text; none where the table has no such column."""
    if column not in pq.read_schema(table).names:
        return []
    values = pq.read_table(table, columns=[column])[column]
    found: list[str | None] = pc.unique(values.cast(pa.string())).to_pylist()
    return found


def _pairs(table: Path) -> list[tuple[str | None, str | None]]:
    if not set(NAME_PARTS) <= set(pq.read_schema(table).names):
        return []
    columns = pq.read_table(table, columns=list(NAME_PARTS))
    return list(zip(*(columns[name].to_pylist() for name in NAME_PARTS), strict=True))


def read_watchlist(
    intake: Sequence[Path], coded: Sequence[Path], columns: Mapping[str, Mapping[str, Iterable[str]]]
) -> Watchlist:
    """What the gate looks for.

    Parameters
    ----------
    intake : canonical tables of the identified zone; none where the run began from the coded zone.
    coded : the same tables with study codes.
    columns : by table, the names of its columns under "identifier", "code" (identifiers that were replaced by study
        codes) and "public" (texts anybody may know).
    """
    by_table = {path.stem: path for path in intake}
    roster = {
        f"{table}.{column}": _texts(path, column)
        for table, path in by_table.items()
        for column in columns[table]["identifier"]
        if column not in NAME_PARTS
    }
    codes = {f"{path.stem}.{column}": _texts(path, column) for path in coded for column in columns[path.stem]["code"]}
    public = [
        text for path in [*intake, *coded] for column in columns[path.stem]["public"] for text in _texts(path, column)
    ]
    return watchlist(roster, {table: _pairs(path) for table, path in by_table.items()}, codes, public)


def read_populations(tables: Sequence[Path]) -> frozenset[int]:
    """Numbers of rows, and of different students, in the coded `tables` that lead to students."""
    found: set[int] = set()
    for table in tables:
        person = next((name for name in PERSONS if name in pq.read_schema(table).names), None)
        if person is not None:
            values = pq.read_table(table, columns=[person])[person]
            found |= {len(values), pc.count_distinct(values).as_py()}
    return frozenset(found)
