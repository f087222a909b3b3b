"""Which sums only one whole number fits: a question that one program can answer for many sums at once."""

import numpy as np
from scipy.sparse import csr_array

from recredit.disclosure.linked.attack import TOLERANCE, solution_of
from recredit.disclosure.linked.domain import Integers
from recredit.disclosure.linked.programs import PRIMAL_SIMPLEX, Programs
from recredit.disclosure.linked.rows import Rows
from recredit.disclosure.linked.system import Floats
from recredit.disclosure.linked.variables import Insider

NOBODY: Integers = np.zeros(0, dtype=np.int64)


class Recovery:
    """Programs over one set of rows.

    Parameters
    ----------
    rows : what the attacker knows.
    world : the true joint cells.

    Notes
    -----
    The true world and any other that keeps the rows show two possible values of a sum. Where they differ by a student
    or more, the sum is not recovered. So all sums are first pulled up together, then down; only those that moved
    in neither get two programs of their own. The answer is the same as from two programs for each.
    """

    def __init__(self, rows: Rows, world: Floats) -> None:
        self._world = world
        columns = (np.zeros(len(world)), np.full(len(world), np.inf))
        self.programs = Programs(rows.matrix, (rows.low, rows.high), columns, strategy=PRIMAL_SIMPLEX)

    def recovered(self, forms: csr_array, insider: Insider | None = None) -> Integers:
        """Rows of `forms` whose sum only one whole number fits.

        Parameters
        ----------
        forms : (k, joint cells).
        insider : whose attack it is, or None for a reader.
        """
        if not forms.shape[0]:
            return NOBODY
        everything = np.arange(len(self._world))
        if insider is not None:
            self.programs.set_columns(everything, insider.low, insider.high)
        found = [place for place in self._unmoved(forms) if self._is_point(forms[[place]])]
        self.programs.set_columns(everything, np.zeros(len(everything)), np.full(len(everything), np.inf))
        return np.array(found, dtype=np.int64)

    def _unmoved(self, forms: csr_array) -> list[int]:
        true = forms @ self._world
        still = np.ones(forms.shape[0], dtype=bool)
        for maximise in (True, False):
            together = np.asarray(forms[np.flatnonzero(still)].sum(axis=0)).ravel()
            value, point = self._solve(together, maximise=maximise)
            if np.isfinite(value):
                still &= np.abs(forms @ point - true) < 1 - TOLERANCE
        return [int(place) for place in np.flatnonzero(still)]

    def _is_point(self, form: csr_array) -> bool:
        costs = form.toarray().ravel()
        low, _ = self._solve(costs, maximise=False)
        high, _ = self._solve(costs, maximise=True)
        return bool(np.floor(high + TOLERANCE) - np.ceil(low - TOLERANCE) < 1)

    def _solve(self, costs: Floats, *, maximise: bool) -> tuple[float, Floats]:
        self.programs.set_costs(np.arange(len(costs)), costs)
        return solution_of(self.programs, maximise=maximise)
