"""Columns with sums over students, such as hours in all: what they add up, and what the attack must know of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Categories = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class SummedColumn:
    """What a column of sums adds up, within the group of its row.

    Attributes
    ----------
    of : numeric student-level column, never negative; a student without a value adds nothing.
    where, marks : as in :class:`recredit.disclosure.linked.layout.CountedColumn`.
    """

    of: str
    where: Categories = field(default_factory=dict)
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class SumCells:
    """Cells of a column of sums, row by row.

    Attributes
    ----------
    steps : multiple that the sum is rounded to, which the attacker is given.
    levels : how far from its value a hidden sum must still be able to lie.
    primary : whether the rules for single cells hide it.
    """

    steps: tuple[float, ...]
    levels: tuple[float, ...]
    primary: tuple[bool, ...]
