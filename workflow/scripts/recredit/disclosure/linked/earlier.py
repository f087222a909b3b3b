"""Earlier releases on the base of the release in hand: its columns where the data agree, columns of their own else.

Between two releases rows come and go and values are corrected. An earlier cell counts the rows that there were, with
the values that they had then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from recredit.disclosure.linked.layout import (
    CountedColumn,
    DescribedTable,
    RowDefinition,
    TableLayout,
)
from recredit.disclosure.linked.summed import Categories
from recredit.errors import DisclosureError

UNIT = "unit"
# The mark of the rows that the release in hand knows of.
NOW = "in this release"


@dataclass(frozen=True)
class EarlierRelease:
    """A release as it was published, with the rows behind it.

    Attributes
    ----------
    bases : the counted tables by name, as they were then.
    """

    name: str
    tables: Sequence[DescribedTable]
    bases: Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Joined:
    """One counted table for the release in hand and the earlier ones.

    Attributes
    ----------
    frame : one row for each row of any release.
    earlier : the earlier tables, their layouts in terms of `frame`.
    """

    frame: pd.DataFrame
    earlier: tuple[DescribedTable, ...]


def join_earlier(name: str, frame: pd.DataFrame, releases: Sequence[EarlierRelease], codes: Sequence[str]) -> Joined:
    """Put earlier releases on the base of the release in hand.

    Parameters
    ----------
    name : of the counted table.
    frame : its rows now, with the column `unit`.
    codes : columns with random codes, which no earlier cell is about.

    Raises
    ------
    DisclosureError where an earlier release has rows and none of them is known now: the study codes were made anew.
    """
    joined, tables = frame.assign(**{NOW: True}), []
    for release in releases:
        before = release.bases.get(name)
        if before is None:
            continue
        joined, renamed = _with_release(joined, before, release.name, codes)
        own = [each for each in release.tables if each.layout.counts_of == name]
        tables += [replace(each, layout=renamed_layout(each.layout, renamed, _mark(release.name))) for each in own]
    return Joined(joined, tuple(tables))


def of_now(table: DescribedTable) -> DescribedTable:
    """A table of the release in hand on a joined base: it counts the rows there are now."""
    return replace(table, layout=_within(table.layout, NOW))


def _mark(release: str) -> str:
    return f"in release {release}"


def _with_release(
    frame: pd.DataFrame, before: pd.DataFrame, release: str, codes: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """``frame`` with the rows and columns of an earlier base, and what its columns are called there."""
    now, then = (_by_unit(each, codes if each is before else ()) for each in (frame, before))
    gone = then.index.difference(now.index, sort=False)
    if len(then) and len(gone) == len(then):
        raise DisclosureError(
            f"No row of the earlier release {release} is known any more, so nobody can say what it gives away together "
            "with this one. Put the crosswalk of that time back, or run the study in a vault of its own and merge the "
            "two by hand."
        )
    units = now.index.append(gone)
    columns = {name: _filled(now[name], then.get(name), units, gone) for name in now.columns}
    renamed: dict[str, str] = {}
    for name in then.columns:
        if name in columns and _alike(columns[name].reindex(then.index), then[name]):
            continue
        renamed[name] = f"{name} ({release})"
        columns[renamed[name]] = _filled(then[name], None, units, gone)
    columns[_mark(release)] = pd.Series(units.isin(then.index), index=units)
    return pd.DataFrame(columns).rename_axis(UNIT).reset_index(), renamed


def _by_unit(frame: pd.DataFrame, without: Sequence[str]) -> pd.DataFrame:
    """The rows by their code, as plain strings: pandas looks an Arrow string up a hundred times as slowly."""
    units = pd.Index(frame[UNIT].to_numpy(dtype=object), name=UNIT)
    return frame.drop(columns=[UNIT, *(each for each in without if each in frame)]).set_axis(units)


def _alike(one: pd.Series, other: pd.Series) -> bool:
    return bool(((one == other) | (one.isna() & other.isna())).all())


def _filled(column: pd.Series, then: pd.Series | None, units: pd.Index, gone: pd.Index) -> pd.Series:
    """A column over all ``units``, with the values of then for rows that are gone; an unknown mark is false."""
    full = column.reindex(units, fill_value=False) if column.dtype == bool else column.reindex(units)
    if then is not None and len(gone):
        full.loc[gone] = then.reindex(gone)
    return full


def _within(layout: TableLayout, mark: str) -> TableLayout:
    return replace(layout, definitions=(*layout.definitions, RowDefinition({}, population=(mark,))))


def renamed_layout(layout: TableLayout, names: Mapping[str, str], mark: str) -> TableLayout:
    """A layout over renamed student-level columns, within the rows that bear ``mark``."""

    def new(name: str) -> str:
        return names.get(name, name)

    def categories(conditions: Categories) -> Categories:
        return {new(name): values for name, values in conditions.items()}

    def column(each: CountedColumn) -> CountedColumn:
        among = None if each.among is None else categories(each.among)
        return replace(each, where=categories(each.where), marks=tuple(map(new, each.marks)), among=among)

    def definition(each: RowDefinition) -> RowDefinition:
        return replace(
            each,
            marks={name: tuple(map(new, marks)) for name, marks in each.marks.items()},
            population=tuple(map(new, each.population)),
            where={name: categories(conditions) for name, conditions in each.where.items()},
            among={name: categories(conditions) for name, conditions in each.among.items()},
        )

    renamed = replace(
        layout,
        columns={name: column(each) for name, each in layout.columns.items()},
        sizes={name: column(each) for name, each in layout.sizes.items()},
        sums={
            name: replace(each, of=new(each.of), where=categories(each.where), marks=tuple(map(new, each.marks)))
            for name, each in layout.sums.items()
        },
        population=new(layout.population) if layout.population else "",
        dimensions={name: new(each) for name, each in layout.dimensions.items()},
        characteristics={name: new(each) for name, each in layout.characteristics.items()},
        collapsed={new(name): labels for name, labels in layout.collapsed.items()},
        definitions=tuple(map(definition, layout.definitions)),
    )
    return _within(renamed, mark)
