"""What each hidden cell must still be able to be, for an attacker who has everything that is shown."""

from dataclasses import replace

import numpy as np

from recredit.disclosure.linked.attack import TOLERANCE, Bounds, public_attack
from recredit.disclosure.linked.domain import Integers
from recredit.disclosure.linked.system import LinkedSystem
from recredit.disclosure.linked.worlds import Need


def protected_quantities(system: LinkedSystem) -> Integers:
    """Quantities that are hidden because of themselves, in this release or an earlier one.

    They are the marked counts below the minimum group, all parts of a marked percentage of fewer students, and what
    the rules for single cells hide for another reason, such as too few schools.
    """
    found = set()
    for number in system.hidden(earlier=True):
        counted, size = int(system.counted[number]), int(system.sizes[number])
        # Of sums, those that the rules for single cells hide; an amount is no number of students.
        students = np.inf if system.measure else system.counts[counted if size < 0 else size]
        if system.statements[number].primary or students < system.rules.minimum_group:
            found |= {counted, size, int(system.denominators[number])} - {-1}
    return np.array(sorted(found), dtype=np.int64)


def needs(system: LinkedSystem, quantities: Integers) -> tuple[list[Need], int]:
    """What protected quantities must be able to be, and the number of programs it took to know.

    A number of students below the minimum must be able to be anything from 0 to the minimum; a larger one anything
    from the minimum below to the minimum above it. Where public counts alone leave less (a school with six such
    students), what they leave is asked for; so it is with what earlier releases leave of larger numbers, and of what
    they hid themselves.
    """
    if system.measure:
        return _widths(system, quantities), 0
    small = system.counts[quantities] < system.rules.minimum_group
    now = np.unique(
        np.concatenate([each[system.hidden()] for each in (system.counted, system.denominators, system.sizes)])
    )
    strict = small & np.isin(quantities, now)
    found, programs = [], 0
    for chosen, earlier in ((quantities[strict], False), (quantities[~strict], True)):
        known = public_attack(system, chosen, earlier=earlier)
        programs += known.programs
        found += _needs_within(system, known)
    return found, programs


def _widths(system: LinkedSystem, quantities: Integers) -> list[Need]:
    """Of sums: to lie as far below and above the true amount as the dominance rules ask for, and not below 0."""
    levels = dict.fromkeys(quantities.tolist(), 0.0)
    for number in system.hidden():
        place = int(system.counted[number])
        if place in levels and system.statements[number].primary:
            levels[place] = max(levels[place], system.statements[number].level)
    found = []
    for quantity, level in levels.items():
        amount = float(system.counts[quantity])
        if level > 0 and amount > 0:
            found.append(Need(quantity, upward=False, level=max(amount - level, 0.0)))
        if level > 0:
            found.append(Need(quantity, upward=True, level=amount + level))
    return found


def _needs_within(system: LinkedSystem, known: Bounds) -> list[Need]:
    minimum = float(system.rules.minimum_group)
    found = []
    for quantity, least, most in zip(known.quantities.tolist(), known.low, known.high, strict=True):
        students = float(system.counts[quantity])
        low, high = (0.0, minimum) if students < minimum else (students - minimum, students + minimum)
        low, high = max(low, float(least)), min(high, float(most))
        if low < students - TOLERANCE:
            found.append(Need(quantity, upward=False, level=low))
        if high > students + TOLERANCE:
            found.append(Need(quantity, upward=True, level=high))
    return found


def is_met(need: Need, bounds: Bounds) -> bool:
    """Whether the attacker's interval reaches what is needed."""
    if need.either:
        return need.quantity not in bounds.recovered()
    low, high = bounds.of(need.quantity)
    return high >= need.level - TOLERANCE if need.upward else low <= need.level + TOLERANCE


def not_exactly(system: LinkedSystem, quantity: int, insider: int = -1) -> Need:
    """The need of a quantity that must not be known exactly, though it is large enough to be known roughly."""
    return Need(quantity, upward=True, level=float(system.counts[quantity]) + 1, insider=insider, either=True)


def the_other_way(system: LinkedSystem, need: Need) -> Need:
    """As far down as `need` goes up."""
    return replace(need, upward=False, level=2 * float(system.counts[need.quantity]) - need.level)
