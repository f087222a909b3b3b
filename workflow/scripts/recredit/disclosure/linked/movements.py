"""Programs over movements: how many students more or fewer than the true number each joint cell may hold.

No movement at all keeps every row. So a program over movements has a point to start from, which one over the numbers
themselves must first find, and a cheapest movement touches but a few of tens of thousands of joint cells.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, hstack, vstack

from recredit.disclosure.linked.domain import Integers
from recredit.disclosure.linked.programs import DUAL_SIMPLEX, Programs
from recredit.disclosure.linked.rows import Rows
from recredit.disclosure.linked.system import Floats
from recredit.disclosure.linked.variables import Insider

NONE: Integers = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Movement:
    """A possible world, as its difference from the true one.

    Attributes
    ----------
    cells : students more (or, below 0, fewer) in each joint cell, (n,).
    rows : by how much each of the rows that may be given up is missed, (soft rows,).
    """

    cells: Floats
    rows: Floats


class Movements:
    """Cheapest movements that change a sum of joint cells by so many students.

    Parameters
    ----------
    rows : what must hold.
    world : the true joint cells, (n,); rows that it misses by the rounding of a share are kept as far as it keeps them.
    sums : (k, n), what a movement can be asked to change.
    soft : positions of the rows that a movement may miss, at a price.
    cell_price : what a student more or fewer in a joint cell costs.
    """

    def __init__(
        self, rows: Rows, world: Floats, sums: csr_array, soft: Integers = NONE, *, cell_price: float = 0.0
    ) -> None:
        self._world, self._soft = world, len(soft)
        self._first = rows.matrix.shape[0]
        true = rows.matrix @ world
        slack = csr_array((np.ones(len(soft)), (soft, np.arange(len(soft)))), shape=(self._first, len(soft)))
        apart = csr_array((sums.shape[0], 2 * len(soft)))
        matrix = vstack([hstack([rows.matrix, -rows.matrix, slack, -slack]), hstack([sums, -sums, apart])])
        free = np.full(sums.shape[0], np.inf)
        low = np.concatenate([np.minimum(rows.low - true, 0.0), -free])
        high = np.concatenate([np.maximum(rows.high - true, 0.0), free])
        most = np.concatenate([np.full(len(world), np.inf), world, np.full(2 * len(soft), np.inf)])
        costs = np.concatenate([np.full(2 * len(world), cell_price), np.zeros(2 * len(soft))])
        bounds = (np.zeros(len(most)), most)
        self.programs = Programs(csr_array(matrix), (low, high), bounds, costs, DUAL_SIMPLEX)

    def price_rows(self, prices: Floats) -> None:
        """What it costs to miss each of the soft rows, per student."""
        places = np.arange(2 * len(self._world), 2 * len(self._world) + 2 * self._soft)
        self.programs.set_costs(places, np.concatenate([prices, prices]))

    def limit(self, insider: Insider | None) -> None:
        """Keep to what an insider knows of the joint cells; None to what anybody does."""
        low = np.zeros(len(self._world)) if insider is None else insider.low
        high = np.full(len(self._world), np.inf) if insider is None else insider.high
        most = np.concatenate([np.maximum(high - self._world, 0.0), np.maximum(self._world - low, 0.0)])
        self.programs.set_columns(np.arange(len(most)), np.zeros(len(most)), most)

    def find(self, number: int, change: float) -> Movement | None:
        """The cheapest movement that changes sum `number` by `change` students, or None where there is none.

        Each program starts from no movement, so that none hangs on those that were solved before it.
        """
        place = self._first + number
        self.programs.set_row(place, change, change)
        self.programs.start_afresh()
        solution = self.programs.solve()
        self.programs.set_row(place, -np.inf, np.inf)
        if solution is None:
            return None
        more, fewer, up, down = np.split(solution[1], self._ends())
        return Movement(more - fewer, up + down)

    def _ends(self) -> Sequence[int]:
        cells = len(self._world)
        return (cells, 2 * cells, 2 * cells + self._soft)
