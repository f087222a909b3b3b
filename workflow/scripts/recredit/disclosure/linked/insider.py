"""A school's own staff as attackers: they know every joint cell of their school and look for those of the others."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from recredit.disclosure.linked.attack import hidden_quantities
from recredit.disclosure.linked.domain import Integers
from recredit.disclosure.linked.recovery import Recovery
from recredit.disclosure.linked.rows import Rows, constraint_rows, public_rows
from recredit.disclosure.linked.system import LinkedSystem
from recredit.disclosure.linked.variables import Insider
from recredit.errors import DisclosureError

# Attacks that run at a time. The number is the same on every machine, since a program starts from where the one before
# it ended: how many are solved, which the certificate tells, hangs on what a solver has solved before.
SIDE_BY_SIDE = 2


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
    targets, rows = hidden_quantities(system), constraint_rows(system, precise=precise)
    schools = range(len(system.insiders))
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        shares = [schools[part::SIDE_BY_SIDE] for part in range(SIDE_BY_SIDE)]
        found = list(pool.map(lambda share: _attack_by(system, targets, rows, share), shares))
    return InsiderAttack(
        tuple(sorted(pair for part in found for pair in part.recovered)),
        len(schools),
        sum(part.cells for part in found),
        sum(part.programs for part in found),
    )


def _attack_by(system: LinkedSystem, targets: Integers, rows: Rows, schools: Sequence[int]) -> InsiderAttack:
    """The attacks of some of the schools, one after another."""
    after, before = Recovery(rows, system.world), Recovery(public_rows(system), system.world)
    recovered, cells = [], 0
    for insider in schools:
        known = system.insiders[insider]
        others = _of_others(system, targets, known)
        cells += len(others)
        found = others[after.recovered(system.forms[others], known)]
        anyway = found[before.recovered(system.forms[found], known)]
        recovered += [(insider, int(quantity)) for quantity in np.setdiff1d(found, anyway)]
    programs = before.programs.solved + after.programs.solved
    return InsiderAttack(tuple(recovered), len(schools), cells, programs)


def _of_others(system: LinkedSystem, targets: Integers, known: Insider) -> Integers:
    """Quantities that can count students of other schools, too."""
    others: Integers = targets[(system.forms[targets] @ (known.high > known.low).astype(np.float64)) > 0]
    return others
