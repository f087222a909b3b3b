"""Which sums only one whole number fits: those that no possible world shows a student higher or lower."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from recredit.disclosure.linked.attack import TOLERANCE
from recredit.disclosure.linked.domain import Integers
from recredit.disclosure.linked.movements import Movements
from recredit.disclosure.linked.rows import Rows
from recredit.disclosure.linked.system import Floats
from recredit.disclosure.linked.variables import Insider

# A sum that comes this near to a whole student can reach it: rows are kept to the solver's tolerance.
A_STUDENT = 1 - TOLERANCE


@dataclass(frozen=True)
class _Witness:
    """A possible world that shows other sums than the true ones.

    Attributes
    ----------
    touched : joint cells that hold other numbers in it. held : their numbers.
    moved : which sums it shows a student or more away from the truth, (k,).
    """

    touched: Integers
    held: Floats
    moved: frozenset[int]

    def possible_for(self, insider: Insider | None) -> bool:
        if insider is None:
            return True
        low, high = insider.low[self.touched], insider.high[self.touched]
        return bool(((self.held >= low - TOLERANCE) & (self.held <= high + TOLERANCE)).all())


class Recovery:
    """Attacks on some sums of joint cells, by readers who know more or less.

    Parameters
    ----------
    rows : what every reader knows.
    world : the true joint cells, whole numbers, (n,).
    sums : (k, n), the sums attacked.

    Notes
    -----
    The bounds of a sum over real numbers hold only one whole number just where it can be neither a student higher nor
    a student lower, since all numbers between two possible ones are possible. A world that shows one sum a student
    away is kept: it may show others so, too, and serve other readers, all who know nothing against it. Cheap worlds
    touch few joint cells, so that nearly all do.
    """

    def __init__(self, rows: Rows, world: Floats, sums: csr_array) -> None:
        self._world, self._sums = world, sums
        # That each student counts makes for worlds that touch few cells.
        self._movements = Movements(rows, world, sums, cell_price=1.0)
        self._witnesses: list[_Witness] = []

    @property
    def solved(self) -> int:
        """Programs solved so far."""
        return self._movements.programs.solved

    def recovered(self, numbers: Integers | None = None, insider: Insider | None = None) -> Integers:
        """Sums that only one whole number fits.

        Parameters
        ----------
        numbers : which sums to attack; None takes all.
        insider : what the reader knows beside the rows, or None for a reader with nothing else.
        """
        attacked = range(self._sums.shape[0]) if numbers is None else map(int, numbers)
        known = [each for each in self._witnesses if each.possible_for(insider)]
        self._movements.limit(insider)
        found = []
        for number in attacked:
            if any(number in witness.moved for witness in known):
                continue
            witness = self._seek(number)
            if witness is None:
                found.append(number)
            else:
                known.append(witness)
        return np.array(found, dtype=np.int64)

    def _seek(self, number: int) -> _Witness | None:
        for change in (A_STUDENT, -A_STUDENT):
            movement = self._movements.find(number, change)
            if movement is not None:
                return self._keep(movement.cells)
        return None

    def _keep(self, cells: Floats) -> _Witness:
        touched = np.flatnonzero(cells)
        moved = np.flatnonzero(np.abs(self._sums @ cells) > A_STUDENT - TOLERANCE)
        witness = _Witness(touched, (self._world + cells)[touched], frozenset(moved.tolist()))
        self._witnesses.append(witness)
        return witness
