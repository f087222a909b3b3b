"""The words follow sign, certainty and kind of the released row, and nothing else."""

import pytest

from recredit.briefs.numbers import Sentence
from recredit.briefs.released import Column, Row
from recredit.briefs.wording import (
    association_claim,
    association_sentence,
    certainty,
    difference_claim,
    difference_detail,
    difference_sentence,
    direction,
    listed,
    mean_sentence,
    step_text,
)

KINDS = {
    "kind": "label",
    "estimate": "estimate",
    "ci_low": "ci_low",
    "ci_high": "ci_high",
    "p_value": "p_value",
    "online_percent": "percent",
    "comparison_percent": "percent",
    "online_mean": "mean",
    "comparison_mean": "mean",
}


def row(estimate: str, p_value: str, kind: str = "effect", arms: tuple[str, str] = ("51", "67")) -> Row:
    """A row of `differences` with an interval that the words do not judge by."""
    columns = {name: Column(name, kind_, name) for name, kind_ in KINDS.items()}
    values = dict.fromkeys(KINDS, "") | {"kind": kind, "estimate": estimate, "p_value": p_value}
    values |= {"ci_low": "-22.1", "ci_high": "0.4", "online_percent": arms[0], "comparison_percent": arms[1]}
    return Row("differences", columns, values, {"course": "English 9"})


def claim(*words: str, **more: str) -> str:
    return difference_claim(row(*words, **more), "pass rate", "the course").plain


def sentence(*words: str, **more: str) -> str:
    return difference_sentence(row(*words, **more), "pass rate", "the course", "percentage points").plain


def test_the_sign_turns_the_words_round() -> None:
    assert claim("-16.4", "<.001") == "Online classes lowered the pass rate in the course"
    assert claim("16.4", "<.001") == "Online classes raised the pass rate in the course"


def test_effect_is_said_of_randomised_contrasts_only() -> None:
    randomised, observed = claim("-16.4", "<.001"), claim("-16.4", "<.001", kind="association")
    assert observed == "Online classes were associated with a lower pass rate in the course"
    assert "lowered" in randomised
    texts = [observed, sentence("-16.4", "<.001", kind="association"), sentence("-9", ".3", kind="association")]
    assert not [text for text in texts if "effect" in text or "lowered" in text or "raised" in text]


@pytest.mark.parametrize("kind", ["effect", "association"])
@pytest.mark.parametrize("estimate", ["-8.9", "8.9", "0.0"])
def test_not_significant_is_uncertain_and_never_no_effect(kind: str, estimate: str) -> None:
    texts = [claim(estimate, ".061", kind=kind), sentence(estimate, ".061", kind=kind)]
    for text in texts:
        assert "uncertain" in text
        assert "no effect" not in text and "no difference" not in text and "lowered" not in text


def test_a_sentence_gives_size_interval_p_and_both_arms() -> None:
    assert sentence("-16.4", "<.001") == (
        "In the course, being assigned to an online class lowered the pass rate by 16.4 percentage points (interval "
        "from −22.1 to 0.4; p\u00a0< .001). It was 51% online against 67% in teacher-directed classes."
    )


@pytest.mark.parametrize(("estimate", "p_value"), [("†", "†"), ("†", ".03"), ("-3", "†"), ("", "")])
def test_what_is_suppressed_is_said_to_protect_students(estimate: str, p_value: str) -> None:
    for text in (claim(estimate, p_value), sentence(estimate, p_value)):
        assert "not shown, to protect students" in text
        assert "uncertain" not in text


def test_one_point_is_not_one_points() -> None:
    assert "by 1 percentage point (" in sentence("-1", ".01")
    assert "by 1.0 percentage points (" in sentence("-1.0", ".01")


def test_an_arm_that_is_not_shown_is_not_spoken_of() -> None:
    assert "teacher-directed" not in sentence("-16.4", "<.001", arms=("†", "67"))


def test_the_detail_of_the_box_gives_the_figures_without_the_claim() -> None:
    detail = difference_detail(row("-16.4", ".02"), "percentage points").plain
    assert detail.startswith(
        "51% online against 67% in teacher-directed classes: 16.4 percentage points lower online ("
    )


@pytest.mark.parametrize(
    ("p_value", "expected"),
    [
        ("<.001", "significant"),
        (".049", "significant"),
        # What was rounded to .05 may lie on either side.
        (".050", "uncertain"),
        (".05", "uncertain"),
        (".61", "uncertain"),
        (">.99", "uncertain"),
        ("†", "unknown"),
        ("", "unknown"),
    ],
)
def test_certainty_is_judged_from_the_released_p(p_value: str, expected: str) -> None:
    assert certainty(row("-1", p_value)["p_value"]) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("-0.2", "lower"), ("3", "higher"), ("0.00", "equal"), ("†", "unknown")]
)
def test_direction(text: str, expected: str) -> None:
    assert direction(row(text, ".5")["estimate"]) == expected


def test_associations_turn_with_sign_and_certainty() -> None:
    def words(estimate: str, p_value: str) -> str:
        return association_claim(row(estimate, p_value), "idle time", "final grade").plain

    assert words("-2.1", ".01") == "More idle time is associated with a lower final grade"
    assert words("2.1", ".01") == "More idle time is associated with a higher final grade"
    assert words("-2.1", ".2") == "The link between idle time and the final grade is uncertain"
    assert words("†", "†").endswith("is not shown, to protect students")


def test_an_association_sentence_says_what_one_step_means() -> None:
    text = association_sentence(row("0.365", "<.001"), "time", "final grade", "hour more", "points").plain
    assert text.startswith("For each hour more, the final grade was 0.365 points higher (interval from")
    uncertain = association_sentence(row("-0.4", ".3"), "time", "final grade", "hour more", "points").plain
    assert uncertain.startswith(
        "For each hour more, the final grade was 0.4 points lower in our data. But anything from"
    )
    assert "so this is uncertain (p" in uncertain


@pytest.mark.parametrize(
    ("label", "step"),
    [
        ("Idle share (per 10 percentage points)", "10 percentage points more in the idle share"),
        ("Hours in the platform (per hour)", "hour more in the platform"),
        ("Active hours (per hour)", "active hour more"),
        ("Actions a day (per 10 actions a day)", "10 actions a day more"),
        (
            "one step: difference per 10 percentage points of idle share inside the type",
            "10 percentage points more in the idle share",
        ),
        ("Age", "step more in the age"),
    ],
)
def test_steps_read_as_english(label: str, step: str) -> None:
    assert step_text(label) == step


def test_a_hidden_mean_has_the_one_wording() -> None:
    columns = {"mean": Column("mean", "mean", "Mean", "points of 100")}

    def said(text: str) -> Sentence:
        return mean_sentence(Row("t", columns, {"mean": text}, {})["mean"], "credit recovery", "final grade")

    assert said("†").plain == "“credit recovery”: the mean final grade is not shown, to protect students."
    assert said("76").plain == "“credit recovery”: the mean final grade was 76 points of 100."


def test_lists() -> None:
    def as_sentence(text: str) -> Sentence:
        return Sentence((text,))

    assert listed([as_sentence("a")]).plain == "a"
    assert listed([as_sentence("a"), as_sentence("b"), as_sentence("c")]).plain == "a, b and c"
