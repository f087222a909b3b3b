"""A layout goes into JSON and back, and marks that depend on a row count only there."""

import json

import pandas as pd

from recredit.disclosure.linked.layout import (
    CountedColumn,
    DescribedTable,
    RowDefinition,
    TableLayout,
    listings,
    statements,
)
from recredit.disclosure.linked.layout_json import layout_from_dict, layout_to_dict

LAYOUT = TableLayout(
    {
        "students": CountedColumn(),
        "passed": CountedColumn(where={"passed": ("yes",)}, marks=("known",), among={}, n="size", exact=True),
        "share": CountedColumn(among={"sex": ("f", "m")}, share_of=("level",)),
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
        RowDefinition(
            {"model": "second", "course": "Geometry"},
            {"students": ("in_second",)},
            population=("lottery",),
            where={"passed": {"mode": ("online",)}},
            among={"passed": {"term": ("summer",)}},
            exact=("students",),
        ),
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
        [(*row, "Sex", "f", "50", "57", "40") for row in rows],
        columns=["model", "course", "characteristic", "level", "students", "passed", "share"],
    )
    found = {(each.row, each.column): each for each in statements(DescribedTable("t", LAYOUT, text))}
    assert [found[row, "students"].counted.marks for row in range(3)] == [
        ("analysed", "in_first"),
        ("analysed", "in_second", "lottery"),
        ("analysed",),
    ]
    size = found[0, "passed"].size
    assert size is not None and size.marks == ("analysed", "in_first", "known")
    assert found[0, "passed"].counted.marks == ("analysed", "known")
    assert [found[row, "students"].exact for row in range(3)] == [False, True, False]
    passed = found[1, "passed"]
    assert passed.denominator is not None and dict(passed.denominator.conditions)["term"] == ("summer",)
    assert dict(passed.counted.conditions)["mode"] == ("online",)


def test_a_share_of_all_students_of_a_row() -> None:
    """Girls among the students of a course: the numerator holds the row's category, the denominator does not."""
    text = pd.DataFrame([("Geometry", "Sex", "f", "40")], columns=["course", "characteristic", "level", "share"])
    layout = TableLayout(
        {"share": CountedColumn(among={}, share_of=("level",))},
        dimensions={"course": "course"},
        stacked=("characteristic", "level"),
        characteristics={"Sex": "sex"},
    )
    (share,) = statements(DescribedTable("t", layout, text))
    assert share.denominator is not None and share.denominator.conditions == (("course", ("Geometry",)),)
    assert share.counted.conditions == (("course", ("Geometry",)), ("sex", ("f",)))
    assert share.size == share.denominator


def test_rows_of_one_population_list_its_combinations() -> None:
    """What a step of the flow does not list is empty for that step alone."""
    layout = TableLayout(
        {"n": CountedColumn()},
        dimensions={"course": "course"},
        definitions=(RowDefinition({"step": "left"}, population=("left",)),),
    )
    text = pd.DataFrame(
        [("on file", "a", "50"), ("on file", "b", "50"), ("left", "a", "20")], columns=["step", "course", "n"]
    )
    found = {each.marks: len(each.groups) for each in listings(DescribedTable("t", layout, text))}
    assert found == {(): 2, ("left",): 1}
