"""From a table as text to statements about sums over groups of students."""

from collections.abc import Iterator

import pandas as pd

from recredit.disclosure.linked.groups import Group
from recredit.disclosure.linked.layout import DescribedTable, Statement


def sum_statements(table: DescribedTable, of: str) -> Iterator[Statement]:
    """The statements of a table about the sums of one student-level column, row by row."""
    layout = table.layout
    for row, record in enumerate(table.text.to_dict("records")):
        group = Group.of(layout.conditions(record), layout.population_of(record))
        for name, column in layout.sums.items():
            if column.of != of or name not in table.sums:
                continue
            more = [each.marks.get(name, ()) for each in layout.definitions if each.of(record)]
            counted = group.within(column.where, [*column.marks, *(mark for marks in more for mark in marks)])
            text = "" if pd.isna(record[name]) else str(record[name])
            cells = table.sums[name]
            about = (table.name, row, name, text, counted, None, None, False, cells.primary[row], table.release)
            yield Statement(*about, step=cells.steps[row], level=cells.levels[row])
