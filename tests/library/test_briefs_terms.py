"""Terms of any model and means without a test in words: they follow the released row, and nothing else."""

import pytest

from recredit.briefs.describing import apart, change, change_claim, changes, extremes
from recredit.briefs.overview import OUTCOME_NOUNS, noun
from recredit.briefs.released import Column, Row
from recredit.briefs.terms import level_claim, level_sentence, more_of, quantity_claim, term_texts
from recredit.briefs.wording import row_certainty

KINDS = {"title": "label", "outcome": "label", "term": "label", "estimate": "estimate", "ci_low": "ci_low",
         "ci_high": "ci_high", "p_value": "p_value"}  # fmt: skip


def row(term: str, estimate: str, p_value: str, low: str = "-1", high: str = "3") -> Row:
    values = {"title": "Model", "outcome": "Course passed", "term": term, "estimate": estimate, "ci_low": low,
              "ci_high": high, "p_value": p_value}  # fmt: skip
    return Row("associations", {name: Column(name, kind, name) for name, kind in KINDS.items()}, values, {"term": term})


def mean(value: str, year: str = "2017") -> Row:
    columns = {
        "school_year": Column("school_year", "label", "Year"),
        "m_mean": Column("m_mean", "mean", "M", "sessions"),
    }
    return Row("t", columns, {"school_year": year, "m_mean": value}, {"school_year": year})


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("Days in the platform (per day)", "More days in the platform are"),
        ("Actions a day (per 10 actions a day)", "More actions a day are"),
        ("Earlier attempts at the course (per earlier attempt)", "More earlier attempts at the course are"),
        ("Least idle share (per 10 percentage points)", "A higher least idle share is"),
        ("Age (per year)", "A higher age is"),
    ],
)
def test_a_quantity_reads_as_english(term: str, words: str) -> None:
    assert more_of(row(term, "1", ".01")["term"]).plain == words


def test_levels_are_set_against_each_other() -> None:
    assert term_texts("Grade 12 (against 9)") == ["Grade 12", "9"]
    assert term_texts("Days in the platform (per day)") == ["days in the platform"]


@pytest.mark.parametrize(("estimate", "sign", "other"), [("2", "higher", "lower"), ("-2", "lower", "higher")])
def test_claims_turn_with_the_sign(estimate: str, sign: str, other: str) -> None:
    sure = row("Grade 12 (against 9)", estimate, ".01")
    days = row("Days in the platform (per day)", estimate, ".01")
    texts = [
        level_claim(sure, "pass rate").plain,
        level_sentence(sure, "pass rate", "points").plain,
        quantity_claim(days, "pass rate").plain,
    ]
    assert texts[0] == f"“Grade 12” is associated with a {sign} pass rate than “9”"
    assert texts[2] == f"More days in the platform are associated with a {sign} pass rate"
    assert all(sign in text and other not in text and "uncertain" not in text for text in texts)


@pytest.mark.parametrize("estimate", ["2", "-2", "0"])
def test_what_is_not_significant_is_uncertain(estimate: str) -> None:
    unsure = row("Grade 12 (against 9)", estimate, ".30")
    days = row("Days in the platform (per day)", estimate, ".30")
    for text in (
        level_claim(unsure, "p").plain,
        level_sentence(unsure, "p", "").plain,
        quantity_claim(days, "p").plain,
    ):
        assert "uncertain" in text and "associated" not in text


def test_what_is_hidden_is_said_to_be() -> None:
    hidden = row("Grade 12 (against 9)", "†", "†", "†", "†")
    days = row("Days in the platform (per day)", "†", "†", "†", "†")
    for text in (
        level_claim(hidden, "p").plain,
        level_sentence(hidden, "p", "").plain,
        quantity_claim(days, "p").plain,
    ):
        assert "not shown, to protect students" in text


def test_a_table_without_p_is_judged_by_its_interval() -> None:
    columns = {name: Column(name, name, name) for name in ("estimate", "ci_low", "ci_high")}

    def sure(low: str, high: str) -> str:
        return row_certainty(Row("t", columns, {"estimate": "1", "ci_low": low, "ci_high": high}, {}))

    assert [sure("0.1", "2"), sure("-2", "-0.1"), sure("-1", "1"), sure("0.0", "1"), sure("†", "†")] == [
        "significant", "significant", "uncertain", "uncertain", "unknown",
    ]  # fmt: skip


def test_nobody_has_the_most_where_two_are_equal_or_one_is_hidden() -> None:
    low, middle, high = mean("1"), mean("2"), mean("3")
    assert extremes([middle, high, low], "m_mean") == (low, high)
    assert extremes([low, high, mean("3")], "m_mean") is None
    assert extremes([low, mean("†"), high], "m_mean") is None
    assert extremes([low], "m_mean") is None
    assert extremes([mean("2"), mean("2")], "m_mean") is None


def test_changes_over_the_years_share_a_claim_only_where_all_agree() -> None:
    def turn(first: str, last: str) -> str:
        return change(mean(first)["m_mean"], mean(last)["m_mean"])

    assert [turn("3", "2"), turn("2", "3"), turn("2", "2"), turn("2", "†")] == ["fewer", "more", "equal", "unknown"]
    assert changes(["fewer", "fewer"]) == "fewer"
    assert changes(["fewer", "more"]) == changes(["fewer", "unknown"]) == "mixed"
    assert changes(["unknown"]) == "unknown"
    assert "needed fewer sessions" in change_claim("fewer", "sessions").plain
    assert "fewer" not in change_claim("mixed", "sessions").plain


def test_one_kind_is_above_another_only_where_their_intervals_leave_no_doubt() -> None:
    def interval(low: str, high: str) -> Row:
        return row("t", "1", ".1", low, high)

    assert apart(interval("1", "2"), interval("3", "4")) == "higher"
    assert apart(interval("1", "3"), interval("3", "4")) == "equal"
    assert apart(interval("1", "†"), interval("3", "4")) == "unknown"


def test_outcomes_have_nouns() -> None:
    assert noun(row("t", "1", ".1"), "outcome", OUTCOME_NOUNS) == "pass rate"
