"""Rows that a stream sets aside while it runs: the engine hands over only those, so that all others pass untouched."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# A row's place is one number: the file in the upper bits, the row in the lower ones.
FILE = 1 << 40
EXAMPLES = 3


@dataclass
class Aside:
    """What was set aside of one table.

    Attributes
    ----------
    quarantining : bits of the checks whose rows leave the table; a bit is the check's place in the table's list.
    places, masks : place and failed checks (bits) of each quarantined row, in parts.
    failed : rows by (file, failed checks, school).
    excluded : rows by (file, reason).
    examples : the first few places by bit.
    removed : places of all rows that left, in parts.
    """

    quarantining: int
    places: list[np.ndarray] = field(default_factory=list)
    masks: list[np.ndarray] = field(default_factory=list)
    failed: Counter[tuple[int, int, str | None]] = field(default_factory=Counter)
    excluded: Counter[tuple[int, str]] = field(default_factory=Counter)
    examples: dict[int, np.ndarray] = field(default_factory=dict)
    removed: list[np.ndarray] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, place: Any, mask: Any, exclude: Any, school: Any) -> pa.Array:
        """Note the rows, a thread at a time; True for those that stay, since they fail checks that only warn."""
        with self.lock:
            return self._note(place, mask, exclude, school)

    def _note(self, place: Any, mask: Any, exclude: Any, school: Any) -> pa.Array:
        places, masks = (np.asarray(column.combine_chunks()) for column in (_chunked(place), _chunked(mask)))
        files = places // FILE
        left_out = np.asarray(pc.is_valid(exclude))
        for key in zip(files[left_out].tolist(), _listed(exclude, left_out), strict=True):
            self.excluded[key] += 1
        faulty = ~left_out
        self.failed.update(zip(files[faulty].tolist(), masks[faulty].tolist(), _listed(school, faulty), strict=True))
        out = faulty & ((masks & self.quarantining) != 0)
        self.places.append(places[out].copy())
        self.masks.append(masks[out].copy())
        self.removed.append(places[out | left_out].copy())
        self._add_examples(places[faulty], masks[faulty])
        return pa.array(~(out | left_out))

    def _add_examples(self, places: np.ndarray, masks: np.ndarray) -> None:
        together = int(np.bitwise_or.reduce(masks)) if len(masks) else 0
        for bit in range(together.bit_length()):
            if together >> bit & 1:
                own = places[(masks >> bit & 1) == 1]
                known = self.examples.get(bit, own[:0])
                self.examples[bit] = np.sort(np.concatenate([known, own]))[:EXAMPLES]

    def quarantined(self) -> tuple[np.ndarray, np.ndarray]:
        """Places, ascending, and failed checks of the quarantined rows."""
        places, masks = _joined(self.places), _joined(self.masks)
        order = np.argsort(places)
        return places[order], masks[order]

    def count(self, bit: int) -> int:
        """Rows that fail the check ``bit``."""
        return sum(count for (_, mask, _), count in self.failed.items() if mask >> bit & 1)


def _chunked(column: Any) -> pa.ChunkedArray:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _listed(column: Any, chosen: np.ndarray) -> list[Any]:
    return list(column.filter(pa.array(chosen)).to_pylist())


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])
