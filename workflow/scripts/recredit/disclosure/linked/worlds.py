"""Other possible worlds: numbers of students that differ from the true ones in hidden cells, and in as few others as
can be. A cell is protected where one such world shows it at its lower, and another at its upper end."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from recredit.disclosure.linked.domain import Integers
from recredit.disclosure.linked.movements import Movements
from recredit.disclosure.linked.rows import constraint_rows
from recredit.disclosure.linked.system import Floats, LinkedSystem

# A row that moves by less than this many students has not moved.
MOVED = 1e-5
# What moving a cell that is hidden already costs, as a share of its price: worlds that lean on fewer hidden cells
# leave more of them free to be shown again.
HIDDEN_SHARE = 1e-3
# Rounds of reweighting, and the movement (students) below which a cell counts as unmoved in them.
ROUNDS = 3
SMALL_MOVE = 0.5
# Price per student of a row that is to stay: more than all others together.
CLOSED_PRICE = 1e5


@dataclass(frozen=True)
class Need:
    """A world that must be possible for all that is shown.

    Attributes
    ----------
    quantity : whose number of students must be able to reach `level`.
    upward : whether `level` lies above the true number.
    insider : position in `LinkedSystem.insiders` of the staff who know their own joint cells, or -1.
    either : whether as far the other way will do as well.
    """

    quantity: int
    upward: bool
    level: float
    insider: int = -1
    either: bool = False


@dataclass(frozen=True)
class World:
    """A possible world.

    Attributes
    ----------
    quantities : number of students of each quantity.
    moved : rows that may be given up and do not hold in it.
    """

    quantities: Floats
    moved: frozenset[int]


class Worlds:
    """Cheapest worlds for one need after the other.

    Parameters
    ----------
    targets : quantities that needs may name.
    precise : see :func:`recredit.disclosure.linked.rows.constraint_rows`.
    """

    def __init__(self, system: LinkedSystem, targets: Integers, *, precise: bool) -> None:
        self._system = system
        rows = constraint_rows(system, precise=precise)
        self._soft = np.array([number for number, owners in enumerate(rows.owners) if owners], dtype=np.int64)
        self.owners = [rows.owners[number] for number in self._soft]
        self.prices = np.array([self._price(owners) for owners in self.owners])
        self._hidden = np.zeros(len(self.owners), dtype=bool)
        self._closed = np.zeros(len(self.owners), dtype=bool)
        self._place = {int(quantity): place for place, quantity in enumerate(targets)}
        self._movements = Movements(rows, system.world, system.forms[targets], self._soft)

    @property
    def solved(self) -> int:
        """Programs solved so far."""
        return self._movements.programs.solved

    @property
    def hidden(self) -> frozenset[int]:
        """Rows given up so far."""
        return frozenset(np.flatnonzero(self._hidden).tolist())

    def hide(self, rows: Iterable[int]) -> None:
        """Give up rows."""
        self._hidden[list(rows)] = True

    def start_again(self) -> None:
        """Take all rows back, and from now on give up none but them."""
        self._closed = ~self._hidden
        self._hidden = np.zeros(len(self.owners), dtype=bool)

    def open_all(self) -> None:
        """Let each row be given up."""
        self._closed = np.zeros(len(self.owners), dtype=bool)

    def find(self, need: Need, *, sparse: bool = True) -> World | None:
        """A world that meets `need` and moves what costs least.

        Parameters
        ----------
        sparse : whether to look for fewer rows than the first solution moves.

        Returns
        -------
        None where there is none, whatever is hidden.
        """
        change = need.level - float(self._system.counts[need.quantity])
        if need.insider >= 0:
            self._movements.limit(self._system.insiders[need.insider])
        best = self._solve(need, change, self._costs())
        if sparse and best is not None and self.new_rows(best):
            best = self._sparser(need, change, best)
        if need.insider >= 0:
            self._movements.limit(None)
        return best

    def new_rows(self, world: World) -> frozenset[int]:
        """Rows that would have to be given up for a world."""
        return world.moved - self.hidden

    def price(self, rows: Iterable[int]) -> float:
        """What it costs to give up rows."""
        return float(self.prices[list(rows)].sum())

    def _price(self, owners: tuple[int, ...]) -> float:
        """The logarithm of the students in a cell, once for each table that shows it: many small losses are dearer
        than a large one, and a total dearer than a part of it."""
        students = self._system.counts[self._system.counted[list(owners)]]
        return float(np.log(2.0 + students).sum())

    def _costs(self) -> Floats:
        costs: Floats = np.where(self._hidden, HIDDEN_SHARE, 1.0) * self.prices
        costs[self._closed] = CLOSED_PRICE
        return costs

    def _solve(self, need: Need, change: float, costs: Floats) -> World | None:
        self._movements.price_rows(costs)
        movement = self._movements.find(self._place[need.quantity], change)
        if movement is None:
            return None
        self._movement = movement.rows
        cells = self._system.world + movement.cells
        return World(self._system.forms @ cells, frozenset(np.flatnonzero(movement.rows > MOVED).tolist()))

    def _sparser(self, need: Need, change: float, best: World) -> World:
        """Fewer new rows by reweighting: a row that moved far gets a low cost per student, one that moved little a
        high one (Candes, Wakin & Boyd 2008), so that the sum of movements comes near to a price per moved row."""
        for _ in range(ROUNDS):
            costs = self._costs()
            shown = ~self._hidden & ~self._closed
            costs[shown] /= self._movement[shown] + SMALL_MOVE
            world = self._solve(need, change, costs)
            if world is None:
                break
            if self.price(self.new_rows(world)) < self.price(self.new_rows(best)):
                best = world
        return best
