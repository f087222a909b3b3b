"""The sentences of the briefs on a course and on achievement: every sign and verdict of a row is read back."""

from itertools import product

import pytest

from recredit.briefs.achievement import _finding as achievement_finding
from recredit.briefs.achievement import excluded
from recredit.briefs.course import _finding
from recredit.briefs.released import Column, Row
from recredit.briefs.wording import row_certainty

IMPACT = {
    "kind": "label", "course": "label", "outcome": "label", "unit": "label", "status": "label", "rating": "label",
    "rating_reason": "label", "significant_after_correction": "label", "estimate": "estimate", "ci_low": "ci_low",
    "ci_high": "ci_high", "p_value": "p_value", "percent_online": "percent", "percent_comparison": "percent",
    "mean_online": "mean", "mean_comparison": "mean",
}  # fmt: skip
PANEL = {
    "outcome": "label", "model": "label", "term": "label", "unit": "label", "estimate": "estimate",
    "ci_low": "ci_low", "ci_high": "ci_high", "p_value": "p_value",
}  # fmt: skip


def impact(estimate: str, p_value: str, verdict: str, kind: str = "effect") -> Row:
    values = dict.fromkeys(IMPACT, "") | {
        "kind": kind, "course": "English 9", "outcome": "Course passed", "unit": "percentage points",
        "status": "confirmatory", "rating": "Does not meet WWC standards", "rating_reason": "its attrition is high",
        "estimate": estimate, "ci_low": "-9", "ci_high": "9", "p_value": p_value,
        "significant_after_correction": verdict, "percent_online": "51", "percent_comparison": "67",
    }  # fmt: skip
    columns = {name: Column(name, kind_, name) for name, kind_ in IMPACT.items()}
    return Row("impacts", columns, values, {"course": "English 9"})


def panel(estimate: str, low: str, high: str, p_value: str, model: str = "student_and_year") -> Row:
    values = {
        "outcome": "Math score", "model": model, "term": "Credits taken online (per 10 percentage points)",
        "unit": "standard deviations", "estimate": estimate, "ci_low": low, "ci_high": high, "p_value": p_value,
    }  # fmt: skip
    columns = {name: Column(name, kind, name) for name, kind in PANEL.items()}
    return Row("achievement", columns, values, {"outcome": "Math score", "model": model})


def read(row: Row) -> str:
    found = _finding(row)
    return " ".join(part.plain for part in (found.claim, *found.sentences, found.key))


@pytest.mark.parametrize(
    ("sign", "p_value", "verdict", "kind"),
    list(product(("-6.2", "6.2"), ("<.001", ".30"), ("yes", "no"), ("effect", "association"))),
)
def test_no_sentence_contradicts_its_row(sign: str, p_value: str, verdict: str, kind: str) -> None:
    text = read(impact(sign, p_value, verdict, kind))
    # The corrected verdict decides, never the p beside it.
    assert ("uncertain" in text) == (verdict == "no")
    if verdict == "yes" and kind == "effect":
        assert ("lowered" if sign.startswith("-") else "raised") in text
        assert ("raised" if sign.startswith("-") else "lowered") not in text
    if kind == "association":
        assert not any(word in text for word in ("effect", "lowered", "raised"))
    assert ("lower online" in text) == sign.startswith("-")
    assert "no effect" not in text
    assert "Rating: Does not meet WWC standards, because its attrition is high." in text


def test_what_is_suppressed_is_said_to_be() -> None:
    row = impact("†", "†", "no")
    assert row_certainty(row) == "unknown"
    assert "not shown, to protect students" in read(row)


def test_a_table_without_a_verdict_is_judged_by_its_p() -> None:
    assert row_certainty(panel("0.1", "-0.2", "0.4", ".30")) == "uncertain"
    assert row_certainty(panel("0.1", "0.0", "0.2", ".010")) == "significant"


def test_what_the_interval_excludes() -> None:
    assert excluded(panel("0.1", "-0.2", "0.4", ".3")).plain.endswith("a rise of more than 0.4 standard deviations.")
    assert excluded(panel("-0.3", "-0.4", "-0.2", "<.001")).plain == "The interval excludes any rise."
    assert "to protect students" in excluded(panel("†", "†", "†", "†")).plain


def test_the_naive_comparison_stands_beside_as_a_condition() -> None:
    found = achievement_finding(panel("0.0", "-0.1", "0.1", ".90"), panel("-0.6", "-0.7", "-0.5", "<.001", "naive"))
    text = " ".join(sentence.plain for sentence in found.sentences)
    assert "uncertain" in found.claim.plain
    assert "we would have said" in text and "0.6 standard deviations lower" in text
    assert "effect" not in text
    assert found.key.plain.count("uncertain") == 1
