"""Whether two rows of a large table have the same key, in bounded memory."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import duckdb
import numpy as np

from recredit.engine import literal, quoted

# Hashes that are sorted at a time: 160 MB.
PART = 20_000_000


def has_twins(connection: duckdb.DuckDBPyConnection, key: Sequence[str], path: Path, rows: int) -> bool:
    """Whether two of the ``rows`` rows of the Parquet file ``path`` may have the same ``key``.

    Hashes are compared: equal ones of different keys count as twins too, which costs time and no row.
    """
    parts = -(-rows // PART)
    hashed = f"hash({', '.join(map(quoted, key))})"
    queries = [
        f"SELECT {hashed} AS hashed FROM read_parquet({literal(str(path))})"
        + (f" WHERE {hashed} % {parts} = {part}" if parts > 1 else "")
        for part in range(parts)
    ]
    with ThreadPoolExecutor(1) as pool:
        # One part is read while the one before is sorted.
        sorting: Future[bool] | None = None
        for hashes in _read(connection, queries):
            if sorting is not None and sorting.result():
                return True
            sorting = pool.submit(_repeat, hashes)
        return sorting is not None and sorting.result()


def _read(connection: duckdb.DuckDBPyConnection, queries: Sequence[str]) -> Iterator[np.ndarray]:
    for query in queries:
        yield np.asarray(connection.execute(query).fetchnumpy()["hashed"])


def _repeat(hashes: np.ndarray) -> bool:
    ordered = np.sort(hashes)
    return bool((ordered[1:] == ordered[:-1]).any())
