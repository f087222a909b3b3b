"""Whole numbers of a large table in order: read once, sorted in place by all threads."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import duckdb
import numpy as np

# Rows handed over at a time.
BATCH = 100_000
# Fewer keys are sorted before another thread has started.
LEAST_KEYS = 1_000_000


@dataclass(frozen=True)
class Sorting:
    """What a sort may use: so many keys at a time (8 bytes each), and so many threads."""

    most_keys: int
    threads: int

    def parts(self, rows: int) -> int:
        """In how many parts the keys of ``rows`` rows are sorted."""
        return max(1, -(-rows // self.most_keys))


def sorted_keys(connection: duckdb.DuckDBPyConnection, query: str, rows: int, threads: int) -> np.ndarray:
    """The one column of ``query``, numbers of 64 bits, in ascending order as signed ones (int64).

    Parameters
    ----------
    rows : ``query`` gives no more rows. Memory is taken for the rows that it does give, 8 bytes each.
    """
    keys = np.empty(rows, dtype=np.int64)
    end = 0
    # A connection hands over one result at a time: the caller may still have one of its own.
    for batch in connection.cursor().sql(query).to_arrow_reader(BATCH):
        # Not `to_numpy`, which imports pandas.
        found = np.from_dlpack(batch.column(0)).view(np.int64)
        keys[end : end + len(found)] = found
        end += len(found)
    _sort(keys[:end], threads)
    return keys[:end]


def _sort(keys: np.ndarray, threads: int) -> None:
    if threads == 1 or len(keys) < LEAST_KEYS:
        keys.sort()
        return
    edges = [len(keys) * part // threads for part in range(1, threads)]
    keys.partition(edges)
    with ThreadPoolExecutor(threads) as pool:
        # The sort leaves the interpreter to the others while it runs.
        list(pool.map(np.ndarray.sort, np.split(keys, edges)))
