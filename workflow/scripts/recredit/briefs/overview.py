"""The findings of the brief `overview`: which released rows it speaks of, under which claim."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from recredit.briefs.blocks import Joined, Shown
from recredit.briefs.brief import Brief
from recredit.briefs.numbers import Piece, Sentence, compose, join
from recredit.briefs.released import Cell, Released, Row
from recredit.briefs.terms import is_level, level_claim, level_sentence, quantity, quantity_claim
from recredit.briefs.wording import (
    association_again,
    association_claim,
    association_sentence,
    certainty,
    difference_claim,
    difference_detail,
    difference_sentence,
    direction,
    label,
    listed,
    mean_sentence,
    step,
)

# Nouns for the labels of outcomes, as they stand in a sentence.
OUTCOME_NOUNS = {
    "Final grade": "final grade",
    "Course passed": "pass rate",
    "Course completed": "completion rate",
    "Credits earned": "number of credits earned",
    "External test score": "score on the external test",
    "Proficient on the external test": "rate of proficiency on the external test",
}
# The same for the terms of a model, by the beginning of the label (the step or the level follows it).
IDLE, ABSENCE, HOURS, GRADE = "Idle share", "Absence rate", "Hours in the platform", "Grade "
EARLY = "Idle share in the first two weeks"
TERM_NOUNS = {
    EARLY: "idle time in the first two weeks",
    IDLE: "idle time",
    ABSENCE: "absence",
    HOURS: "time in the platform",
}
# Rows of `data_quality` that account for all rows of a file, and count no fault (recredit.intake.accounting).
LEDGER = ("kept", "merged", "excluded", "quarantined")
# The row of a contrast over all courses (recredit.estimators.differences).
ALL_COURSES = "All courses"
# What the tables of the brief show of the released columns; the files hold all of them.
INTERVAL = Joined("Interval", ("ci_low", "ci_high"), " to ")
DIFFERENCE_COLUMNS: Sequence[Shown] = (
    "outcome",
    "course",
    "kind",
    Joined("Students, online", ("n_online",)),
    Joined("Students, teacher-directed", ("n_comparison",)),
    Joined("Online", ("online_percent", "online_mean")),
    Joined("Teacher-directed", ("comparison_percent", "comparison_mean")),
    Joined("Difference", ("estimate",)),
    INTERVAL,
    "p_value",
)
ASSOCIATION_COLUMNS: Sequence[Shown] = (
    "title",
    "term",
    Joined("Estimate", ("estimate", "unit")),
    INTERVAL,
    "p_value",
    "students",
)
ENGAGEMENT_COLUMNS: Sequence[Shown] = (
    "course",
    "term",
    "students",
    "sessions_mean",
    "days_mean",
    "total_hours_mean",
    "idle_share_mean",
    "activities_per_day_mean",
    "actions_per_day_mean",
    "outside_school_day_mean",
)
QUALITY_COLUMNS: Sequence[Shown] = ("table", "what", "unit", "count", "checked")
# The box of key findings holds no more than this.
KEY_FINDINGS = 4
# Faults in the records that are told in the text; the table lists all of them.
QUALITY_SENTENCES = 3


@dataclass(frozen=True)
class Finding:
    """One claim of the brief, the sentences with its figures, and the rows they come from."""

    claim: Sentence
    sentences: Sequence[Sentence]
    rows: Sequence[Row]
    detail: Sentence | None = None

    @property
    def key(self) -> Sentence:
        """The finding as an item of the box: the claim, then its figures in short, or else its first sentence."""
        detail = self.detail or self.sentences[0]
        return compose("**{claim}.** {detail}", claim=self.claim, detail=detail)


def open_brief(params: Any, name: str) -> Brief:
    """Brief `name` while its notebook runs, from the parameters of rule `execute_brief`."""
    place = list(params.briefs).index(name) + 1
    return Brief(Released(Path(params.released)), params.about, params.rules, place, len(params.briefs))


def noun(row: Row, column: str, nouns: Mapping[str, str]) -> Piece:
    """The noun for a label that begins with one of `nouns`, or the label itself, traced to its cell."""
    text = row.label(column)
    return next((word for begin, word in nouns.items() if text.startswith(begin)), label(row[column]))


def _unit(row: Row) -> str:
    """The unit of a model figure: the row's own, where outcomes of several units stand in one table."""
    return row.label("unit") if "unit" in row else row["estimate"].column.unit


def verdict(row: Row) -> tuple[str, str]:
    """Certainty of a row and, where it is significant, its direction: rows with one verdict share a claim."""
    sure = certainty(row["p_value"])
    return sure, direction(row["estimate"]) if sure == "significant" else ""


def difference_findings(released: Released) -> list[Finding]:
    """Findings on online against teacher-directed classes: courses with one verdict share a claim."""
    every = released.table("differences").rows
    # The row over all courses stands in the table; the claims are made course by course.
    rows = [row for row in every if row.label("course") != ALL_COURSES] or every
    return [_differences(list(group)) for _, group in groupby(rows, key=_contrast_and_verdict)]


def _contrast_and_verdict(row: Row) -> tuple[str, tuple[str, str]]:
    return row.label("contrast"), verdict(row)


def _differences(rows: list[Row]) -> Finding:
    outcome = noun(rows[0], "outcome", OUTCOME_NOUNS)
    courses = [compose("{course}", course=_where(row)) for row in rows]
    claim = difference_claim(rows[0], outcome, listed(courses))
    sentences = [difference_sentence(row, outcome, _where(row), _unit(row)) for row in rows]
    details = [_detail(row, len(rows) > 1) for row in rows]
    return Finding(claim, sentences, rows, join(details))


def _detail(row: Row, name_course: bool) -> Sentence:
    detail = difference_detail(row, _unit(row))
    return compose("{where}: {detail}", where=_where(row), detail=detail) if name_course else detail


def _where(row: Row) -> Piece:
    """The course of a contrast as it stands in a sentence."""
    return "all courses together" if row.label("course") == ALL_COURSES else label(row["course"])


def association_findings(released: Released, term: str) -> list[Finding]:
    """Findings on the model rows whose term begins with `term`: outcomes with one verdict share a claim."""
    return findings_on(released.table("associations").rows, term)


def findings_on(rows: Sequence[Row], term: str) -> list[Finding]:
    """The same for the rows of any table of models."""
    ordered = sorted((row for row in rows if row.label("term").startswith(term)), key=verdict)
    return [_associations(list(group)) for _, group in groupby(ordered, key=verdict)]


def _associations(rows: list[Row]) -> Finding:
    cause = noun(rows[0], "term", TERM_NOUNS)
    first = {row.label("outcome"): row for row in reversed(rows)}
    outcomes = [compose("{noun}", noun=noun(row, "outcome", OUTCOME_NOUNS)) for row in reversed(first.values())]
    claim = association_claim(rows[0], cause, listed(outcomes))
    return Finding(claim, [_association(row, rows[0], first[row.label("outcome")]) for row in rows], rows)


def _association(row: Row, opening: Row, first: Row) -> Sentence:
    """The sentence on a model row: short after the `opening` one, with its model after the `first` on its outcome."""
    cause, outcome = noun(row, "term", TERM_NOUNS), noun(row, "outcome", OUTCOME_NOUNS)
    if row is opening or certainty(row["p_value"]) != "significant" or row.label("term") != opening.label("term"):
        return association_sentence(row, cause, outcome, step(row["term"]), _unit(row))
    if row is first:
        return association_again(row, compose("The {outcome}", outcome=outcome), _unit(row))
    return association_again(row, compose("In the model “{title}”, it", title=label(row["title"])), _unit(row))


def further_findings(released: Released, grades: bool = False) -> list[Finding]:
    """Findings on all other terms: those on grade levels, or those on anything else; what is significant first."""
    told = (IDLE, ABSENCE, HOURS)
    rows = [row for row in released.table("associations").rows if not row.label("term").startswith(told)]
    chosen = [row for row in rows if row.label("term").startswith(GRADE) == grades]
    terms = list(dict.fromkeys(row.label("term") for row in chosen))
    ordered = sorted(chosen, key=lambda row: (verdict(row), terms.index(row.label("term"))))
    groups = groupby(ordered, key=lambda row: (verdict(row), row.label("term")))
    return [_further(list(group)) for _, group in groups]


def _further(rows: list[Row]) -> Finding:
    nouns = {row.label("outcome"): noun(row, "outcome", OUTCOME_NOUNS) for row in rows}
    outcomes = listed([compose("{noun}", noun=one) for one in nouns.values()])
    if is_level(rows[0].label("term")):
        sentences = [level_sentence(row, nouns[row.label("outcome")], _unit(row)) for row in rows]
        return Finding(level_claim(rows[0], outcomes), sentences, rows)
    cause = quantity(rows[0]["term"])
    sentences = [
        association_sentence(row, cause, nouns[row.label("outcome")], step(row["term"]), _unit(row)) for row in rows
    ]
    return Finding(quantity_claim(rows[0], outcomes), sentences, rows)


def reason_findings(released: Released) -> list[Finding]:
    """The finding on why students enrolled, with the mean grade by reason."""
    rows = released.table("enrollment_reasons").rows
    if len(rows) < 2:
        return []
    sentences = [mean_sentence(row["grade_mean"], label(row["reason"]), "final grade") for row in rows]
    largest = max(range(len(rows)), key=lambda place: _found(rows[place]["students"]))
    hidden = [place for place, row in enumerate(rows) if row["grade_mean"].suppressed]
    detail = join(sentences[place] for place in dict.fromkeys([largest, *hidden]))
    return [Finding(compose("Students enrolled for different reasons"), sentences, rows, detail)]


def quality_findings(released: Released) -> list[Finding]:
    """The finding on faults in the records, the largest first."""
    rows = [row for row in released.table("data_quality").rows if is_fault(row)]
    if not rows:
        return []
    largest = sorted(rows, key=lambda row: -_found(row["count"]))[:QUALITY_SENTENCES]
    sentences = [compose("In {found}: {what}.", found=_of_all(row), what=label(row["what"])) for row in largest]
    return [Finding(compose("Some of the records have faults"), sentences, rows)]


def is_fault(row: Row) -> bool:
    """Whether a row of `data_quality` counts a fault, and enough of them to be shown."""
    return row.label("check") not in LEDGER and _found(row["count"]) > 0


def _of_all(row: Row) -> Sentence:
    """How many of how many: "580 of 580 students"."""
    words: dict[str, Cell] = {name: row[name] for name in ("count", "checked", "unit")}
    template = "{count} of {checked} {unit}" if row["checked"].shown else "{count} {unit}"
    return compose(template, **words)


def _found(count: Cell) -> int:
    return int(count.text) if count.shown else 0


def outcome_findings(released: Released) -> list[Finding]:
    """Results by course, where there is nothing to compare them with."""
    table = released.table("outcomes_by_mode")
    if not table or released.table("differences"):
        return []
    graded = any(not row["grade_mean"].missing for row in table.rows)
    sentences = [
        mean_sentence(row["grade_mean"], label(row["course"]), "final grade")
        if graded
        else compose("“{course}”: {passed} passed.", course=row["course"], passed=row["passed_percent"])
        for row in table.rows
    ]
    return [Finding(compose("Results course by course"), sentences, table.rows)]


def key_findings(released: Released) -> list[Sentence]:
    """Two to four findings for the box: the comparison first, then what goes with better and worse results."""
    chosen = [
        *difference_findings(released)[:2],
        *(finding for term in (IDLE, HOURS) for finding in association_findings(released, term)[:1]),
        *association_findings(released, ABSENCE)[:1],
        *further_findings(released),
        *reason_findings(released),
        *quality_findings(released),
    ]
    return [finding.key for finding in chosen[:KEY_FINDINGS]]


def show_findings(brief: Brief, findings: Sequence[Finding]) -> bool:
    """Show each finding under its claim; says whether there was one."""
    for finding in findings:
        brief.text(*finding.sentences, heading=finding.claim)
    return bool(findings)


def show_claims(brief: Brief, heading: str, findings: Sequence[Finding]) -> None:
    """Show what each finding claims as one paragraph, for findings whose figures a picture shows."""
    if findings:
        brief.text(*(compose("{claim}.", claim=finding.claim) for finding in findings), heading=compose(heading))


def show_protection(brief: Brief) -> None:
    """Show how the released figures protect students."""
    brief.protection()
