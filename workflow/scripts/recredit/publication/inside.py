"""Looking for very many texts in one, at whatever place: the first eight bytes of each as one number, all at once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WIDTH = 8
# A multiplier that spreads neighbouring numbers (Knuth, The Art of Computer Programming 3, 6.4), and the bits kept.
SPREAD = np.uint64(0x9E3779B97F4A7C15)
BITS = 22
Numbers = NDArray[np.uint64]


class Inside:
    """Texts of at least eight bytes, each with its kind.

    Parameters
    ----------
    wanted : the texts.
    kinds : (as many), what is answered where one is found.

    Notes
    -----
    A table of 2**22 places says which numbers can be none of those wanted; of what is left, the whole text is
    compared. The time grows with the text that is searched, not with the number of texts that are wanted.
    """

    def __init__(self, wanted: Sequence[str], kinds: Sequence[str]) -> None:
        encoded = [text.encode() for text in wanted]
        numbers: Numbers = np.frombuffer(b"".join(text[:WIDTH] for text in encoded), dtype="<u8")
        order = np.argsort(numbers, kind="stable")
        self._numbers = numbers[order]
        self._wanted = [encoded[place] for place in order]
        self._kinds = [kinds[place] for place in order]
        self._possible = np.zeros(1 << BITS, dtype=bool)
        self._possible[_spread(numbers)] = True

    def found_in(self, text: str) -> set[str]:
        """The kinds of the texts that stand anywhere in `text`."""
        content = text.encode()
        found: set[str] = set()
        for offset in range(min(WIDTH, max(len(content) - WIDTH + 1, 0)) if self._wanted else 0):
            windows: Numbers = np.frombuffer(content, "<u8", (len(content) - offset) // WIDTH, offset)
            places = np.flatnonzero(self._possible[_spread(windows)])
            first = np.searchsorted(self._numbers, windows[places], side="left")
            last = np.searchsorted(self._numbers, windows[places], side="right")
            for number in np.flatnonzero(last > first).tolist():
                start = int(places[number]) * WIDTH + offset
                found |= self._whole(content, start, range(int(first[number]), int(last[number])), found)
        return found

    def _whole(self, content: bytes, start: int, candidates: range, known: set[str]) -> set[str]:
        return {
            self._kinds[one]
            for one in candidates
            if self._kinds[one] not in known and content.startswith(self._wanted[one], start)
        }


def _spread(numbers: Numbers) -> NDArray[np.int64]:
    """The place of each number in the table."""
    return ((numbers * SPREAD) >> np.uint64(64 - BITS)).astype(np.int64)
