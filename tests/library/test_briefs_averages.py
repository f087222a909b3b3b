"""Plain averages beside an adjusted difference: where they tell another story, the sentence says why."""

import pytest

from recredit.briefs.released import Column, Row
from recredit.briefs.wording import difference_detail, difference_sentence

KINDS = {
    **dict.fromkeys(("kind", "course"), "label"),
    **dict.fromkeys(("online_mean", "comparison_mean"), "mean"),
    **dict.fromkeys(("online_percent", "comparison_percent"), "percent"),
    **dict.fromkeys(("estimate", "ci_low", "ci_high"), "estimate"),
    "p_value": "p_value",
}
EXPLAINED = "since they leave out how the students differed before"


def row(online: str, comparison: str, estimate: str, p_value: str = ".40", kind: str = "mean") -> Row:
    columns = {name: Column(name, of_kind, name) for name, of_kind in KINDS.items()}
    other = "percent" if kind == "mean" else "mean"
    texts = {
        f"online_{kind}": online,
        f"comparison_{kind}": comparison,
        f"online_{other}": "",
        f"comparison_{other}": "",
    }
    texts |= {"kind": "effect", "course": "Algebra 1", "p_value": p_value}
    texts |= {"estimate": estimate, "ci_low": "-0.5", "ci_high": "0.6"}
    return Row("differences", columns, texts, {"course": "Algebra 1"})


def said(one: Row) -> str:
    return difference_sentence(one, "test score", "this course", "standard deviations").plain


@pytest.mark.parametrize(
    ("online", "comparison", "estimate", "explained"),
    [
        ("-0.53", "-0.52", "0.07", True),  # lower by the averages, higher by the difference
        ("-0.53", "-0.52", "-0.07", True),  # the demo: a seventh of the difference
        ("-0.53", "-0.53", "0.07", True),  # equal averages
        ("-0.59", "-0.52", "0.00", True),  # no difference, and averages that differ
        ("-0.53", "-0.52", "0.00", False),  # by no more than rounding explains
        ("-0.53", "-0.52", "-0.01", False),
        ("53", "67", "-15", False),
        ("-0.57", "-0.50", "-0.11", False),  # more than half of it
        ("-0.55", "-0.50", "-0.11", True),  # less than half of it
        ("-0.53", "-0.53", "0.00", False),
        ("62.4", "68.8", "-6.6", False),
        ("†", "68.8", "6.6", False),
        ("62.4", "68.8", "†", False),
    ],
)
def test_averages_that_tell_another_story_are_explained(
    online: str, comparison: str, estimate: str, explained: bool
) -> None:
    assert (EXPLAINED in said(row(online, comparison, estimate))) == explained


def test_zero_as_shown_is_told_apart_from_a_difference_that_the_averages_hide() -> None:
    assert "The two averages look different" in said(row("-0.59", "-0.52", "0.00"))
    assert "The two averages alone do not show this difference" in said(row("-0.53", "-0.52", "0.07"))
    assert "The two averages alone do not show this difference" in said(row("-0.53", "-0.52", "0.07", "<.001"))


def test_a_range_of_percentages_says_nothing_against_the_difference() -> None:
    assert EXPLAINED not in said(row("60-69", "70-79", "5", kind="percent"))
    assert EXPLAINED not in said(row("≤2", "5", "5", kind="percent"))
    assert EXPLAINED in said(row("63", "67", "5", kind="percent"))


def test_the_box_shows_only_averages_that_agree() -> None:
    assert "online against" not in difference_detail(row("-0.53", "-0.52", "0.07")).plain
    assert "online against" in difference_detail(row("-0.53", "-0.52", "-0.01")).plain
