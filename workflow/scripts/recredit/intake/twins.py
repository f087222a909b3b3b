"""Rows of a large table that have one key: equal ones merge, others contradict each other, as in :mod:`merging`.

That no key stands twice is shown by the sorted hashes of all keys. Only rows whose hash stands twice are looked at:
they are compared in every column, and those that leave are taken out of the written file. Two keys of one hash cost no
more than that look.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np

from recredit.contract import Table
from recredit.engine import literal, quoted
from recredit.intake.checking import CONTRADICTING
from recredit.intake.merging import differing
from recredit.intake.sorting import Sorting, sorted_keys
from recredit.intake.writing import take_out

# The table of the rows whose key stands more than once: the columns of the written file, and `fate` as in merging.
TWINS = "twins"
LEAVING = f"SELECT * FROM {TWINS} WHERE fate <> 'kept'"
# Where more rows have a twin, it is no longer cheap to look at each of them; but so many rows are few in any table.
MOST_REPEATED, FEW_ROWS = 0.25, 10_000
# A contradicting row is kept in memory as text for the quarantine, which takes the room of so many keys.
KEYS_OF_TEXT = 64


def _none() -> np.ndarray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Twins:
    """Rows that leave a table for another one of their key.

    Attributes
    ----------
    merged : places, ascending, of the rows that are equal to an earlier one.
    contradicting : places, ascending, of all rows of a key whose rows are not equal.
    keys : number of such keys.
    """

    merged: np.ndarray = field(default_factory=_none)
    contradicting: np.ndarray = field(default_factory=_none)
    keys: int = 0

    def gone(self) -> np.ndarray:
        """Places of all rows that leave, ascending."""
        return np.sort(np.concatenate([self.merged, self.contradicting]))


def hashed(key: Sequence[str]) -> str:
    """SQL of the number by which keys are compared at first."""
    return f"hash({', '.join(map(quoted, key))})"


def settle_twins(
    connection: duckdb.DuckDBPyConnection, table: Table, path: Path, rows: int, sorting: Sorting
) -> Twins | None:
    """Find the rows of one key among the ``rows`` rows of the Parquet file ``path``, and take out those that leave.

    Of equal rows the first one by ``place`` stays, of contradicting ones none. The table ``twins`` has all of them.

    Returns
    -------
    The rows that leave; None where they are too many to be looked at, and the file is as it was.
    """
    hashes = repeated_hashes(connection, table.key, path, rows, sorting)
    if hashes is None or not len(hashes):
        return None if hashes is None else Twins()
    _create_twins(connection, table, path, hashes)
    merged, contradicting = (_places(connection, fate) for fate in ("merged", CONTRADICTING))
    if len(contradicting) * KEYS_OF_TEXT > sorting.most_keys:
        return None
    counted = connection.execute(f"SELECT count(*) FROM {TWINS} WHERE fate = ? AND place = first", [CONTRADICTING])
    found = Twins(merged, contradicting, int(counted.fetchall()[0][0]))
    if len(found.gone()):
        take_out(connection, path, LEAVING)
    return found


def repeated_hashes(
    connection: duckdb.DuckDBPyConnection, key: Sequence[str], path: Path, rows: int, sorting: Sorting
) -> np.ndarray | None:
    """Hashes of ``key`` (uint64) that more than one row of the Parquet file ``path`` has; None where they are many."""
    hashes = [np.empty(0, dtype=np.uint64)]
    repeats = 0
    parts = sorting.parts(rows)
    for part in range(parts):
        chosen = f" WHERE {hashed(key)} % {parts} = {part}" if parts > 1 else ""
        query = f"SELECT {hashed(key)} FROM read_parquet({literal(str(path))}){chosen}"
        keys = sorted_keys(connection, query, rows, sorting.threads)
        again = keys[1:][keys[1:] == keys[:-1]]
        repeats += len(again)
        if repeats > max(rows * MOST_REPEATED, FEW_ROWS):
            return None
        hashes.append(np.unique(again).view(np.uint64))
    return np.concatenate(hashes)


def _create_twins(connection: duckdb.DuckDBPyConnection, table: Table, path: Path, hashes: np.ndarray) -> None:
    """Make the table of the rows whose key, and not only its hash, stands more than once."""
    file, key = f"read_parquet({literal(str(path))})", ", ".join(map(quoted, table.key))
    same = " AND ".join(f"r.{name} IS NOT DISTINCT FROM k.{name}" for name in map(quoted, table.key))
    connection.register("repeated", {"hash": hashes})
    # Few places are found by the key alone, and then few rows are read, wherever they stand.
    places = f"SELECT place FROM {file} WHERE {hashed(table.key)} IN (SELECT hash FROM repeated)"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE repeated_places AS {places}")
    connection.unregister("repeated")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated_rows AS FROM {file} WHERE place IN (SELECT place FROM repeated_places)"
    )
    fate = f"CASE WHEN differ THEN {literal(CONTRADICTING)} WHEN place = first THEN 'kept' ELSE 'merged' END"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {TWINS} AS WITH keys AS (SELECT {key}, min(place) AS first, "
        f"{differing(table)} AS differ FROM repeated_rows GROUP BY {key} HAVING count(*) > 1) "
        f"SELECT r.*, first, {fate} AS fate FROM repeated_rows r JOIN keys k ON {same}"
    )
    connection.execute("DROP TABLE repeated_rows; DROP TABLE repeated_places")


def _places(connection: duckdb.DuckDBPyConnection, fate: str) -> np.ndarray:
    found = connection.execute(f"SELECT place FROM {TWINS} WHERE fate = ? ORDER BY place", [fate])
    return np.asarray(found.fetchnumpy()["place"], dtype=np.int64)
