"""Figures of the briefs: the sample's flow, balance, contrasts, kinds of user, years, and what fills pages."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from recredit.figures import style
from recredit.figures.charts import draw_release
from recredit.figures.coefficients import TALLEST_INCHES, draw_coefficients, draw_type_outcomes
from recredit.figures.flow import draw_flow
from recredit.figures.love_plot import draw_love_plot
from recredit.figures.multiples import draw_types, draw_years
from recredit.figures.paired_bars import draw_contrasts
from recredit.figures.points import Drawing
from recredit.figures.shown import ReleasedTable


def table(name: str, columns: Mapping[str, str], *rows: Sequence[str]) -> ReleasedTable:
    """A released table: columns as name: kind."""
    described: dict[str, Any] = {
        column: {"kind": kind, "label": column.replace("_", " ").capitalize(), "unit": None}
        for column, kind in columns.items()
    }
    shown = [dict(zip(columns, row, strict=True)) for row in rows]
    return ReleasedTable(name, shown, {"title": f"Title of {name}", "columns": described})


def texts(drawing: Drawing) -> list[str]:
    return [text.get_text() for axes in drawing.figure.axes for text in axes.texts]


FLOW = {"step": "label", "course": "label", "mode": "label", "students": "count"}
COEFFICIENT = {"title": "label", "course": "label", "kind": "label", "unit": "label", "estimate": "estimate",
               "ci_low": "ci_low", "ci_high": "ci_high"}  # fmt: skip


def test_the_flow_names_every_step_and_hides_what_is_hidden() -> None:
    rows = [
        ("Enrollments on file", "English 9", "online", "1830"),
        ("Enrollments on file", "English 9", "teacher-directed", "15810"),
        ("Left out: not in a lottery", "English 9", "online", "†"),
        ("Analysed", "English 9", "online", "556"),
        ("Of those analysed: without a final result", "English 9", "online", "70"),
    ]
    drawing = draw_flow(table("sample_flow", FLOW, *rows))
    assert drawing is not None
    words = texts(drawing)
    assert "online 1,830, teacher-directed 15,810 students" in words
    assert "online not shown" in words and "online 556 students" in words and "Without a final result" in words
    assert "Left out: not in a lottery: online not shown" in drawing.alt_text
    assert "marked in the table are not drawn" in drawing.alt_text


def test_a_flow_that_is_hidden_or_too_long_for_boxes_is_left_to_its_table() -> None:
    hidden = [("Enrollments on file", "A", "online", "†"), ("Analysed", "A", "online", "†")]
    assert draw_flow(table("sample_flow", FLOW, *hidden)) is None
    many = [(step, f"Course {n}", "online", "20") for step in ("Enrollments on file", "Analysed") for n in range(9)]
    assert draw_flow(table("sample_flow", FLOW, *many)) is None


def test_balance_is_drawn_beside_both_limits_and_said_in_words() -> None:
    columns = {"title": "label", "characteristic": "label", "effect_size_unadjusted": "estimate",
               "effect_size": "estimate", "effect_size_weighted": "estimate"}  # fmt: skip
    rows = [("Passed", "Earlier score", "0.02", "0.03", ""), ("Passed", "Sex", "0.30", "-0.26", "0.01")]
    drawing = draw_love_plot(table("baseline_equivalence", columns, *rows))
    assert drawing is not None
    (axes,) = drawing.figure.axes
    points = {float(x) for line in axes.lines if line.get_marker() not in ("None", "") for x in line.get_xdata()}
    assert points == {0.02, 0.03, 0.30, -0.26, 0.01}
    assert sorted(float(line.get_xdata()[0]) for line in axes.lines if line.get_linestyle() == "--") == [-0.25, 0.25]
    assert "Passed: Sex -0.26 beyond 0.05" in drawing.alt_text and "Earlier score" not in drawing.alt_text
    assert axes.get_xlim()[0] < -0.26 and axes.get_xlim()[1] > 0.30
    assert draw_love_plot(table("baseline_equivalence", columns, ("P", "Sex", "†", "†", ""))) is None


def test_pairs_of_bars_carry_the_difference_with_its_interval() -> None:
    columns = {"title": "label", "course": "label", "n_online": "count", "n_comparison": "count",
               "online_percent": "percent", "comparison_percent": "percent", "estimate": "estimate",
               "ci_low": "ci_low", "ci_high": "ci_high"}  # fmt: skip
    rows = [
        ("Recovered", "English 9", "471", "452", "53", "67", "-15", "-24", "-6"),
        ("Final grade", "English 9", "442", "436", "", "", "-6.6", "-9.3", "-3.8"),
        ("Recovered", "Algebra 1", "†", "†", "†", "†", "†", "†", "†"),
    ]
    drawing = draw_contrasts(table("differences", columns, *rows))
    assert drawing is not None
    (axes,) = drawing.figure.axes
    assert [patch.get_height() for patch in axes.patches] == [53, 67]
    assert "−15\n(−24 to −6)" in axes.get_xticklabels()[0].get_text()
    assert "53% online, 67% teacher-directed, difference −15 (−24 to −6)" in drawing.alt_text


TYPES = {"type": "label", "idle_definition": "label", "students": "count", "idle_share_mean": "mean"}


def test_kinds_of_user_are_drawn_definition_by_definition() -> None:
    rows = [("engaged", "old", "90", "22"), ("idle ones", "old", "80", "55"), ("engaged", "new", "70", "†"),
            ("idle ones", "new", "60", "50")]  # fmt: skip
    drawing = draw_types(table("engagement_types", TYPES, *rows))
    assert drawing is not None
    (axes,) = drawing.figure.axes
    assert sorted(patch.get_width() for patch in axes.patches) == [22, 50, 55]
    assert "least engaged 22, most idle ones 55" in drawing.alt_text
    assert draw_types(table("engagement_types", TYPES, ("engaged", "old", "†", "†"))) is None


def test_a_new_definition_of_idle_time_breaks_the_line_that_rests_on_it() -> None:
    columns = {"school_year": "label", "type": "label", "idle_definition": "label",
               "sessions_to_completion_mean": "mean", "activities_per_active_hour_mean": "mean"}  # fmt: skip
    rows = [
        ("2017", "all", "old", "17", "7.1"),
        ("2018", "all", "new", "16", "7.4"),
        ("2019", "all", "new", "15", "7.5"),
    ]
    drawing = draw_years(table("efficiency_by_year", columns, *rows))
    assert drawing is not None
    sessions, per_hour = drawing.figure.axes
    assert [list(line.get_ydata()) for line in sessions.lines] == [[17, 16, 15]]
    assert [sum(value == value for value in line.get_ydata()) for line in per_hour.lines] == [1, 2]
    assert "sessions to completion mean 17 in 2017, 15 in 2019" in drawing.alt_text
    assert "activities per active hour mean 7.4 in 2018, 7.5 in 2019" in drawing.alt_text
    assert draw_years(table("efficiency_by_year", columns, rows[0])) is None


def coefficients(panels: int, lines: int) -> ReleasedTable:
    rows = [
        (f"Line {line}", "Course", "effect", f"Panel {panel}", "1.5", "0.5", "2.5")
        for panel in range(panels)
        for line in range(lines)
    ]
    return table("impacts", COEFFICIENT, *rows)


@pytest.mark.parametrize(("panels", "lines", "figures"), [(2, 3, 1), (6, 5, 2), (1, 60, 3), (12, 1, 2)])
def test_what_does_not_fit_a_page_goes_into_a_further_figure(panels: int, lines: int, figures: int) -> None:
    drawings = draw_coefficients(coefficients(panels, lines), panel="unit", line="title")
    assert len(drawings) == figures
    assert all(drawing.figure.get_size_inches()[1] <= TALLEST_INCHES for drawing in drawings)
    drawn = sum(line.get_marker() == "o" for one in drawings for axes in one.figure.axes for line in axes.lines)
    assert drawn == panels * lines
    assert [drawing.title.endswith(f"({n} of {figures})") for n, drawing in enumerate(drawings, start=1)] == [
        figures > 1
    ] * figures


def test_many_intervals_are_told_by_the_side_on_which_they_lie() -> None:
    rows = [("A", "C", "effect", "points", "-2", "-3", "-1"), ("B", "C", "effect", "points", "1", "-1", "3")]
    few = draw_coefficients(table("impacts", COEFFICIENT, *rows), panel="unit", line="title")[0].alt_text
    assert "points, A: -2 (-3 to -1, below zero); points, B: 1 (-1 to 3, includes zero)." in few
    many = draw_coefficients(table("impacts", COEFFICIENT, *rows * 5), panel="unit", line="title")[0].alt_text
    assert "points: below zero: A, A, A, A, A; includes zero: B, B, B, B, B." in many


def test_a_contrast_without_a_lottery_has_an_open_mark() -> None:
    rows = [("A", "C", "effect", "points", "-2", "-3", "-1"), ("B", "C", "association", "points", "1", "-1", "3")]
    (drawing,) = draw_coefficients(table("impacts", COEFFICIENT, *rows), panel="unit", line="title")
    marks = [line for line in drawing.figure.axes[0].lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert [mark.get_markerfacecolor() for mark in marks] == [style.COLOURS[0], "white"]


def test_means_of_kinds_are_not_held_against_zero() -> None:
    columns = {"outcome": "label", "type": "label", "method": "label", "estimate": "estimate", "ci_low": "ci_low",
               "ci_high": "ci_high"}  # fmt: skip
    mean = ("Final grade", "engaged", "three steps, corrected", "65", "62", "68")
    (drawing,) = draw_type_outcomes(table("types_outcomes", columns, mean))
    assert "zero" not in drawing.alt_text and "Final grade, engaged: 65 (62 to 68)." in drawing.alt_text


def test_each_course_has_a_figure_of_its_own_and_says_so() -> None:
    rows = [("A", course, "effect", "points", "-2", "-3", "-1") for course in ("English 9", "english-9", "Algebra 1")]
    drawn = draw_release({"impacts": table("impacts", COEFFICIENT, *rows)})
    assert {name: drawing.shows for name, (_, drawing, _) in drawn.items()} == {
        "impacts_english_9": {"course": "English 9"},
        "impacts_english_9_2": {"course": "english-9"},
        "impacts_algebra_1": {"course": "Algebra 1"},
    }
    assert drawn["impacts_algebra_1"][1].title == "Title of impacts: Algebra 1"
