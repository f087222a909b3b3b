"""Every number goes through one door, which refuses figures of its own and notes where each one stands."""

import csv
import io

import pytest

from recredit.briefs.numbers import Declared, Trace, compose, magnitude, markup, printed
from recredit.briefs.released import Cell, Column
from recredit.errors import DisclosureError


def cell(text: str, kind: str = "percent", row: dict[str, str] | None = None) -> Cell:
    return Cell("outcomes_by_mode", row or {"course": "Algebra 1"}, Column("passed_percent", kind, "Passed"), text)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("count", "1680", "1,680"),
        ("count", "90", "90"),
        ("percent", "57", "57%"),
        ("percent", "≥95", "95% or more"),
        ("percent", "≤5", "5% or less"),
        ("percent", "60-69", "60% to 69%"),
        ("estimate", "-6.2", "−6.2"),
        ("p_value", "<.001", "< .001"),
        ("p_value", ".034", "= .034"),
        ("label", "Algebra 1", "Algebra 1"),
        ("percent", "†", "not shown, to protect students"),
        ("mean", "", "not recorded"),
        ("count", "not offered", "not offered"),
    ],
)
def test_cells_are_printed_as_prose(kind: str, text: str, expected: str) -> None:
    assert printed(cell(text, kind)).text == expected


def test_a_magnitude_has_no_sign() -> None:
    assert magnitude(cell("-6.2", "estimate")).text == "6.2"


def test_a_template_with_a_figure_of_its_own_is_refused() -> None:
    with pytest.raises(DisclosureError, match="holds a figure of its own"):
        compose("About 57% passed.")


def test_a_plain_text_with_a_figure_is_refused_as_a_value() -> None:
    with pytest.raises(DisclosureError, match="holds a figure of its own"):
        compose("In {course}, {share} passed.", course="Algebra 1", share=cell("57"))


def test_declared_figures_say_where_they_are_declared() -> None:
    sentence = compose("At least {least} students.", least=Declared("10", "study.yaml: disclosure.minimum_group"))
    assert 'data-source="study.yaml: disclosure.minimum&#95;group">10</span>' in markup(sentence)


def test_the_trace_names_sentence_table_row_and_column() -> None:
    trace = Trace()
    trace.record(compose("In {course}, {share} passed.", course=cell("Algebra 1", "label"), share=cell("57")))
    rows = list(csv.DictReader(io.StringIO(trace.to_csv())))
    assert rows[1] == {
        "sentence": "In Algebra 1, 57% passed.",
        "printed": "57%",
        "table": "outcomes_by_mode",
        "row": "course=Algebra 1",
        "column": "passed_percent",
    }


def test_markup_escapes_what_html_or_markdown_would_take_for_its_own() -> None:
    text = markup(compose("{name}", name=cell("a*b* <i> [x]|", "label", {"name": 'q"|_*'})))
    assert "<i>" not in text and r"a\*b\* &lt;i&gt; \[x\]\|" in text
    assert "name=q&quot;&#124;&#95;&#42; &#124; passed" in text
