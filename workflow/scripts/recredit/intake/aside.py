"""Rows that a stream sets aside while it runs: the engine hands over only those, so that all others pass untouched."""

import threading
from array import array
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

# A row's place is one number: the file in the upper bits, the row in the lower ones.
FILE_BITS = 40
FILE = 1 << FILE_BITS
EXAMPLES = 3


@dataclass
class Aside:
    """What was set aside of one table.

    Attributes
    ----------
    quarantining : bits of the checks whose rows leave the table; a bit is the check's place in the table's list.
    places, masks : place and failed checks (bits) of each quarantined row.
    removed : places of all rows that left, the excluded ones too.
    failed : rows by (file, failed checks, school).
    excluded : rows by (file, reason).
    examples : the first few places by failed checks.
    """

    quarantining: int
    places: "array[int]" = field(default_factory=lambda: array("q"))
    masks: "array[int]" = field(default_factory=lambda: array("q"))
    removed: "array[int]" = field(default_factory=lambda: array("q"))
    failed: Counter[tuple[int, int, str | None]] = field(default_factory=Counter)
    excluded: Counter[tuple[int, str]] = field(default_factory=Counter)
    examples: dict[int, list[int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, place: int, mask: int, exclude: str | None, school: str | None) -> bool:
        """Note a row; True where it stays, since it fails checks that only warn. The engine's threads take turns.

        Faults are rare and scattered: called row by row this costs less than a call with columns for each few rows.
        """
        with self.lock:
            if exclude is not None:
                self.excluded[place >> FILE_BITS, exclude] += 1
                self.removed.append(place)
                return False
            self.failed[place >> FILE_BITS, mask, school] += 1
            known = self.examples.setdefault(mask, [])
            if len(known) < EXAMPLES or place < known[-1]:
                self.examples[mask] = sorted([*known, place])[:EXAMPLES]
            if not mask & self.quarantining:
                return True
            self.places.append(place)
            self.masks.append(mask)
            self.removed.append(place)
            return False

    def quarantined(self) -> tuple[np.ndarray, np.ndarray]:
        """Places, ascending, and failed checks of the quarantined rows."""
        places, masks = np.array(self.places, dtype=np.int64), np.array(self.masks, dtype=np.int64)
        order = np.argsort(places)
        return places[order], masks[order]

    def gone(self) -> np.ndarray:
        """Places of all rows that left, ascending."""
        return np.sort(np.array(self.removed, dtype=np.int64))

    def first(self, bit: int) -> np.ndarray:
        """The first few places of rows that fail the check ``bit``."""
        found = [place for mask, places in self.examples.items() if mask >> bit & 1 for place in places]
        return np.array(sorted(found)[:EXAMPLES], dtype=np.int64)
