"""The findings on associations over the whole log: everybody, range by range, year by year, and after two weeks."""

from collections.abc import Sequence
from itertools import groupby

from recredit.briefs.numbers import Sentence, compose, printed
from recredit.briefs.overview import IDLE, OUTCOME_NOUNS, Finding, findings_on, noun, verdict
from recredit.briefs.released import Released, Row
from recredit.briefs.terms import is_level, level_claim, level_sentence
from recredit.briefs.wording import association_claim, association_sentence, listed, step

TABLE = "associations_district"
ALL, YEAR, LINEAR, RANGES, LANDMARK = "All", "School year: ", "linear", "ranges", "landmark"


def _rows(released: Released) -> list[Row]:
    """The rows under the definition of idle time that most enrollments have: definitions are never mixed."""
    rows = released.table(TABLE).rows
    counted = [(int(row["enrollments"].text), row.label("idle_definition")) for row in rows if row["enrollments"].shown]
    largest = max(counted, key=lambda one: one[0])[1] if counted else ""
    return [row for row in rows if row.label("idle_definition") == largest]


def everybody_findings(released: Released) -> list[Finding]:
    """Idle time beside results of everybody in the log."""
    rows = [row for row in _rows(released) if row.label("group") == ALL and row.label("form") == LINEAR]
    return findings_on(rows, IDLE)


def early_findings(released: Released) -> list[Finding]:
    """Idle time of the first two weeks beside what came later."""
    return findings_on([row for row in _rows(released) if LANDMARK in row.label("form")], IDLE)


def range_findings(released: Released) -> list[Finding]:
    """The highest range of idle time against the lowest, outcome by outcome."""
    rows = [row for row in _rows(released) if RANGES in row.label("form") and is_level(row.label("term"))]
    found = []
    for _, group in groupby(rows, key=lambda row: row.label("outcome")):
        own = [row for row in group if row.label("term").startswith(IDLE)]
        if own:
            outcome = noun(own[-1], "outcome", OUTCOME_NOUNS)
            sentence = level_sentence(own[-1], outcome, own[-1].label("unit"))
            found.append(Finding(level_claim(own[-1], outcome), [sentence], own[-1:]))
    return found


def year_findings(released: Released) -> list[Finding]:
    """Idle time beside results school year by school year, each under its own definition of idle time."""
    rows = [
        row
        for row in released.table(TABLE).rows
        if row.label("group").startswith(YEAR) and row.label("form") == LINEAR and row.label("term").startswith(IDLE)
    ]
    ordered = sorted(rows, key=lambda row: (row.label("outcome"), verdict(row)))
    groups = groupby(ordered, key=lambda row: (row.label("outcome"), verdict(row)))
    return [_years(list(group)) for _, group in groups]


def _years(rows: Sequence[Row]) -> Finding:
    outcome, cause = noun(rows[0], "outcome", OUTCOME_NOUNS), "idle time"
    years = listed([compose("“{group}”", group=printed(row["group"])) for row in rows])
    claim = compose("{claim} in {years}", claim=association_claim(rows[0], cause, outcome), years=years)
    return Finding(claim, [_of_year(row, cause) for row in rows], rows)


def _of_year(row: Row, cause: str) -> Sentence:
    outcome = noun(row, "outcome", OUTCOME_NOUNS)
    sentence = association_sentence(row, cause, outcome, step(row["term"]), row.label("unit"))
    return compose("“{group}”: {sentence}", group=printed(row["group"]), sentence=sentence)


def findings(released: Released) -> list[Finding]:
    """All findings over the whole log, in the order of the brief."""
    return [
        *everybody_findings(released),
        *range_findings(released),
        *year_findings(released),
        *early_findings(released),
    ]
