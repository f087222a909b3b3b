"""From a table as text to statements about groups of students, by the layout that stage `estimate` declares."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from recredit.disclosure.linked.groups import Group, category
from recredit.disclosure.linked.summed import Categories, SumCells, SummedColumn
from recredit.disclosure.rules import MARK, NOT_OFFERED, DisclosureRules
from recredit.errors import DisclosureError


@dataclass(frozen=True)
class CountedColumn:
    """Whom a count column counts, or which share a percent column shows, within the group of its row.

    Attributes
    ----------
    where : categories by student-level column that the counted students hold; none counts the whole row.
    marks : boolean student-level columns that must be true, too. A mark on the first of each student's rows makes a
        count of enrollments one of students; which marks can go together is taken from the data, as definitions are
        known.
    among : None for a count. For a percentage, the conditions on its denominator (none: the whole row); the numerator
        is those of the denominator who meet `where`.
    n : for a percentage, the column (of `columns` or `sizes`) with the number of students that decides its tail codes;
        None where that is the denominator.
    exact : whether the column is on the declared list of cells that are published exactly and never hidden.
    share_of : label columns whose categories the denominator of a percentage does not hold, or a count of it: the share
        of girls among all students of a row's class names the column that says "girls".
    """

    where: Categories = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    among: Categories | None = None
    n: str | None = None
    exact: bool = False
    share_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowDefinition:
    """What only some rows of a table count: the students of one model, of one step of the flow.

    Attributes
    ----------
    labels : label column -> label; the definition holds for the rows that have all of them.
    marks : count or percent column (or size) -> further boolean student-level columns that must be true.
    population : boolean student-level columns that must be true for all columns of the row.
    where, among : count or percent column (or size) -> further conditions, as in :class:`CountedColumn`.
    exact : columns whose cells in these rows are published exactly, by declaration, and never hidden.
    """

    labels: Mapping[str, str]
    marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    population: tuple[str, ...] = ()
    where: Mapping[str, Categories] = field(default_factory=dict)
    among: Mapping[str, Categories] = field(default_factory=dict)
    exact: tuple[str, ...] = ()

    def of(self, record: Mapping[Hashable, Any]) -> bool:
        """Whether the definition holds for a row."""
        return all(category(record[column]) == label for column, label in self.labels.items())


@dataclass(frozen=True)
class TableLayout:
    """How the rows and columns of a table stand for groups of students.

    Attributes
    ----------
    columns : the released count and percent columns.
    sizes : counts that are not released and decide the tail codes of a percentage.
    population : boolean student-level column that marks the table's population, or "" for everybody.
    dimensions : label column -> student-level column that it shows the categories of.
    totals : labels that stand for all categories of a dimension.
    collapsed : student-level column -> label -> the categories that the label stands for.
    stacked : (label column that names a characteristic, label column with its category) in a table with one
        characteristic below another, or None.
    characteristics : name in a stacked table -> student-level column.
    absent_rows_are_zero : whether a reader may take a combination of categories without a row for one without
        students. What is 0 and not listed is then known to the attacker.
    counts_of : which student-level table is counted: tables of students and of survey answers have no common base.
    definitions : marks that depend on the row; all that hold for a row apply.
    sums : the released columns with sums over students.
    """

    columns: Mapping[str, CountedColumn]
    population: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)
    totals: tuple[str, ...] = ("all",)
    collapsed: Mapping[str, Categories] = field(default_factory=dict)
    stacked: tuple[str, str] | None = None
    characteristics: Mapping[str, str] = field(default_factory=dict)
    absent_rows_are_zero: bool = True
    counts_of: str = "students"
    sizes: Mapping[str, CountedColumn] = field(default_factory=dict)
    definitions: tuple[RowDefinition, ...] = ()
    sums: Mapping[str, SummedColumn] = field(default_factory=dict)

    def conditions(self, record: Mapping[Hashable, Any], without: Sequence[str] = ()) -> dict[str, tuple[str, ...]]:
        """The categories by student-level column that a row of the table is about; label columns ``without`` apart."""
        names = [label for label in self.dimensions if label not in without]
        found = {self.dimensions[label]: self._categories(self.dimensions[label], record[label]) for label in names}
        if self.stacked is not None and not set(self.stacked) & set(without):
            characteristic, level = self.stacked
            column = self.characteristics.get(str(record[characteristic]))
            if column is not None:
                found[column] = self._categories(column, record[level])
        return {column: values for column, values in found.items() if values is not None}

    def population_of(self, record: Mapping[Hashable, Any]) -> tuple[str, ...]:
        """The marks of everybody whom a row is about."""
        own = (mark for each in self.definitions if each.of(record) for mark in each.population)
        return tuple(sorted({self.population, *own} - {""}))

    def is_exact(self, name: str, record: Mapping[Hashable, Any]) -> bool:
        """Whether the cell of column ``name`` in a row of the table is declared to be published exactly."""
        return name in self.columns and self.in_row(name, record).exact

    def in_row(self, name: str, record: Mapping[Hashable, Any]) -> CountedColumn:
        """Column ``name`` (or that size) as it counts in a row of the table.

        Raises
        ------
        KeyError for a name that the layout does not describe.
        """
        column = self.columns.get(name) or self.sizes[name]
        for each in (definition for definition in self.definitions if definition.of(record)):
            among = {**(column.among or {}), **each.among.get(name, {})}
            column = replace(
                column,
                marks=tuple(sorted({*column.marks, *each.marks.get(name, ())})),
                where={**column.where, **each.where.get(name, {})},
                among=column.among if name not in each.among else among,
                exact=column.exact or name in each.exact,
            )
        return column

    @property
    def labels(self) -> tuple[str, ...]:
        """The label columns of the table that the layout reads."""
        definitions = (name for each in self.definitions for name in each.labels)
        return tuple(dict.fromkeys((*self.dimensions, *(self.stacked or ()), *definitions)))

    def _categories(self, column: str, label: object) -> tuple[str, ...] | None:
        text = category(label)
        return None if text in self.totals else self.collapsed.get(column, {}).get(text, (text,))


@dataclass(frozen=True)
class DescribedTable:
    """A table as it is shown, or would be shown, with its layout.

    Attributes
    ----------
    text : the released columns as text, one row per row of the table.
    primary : boolean table with the counted columns, true where the rules for single cells hide a cell; None takes
        each hidden cell with fewer students than the minimum for one.
    release : the name of an earlier release that the table is from, "" for the release in hand.
    rules : those that an earlier release was made under; None for those of the release in hand.
    sums : by column of sums, its cells; an earlier release has none, since how it was rounded is not kept.
    """

    name: str
    layout: TableLayout
    text: pd.DataFrame
    primary: pd.DataFrame | None = None
    release: str = ""
    rules: DisclosureRules | None = None
    sums: Mapping[str, SumCells] = field(default_factory=dict)


@dataclass(frozen=True)
class Statement:
    """One cell: what it says, of whom.

    Attributes
    ----------
    row : position of the row in the table, from 0.
    counted : the group that a count is of, or the numerator of a percentage.
    denominator : None for a count.
    size : the group whose number decides the tail codes of a percentage; None for a count.
    fixed : whether the cell cannot be hidden (published exactly by declaration, or in an earlier release).
    step, level : of a sum, see :class:`SumCells`; 0 for numbers of students.
    """

    table: str
    row: int
    column: str
    text: str
    counted: Group
    denominator: Group | None
    size: Group | None
    exact: bool
    primary: bool
    release: str
    rules: DisclosureRules | None = None
    step: float = 0.0
    level: float = 0.0

    @property
    def hidden(self) -> bool:
        """Whether the reader sees the mark, or nothing."""
        return self.text in (MARK, "")

    @property
    def not_offered(self) -> bool:
        """Whether the cell says that nobody can be in it."""
        return self.text == NOT_OFFERED

    @property
    def fixed(self) -> bool:
        """Whether the cell cannot be hidden."""
        return self.exact or bool(self.release) or self.not_offered


def statements(table: DescribedTable) -> Iterator[Statement]:
    """The statements of a table, row by row.

    Raises
    ------
    DisclosureError for a column of the layout that the table has not.
    """
    layout = table.layout
    labels = [
        *layout.dimensions,
        *(layout.stacked or ()),
        *(name for each in layout.definitions for name in each.labels),
    ]
    missing = [name for name in [*labels, *layout.columns] if name not in table.text.columns]
    if missing:
        raise DisclosureError(f"{table.name}: the layout names columns that the table has not ({', '.join(missing)}).")
    for row, record in enumerate(table.text.to_dict("records")):
        for name in layout.columns:
            yield _statement(table, row, name, record)


def _statement(table: DescribedTable, row: int, name: str, record: Mapping[Hashable, Any]) -> Statement:
    layout, text = table.layout, record[name]
    column = layout.in_row(name, record)
    group = Group.of(layout.conditions(record), layout.population_of(record))
    whole = Group.of(layout.conditions(record, column.share_of), layout.population_of(record))
    denominator, counted = None, whole.within(column.where, column.marks)
    if column.among is not None:
        denominator = whole.within(column.among, column.marks)
        counted = group.within(column.among, column.marks).within(column.where)
    size = denominator if column.n is None else _size(table, column.n, group, record)
    primary = table.primary is not None and bool(table.primary[name].iloc[row])
    shown = "" if pd.isna(text) else str(text)
    about = (table.name, row, name, shown, counted, denominator, size)
    return Statement(*about, column.exact, primary, table.release, table.rules)


def _size(table: DescribedTable, name: str, group: Group, record: Mapping[Hashable, Any]) -> Group:
    try:
        column = table.layout.in_row(name, record)
    except KeyError as error:
        raise DisclosureError(
            f"{table.name}: the layout names a number of students that it does not describe ({name})."
        ) from error
    return group.within(column.where, column.marks)


@dataclass(frozen=True)
class Listing:
    """The combinations of categories that a table lists, from its rows without a total.

    Attributes
    ----------
    columns : student-level columns, sorted.
    groups : one group a row.
    """

    marks: tuple[str, ...]
    columns: tuple[str, ...]
    groups: tuple[Group, ...]


def listings(table: DescribedTable) -> list[Listing]:
    """What the table lists, one listing per population of its rows; none where a missing row says nothing."""
    layout = table.layout
    if not layout.absent_rows_are_zero or layout.stacked is not None or not layout.dimensions:
        return []
    columns = tuple(sorted(set(layout.dimensions.values())))
    found: dict[tuple[str, ...], list[Group]] = {}
    for record in table.text.to_dict("records"):
        conditions, marks = layout.conditions(record), layout.population_of(record)
        if tuple(sorted(conditions)) == columns:
            found.setdefault(marks, []).append(Group.of(conditions, marks))
    return [Listing(marks, columns, tuple(groups)) for marks, groups in sorted(found.items())]
