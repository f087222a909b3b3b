"""The rows of the programs: what each shown cell says, as linear inequalities over the joint cells."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, vstack

from recredit.disclosure.linked.domain import Integers
from recredit.disclosure.linked.shown import ANYTHING, Interval, count_interval, percent_knowledge, sum_interval
from recredit.disclosure.linked.system import Floats, LinkedSystem
from recredit.errors import DisclosureError

# Shares such as 0.565 are no binary numbers: the truth may miss a bound by this many students.
SLACK = 1e-6


@dataclass(frozen=True)
class Rows:
    """Rows `low <= matrix @ x <= high`.

    Attributes
    ----------
    owners : statements that say so, by row; a row holds while one of them is shown. Empty: it holds always.
    """

    matrix: csr_array
    low: Floats
    high: Floats
    owners: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class _Row:
    """One row over quantities, before it becomes one over joint cells."""

    terms: tuple[tuple[int, float], ...]
    interval: Interval
    owners: tuple[int, ...]
    earlier: bool = False


def constraint_rows(system: LinkedSystem, *, precise: bool) -> Rows:
    """The rows of all shown statements, of the public counts and of the links between cliques.

    Parameters
    ----------
    precise : whether the counts of this release are taken as exact (cells are hidden on exact values) or as the
        intervals that their rounding leaves (what the reader of the release has).

    Raises
    ------
    DisclosureError where a statement or a public count and the data disagree: the layout describes another group
    than the table shows, or the earlier release rests on other data.
    """
    found = [*_known_rows(system), *_count_rows(system, precise), *_percent_rows(system)]
    matrix = _over_joint_cells(found, system)
    low = np.array([row.interval.low for row in found], dtype=np.float64)
    high = np.array([row.interval.high for row in found], dtype=np.float64)
    _check_truth(found, matrix @ system.world, low, high, system)
    links = system.links.shape[0]
    return Rows(
        matrix=vstack([matrix, system.links], format="csr"),
        low=np.concatenate([low, np.zeros(links)]),
        high=np.concatenate([high, np.zeros(links)]),
        owners=(*(row.owners for row in found), *([()] * links)),
    )


def public_rows(system: LinkedSystem, *, earlier: bool = False) -> Rows:
    """The rows of public counts and links, with `earlier` those of earlier releases, too: what anybody knows before."""
    found = list(_known_rows(system))
    if earlier:
        published = [row for row in (*_count_rows(system, precise=False), *_percent_rows(system)) if row.earlier]
        found += published
    matrix = vstack([_over_joint_cells(found, system), system.links], format="csr")
    zeros = np.zeros(system.links.shape[0])
    low = np.concatenate([np.array([row.interval.low for row in found], dtype=np.float64), zeros])
    high = np.concatenate([np.array([row.interval.high for row in found], dtype=np.float64), zeros])
    return Rows(matrix, low, high, ((),) * matrix.shape[0])


def _over_joint_cells(found: list[_Row], system: LinkedSystem) -> csr_array:
    numbers = [number for number, row in enumerate(found) for _ in row.terms]
    quantities = [quantity for row in found for quantity, _ in row.terms]
    factors = [factor for row in found for _, factor in row.terms]
    chosen = csr_array((factors, (numbers, quantities)), shape=(len(found), len(system.quantities)))
    return csr_array(chosen @ system.forms)


def _known_rows(system: LinkedSystem) -> Iterator[_Row]:
    for quantity, low, high in system.known:
        yield _Row(((quantity, 1.0),), Interval(low, high), ())


def _shown(system: LinkedSystem) -> Iterable[int]:
    """Statements that say something about numbers; of what is not offered, no joint cells are left."""
    return [number for number, each in enumerate(system.statements) if not each.hidden and not each.not_offered]


def _count_rows(system: LinkedSystem, precise: bool) -> Iterator[_Row]:
    """One row per quantity and kind of statement: those that cannot be hidden apart from the others."""
    free: dict[int, tuple[Interval, list[int]]] = {}
    for number in _shown(system):
        statement = system.statements[number]
        if statement.denominator is not None:
            continue
        quantity = int(system.counted[number])
        interval = _read(system, number)
        if statement.fixed:
            yield _Row(((quantity, 1.0),), interval, (), bool(statement.release))
            continue
        before, owners = free.get(quantity, (ANYTHING, []))
        free[quantity] = (before.meet(interval), [*owners, number])
    for quantity, (interval, owners) in sorted(free.items()):
        exact = float(system.counts[quantity])
        if precise and interval.low <= exact <= interval.high:
            interval = Interval(exact, exact)
        yield _Row(((quantity, 1.0),), interval, tuple(owners))


def _read(system: LinkedSystem, number: int) -> Interval:
    statement = system.statements[number]
    if system.measure:
        return sum_interval(statement.text, statement.step)
    try:
        return count_interval(statement.text, statement.rules or system.rules, exact=statement.exact)
    except DisclosureError as error:
        raise DisclosureError(f"{_place(system, number)}: {error}") from error


def _percent_rows(system: LinkedSystem) -> Iterator[_Row]:
    """A share between a and b says numerator - b denominator <= 0 <= numerator - a denominator."""
    for number in _shown(system):
        statement = system.statements[number]
        if statement.denominator is None:
            continue
        try:
            said = percent_knowledge(statement.text)
        except DisclosureError as error:
            raise DisclosureError(f"{_place(system, number)}: {error}") from error
        owners, earlier = () if statement.fixed else (number,), bool(statement.release)
        counted, denominator = int(system.counted[number]), int(system.denominators[number])
        size = int(system.sizes[number])
        if said.share.low > 0:
            yield _Row(((counted, 1.0), (denominator, -said.share.low)), Interval(0.0, np.inf), owners, earlier)
        if said.share.high < 1:
            yield _Row(((counted, 1.0), (denominator, -said.share.high)), Interval(-np.inf, 0.0), owners, earlier)
        least = (statement.rules or system.rules).minimum_group
        students = Interval(max(said.students.low, least), said.students.high)
        yield _Row(((size, 1.0),), students, owners, earlier)


def _place(system: LinkedSystem, number: int) -> str:
    statement = system.statements[number]
    earlier = f" of the earlier release {statement.release}" if statement.release else ""
    return f"{statement.table}{earlier}, row {statement.row + 1}, column {statement.column}"


def _check_truth(found: list[_Row], true: Floats, low: Floats, high: Floats, system: LinkedSystem) -> None:
    """Refuse rows that the data contradict; an attack on a system without a solution would prove nothing."""
    wrong: Integers = np.flatnonzero((true < low - SLACK) | (true > high + SLACK))
    if len(wrong):
        owners = found[int(wrong[0])].owners
        where = _place(system, owners[0]) if owners else _fixed_place(system, found[int(wrong[0])])
        raise DisclosureError(
            f"{where}: the cell and the student-level table disagree ({len(wrong)} such in all). The layout must "
            "describe the very students that the cell counts; an earlier release on other data needs a population of "
            "its own."
        )


def _fixed_place(system: LinkedSystem, row: _Row) -> str:
    """Where a row without owners comes from: a public count, a declared cell or an earlier release."""
    quantity = row.terms[0][0]
    for number in _shown(system):
        if system.statements[number].fixed and quantity == system.counted[number]:
            return _place(system, number)
    return "A public count"
