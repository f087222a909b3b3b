"""The attacker: the smallest and the largest number of students that a hidden cell can hold, by linear programs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from recredit.disclosure.linked.domain import Integers
from recredit.disclosure.linked.programs import PRIMAL_SIMPLEX, Programs
from recredit.disclosure.linked.rows import Rows, constraint_rows, public_rows
from recredit.disclosure.linked.system import Floats, LinkedSystem
from recredit.errors import DisclosureError

# Simplex keeps rows to 1e-7 each; sums over a few hundred of them stay below this.
TOLERANCE = 1e-5
DECIMALS = 5


@dataclass(frozen=True)
class Bounds:
    """What an attacker learns of some quantities.

    Attributes
    ----------
    quantities : positions in `LinkedSystem.quantities`, (k,).
    low, high : smallest and largest number of students, (k,); `high` may be infinite.
    programs : linear programs solved.
    """

    quantities: Integers
    low: Floats
    high: Floats
    programs: int

    def recovered(self) -> Integers:
        """Quantities that only one whole number fits."""
        return self.quantities[np.floor(self.high + TOLERANCE) - np.ceil(self.low - TOLERANCE) < 1]

    def width(self) -> Floats:
        """Length of each interval."""
        return self.high - self.low

    def of(self, quantity: int) -> tuple[float, float]:
        """The interval of one quantity."""
        place = int(np.flatnonzero(self.quantities == quantity)[0])
        return float(self.low[place]), float(self.high[place])


def hidden_quantities(system: LinkedSystem) -> Integers:
    """Quantities behind the marked cells: counts, and the numbers that a percentage rests on.

    What an earlier release hides is among them: the release in hand could give it away.
    """
    marked = system.hidden(earlier=True)
    found = np.concatenate([each[marked] for each in (system.counted, system.denominators, system.sizes)])
    return np.unique(found[found >= 0]).astype(np.int64)


def attack(
    system: LinkedSystem, *, precise: bool = False, quantities: Sequence[int] | Integers | None = None
) -> Bounds:
    """Bound the hidden cells of a release.

    Parameters
    ----------
    precise : see :func:`recredit.disclosure.linked.rows.constraint_rows`; False is the attack on what is published.
    quantities : what to bound; None takes :func:`hidden_quantities`.

    Notes
    -----
    The bounds are over real numbers: those over whole numbers lie inside, so an interval that looks wide enough may be
    narrower for an attacker who solves integer programs, and one that is a point is a point for everybody
    (Fischetti & Salazar 2001, section 2).
    """
    targets = hidden_quantities(system) if quantities is None else np.asarray(quantities, dtype=np.int64)
    rows = constraint_rows(system, precise=precise)
    low, high, programs = bound(system.forms[targets], rows, system.world)
    return Bounds(targets, low, high, programs)


def public_attack(system: LinkedSystem, quantities: Integers, *, earlier: bool = False) -> Bounds:
    """Bound quantities by public counts alone, with `earlier` by earlier releases, too: what was known before.

    Without either, the true world times any factor is possible, so nothing is bounded, and no program is needed.
    """
    if not system.known and not (earlier and any(each.release for each in system.statements)):
        possible = np.diff(system.forms[quantities].indptr) > 0
        return Bounds(quantities, np.zeros(len(quantities)), np.where(possible, np.inf, 0.0), 0)
    low, high, programs = bound(system.forms[quantities], public_rows(system, earlier=earlier), system.world)
    return Bounds(quantities, low, high, programs)


def bound(targets: csr_array, rows: Rows, world: Floats) -> tuple[Floats, Floats, int]:
    """Bound sums of joint cells.

    Parameters
    ----------
    targets : (k, joint cells), 0 and 1.
    world : joint cells that keep all rows, the true ones: a cell that is 0 there needs no program for its minimum.

    Returns
    -------
    Smallest values, (k,), largest values, (k,), and the number of programs solved. Rows that share no joint cell fall
    into programs of their own, and joint cells without a row need none: both leave the bounds as they are.
    """
    low: Floats = np.zeros(targets.shape[0])
    high: Floats = np.zeros(targets.shape[0])
    programs = 0
    for cells, part in _components(rows, len(world)):
        inside = targets[:, cells]
        touched = np.flatnonzero(np.diff(inside.indptr))
        if not len(touched):
            continue
        if part is None:
            high[touched] = np.inf
            continue
        piece = _Piece(inside[touched], part, world[cells])
        high[touched] += piece.maxima()
        low[touched] += piece.minima()
        programs += piece.programs.solved
    # Adding 0 turns a negative zero into a plain one.
    low[:], high[:] = np.round(low, DECIMALS) + 0.0, np.round(high, DECIMALS) + 0.0
    return low, high, programs


def _components(rows: Rows, cells: int) -> list[tuple[Integers, Rows | None]]:
    """Joint cells that no row connects, each with its rows; first those that no row constrains (None)."""
    bounded = np.flatnonzero(np.isfinite(rows.low) | np.isfinite(rows.high))
    matrix = rows.matrix[bounded]
    constrained = np.diff(matrix.tocsc().indptr) > 0
    found: list[tuple[Integers, Rows | None]] = [(np.flatnonzero(~constrained), None)]
    number, label = connected_components(_graph(matrix, cells), directed=False)
    for component in range(number):
        members = np.flatnonzero((label[:cells] == component) & constrained)
        if len(members):
            own = np.flatnonzero(label[cells:] == component)
            piece = Rows(matrix[own][:, members], rows.low[bounded[own]], rows.high[bounded[own]], ((),) * len(own))
            found.append((members, piece))
    return found


def _graph(matrix: csr_array, cells: int) -> csr_array:
    """Joint cells and rows as the nodes of a graph, an edge where a cell stands in a row."""
    entries = matrix.tocoo()
    size = cells + matrix.shape[0]
    return csr_array((np.ones(entries.nnz), (entries.row + cells, entries.col)), shape=(size, size))


def solution_of(programs: Programs, *, maximise: bool) -> tuple[float, Floats]:
    """The best value and a solution that has it, of programs that the true world solves.

    Raises
    ------
    DisclosureError where the solver finds none: then it is wrong, and nothing may be concluded from it.
    """
    solution = programs.solve(maximise=maximise)
    if solution is None:
        raise DisclosureError("The true numbers do not solve the attack's own system: this is a fault, report it.")
    return solution


class _Piece:
    """The programs of one component, with the smallest value seen so far of each target."""

    def __init__(self, targets: csr_array, rows: Rows, world: Floats) -> None:
        columns = (np.zeros(len(world)), np.full(len(world), np.inf))
        self.programs = Programs(rows.matrix, (rows.low, rows.high), columns, strategy=PRIMAL_SIMPLEX)
        self._targets = targets
        self._smallest = targets @ world
        self._before = np.zeros(0, dtype=np.int64)

    def maxima(self) -> Floats:
        return np.array([self._extreme(number, maximise=True) for number in range(self._targets.shape[0])])

    def minima(self) -> Floats:
        """Numbers of students are never below 0: where a solution has been seen with 0, that is the minimum."""
        return np.array(
            [
                0.0 if self._smallest[number] <= 0 else self._extreme(number, maximise=False)
                for number in range(self._targets.shape[0])
            ]
        )

    def _extreme(self, number: int, *, maximise: bool) -> float:
        cells = self._targets.indices[self._targets.indptr[number] : self._targets.indptr[number + 1]]
        self.programs.set_costs(self._before, np.zeros(len(self._before)))
        self.programs.set_costs(cells, np.ones(len(cells)))
        self._before = cells
        value, point = solution_of(self.programs, maximise=maximise)
        if np.isfinite(value):
            self._smallest = np.minimum(self._smallest, self._targets @ point)
        return value
