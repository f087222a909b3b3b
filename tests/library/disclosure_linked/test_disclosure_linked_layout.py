"""A layout goes into JSON and back, and marks that depend on a row count only there."""

import json

import pandas as pd

from recredit.disclosure.linked.layout import CountedColumn, DescribedTable, RowDefinition, TableLayout, statements
from recredit.disclosure.linked.layout_json import layout_from_dict, layout_to_dict

LAYOUT = TableLayout(
    {
        "students": CountedColumn(),
        "passed": CountedColumn(where={"passed": ("yes",)}, marks=("known",), among={}, n="size", exact=True),
    },
    population="analysed",
    dimensions={"course": "course"},
    totals=("All courses",),
    collapsed={"course": {"Mathematics": ("Algebra 1", "Geometry")}},
    stacked=("characteristic", "level"),
    characteristics={"Sex": "sex"},
    absent_rows_are_zero=False,
    counts_of="answers",
    sizes={"size": CountedColumn(where={"mode": ("online",)})},
    definitions=(
        RowDefinition({"model": "first"}, {"students": ("in_first",), "size": ("in_first", "known")}),
        RowDefinition({"model": "second", "course": "Geometry"}, {"students": ("in_second",)}),
    ),
)


def test_a_layout_goes_into_json_and_back() -> None:
    assert layout_from_dict(json.loads(json.dumps(layout_to_dict(LAYOUT)))) == LAYOUT
    plain = TableLayout({"n": CountedColumn()})
    assert layout_to_dict(plain) == {"columns": {"n": {}}}
    assert layout_from_dict(layout_to_dict(plain)) == plain


def test_marks_of_a_row_hold_where_all_its_labels_do() -> None:
    rows = [("first", "Geometry"), ("second", "Geometry"), ("second", "Algebra 1")]
    text = pd.DataFrame(
        [(*row, "Sex", "f", "50", "57") for row in rows],
        columns=["model", "course", "characteristic", "level", "students", "passed"],
    )
    found = {(each.row, each.column): each for each in statements(DescribedTable("t", LAYOUT, text))}
    assert [found[row, "students"].counted.marks for row in range(3)] == [
        ("analysed", "in_first"),
        ("analysed", "in_second"),
        ("analysed",),
    ]
    size = found[0, "passed"].size
    assert size is not None and size.marks == ("analysed", "in_first", "known")
    assert found[0, "passed"].counted.marks == ("analysed", "known")
