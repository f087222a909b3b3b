"""Whether two rows of a large table have the same key, in bounded memory."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from recredit.engine import literal, quoted
from recredit.intake.sorting import Sorting, sorted_keys


def has_twins(
    connection: duckdb.DuckDBPyConnection, key: Sequence[str], path: Path, rows: int, sorting: Sorting
) -> bool:
    """Whether two of the ``rows`` rows of the Parquet file ``path`` may have the same ``key``.

    Hashes are compared: equal ones of different keys count as twins too, which costs time and no row.
    """
    hashed = f"hash({', '.join(map(quoted, key))})"
    parts = sorting.parts(rows)
    for part in range(parts):
        chosen = f" WHERE {hashed} % {parts} = {part}" if parts > 1 else ""
        query = f"SELECT {hashed} FROM read_parquet({literal(str(path))}){chosen}"
        keys = sorted_keys(connection, query, rows, sorting.threads)
        if (keys[1:] == keys[:-1]).any():
            return True
    return False
