"""A school's own staff as attackers: they know every joint cell of their school and look for those of the others."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from recredit.disclosure.linked.attack import hidden_quantities
from recredit.disclosure.linked.domain import Integers
from recredit.disclosure.linked.recovery import Recovery
from recredit.disclosure.linked.rows import constraint_rows, public_rows
from recredit.disclosure.linked.system import LinkedSystem
from recredit.disclosure.linked.variables import Insider
from recredit.errors import DisclosureError


@dataclass(frozen=True)
class InsiderAttack:
    """What the staff of each school find out, each on their own.

    Attributes
    ----------
    recovered : (insider, quantity) pairs of which only one whole number is left for the other schools' students.
    insiders : number of schools.
    cells : hidden quantities attacked, summed over the insiders.
    programs : linear programs solved.
    """

    recovered: tuple[tuple[int, int], ...]
    insiders: int
    cells: int
    programs: int


def insider_attack(system: LinkedSystem, *, precise: bool = False) -> InsiderAttack:
    """Attack the hidden cells of all other schools, once for each category of `system.insider`.

    Of the insider's own students every joint cell is known: the others are what is left, and no joint cell holds fewer
    than the insider's own. What is looked for is each hidden number less the insider's own students.
    A pair counts only where the release gives it away, and not where public counts and the insider's own knowledge do.

    Raises
    ------
    DisclosureError for a system that was built without an insider.
    """
    if not system.insider:
        raise DisclosureError("The system was built without an insider; name the column of the schools.")
    targets = hidden_quantities(system)
    forms = system.forms[targets]
    after = Recovery(constraint_rows(system, precise=precise), system.world, forms)
    before = Recovery(public_rows(system), system.world, forms)
    recovered, cells = [], 0
    for number, insider in enumerate(system.insiders):
        others = _of_others(forms, insider)
        cells += len(others)
        found = after.recovered(others, insider)
        anyway = before.recovered(found, insider)
        recovered += [(number, int(quantity)) for quantity in targets[np.setdiff1d(found, anyway)]]
    return InsiderAttack(tuple(recovered), len(system.insiders), cells, after.solved + before.solved)


def _of_others(forms: csr_array, known: Insider) -> Integers:
    """Sums that can count students of other schools, too."""
    others: Integers = np.flatnonzero(forms @ (known.high > known.low).astype(np.float64) > 0)
    return others
