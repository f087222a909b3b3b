"""The findings on associations over the whole log: everybody, range by range, year by year, and after two weeks."""

from collections.abc import Sequence
from itertools import groupby

from recredit.briefs.numbers import Printed, Sentence, compose, join
from recredit.briefs.overview import IDLE, OUTCOME_NOUNS, Finding, findings_on, noun, verdict
from recredit.briefs.released import SUPPRESSED, Released, Row
from recredit.briefs.terms import after_colon, is_level, level_claim, level_sentence
from recredit.briefs.wording import (
    amount,
    association_claim,
    association_sentence,
    direction,
    interval,
    listed,
    row_certainty,
    seen_in_data,
    step,
)

TABLE = "associations_district"
# What the brief shows of the figures drawn from the table; the others are linked from the index page.
FIGURES = ("associations_district_by_range", "associations_district_by_course")
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
    spans: dict[tuple[tuple[str, str], tuple[str, ...]], list[list[Row]]] = {}
    outcomes = list(dict.fromkeys(row.label("outcome") for row in rows))
    ordered = sorted(rows, key=lambda row: (outcomes.index(row.label("outcome")), verdict(row)))
    for _, group in groupby(ordered, key=lambda row: (row.label("outcome"), verdict(row))):
        own = list(group)
        spans.setdefault((verdict(own[0]), tuple(row.label("group") for row in own)), []).append(own)
    return [_years(alike) for alike in spans.values()]


def _years(outcomes: Sequence[Sequence[Row]]) -> Finding:
    """Outcomes with one verdict in the same school years: a sentence for each, with all its years."""
    first = outcomes[0]
    nouns = listed([compose("{noun}", noun=noun(rows[0], "outcome", OUTCOME_NOUNS)) for rows in outcomes])
    years = listed([compose("{year}", year=_year(row)) for row in first])
    claim = compose("{claim} in {years}", claim=association_claim(first[0], "idle time", nouns), years=years)
    return Finding(claim, [*map(_of_years, outcomes)], [row for rows in outcomes for row in rows])


def _year(row: Row) -> Printed:
    """The school year of a row: "2018" for "School year: 2018"."""
    return Printed(row["group"], after_colon(row["group"].text))


def _of_years(rows: Sequence[Row]) -> Sentence:
    """The first year in full, then the figures of the others."""
    words = noun(rows[0], "outcome", OUTCOME_NOUNS), step(rows[0]["term"]), rows[0].label("unit")
    first = association_sentence(rows[0], "idle time", *words)
    more = [compose("In {year}, it {again}", year=_year(row), again=_again(row)) for row in rows[1:]]
    return join([compose("In {year}: {first}", year=_year(rows[0]), first=first), *more])


def _again(row: Row) -> Sentence:
    """The figures of a further school year with the same verdict, after "it"."""
    if row_certainty(row) == "unknown" or not row["estimate"].shown:
        return compose(f"is {SUPPRESSED}.")
    hedge = "" if row_certainty(row) == "significant" else " in our data, which is uncertain"
    return compose(
        f"was {seen_in_data(direction(row['estimate']))}{hedge} (interval {{interval}}).",
        size=amount(row["estimate"], row.label("unit")),
        interval=interval(row["ci_low"], row["ci_high"]),
    )


def findings(released: Released) -> list[Finding]:
    """All findings over the whole log, in the order of the brief."""
    return [
        *everybody_findings(released),
        *range_findings(released),
        *year_findings(released),
        *early_findings(released),
    ]
