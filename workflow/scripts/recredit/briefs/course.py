"""The findings of the briefs on one course: what the comparison found, how it is judged, and for whom."""

from collections.abc import Callable, Mapping, Sequence

from recredit.briefs.blocks import Joined, Shown
from recredit.briefs.numbers import Phrase, Sentence, compose
from recredit.briefs.overview import INTERVAL, OUTCOME_NOUNS, Finding, noun
from recredit.briefs.released import Released, Row
from recredit.briefs.wording import difference_claim, difference_detail, difference_sentence, label

# Outcomes of the comparison that the first brief does not have.
NOUNS: Mapping[str, str] = {**OUTCOME_NOUNS, "Emotional engagement": "score for emotional engagement"}
IMPACT_COLUMNS: Sequence[Shown] = (
    "title",
    Joined("Students, online", ("n_online",)),
    Joined("Students, teacher-directed", ("n_comparison",)),
    Joined("Online", ("percent_online", "mean_online")),
    Joined("Teacher-directed", ("percent_comparison", "mean_comparison")),
    Joined("Difference", ("estimate",)),
    INTERVAL,
    "p_value",
    "significant_after_correction",
)
JUDGED_COLUMNS: Sequence[Shown] = (
    "title",
    "status",
    "effect_size",
    "improvement_index",
    Joined("Smallest difference it could find", ("minimum_detectable", "unit")),
    "rating",
    "evidence_tier",
)
COHORT_COLUMNS: Sequence[Shown] = (
    "title",
    "cohort",
    Joined("Difference", ("estimate", "unit")),
    INTERVAL,
    "p_value",
    "significant_after_correction",
)
SITE_COLUMNS: Sequence[Shown] = (
    "title",
    Joined("Schools", ("sites",)),
    Joined("Spread between schools", ("tau", "unit")),
    Joined("Interval of the spread", ("tau_low", "tau_high"), " to "),
    Joined("Another school", ("prediction_low", "prediction_high"), " to "),
)
P_COLUMNS: Sequence[Shown] = ("title", "governing_p", "p_value", "p_value_wild", "p_value_permutation")
OPINION_COLUMNS: Sequence[Shown] = ("opinion", Joined("Difference", ("estimate", "unit")), INTERVAL, "p_value")
ATTRITION_COLUMNS: Sequence[Shown] = (
    "title",
    Joined("Analysed, online", ("n_online",)),
    Joined("Analysed, teacher-directed", ("n_comparison",)),
    "overall",
    "lost_online",
    "lost_comparison",
    "differential",
    "boundary_percent",
    "verdict",
)
BALANCE_COLUMNS: Sequence[Shown] = ("title", "characteristic", "effect_size", "adjusted", "equivalence")
GROUP_COLUMNS: Sequence[Shown] = ("title", "group", Joined("Difference", ("estimate", "unit")), INTERVAL, "p_value")
# The box of key findings holds no more than this.
KEY_FINDINGS = 4


def of_course(row: Row, course: str) -> bool:
    """Whether a row is about the course."""
    return row.label("course") == course


def impact_rows(released: Released, course: str) -> list[Row]:
    """The contrasts of a course: those declared before first."""
    rows = [row for row in released.table("impacts").rows if of_course(row, course)]
    return sorted(rows, key=lambda row: (row.label("kind") != "effect", row.label("status") != "confirmatory"))


def of_first_contrast(released: Released, course: str) -> Callable[[Row], bool]:
    """Which rows are about the contrast that the brief tells first; the others stand in the file."""
    contrasts = [row.label("contrast") for row in impact_rows(released, course)]
    return lambda row: of_course(row, course) and row.label("contrast") in contrasts[:1]


def course_findings(released: Released, course: str) -> list[Finding]:
    """One finding per contrast of the course."""
    return [_finding(row) for row in impact_rows(released, course)]


def _finding(row: Row) -> Finding:
    outcome, where, unit = noun(row, "outcome", NOUNS), label(row["course"]), row.label("unit")
    sentences = [difference_sentence(row, outcome, where, unit), _standing(row)]
    return Finding(difference_claim(row, outcome, where), sentences, [row], difference_detail(row, unit))


def _standing(row: Row) -> Sentence:
    """How the finding was declared and rated, with the reason."""
    words: dict[str, Phrase] = {name: label(row[name]) for name in ("status", "rating", "rating_reason")}
    return compose("We declared it as {status}. Rating: {rating}, because {rating_reason}.", **words)


def key_findings(released: Released, course: str) -> list[Sentence]:
    """The findings for the box: effects before associations, declared ones before others."""
    return [finding.key for finding in course_findings(released, course)[:KEY_FINDINGS]]
