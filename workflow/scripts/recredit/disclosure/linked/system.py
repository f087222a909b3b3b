"""One joint system over all tables of a release: non-negative numbers of students behind every cell."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from recredit.disclosure.linked.cliques import JunctionTree, junction_tree
from recredit.disclosure.linked.domain import Domain, Integers, Selection, cut
from recredit.disclosure.linked.groups import Group
from recredit.disclosure.linked.known import KnownCount, KnownTable, known_counts, known_listing
from recredit.disclosure.linked.layout import DescribedTable, Listing, Statement, listings, statements
from recredit.disclosure.linked.sum_statements import sum_statements
from recredit.disclosure.linked.variables import Insider, Variables, lay_out
from recredit.disclosure.rules import MARK, WAY_OUT, DisclosureRules
from recredit.errors import DisclosureError

Floats = NDArray[np.float64]
# Programs over more joint cells than this would take hours; the message proposes what to do instead.
MAXIMUM_JOINT_CELLS = 200_000


@dataclass(frozen=True)
class LinkedSystem:
    """Every cell of a release as a sum over joint cells.

    Attributes
    ----------
    rules : minimum group and rounding, which the reader knows.
    statements : the cells of all tables, in an order that depends on their content alone.
    quantities : whom each distinct number counts; the same students in two tables are one quantity.
    counted, denominators, sizes : quantity of each statement, of its denominator, and of the number that decides its
        tail codes; -1 for the last two of a count.
    known : (quantity, low, high) of the public counts.
    forms : (quantities, joint cells), 0 and 1.
    counts : exact number of students of each quantity.
    links : (shared combinations, joint cells); rows that are 0 in every possible world.
    world : the true joint cells.
    insider : column whose categories have an insider each, or "".
    insiders : what the staff of each category know, in an order by content.
    listed_zeros : combinations that readers know to be empty because no table lists them.
    measure : what is added up over students, in a system of sums: "numbers of students" are then amounts of it.
    """

    rules: DisclosureRules
    statements: tuple[Statement, ...]
    quantities: tuple[Selection, ...]
    counted: Integers
    denominators: Integers
    sizes: Integers
    known: tuple[tuple[int, float, float], ...]
    forms: csr_array
    counts: Integers | Floats
    links: csr_array
    world: Floats
    insider: str
    insiders: tuple[Insider, ...]
    listed_zeros: int
    measure: str = ""

    def hide(self, numbers: Collection[int]) -> Self:
        """The same system with these statements marked.

        Raises
        ------
        DisclosureError where one of them cannot be hidden.
        """
        if any(self.statements[number].fixed for number in numbers):
            raise DisclosureError(
                "A cell that is declared to be published exactly, or was published, cannot be hidden."
            )
        marked = [
            replace(statement, text=MARK) if number in numbers else statement
            for number, statement in enumerate(self.statements)
        ]
        return replace(self, statements=tuple(marked))

    def hidden(self, *, earlier: bool = False) -> list[int]:
        """Statements that show the mark: those of this release, with `earlier` those of earlier ones as well."""
        return [
            number for number, each in enumerate(self.statements) if each.text == MARK and (earlier or not each.release)
        ]


def build_system(
    frame: pd.DataFrame,
    tables: Sequence[DescribedTable],
    rules: DisclosureRules,
    *,
    known: Sequence[KnownTable] = (),
    codes: Sequence[str] = (),
    insider: str = "",
    families: Mapping[str, str] | None = None,
    measure: str = "",
) -> LinkedSystem:
    """The joint system of a release.

    Parameters
    ----------
    frame : student-level table, one row per counted unit; its order does not matter.
    tables : all tables of the release and of earlier ones, as text.
    known : public tables of counts.
    codes : columns of `frame` that hold random codes.
    insider : column (such as the school) whose categories' own staff attack, too; "" for none.
    families : mark -> column of patterns, where the frame joins several counted tables (`linked.joining`).
    measure : numeric column: the system of its sums over students, in place of that of their numbers.

    Raises
    ------
    DisclosureError for a column that is missing, or too many joint cells.
    """
    cells = [
        statement
        for table in tables
        for statement in (sum_statements(table, measure) if measure else statements(table))
    ]
    public = [count for table in known for count in known_counts(table)]
    lists = [each for table in tables for each in listings(table)]
    lists += [each for each in map(known_listing, known) if each is not None]
    groups = _groups(cells, public, lists)
    domain = cut(frame, groups, codes, [insider] if insider else [], families, measure)
    selections = {group: domain.selection(group) for group in groups}
    tree = _tree(selections.values(), lists, domain)
    variables = lay_out(tree, domain, _empty(cells, public, selections), lists)
    return _assemble(rules, cells, public, _Base(domain, selections, tree, variables, insider, measure))


@dataclass(frozen=True)
class _Base:
    """The joint base before any cell is placed on it."""

    domain: Domain
    selections: Mapping[Group, Selection]
    tree: JunctionTree
    variables: Variables
    insider: str
    measure: str


def _assemble(
    rules: DisclosureRules, cells: Sequence[Statement], public: Sequence[KnownCount], base: _Base
) -> LinkedSystem:
    selections, variables, tree, domain = base.selections, base.variables, base.tree, base.domain
    quantities = tuple(sorted({selections[group] for group in _groups(cells, public, [])}))
    ordered = sorted(
        cells, key=lambda each: (each.release, each.table, selections[each.counted], each.column, each.row)
    )
    number = {selection: position for position, selection in enumerate(quantities)}
    places = {group: number[selections[group]] for group in _groups(cells, public, [])}
    return LinkedSystem(
        rules=rules,
        statements=tuple(ordered),
        quantities=quantities,
        counted=_positions(places, [each.counted for each in ordered]),
        denominators=_positions(places, [each.denominator for each in ordered]),
        sizes=_positions(places, [each.size for each in ordered]),
        known=tuple(sorted({(places[each.group], each.interval.low, each.interval.high) for each in public})),
        forms=variables.forms(quantities, tree, domain),
        counts=_amounts(quantities, domain),
        links=variables.links(tree, domain),
        world=variables.world,
        insider=base.insider,
        insiders=variables.insiders(base.insider, tree, domain) if base.insider else (),
        listed_zeros=variables.listed_zeros,
        measure=base.measure,
    )


def _amounts(quantities: Sequence[Selection], domain: Domain) -> Integers | Floats:
    """Number of students of each quantity, or what they add up to."""
    amounts: Floats = np.array([domain.count(each) for each in quantities], dtype=np.float64)
    return amounts.astype(np.int64) if domain.weights.dtype == np.int64 else amounts


def _positions(places: Mapping[Group, int], groups: Iterable[Group | None]) -> Integers:
    """Positions of groups among the quantities, -1 for none."""
    return np.array([-1 if group is None else places[group] for group in groups], dtype=np.int64)


def _groups(cells: Iterable[Statement], public: Iterable[KnownCount], lists: Iterable[Listing]) -> list[Group]:
    """All groups that anything names, each once, in their order."""
    named = {each.counted for each in cells} | {each.group for each in public}
    named |= {group for each in cells for group in (each.denominator, each.size) if group is not None}
    return sorted(named | {group for each in lists for group in each.groups})


def _empty(
    cells: Iterable[Statement], public: Iterable[KnownCount], selections: Mapping[Group, Selection]
) -> list[Selection]:
    """Groups that everybody knows to be empty: what is not offered, and public counts of 0."""
    empty = {selections[each.denominator or each.counted] for each in cells if each.not_offered}
    return sorted(empty | {selections[each.group] for each in public if each.interval.high == 0})


def _tree(selections: Iterable[Selection], lists: Iterable[Listing], domain: Domain) -> JunctionTree:
    sets = {frozenset(column for column, _ in selection) for selection in selections}
    sets |= {frozenset({*each.columns, *domain.columns_of(each.marks)}) for each in lists}
    # Who is in one counted table and in another is what links the two.
    sets |= {frozenset(domain.patterns)} if len(domain.patterns) > 1 else set()
    tree = junction_tree(sorted(map(sorted, sets)), domain.sizes)
    size = sum(prod(domain.sizes[name] for name in clique) for clique in tree.cliques)
    if size > MAXIMUM_JOINT_CELLS:
        largest = max(tree.cliques, key=lambda clique: prod(domain.sizes[name] for name in clique))
        raise DisclosureError(
            f"The tables of the release together span {size} joint cells, and at most {MAXIMUM_JOINT_CELLS} can be "
            f"attacked. Collapse categories of {', '.join(largest)}, {WAY_OUT}."
        )
    return tree
