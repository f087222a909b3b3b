"""Rows of a large table whose times may overlap: found by one sort of whole numbers, so that few rows are compared.

A check such as "the sessions of an enrollment do not overlap" compares each row with all others of its owner by a
window function, which costs the engine more than reading the file. Here owner, begin and length of a row become one
number of 63 bits, begin and end rounded outward. In the order of these numbers a row meets another one if it begins
before all earlier ones of its owner have ended. Rounding can only make rows meet that do not: the check itself is then
made by the engine, on the rows that meet. A row that meets no other takes no part in any overlap.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from recredit.engine import literal, quoted
from recredit.intake.sorting import Sorting, sorted_keys

BITS = 63
# More bits than a length needs.
LONGEST_BITS = 31
SECOND = 1_000_000
DAY = 86_400 * SECOND
# Keys looked at a time: few enough for the processor's cache.
BLOCK = 1 << 17
# Where more of the rows meet, nothing is gained by leaving the others out.
MOST_MEETING = 0.25
MEETING = "meeting"


@dataclass(frozen=True)
class Times:
    """The rows of the Parquet file ``path``: columns of the owner (whole numbers from 0), the begin and the end."""

    path: Path
    owner: str
    begin: str
    end: str

    @property
    def known(self) -> str:
        """SQL for the rows in which nothing is missing."""
        rows = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in (self.owner, self.begin, self.end))
        return f"FROM read_parquet({literal(str(self.path))}) WHERE {rows}"


@dataclass(frozen=True)
class Layout:
    """How owner, begin and length share the bits of a number.

    Attributes
    ----------
    first : the earliest begin, in microseconds.
    unit : what begins and lengths are counted in, in microseconds.
    begin_bits, length_bits : bits of the begin, counted from the earliest, and of the length. A length of all ones
        stands for itself and every longer one.
    """

    first: int
    unit: int
    begin_bits: int
    length_bits: int

    def head(self, times: Times) -> str:
        """SQL of owner and begin in one number."""
        begin = f"(epoch_us({quoted(times.begin)}) - {self.first}) // {self.unit}"
        return f"CAST({quoted(times.owner)} AS BIGINT) * {1 << self.begin_bits} + {begin}"

    def key(self, times: Times) -> str:
        """SQL of owner, begin and length in one number; a row that ends before it begins gets the length 1."""
        begin, end = (f"epoch_us({quoted(name)}) - {self.first}" for name in (times.begin, times.end))
        length = f"({end} + {self.unit - 1}) // {self.unit} - ({begin}) // {self.unit}"
        least = f"CASE WHEN {quoted(times.end)} < {quoted(times.begin)} THEN 1 ELSE 0 END"
        longest = (1 << self.length_bits) - 1
        return f"({self.head(times)}) * {1 << self.length_bits} + greatest(least({length}, {longest}), {least})"


def layout_of(owners: int, first: int, last: int) -> Layout | None:
    """The finest layout in which a length of a day can be told.

    Parameters
    ----------
    owners : the largest number of an owner.
    first, last : earliest and latest begin, in microseconds.
    """
    for power in range(BITS):
        unit = SECOND << power
        begin_bits = ((last - first) // unit + 1).bit_length()
        length_bits = BITS - owners.bit_length() - begin_bits
        if length_bits > 0 and unit << length_bits > DAY:
            return Layout(first, unit, begin_bits, min(length_bits, LONGEST_BITS))
    return None


def create_meeting(connection: duckdb.DuckDBPyConnection, times: Times, rows: int, sorting: Sorting) -> str | None:
    """Make the table ``meeting`` of the owners and begins of all rows that may overlap with another one.

    Returns
    -------
    SQL that is true for the rows of ``times`` that stand in it; None where they are too many for that to pay, and
    where no layout is fine enough.
    """
    bounds = f"max({quoted(times.owner)}), epoch_us(min({quoted(times.begin)})), epoch_us(max({quoted(times.begin)}))"
    # Without a condition the engine takes them from the file's own notes.
    (found,) = connection.execute(f"SELECT {bounds} FROM read_parquet({literal(str(times.path))})").fetchall()
    layout = None if None in found else layout_of(*found)
    heads = _meeting(connection, times, layout, rows, sorting) if layout else None
    if layout is None or heads is None:
        return None
    connection.register("heads", {"head": heads})
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {MEETING} AS SELECT DISTINCT head FROM heads")
    connection.unregister("heads")
    return f"{layout.head(times)} IN (SELECT head FROM {MEETING})"


def _meeting(
    connection: duckdb.DuckDBPyConnection, times: Times, layout: Layout, rows: int, sorting: Sorting
) -> np.ndarray | None:
    """Owner and begin (as one number) of each row that may overlap with another; None where there are too many."""
    parts = sorting.parts(rows)
    heads: list[np.ndarray] = []
    for part in range(parts):
        chosen = f" AND {quoted(times.owner)} % {parts} = {part}" if parts > 1 else ""
        keys = sorted_keys(connection, f"SELECT {layout.key(times)} {times.known}{chosen}", rows, sorting.threads)
        for block in meeting_heads(keys, layout):
            heads.append(block)
            if sum(map(len, heads)) > rows * MOST_MEETING:
                return None
    return np.concatenate(heads) if heads else np.empty(0, dtype=np.int64)


def meeting_heads(keys: np.ndarray, layout: Layout) -> Iterator[np.ndarray]:
    """Of ``keys``, ascending, the heads of those that meet another one of their owner, block by block.

    That is so of a key that begins before an earlier one has ended, and of the key just before such a one.
    """
    longest = (1 << layout.length_bits) - 1
    last_of_owner = (1 << layout.begin_bits) - 1
    ended = -1
    for start in range(0, len(keys), BLOCK):
        # One key more, to see whether it meets the last one; and the end of all before comes first.
        block = keys[start : start + BLOCK + 1]
        heads, lengths = block >> layout.length_bits, block & longest
        ends = np.minimum(heads + lengths, heads | last_of_owner)
        ends[lengths == longest] |= last_of_owner
        latest = np.maximum.accumulate(np.concatenate([[ended], ends]))
        late = heads < latest[:-1]
        own = len(block) - (len(block) > BLOCK)
        meets = late[:own].copy()
        meets[: len(block) - 1] |= late[1:]
        ended = latest[own]
        yield heads[:own][meets]
