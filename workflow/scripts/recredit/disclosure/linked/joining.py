"""Counted tables with rows in common as one: students of the log are students on file, and the attacker knows it.

Each table keeps its cells and marks; what links them is who is in both, and with which marks, and the columns that say
the same in both, such as a course. So a cell of one bounds cells of the other, in the protection and in the attack.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recredit.disclosure.linked.domain import patterns_of
from recredit.disclosure.linked.earlier import UNIT, renamed_layout
from recredit.disclosure.linked.known import KnownTable
from recredit.disclosure.linked.layout import DescribedTable


@dataclass(frozen=True)
class CountedTable:
    """A counted table with all that counts it.

    Attributes
    ----------
    frame : its rows, with the column `unit` where they can be told apart.
    tables : tables of this release and of earlier ones.
    known : public tables.
    families : mark -> column of patterns, of tables that were joined.
    """

    frame: pd.DataFrame
    tables: tuple[DescribedTable, ...]
    known: tuple[KnownTable, ...] = ()
    families: Mapping[str, str] | None = None


def join_tables(parts: Mapping[str, CountedTable], codes: Sequence[str]) -> dict[str, CountedTable]:
    """Join the counted tables that have rows in common, each with the first of those before it that it shares any with.

    Parameters
    ----------
    parts : by name. codes : columns with random codes, which mean the same in all tables.

    Returns
    -------
    By the names that were joined ("enrollments and log"); a table that shares no row with another stays as it is.
    """
    groups: list[list[str]] = []
    for name in sorted(parts):
        own = _units(parts[name])
        near = [group for group in groups if any(not own.isdisjoint(_units(parts[other])) for other in group)]
        if near:
            near[0].append(name)
        else:
            groups.append([name])
    return {" and ".join(group): _joined({name: parts[name] for name in group}, codes) for group in groups}


def _units(part: CountedTable) -> set[str]:
    return set(part.frame[UNIT]) if UNIT in part.frame.columns else set()


def _joined(parts: Mapping[str, CountedTable], codes: Sequence[str]) -> CountedTable:
    if len(parts) == 1:
        return next(iter(parts.values()))
    frames = {name: _by_unit(part.frame) for name, part in parts.items()}
    same = _same_columns(list(frames.values())) | set(codes)
    units = pd.Index(sorted(set().union(*map(_units, parts.values()))), dtype=object, name=UNIT)
    columns: dict[str, pd.Series] = {}
    tables: list[DescribedTable] = []
    known: list[KnownTable] = []
    families: dict[str, str] = {}
    for name, part in parts.items():
        names = {column: column if column in same else f"{column} ({name})" for column in frames[name].columns}
        member = f"in {name}"
        frame = frames[name].rename(columns=names).assign(**{member: True})
        place = frame.index.get_indexer(units)
        columns |= {each: _over(frame[each], place, columns.get(each)) for each in frame.columns}
        families |= {each: patterns_of(name) for each in frame.columns if frame[each].dtype == bool}
        tables += [replace(each, layout=renamed_layout(each.layout, names, member)) for each in part.tables]
        known += [_known(each, names, member) for each in part.known]
    joined = pd.DataFrame({UNIT: units, **columns})
    return CountedTable(joined, tuple(tables), tuple(known), families)


def _by_unit(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows by their code, as plain strings: pandas looks an Arrow string up a hundred times as slowly."""
    return frame.set_axis(pd.Index(frame[UNIT].to_numpy(dtype=object), name=UNIT)).drop(columns=UNIT)


def _same_columns(frames: Sequence[pd.DataFrame]) -> set[str]:
    """Columns with categories that say the same of every row that two tables share."""
    same: set[str] = set()
    for number, one in enumerate(frames):
        for other in frames[number + 1 :]:
            both = one.index.intersection(other.index, sort=False)
            names = [name for name in one.columns.intersection(other.columns) if one[name].dtype != bool]
            left, right = one.loc[both, names], other.loc[both, names]
            alike = ((left == right) | (left.isna() & right.isna())).all()
            same |= set(alike.index[alike]) - set(alike.index[~alike])
    return same


def _over(column: pd.Series, place: NDArray[np.int64], before: pd.Series | None) -> pd.Series:
    """A column over all units: marks are false, categories missing, for those that the table has not; a value that
    another table has is kept.

    Parameters
    ----------
    place : row of the table of each unit, -1 for none.
    """
    if column.dtype == bool:
        return pd.Series(column.to_numpy()[place] & (place >= 0))
    # No row is called -1: those units get a missing value.
    full = column.reset_index(drop=True).reindex(place).reset_index(drop=True)
    return full if before is None else before.where(before.notna(), full)


def _known(table: KnownTable, names: Mapping[str, str], member: str) -> KnownTable:
    return replace(
        table,
        population=names.get(table.population, table.population) or member,
        dimensions={label: names.get(column, column) for label, column in table.dimensions.items()},
        collapsed={names.get(column, column): labels for column, labels in table.collapsed.items()},
    )
