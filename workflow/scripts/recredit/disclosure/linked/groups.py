"""Which students a cell counts: a conjunction of conditions on the category columns of the student-level table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import pandas as pd

from recredit.errors import DisclosureError

# What a missing category is called; such students are in totals, and in cells that name it.
MISSING = "(missing)"


def category(value: object) -> str:
    """A category as text, the same whether the column holds text, whole numbers, whole floats or booleans."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return MISSING
    if type(value).__name__ in ("bool", "bool_"):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@dataclass(frozen=True, order=True)
class Group:
    """The students who bear all marks and for whom each column holds one of the named categories.

    Attributes
    ----------
    marks : boolean columns, sorted, such as those of a population or of a student's first row; none for everybody.
    conditions : (column, categories) pairs, sorted; a column that is not named may hold anything.
    """

    marks: tuple[str, ...]
    conditions: tuple[tuple[str, tuple[str, ...]], ...]

    @classmethod
    def of(cls, conditions: Mapping[str, Iterable[object]], marks: Iterable[str] = ()) -> Self:
        """The group with these marks and these categories by column."""
        named = {column: tuple(sorted(set(map(category, values)))) for column, values in conditions.items()}
        return cls(tuple(sorted(set(marks) - {""})), tuple(sorted(named.items())))

    def within(self, conditions: Mapping[str, Iterable[object]], marks: Iterable[str] = ()) -> Self:
        """The part of the group that meets further conditions and bears further marks, too.

        Raises
        ------
        DisclosureError where nobody can meet both: a cell that counts nobody by definition describes nothing.
        """
        merged = dict(self.conditions)
        for column, values in conditions.items():
            allowed = set(map(category, values))
            merged[column] = tuple(sorted(allowed & set(merged[column]) if column in merged else allowed))
            if not merged[column]:
                raise DisclosureError(f"A cell asks column {column} for categories that exclude each other.")
        every = tuple(sorted({*self.marks, *marks} - {""}))
        return type(self)(every, tuple(sorted(merged.items())))
