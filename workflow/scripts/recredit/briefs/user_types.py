"""The findings on kinds of user: who they are, how teachers rated them, how they did, and idle time inside a kind."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from recredit.briefs.describing import apart, extremes, least_and_most, with_unit
from recredit.briefs.numbers import Sentence, compose, join, opening, printed
from recredit.briefs.overview import OUTCOME_NOUNS, Finding, noun
from recredit.briefs.released import Released, Row, value_of
from recredit.briefs.wording import (
    amount,
    association_claim,
    association_sentence,
    direction,
    interval,
    label,
    listed,
    row_certainty,
    step,
)

# Ways of estimating outcomes by type (recredit.estimators.type_outcomes): means, and idle time inside a type.
MEANS, INSIDE = "three steps", "one step"
# What the brief shows of the figures on results; idle time inside a kind is told in sentences.
FIGURES = ("types_outcomes_three_steps",)
IDLE = "idle time"
SHARE_OUTSIDE, IDLE_SHARE = "share_outside_school_day_mean", "idle_share_mean"
# A kind of user counts as the least active, or the most, in these measures of the description.
DESCRIBED: Mapping[str, str] = {IDLE_SHARE: "idle time", SHARE_OUTSIDE: "work outside the school day"}


def of_largest_definition(rows: Sequence[Row]) -> list[Row]:
    """The rows under the definition of idle time that most students have: others are in the table, and not mixed in."""
    students: dict[str, int] = {}
    for row in rows:
        count = row["students"]
        known = int(count.text) if count.shown else 0
        students[row.label("idle_definition")] = students.get(row.label("idle_definition"), 0) + known
    largest = max(students, key=lambda name: students[name], default="")
    return [row for row in rows if row.label("idle_definition") == largest]


def of_definition(released: Released) -> Callable[[Row], bool]:
    """Which rows of the table of types the brief shows: those that its sentences speak of. The file holds all."""
    rows = of_largest_definition(released.table("engagement_types").rows)
    shown = {row.label("idle_definition") for row in rows}
    return lambda row: row.label("idle_definition") in shown


def type_findings(released: Released) -> list[Finding]:
    """Who the kinds of user are, and which of them had the least and the most idle time and work outside school."""
    rows = of_largest_definition(released.table("engagement_types").rows)
    if not rows:
        return []
    found = [_kinds(released, rows)]
    for column, what in DESCRIBED.items():
        ends = extremes(rows, column)
        if ends:
            low, high = ends
            sentences = [_of_type(row, column) for row in sorted(rows, key=lambda row: value_of(row[column]))]
            detail = join([_of_type(low, column), _of_type(high, column)])
            found.append(Finding(least_and_most(low, high, "type", what), sentences, rows, detail))
    return found


def _kinds(released: Released, rows: Sequence[Row]) -> Finding:
    chosen = [row for row in released.table("type_selection").rows if row.label("chosen") == "yes"]
    names = listed([compose("{type}", type=printed(row["type"])) for row in rows])
    if len(chosen) == 1:
        kinds = printed(chosen[0]["types"])
        claim = compose("Students used the platform in {kinds} ways", kinds=kinds)
        verdict = printed(chosen[0]["verdict"])
        sure = compose("With {kinds} kinds, our checks call them “{verdict}”.", kinds=kinds, verdict=verdict)
    else:
        claim, sure = compose("Students used the platform in different ways"), compose("")
    sentence = compose("We named the kinds {names}.", names=names)
    definition = compose(
        "The figures here are for courses with idle time defined as “{what}”.", what=printed(rows[0]["idle_definition"])
    )
    return Finding(claim, [sentence, sure, *map(_portrait, rows), definition], rows, sentence)


def _portrait(row: Row) -> Sentence:
    """What a kind of user did on average."""
    count = compose(" ({students} students)", students=row["students"]) if row["students"].shown else compose("")
    return compose(
        "{type}{count}: {sessions} to a course, {activities}.",
        type=opening(row["type"]),
        count=count,
        sessions=with_unit(row["sessions_mean"]),
        activities=with_unit(row["activities_per_day_mean"]),
    )


def _of_type(row: Row, column: str) -> Sentence:
    of = "of the time" if column == IDLE_SHARE else "of the log-ins"
    return compose(f"{{type}}: {{value}} {of}.", type=opening(row["type"]), value=with_unit(row[column]))


def rating_findings(released: Released) -> list[Finding]:
    """Which kind teachers rated lowest and highest, item by item."""
    rows = released.table("type_ratings").rows
    found = []
    for _, group in groupby(rows, key=lambda row: row.label("item")):
        own = list(group)
        ends = extremes(own, "rating_mean")
        if ends:
            claim = compose(
                "Teachers rated the {item} of {low} lowest, of {high} highest",
                item=label(own[0]["item"]), low=printed(ends[0]["type"]), high=printed(ends[1]["type"]),
            )  # fmt: skip
            found.append(Finding(claim, [_rated(row) for row in own], own))
    return found


def _rated(row: Row) -> Sentence:
    return compose("{type}: {value}.", type=opening(row["type"]), value=with_unit(row["rating_mean"]))


def _rows(released: Released, method: str) -> list[Row]:
    return [row for row in released.table("types_outcomes").rows if row.label("method").startswith(method)]


def idle_findings(released: Released) -> list[Finding]:
    """Idle time beside results inside each kind of user: outcomes where all kinds agree share a claim."""
    found = []
    for _, group in groupby(_rows(released, INSIDE), key=lambda row: row.label("outcome")):
        rows = sorted(group, key=_verdict)
        same = [list(part) for _, part in groupby(rows, key=_verdict)]
        found += [_idle(part, len(same) == 1) for part in same]
    return found


def _verdict(row: Row) -> tuple[str, str]:
    sure = row_certainty(row)
    return sure, direction(row["estimate"]) if sure == "significant" else ""


def _idle(rows: list[Row], every: bool) -> Finding:
    outcome = noun(rows[0], "outcome", OUTCOME_NOUNS)
    kinds = listed([compose("{type}", type=printed(row["type"])) for row in rows])
    among = compose(" in each kind of user") if every else compose(", among {kinds}", kinds=kinds)
    claim = compose("{claim}{among}", claim=association_claim(rows[0], IDLE, outcome), among=among)
    unit = _points(rows[0])
    first = association_sentence(rows[0], IDLE, outcome, step(rows[0]["method"]), unit)
    whole = compose("{type}: {sentence}", type=opening(rows[0]["type"]), sentence=first)
    return Finding(claim, [whole, *map(_again, rows[1:])], rows, whole)


def _points(row: Row) -> str:
    """The unit of a difference: percentages differ by percentage points."""
    return "percentage points" if row.label("unit") == "percent" else row.label("unit")


def _again(row: Row) -> Sentence:
    """The figures of a further kind of user with the same verdict."""
    if row_certainty(row) == "unknown" or not row["estimate"].shown:
        return compose("{type}: {value}.", type=opening(row["type"]), value=printed(row["estimate"]))
    sign = direction(row["estimate"])
    size = "no difference in our data" if sign == "equal" else f"{{size}} {sign}"
    hedge = "" if row_certainty(row) == "significant" else " in our data, which is uncertain"
    return compose(
        f"{{type}}: {size}{hedge} (interval {{interval}}).",
        type=opening(row["type"]),
        size=amount(row["estimate"], _points(row)),
        interval=interval(row["ci_low"], row["ci_high"]),
    )


def outcome_findings(released: Released) -> list[Finding]:
    """Results by kind of user: who did best and worst, where their intervals leave no doubt."""
    found = []
    for _, group in groupby(_rows(released, MEANS), key=lambda row: row.label("outcome")):
        rows = list(group)
        found.append(Finding(_best_claim(rows), [_mean(row) for row in rows], rows))
    return found


def _best_claim(rows: list[Row]) -> Sentence:
    outcome = noun(rows[0], "outcome", OUTCOME_NOUNS)
    ends = extremes(rows, "estimate")
    if ends is None or apart(*ends) != "higher":
        return compose("We cannot tell which kind of user had the highest {outcome}", outcome=outcome)
    low, high = printed(ends[0]["type"]), opening(ends[1]["type"])
    return compose("{high} had a higher {outcome} than {low}", outcome=outcome, low=low, high=high)


def _mean(row: Row) -> Sentence:
    if not row["estimate"].shown:
        return compose("{type}: {value}.", type=opening(row["type"]), value=printed(row["estimate"]))
    return compose(
        "{type}: {value} (interval {interval}).",
        type=opening(row["type"]),
        value=amount(row["estimate"], row.label("unit")),
        interval=interval(row["ci_low"], row["ci_high"]),
    )
