"""Figures: what is drawn, what is not, in the same bytes, and what the alternative text says."""

import struct
from collections.abc import Sequence
from typing import Any

import pytest

from recredit.figures.attrition import draw_attrition
from recredit.figures.charts import draw_release
from recredit.figures.shown import ReleasedTable, read_shown
from recredit.publication.shapes import png_shape


def table(name: str, columns: dict[str, str], *rows: Sequence[str]) -> ReleasedTable:
    """A released table: columns as name: kind."""
    sidecar: dict[str, Any] = {
        "title": f"Title of {name}",
        "columns": {
            column: {"kind": kind, "label": column.replace("_", " ").capitalize(), "unit": None}
            for column, kind in columns.items()
        },
    }
    return ReleasedTable(name, [dict(zip(columns, row, strict=True)) for row in rows], sidecar)


IDLE = {
    "idle_share": "label",
    "idle_definition": "label",
    "students": "count",
    "passed_percent": "percent",
    "grade_mean": "mean",
}
MODE = {"course": "label", "mode": "label", "students": "count", "grade_mean": "mean", "passed_percent": "percent"}
MODELS = {
    "model": "label",
    "title": "label",
    "term": "label",
    "estimate": "estimate",
    "ci_low": "ci_low",
    "ci_high": "ci_high",
}


def release() -> dict[str, ReleasedTable]:
    tables = [
        table(
            "outcomes_by_idle",
            IDLE,
            ("0-10%", "gaps", "120", "92", "78.2"),
            ("10-20%", "gaps", "†", "†", "†"),
            ("20-30%", "gaps", "20", "60-69", "71"),
        ),
        table(
            "outcomes_by_mode",
            MODE,
            ("English 9", "online", "490", "66.2", "51"),
            ("English 9", "teacher-directed", "480", "70.1", "67"),
            ("Algebra 1", "online", "10", "†", "≤20"),
            ("Algebra 1", "teacher-directed", "†", "†", "†"),
        ),
        table(
            "associations",
            MODELS,
            ("grade", "Final grade", "Idle share", "-32.1", "-40.2", "-24.0"),
            ("grade", "Final grade", "Absence rate", "†", "†", "†"),
            ("passed", "Passed", "Idle share", "-0.52", "-0.70", "-0.34"),
        ),
    ]
    return {one.name: one for one in tables}


@pytest.mark.parametrize(
    ("text", "middle"),
    [
        ("57", 57),
        ("-0.12", -0.12),
        ("≤5", 5),
        ("≥95", 95),
        ("60-69", 64.5),
        ("†", None),
        ("", None),
        ("not offered", None),
    ],
)
def test_shown_cells_are_read_as_far_as_they_are_shown(text: str, middle: float | None) -> None:
    shown = read_shown(text)
    assert (shown.middle if shown else None) == middle


def test_the_figures_are_drawn_from_what_is_shown() -> None:
    drawn = draw_release(release())
    assert {name: source for name, (_, _, source) in drawn.items()} == {
        "outcomes_by_idle": "outcomes_by_idle",
        "passed_by_mode": "outcomes_by_mode",
        "associations": "associations",
    }
    for png, _, _ in drawn.values():
        assert struct.unpack(">I", png[16:20]) == (1200,)
        assert png_shape(png) == ""


def test_the_alternative_text_says_what_the_figure_says() -> None:
    texts = {name: drawing.alt_text for name, (_, drawing, _) in draw_release(release()).items()}
    marked = " Values that are marked in the table are not drawn."
    assert texts["outcomes_by_idle"] == (
        "Line chart. Title of outcomes_by_idle. Passed percent: 0-10% 92%, 20-30% 60-69%. "
        "Grade mean: 0-10% 78.2, 20-30% 71." + marked
    )
    assert texts["passed_by_mode"] == (
        "Bar chart. Passed percent by course and mode of the class, of students with a final result: "
        "online: English 9 51%, Algebra 1 ≤20%; "
        "teacher-directed: English 9 67%." + marked
    )
    assert "Final grade, Idle share: -32.1 (-40.2 to -24.0, below zero); Passed, Idle share" in texts["associations"]


def test_a_marked_value_is_not_drawn_and_breaks_the_line() -> None:
    _, drawing, _ = draw_release(release())["outcomes_by_idle"]
    line = drawing.figure.axes[0].lines[0]
    values = [float(value) for value in line.get_ydata()]
    assert values[0] == 92
    assert values[1] != values[1]  # not a number: nothing is drawn there
    assert values[2] == 64.5
    _, bars, _ = draw_release(release())["passed_by_mode"]
    assert sorted(patch.get_height() for patch in bars.figure.axes[0].patches) == [20, 51, 67]


def test_a_table_that_shows_nothing_gives_no_figure() -> None:
    tables = release()
    tables["outcomes_by_idle"] = table("outcomes_by_idle", IDLE, ("0-10%", "gaps", "†", "†", "†"))
    tables["outcomes_by_mode"] = table("outcomes_by_mode", MODE)
    del tables["associations"]
    assert draw_release(tables) == {}


def test_the_same_table_gives_the_same_bytes_whatever_the_user_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    first = {name: png for name, (png, _, _) in draw_release(release()).items()}
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 20, "lines.linewidth": 9, "savefig.dpi": 30}):
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        second = {name: png for name, (png, _, _) in draw_release(release()).items()}
    assert first == second


def test_a_label_with_dollar_signs_is_no_formula() -> None:
    costs = table("outcomes_by_mode", MODE, ("$5 or $6_a course", "online", "100", "60", "51"))
    assert "passed_by_mode" in draw_release({"outcomes_by_mode": costs})


def test_attrition_is_drawn_beside_its_boundary_and_said_in_words() -> None:
    columns = {name: {"kind": "label", "label": name} for name in ("title", "course", "verdict")}
    columns |= {name: {"kind": "estimate", "label": name} for name in ("overall", "differential")}
    row = {"title": "Course recovered", "course": "English 9", "overall": "12", "differential": "3", "verdict": "low"}
    hidden = {**row, "course": "Algebra 1", "overall": "†", "differential": "†"}
    table = ReleasedTable("attrition", [row, hidden], {"title": "Attrition", "columns": columns})
    drawing = draw_attrition(table)
    assert drawing is not None
    assert "Course recovered, English 9: 12% lost, 3 points between the classes, attrition low" in drawing.alt_text
    assert "Algebra 1" not in drawing.alt_text and "marked in the table are not drawn" in drawing.alt_text
    axes = drawing.figure.axes[0]
    # Both boundaries of the handbook, from the first to the last overall rate that it prints (methods: 0 and 57).
    assert [len(line.get_xdata()) for line in axes.lines[:2]] == [58, 58]
    assert list(axes.lines[2].get_xdata()) == [12.0] and list(axes.lines[2].get_ydata()) == [3.0]
    assert draw_attrition(ReleasedTable("attrition", [hidden], table.sidecar)) is None
