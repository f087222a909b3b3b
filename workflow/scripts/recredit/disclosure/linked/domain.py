"""The joint base: each student-level column cut into the finest parts that any cell can tell apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recredit.disclosure.linked.groups import MISSING, Group, category
from recredit.errors import DisclosureError

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
# (column, its parts) pairs: who a cell counts, once categories are parts and conditions that all meet are dropped.
Selection = tuple[tuple[str, tuple[int, ...]], ...]
# The patterns of marks that occur, as one column of the base; joined tables have one column each (`patterns_of`).
PATTERNS = "(marks)"


def patterns_of(base: str) -> str:
    """The column of the patterns of marks of one of several tables that are counted together."""
    return f"{PATTERNS} of {base}"


@dataclass(frozen=True)
class Domain:
    """The columns that span the joint base.

    Attributes
    ----------
    parts : column -> category -> number of the part it lies in, from 0.
    sizes : column -> number of parts.
    students : column -> part of the students of each kind, (n,); those alike in all columns and marks are one kind.
    weights : number of students of each kind, (n,), or what the students of the kind add up to.
    patterns : column of patterns -> marks by number of the pattern, which is its part.
    families : mark -> column of patterns that it is in, where that is not :data:`PATTERNS`.
    """

    parts: Mapping[str, Mapping[str, int]]
    sizes: Mapping[str, int]
    students: Mapping[str, Integers]
    weights: Integers | Floats
    patterns: Mapping[str, tuple[frozenset[str], ...]]
    families: Mapping[str, str]

    def columns_of(self, marks: Iterable[str]) -> list[str]:
        """The columns of patterns that decide who bears all of these marks, sorted."""
        return sorted({self.families.get(mark, PATTERNS) for mark in marks})

    def bearers(self, marks: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """By column of patterns, those with all of its marks."""
        every = set(marks)
        return {
            column: tuple(
                number
                for number, marked in enumerate(self.patterns[column])
                if {mark for mark in every if self.families.get(mark, PATTERNS) == column} <= marked
            )
            for column in self.columns_of(every)
        }

    def selection(self, group: Group) -> Selection:
        """Whom a group counts, in parts; two groups with the same selection are the same students whatever the data."""
        chosen = {
            column: tuple(sorted({self.parts[column][value] for value in values}))
            for column, values in group.conditions
        }
        chosen |= self.bearers(group.marks)
        return tuple(sorted((name, parts) for name, parts in chosen.items() if len(parts) < self.sizes[name]))

    def count(self, selection: Selection) -> float:
        """How many students a selection counts, or what they add up to where kinds are weighed."""
        inside = np.ones(len(self.weights), dtype=bool)
        for column, parts in selection:
            inside &= np.isin(self.students[column], parts)
        total: float = self.weights[inside].sum().item()
        return total

    def numbers(self, cells: Integers, size: int) -> Integers | Floats:
        """How many students lie in each of ``size`` cells, given the cell of each kind."""
        found = np.bincount(cells, weights=self.weights, minlength=size)
        if self.weights.dtype == np.int64:
            return found.astype(np.int64)
        return found.astype(np.float64)


def cut(
    frame: pd.DataFrame,
    groups: Sequence[Group],
    codes: Sequence[str] = (),
    apart: Sequence[str] = (),
    families: Mapping[str, str] | None = None,
    measure: str = "",
) -> Domain:
    """Cut the columns that any of `groups` names into parts.

    Parameters
    ----------
    frame : one row per student (or per enrollment, where the tables count those), with the columns and the marks that
        the groups name.
    codes : columns that hold random codes. Their categories are ordered by content, so that no result depends on them.
    apart : columns of which each category is a part of its own.
    families : mark -> column of patterns, where several tables are counted together; all in one by default.
    measure : numeric column that the students are weighed by in place of counting them; a missing value weighs nothing.

    Raises
    ------
    DisclosureError for a column that the table has not, or a mark that is not boolean.
    """
    conditions = [pair for group in groups for pair in group.conditions]
    columns = sorted({column for column, _ in conditions} | set(apart))
    marks = sorted({mark for group in groups for mark in group.marks})
    _check_columns(frame, [*columns, *marks])
    kinds, weights = _kinds(frame, columns, marks, measure)
    values = {column: _as_categories(kinds[column]) for column in columns}
    family = {mark: (families or {}).get(mark, PATTERNS) for mark in marks}
    found = {
        column: _patterns(kinds, [mark for mark in marks if family[mark] == column])
        for column in sorted({PATTERNS, *family.values()})
    }
    content = [np.unique(values[column], return_inverse=True)[1] for column in columns if column not in codes]
    joint = _joint([*content, *(numbers for _, numbers in found.values())])
    parts, students = {}, {}
    for column in columns:
        named = {value for name, allowed in conditions if name == column for value in allowed}
        order = _order(values[column], named, joint if column in codes else None, weights)
        sets = sorted({allowed for name, allowed in conditions if name == column})
        parts[column] = _parts(order, sets, separate=column in apart)
        students[column] = np.array([parts[column][value] for value in values[column]], dtype=np.int64)
    patterns = {column: named for column, (named, _) in found.items()}
    sizes = {column: max(parts[column].values()) + 1 for column in columns}
    sizes |= {column: len(named) for column, named in patterns.items()}
    students |= {column: numbers for column, (_, numbers) in found.items()}
    return Domain(parts, sizes, students, weights, patterns, family)


def _kinds(
    frame: pd.DataFrame, columns: list[str], marks: list[str], measure: str
) -> tuple[pd.DataFrame, Integers | Floats]:
    """One row per kind of student with their number: students alike in everything that any cell asks about."""
    _check_marks(frame, marks)
    number: Integers = np.zeros(len(frame), dtype=np.int64)
    for name in [*columns, *marks]:
        codes, levels = pd.factorize(frame[name], use_na_sentinel=True)
        number = pd.factorize(number * (len(levels) + 1) + codes + 1)[0]
    _, first, kind, numbers = np.unique(number, return_index=True, return_inverse=True, return_counts=True)
    weights: Integers | Floats = numbers.astype(np.int64)
    if measure:
        values = pd.to_numeric(frame[measure]).fillna(0.0).to_numpy(dtype=np.float64)
        weights = np.bincount(kind.reshape(-1), weights=values)
    return frame[[*columns, *marks]].iloc[first].reset_index(drop=True), weights


def _check_marks(frame: pd.DataFrame, names: list[str]) -> None:
    for name in names:
        if frame[name].isna().any() or not (frame[name].dtype == bool or frame[name].isin([True, False]).all()):
            raise DisclosureError(f"The mark {name} is not true or false for each student.")


def _check_columns(frame: pd.DataFrame, needed: Iterable[str]) -> None:
    missing = [column for column in needed if column not in frame.columns]
    if missing:
        raise DisclosureError(f"The student-level table lacks columns that tables are made of: {', '.join(missing)}.")
    if frame.empty:
        raise DisclosureError("The student-level table is empty: there is nothing to protect.")


def _as_categories(column: pd.Series) -> NDArray[np.str_]:
    numbers, levels = pd.factorize(column, use_na_sentinel=True)
    names = np.array([*(category(level) for level in levels), MISSING], dtype=np.str_)
    return names[numbers]


def _patterns(frame: pd.DataFrame, names: list[str]) -> tuple[tuple[frozenset[str], ...], Integers]:
    """The patterns of marks that occur, and that of each student. A pattern nobody has is taken for impossible: an
    analysed student was randomised, and the attacker knows the definitions."""
    if not names:
        return (frozenset(),), np.zeros(len(frame), dtype=np.int64)
    marks = frame[names].to_numpy(dtype=bool)
    found, numbers = np.unique(marks, axis=0, return_inverse=True)
    patterns = tuple(frozenset(name for name, marked in zip(names, row, strict=True) if marked) for row in found)
    return patterns, numbers.reshape(-1).astype(np.int64)


def _joint(columns: Sequence[Integers]) -> Integers:
    """One number for each combination of the columns' numbers that occurs, in their order: the first column's first."""
    joint: Integers = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        joint = np.unique(joint * (int(column.max()) + 1) + column, return_inverse=True)[1]
    return joint


def _order(
    values: NDArray[np.str_], named: set[str], content: Integers | None, weights: Integers | Floats
) -> list[str]:
    """Categories in an order for the columns of the programs: by name, or for random codes by what lies behind them.

    Codes with the same students behind them, column by column, are interchangeable; only those are ordered by name.
    """
    everything = sorted(set(values.tolist()) | named)
    if content is None:
        return everything
    number = {code: place for place, code in enumerate(everything)}
    combinations = int(content.max()) + 1
    places = np.array([number[value] for value in values.tolist()]) * combinations + content
    table = np.bincount(places, weights=weights, minlength=len(everything) * combinations)
    profiles = table.reshape(len(everything), combinations)
    profile = {code: tuple(profiles[place].tolist()) for code, place in number.items()}
    return sorted(everything, key=lambda code: (profile[code], code))


def _parts(order: list[str], sets: list[tuple[str, ...]], *, separate: bool) -> dict[str, int]:
    """Number of the part of each category: categories that lie in the same sets are one part."""
    numbers: dict[object, int] = {}
    parts = {}
    for value in order:
        key = value if separate else tuple(value in allowed for allowed in sets)
        parts[value] = numbers.setdefault(key, len(numbers))
    return parts
