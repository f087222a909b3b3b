"""Differences of nested groups: all randomised and those analysed, all schools and all but one."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from recredit.disclosure.linked.domain import Integers, Selection
from recredit.disclosure.linked.recovery import Recovery
from recredit.disclosure.linked.rows import constraint_rows, public_rows
from recredit.disclosure.linked.system import LinkedSystem


@dataclass(frozen=True)
class Differencing:
    """What the differences of nested groups give away.

    Attributes
    ----------
    recovered : (larger, smaller) quantities whose difference lies between 1 and the minimum and is known exactly.
    pairs : nested pairs with such a difference, known or not.
    programs : linear programs solved.
    """

    recovered: tuple[tuple[int, int], ...]
    pairs: int
    programs: int


def small_differences(system: LinkedSystem, *, precise: bool = False) -> Differencing:
    """Nested groups that differ by fewer students than the minimum, and which of these differences can be computed.

    Parameters
    ----------
    precise : see :func:`recredit.disclosure.linked.rows.constraint_rows`; False attacks what is published.

    Notes
    -----
    The students of a difference need not be a cell of any table: "3 of the randomised were not analysed" follows from
    two exact totals. All groups that any table, earlier release or public count names are compared, over all that is
    shown together, and what public counts alone give away is left out.
    """
    pairs = list(_nested_pairs(system))
    if not pairs:
        return Differencing((), 0, 0)
    forms = _differences(system, pairs)
    after = Recovery(constraint_rows(system, precise=precise), system.world, forms)
    before = Recovery(public_rows(system), system.world, forms)
    found = after.recovered()
    new = np.setdiff1d(found, before.recovered(found))
    programs = after.solved + before.solved
    return Differencing(tuple(pairs[place] for place in new.tolist()), len(pairs), programs)


def _nested_pairs(system: LinkedSystem) -> Iterator[tuple[int, int]]:
    """(larger, smaller) pairs that differ by 1 to the minimum less 1 students.

    Groups are those of counts and of the denominators of percentages. The numerators are not among them: how close a
    percentage may come to 0 or 100 is the rule for percentages, with its tail codes.
    """
    whole = np.array([each.denominator is None for each in system.statements], dtype=bool)
    named = np.concatenate([system.counted[whole], system.denominators, system.sizes, [row[0] for row in system.known]])
    groups: Integers = np.unique(named[named >= 0]).astype(np.int64)
    for larger in groups.tolist():
        differences = system.counts[larger] - system.counts[groups]
        near = groups[(differences >= 1) & (differences < system.rules.minimum_group)]
        for smaller in near.tolist():
            if lies_within(system.quantities[smaller], system.quantities[larger]):
                yield larger, smaller


def lies_within(smaller: Selection, larger: Selection) -> bool:
    """Whether everybody whom `smaller` counts is counted by `larger`, whatever the data."""
    parts = dict(smaller)
    return all(column in parts and set(parts[column]) <= set(allowed) for column, allowed in larger)


def _differences(system: LinkedSystem, pairs: list[tuple[int, int]]) -> csr_array:
    larger, smaller = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return csr_array(system.forms[larger] - system.forms[smaller])
