"""The variables of the joint system: one per combination of parts inside a clique, less those known to be empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from recredit.disclosure.linked.cliques import JunctionTree
from recredit.disclosure.linked.domain import PATTERNS, Domain, Integers, Selection
from recredit.disclosure.linked.layout import Listing
from recredit.errors import DisclosureError

Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Insider:
    """What the staff of one school know of the joint cells: each of their own.

    Attributes
    ----------
    low : their own students in each joint cell, (joint cells,): no fewer are possible.
    high : the same where a joint cell holds their own students alone, else infinite.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class Variables:
    """Where each combination stands among the variables.

    Attributes
    ----------
    places : for each clique, position of each combination in the order of :func:`numpy.ravel`, -1 where it is empty.
    world : true number of students of each variable.
    listed_zeros : combinations that are known to be empty because a table does not list them.
    """

    places: tuple[Integers, ...]
    world: NDArray[np.float64]
    listed_zeros: int

    def forms(self, selections: Sequence[Selection], tree: JunctionTree, domain: Domain) -> csr_array:
        """(selections, variables): 1 where a variable's students are in a selection."""
        rows = []
        for selection in selections:
            home = tree.home([column for column, _ in selection], domain.sizes)
            inside = self.places[home][_inside(selection, tree.cliques[home], domain).ravel()]
            rows.append(inside[inside >= 0])
        return _indicator(rows, len(self.world))

    def links(self, tree: JunctionTree, domain: Domain) -> csr_array:
        """(shared combinations, variables): what one clique says of them less what its neighbour says."""
        blocks = []
        for left, right, shared in tree.links:
            blocks.append((_shared(tree.cliques[left], shared, domain), left, 1.0))
            blocks.append((_shared(tree.cliques[right], shared, domain), right, -1.0))
        rows, columns, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
        offset = 0
        for number, (combination, clique, sign) in enumerate(blocks):
            kept = self.places[clique] >= 0
            rows.append(combination[kept] + offset)
            columns.append(self.places[clique][kept])
            values.append(np.full(int(kept.sum()), sign))
            offset += int(combination.max()) + 1 if number % 2 else 0
        entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
        return csr_array(entries, shape=(offset, len(self.world)))

    def insiders(self, column: str, tree: JunctionTree, domain: Domain) -> tuple[Insider, ...]:
        """What the staff of each part of `column` know of every variable."""
        own, inside = [], []
        parts = domain.sizes[column]
        for clique, places in zip(tree.cliques, self.places, strict=True):
            shape = _shape(clique, domain)
            students = _combinations(clique, domain)
            joint = domain.numbers(domain.students[column] * prod(shape) + students, parts * prod(shape))
            own.append(joint.reshape(parts, -1)[:, places >= 0])
            theirs = [_inside(((column, (part,)),), clique, domain).ravel() for part in range(parts)]
            kept = np.array(theirs)[:, places >= 0]
            inside.append(kept if column in clique else np.zeros_like(kept))
        counts, theirs_alone = np.concatenate(own, axis=1).astype(np.float64), np.concatenate(inside, axis=1)
        return tuple(
            Insider(low, np.where(alone, low, np.inf)) for low, alone in zip(counts, theirs_alone, strict=True)
        )


def lay_out(tree: JunctionTree, domain: Domain, empty: Sequence[Selection], lists: Sequence[Listing]) -> Variables:
    """Place the variables of all cliques one after another.

    Parameters
    ----------
    empty : selections that everybody knows to hold nobody.
    lists : what tables list; a combination without a row and without students is known to be empty, too. One that
        has students is not: whoever took it for empty would be wrong.

    Raises
    ------
    DisclosureError where somebody is in a group that is said to be empty.
    """
    unlisted = [_unlisted(each, domain) for each in lists]
    zeros = sum(int(mask.sum()) for _, mask in unlisted)
    unlisted += _impossible(domain)
    places, worlds, start = [], [], 0
    for clique in tree.cliques:
        true = domain.numbers(_combinations(clique, domain), prod(_shape(clique, domain)))
        keep = ~_known_empty(clique, domain, empty, unlisted)
        if true[~keep].any():
            raise DisclosureError("A group that is said to be not offered, or public as 0, holds students.")
        places.append(np.where(keep, start + np.cumsum(keep) - 1, -1))
        worlds.append(true[keep])
        start += int(keep.sum())
    return Variables(tuple(places), np.concatenate(worlds).astype(np.float64), zeros)


def _shape(clique: Sequence[str], domain: Domain) -> tuple[int, ...]:
    return tuple(domain.sizes[name] for name in clique)


def _combinations(clique: Sequence[str], domain: Domain) -> Integers:
    """Number of the combination that each student is in."""
    if not clique:
        return np.zeros_like(domain.students[PATTERNS])
    parts = [domain.students[name] for name in clique]
    return np.ravel_multi_index(parts, _shape(clique, domain)).astype(np.int64)


def _inside(selection: Selection, clique: Sequence[str], domain: Domain) -> Booleans:
    """Which combinations of a clique are in a selection, in the clique's shape."""
    chosen = dict(selection)
    mask = np.zeros(_shape(clique, domain), dtype=bool)
    mask[np.ix_(*[chosen.get(name, tuple(range(domain.sizes[name]))) for name in clique])] = True
    return mask


def _shared(clique: Sequence[str], shared: Sequence[str], domain: Domain) -> Integers:
    """Number of the shared combination that each combination of a clique belongs to."""
    shape = _shape(clique, domain)
    parts = dict(zip(clique, np.unravel_index(np.arange(prod(shape)), shape), strict=True))
    if not shared:
        return np.zeros(prod(shape), dtype=np.int64)
    found = np.ravel_multi_index([parts[name] for name in shared], _shape(shared, domain))
    return found.astype(np.int64)


def _unlisted(each: Listing, domain: Domain) -> tuple[tuple[str, ...], Booleans]:
    """The columns of a listing and which of their combinations are neither listed nor inhabited."""
    columns = tuple(sorted({*each.columns, *domain.columns_of(each.marks)}))
    listed = np.zeros(_shape(columns, domain), dtype=bool)
    for group in each.groups:
        listed |= _inside(domain.selection(group), columns, domain)
    everyone = _inside(tuple(sorted(domain.bearers(each.marks).items())), columns, domain)
    inhabited = domain.numbers(_combinations(columns, domain), listed.size).reshape(listed.shape) > 0
    return columns, everyone & ~listed & ~inhabited


def _impossible(domain: Domain) -> list[tuple[tuple[str, ...], Booleans]]:
    """The patterns of two counted tables that nobody has together, taken for impossible as in one table: whoever has
    no pattern of the one (was not in it) is none of the students that its marks are about."""
    columns = tuple(sorted(domain.patterns))
    if len(columns) < 2:
        return []
    shape = _shape(columns, domain)
    found = domain.numbers(_combinations(columns, domain), prod(shape)).reshape(shape)
    return [(columns, found == 0)]


def _known_empty(
    clique: Sequence[str],
    domain: Domain,
    empty: Sequence[Selection],
    unlisted: Sequence[tuple[tuple[str, ...], Booleans]],
) -> Booleans:
    """Which combinations of a clique, flat, everybody knows to hold nobody."""
    known = np.zeros(_shape(clique, domain), dtype=bool)
    for selection in empty:
        if {column for column, _ in selection} <= set(clique):
            known |= _inside(selection, clique, domain)
    for columns, mask in unlisted:
        if set(columns) <= set(clique):
            # Both tuples are sorted, so the mask only lacks the axes of the clique's other columns.
            axes = tuple(number for number, name in enumerate(clique) if name not in columns)
            known |= np.expand_dims(mask, axes)
    return known.ravel()


def _indicator(rows: Sequence[Integers], columns: int) -> csr_array:
    ends = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    flat = np.concatenate([np.zeros(0, np.int64), *rows])
    return csr_array((np.ones(len(flat)), flat, ends), shape=(len(rows), columns))
