"""What a reader knows beside the release: public counts, such as enrollment by school, race and grade."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from recredit.disclosure.linked.groups import Group
from recredit.disclosure.linked.layout import Listing, TableLayout
from recredit.disclosure.linked.shown import Interval
from recredit.errors import DisclosureError

RELATIONS = ("equal", "at_most")


@dataclass(frozen=True)
class KnownTable:
    """A public table of counts.

    Attributes
    ----------
    counts : one row per published cell, with labels and the column `count`.
    dimensions, totals, collapsed : as in :class:`recredit.disclosure.linked.layout.TableLayout`.
    population : boolean student-level column of the counted students, or "" for everybody in the table.
    relation : "equal" where the population is the one that was counted; "at_most" where it is part of it, as the
        students of a study are part of their schools' enrollment.
    counts_of : which student-level table the counts are about.
    """

    name: str
    counts: pd.DataFrame
    dimensions: Mapping[str, str]
    population: str = ""
    relation: str = "equal"
    totals: tuple[str, ...] = ("all",)
    collapsed: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    count: str = "count"
    counts_of: str = "students"

    def __post_init__(self) -> None:
        """Refuse an unknown relation, a missing column or a count that is none.

        Raises
        ------
        DisclosureError naming the table and the column.
        """
        if self.relation not in RELATIONS:
            raise DisclosureError(f"{self.name}: the relation of a known table is one of {', '.join(RELATIONS)}.")
        missing = [name for name in [*self.dimensions, self.count] if name not in self.counts.columns]
        if missing:
            raise DisclosureError(f"{self.name}: the known table lacks the columns {', '.join(missing)}.")
        numbers = self.counts[self.count]
        if numbers.isna().any() or (numbers < 0).any() or (numbers % 1 != 0).any():
            raise DisclosureError(f"{self.name}: a count of the known table is no whole number from 0 on.")


@dataclass(frozen=True)
class KnownCount:
    """One public count.

    Attributes
    ----------
    interval : what it says of the number of students in `group`.
    """

    table: str
    row: int
    group: Group
    interval: Interval


def known_counts(table: KnownTable) -> Iterator[KnownCount]:
    """The counts of a known table, row by row."""
    layout = TableLayout({}, table.population, table.dimensions, table.totals, table.collapsed)
    for row, record in enumerate(table.counts.to_dict("records")):
        number = float(record[table.count])
        low = number if table.relation == "equal" else -math.inf
        group = Group.of(layout.conditions(record), [table.population])
        yield KnownCount(table.name, row, group, Interval(low, number))


def known_listing(table: KnownTable) -> Listing | None:
    """The combinations that a known table lists; one that it does not list has nobody."""
    layout = TableLayout({}, table.population, table.dimensions, table.totals, table.collapsed)
    columns = tuple(sorted(set(table.dimensions.values())))
    rows = [layout.conditions(record) for record in table.counts.to_dict("records")]
    groups = tuple(Group.of(row, [table.population]) for row in rows if tuple(sorted(row)) == columns)
    return Listing(groups[0].marks, columns, groups) if groups and columns else None
