"""Tables of a brief: the released cells under readable headings, with the structure that a screen reader needs."""

from html.parser import HTMLParser

from recredit.briefs.blocks import Joined, spread, table_block, table_html
from recredit.briefs.released import Column, ReleasedTable

COLUMNS = {
    "step": Column("step", "label", "Step"),
    "mode": Column("mode", "label", "Class"),
    "students": Column("students", "count", "Students", "students"),
    "passed": Column("passed", "percent", "Passed", "percent"),
    "mean": Column("mean", "mean", "Mean", "points"),
}


def table(*rows: tuple[str, ...]) -> ReleasedTable:
    values = tuple(dict(zip(COLUMNS, row, strict=True)) for row in rows)
    return ReleasedTable("t", "Title", "All students", "one row", COLUMNS, values)


def test_marks_are_explained_and_empty_columns_left_out() -> None:
    block = table_block(table(("a", "online", "1680", "60-69", ""), ("b", "online", "†", "†", "")), list(COLUMNS), 2)
    assert block["headings"] == ["Step", "Class", "Students", "Passed (%)"]
    assert block["rows"] == [["a", "online", "1,680", "60–69"], ["b", "online", "†", "†"]]
    assert block["notes"] == ["† Not shown, to protect students.", "Who: All students."]
    assert block["numeric"] == [False, False, True, True]


def test_a_column_that_repeats_itself_can_be_hidden() -> None:
    both = table(("a", "online", "10", "", ""), ("b", "online", "20", "", ""))
    assert table_block(both, list(COLUMNS), 1, hide=["mode"])["headings"] == ["Step", "Students"]


def test_joined_columns_show_what_is_there_and_a_mark_alone() -> None:
    rows = table(("a", "x", "10", "51", ""), ("b", "x", "10", "", "-3"), ("c", "x", "10", "†", "4"))
    block = table_block(rows, [Joined("Result", ("passed", "mean"), " to ")], 1)
    assert block["rows"] == [["51%"], ["−3"], ["†"]]


def test_a_table_can_be_spread_over_its_labels() -> None:
    rows = table(("a", "online", "10", "", ""), ("a", "teacher-directed", "20", "", ""), ("b", "online", "†", "", ""))
    wide = spread(rows, "students", ["mode"])
    assert list(wide.columns) == ["step", "online", "teacher-directed"]
    assert [list(values.values()) for values in wide.values] == [["a", "10", "20"], ["b", "†", ""]]
    assert table_block(wide, list(wide.columns), 1)["notes"][0].startswith("†")


def test_html_has_caption_scopes_and_escaped_text() -> None:
    text = table_html(table_block(table(("a<b", "online", "10", "5", "1")), list(COLUMNS), 3))
    found: list[tuple[str, str | None]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs).get("scope")))

    Reader().feed(text)
    assert [scope for tag, scope in found if tag == "th"] == ["col"] * 5 + ["row"]
    assert ("caption", None) in found
    assert "a&lt;b" in text and 'aria-labelledby="table-3"' in text
