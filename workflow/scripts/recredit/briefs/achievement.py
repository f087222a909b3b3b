"""The findings of the brief on online courses and achievement, and what their intervals exclude."""

from collections.abc import Mapping, Sequence

from recredit.briefs.blocks import Joined, Shown
from recredit.briefs.numbers import Phrase, Sentence, compose, printed
from recredit.briefs.overview import INTERVAL, Finding, noun
from recredit.briefs.released import SUPPRESSED, Released, Row
from recredit.briefs.wording import amount, association_claim, association_sentence, interval, step, unit_words

NOUNS: Mapping[str, str] = {
    "Math score": "math score",
    "Reading score": "reading score",
    "Credits earned": "share of credits earned in the regular schedule",
    "Grade point average": "grade point average",
    "Graduated on time": "rate of graduating on time",
}
CAUSE = "credit taken online"
# The form that answers the question, and the one it is set against; graduation is known once a student.
MAIN, NAIVE, SCHOOL = "student_and_year", "naive", "school"
COLUMNS: Sequence[Shown] = ("outcome", "title", Joined("Estimate", ("estimate", "unit")), INTERVAL, "p_value")
EVENT_COLUMNS: Sequence[Shown] = (
    "outcome",
    "years_since_start",
    Joined("Estimate", ("estimate", "unit")),
    INTERVAL,
    "p_value",
)
GRADUATION = "Graduated on time"


def rows_of(released: Released, model: str) -> list[Row]:
    """The rows of one form of the model."""
    return [row for row in released.table("achievement").rows if row.label("model") == model]


def achievement_findings(released: Released) -> list[Finding]:
    """One finding per outcome: each student beside her or his own other years, then the naive comparison."""
    naive = {row.label("outcome"): row for row in rows_of(released, NAIVE)}
    main = rows_of(released, MAIN)
    main += [row for row in rows_of(released, SCHOOL) if row.label("outcome") == GRADUATION]
    return [_finding(row, naive.get(row.label("outcome"))) for row in main]


def _finding(row: Row, naive: Row | None) -> Finding:
    outcome, unit = noun(row, "outcome", NOUNS), row.label("unit")
    first = association_sentence(row, CAUSE, outcome, step(row["term"]), unit)
    sentences = [first, excluded(row)]
    if naive is not None and naive.label("model") != row.label("model"):
        beside = association_sentence(naive, CAUSE, outcome, step(naive["term"]), unit)
        opening = compose("If we only set students with online courses beside all others, we would have said this.")
        sentences += [opening, beside]
    return Finding(association_claim(row, CAUSE, outcome), sentences, [row], _detail(row))


def _detail(row: Row) -> Sentence:
    """The figures of a row without its claim, for the box of key findings."""
    if not row["estimate"].shown:
        return excluded(row)
    words: dict[str, Phrase] = {
        "step": step(row["term"]),
        "estimate": printed(row["estimate"]),
        "unit": unit_words(row.label("unit"), row["unit"]),
        "interval": interval(row["ci_low"], row["ci_high"]),
        "p": printed(row["p_value"]),
        "excluded": excluded(row),
    }
    return compose("For each {step}: {estimate} {unit} (interval {interval}; p\u00a0{p}). {excluded}", **words)


def excluded(row: Row) -> Sentence:
    """Which positive associations the interval excludes."""
    high = row["ci_high"]
    if not high.shown:
        return compose(f"Which rises this excludes is {SUPPRESSED}.")
    if float(high.text) <= 0:
        return compose("The interval excludes any rise.")
    return compose("The interval excludes a rise of more than {size}.", size=amount(high, row.label("unit")))


def key_findings(released: Released) -> list[Sentence]:
    """The findings for the box."""
    return [finding.key for finding in achievement_findings(released)[:4]]
