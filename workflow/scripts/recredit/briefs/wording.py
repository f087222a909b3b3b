"""Sign, size and certainty of a released row, turned into words by fixed rules.

A randomised contrast has an "effect"; everything else is "associated with"; what is not significant is "uncertain",
never "no effect"; what is suppressed is "not shown, to protect students". The rules follow the What Works
Clearinghouse's language and read nothing but the released text, so that a reader of the tables comes to the same words.
"""

import re
from typing import Literal

from recredit.briefs import averages
from recredit.briefs.numbers import Declared, Phrase, Piece, Printed, Sentence, compose, join, magnitude, printed
from recredit.briefs.released import SUPPRESSED, Cell, Row, value_of

Direction = Literal["higher", "lower", "equal", "unknown"]
Certainty = Literal["significant", "uncertain", "unknown"]

SIGNIFICANCE_LEVEL = 0.05
_STEP = re.compile(r"(.+) \(per (.+)\)")
_STEP_INSIDE = re.compile(r".*\bdifference per (.+) of (.+) inside .+")
Words = dict[str, Phrase]


def direction(estimate: Cell) -> Direction:
    """The sign of a released estimate; "equal" where it is shown as zero, "unknown" where it is not shown."""
    if not estimate.shown:
        return "unknown"
    value = value_of(estimate)
    return "higher" if value > 0 else "lower" if value < 0 else "equal"


def certainty(p_value: Cell) -> Certainty:
    """Whether a released p is below .05. A p printed as .05 is not: what was rounded down to it cannot be told."""
    if not p_value.shown:
        return "unknown"
    if p_value.text.startswith(">"):
        return "uncertain"
    if p_value.text.startswith("<"):
        return "significant" if float(p_value.text[1:]) <= SIGNIFICANCE_LEVEL else "uncertain"
    return "significant" if float(p_value.text) < SIGNIFICANCE_LEVEL else "uncertain"


def row_certainty(row: Row) -> Certainty:
    """The certainty of a row: the table's own verdict where it gives one (corrected for the number of findings).

    A table that gives no p is judged by the interval: significant where it leaves out zero.
    """
    if "p_value" not in row:
        return _by_interval(row["ci_low"], row["ci_high"])
    sure = certainty(row["p_value"])
    if sure == "unknown" or "significant_after_correction" not in row:
        return sure
    return "significant" if row.label("significant_after_correction") == "yes" else "uncertain"


def _by_interval(low: Cell, high: Cell) -> Certainty:
    if not (low.shown and high.shown):
        return "unknown"
    return "significant" if float(low.text) > 0 or float(high.text) < 0 else "uncertain"


def is_effect(row: Row) -> bool:
    """Whether the row is a randomised contrast: the only kind that may be called an effect."""
    return "kind" in row and row.label("kind") == "effect"


def amount(cell: Cell, unit: str = "") -> Sentence:
    """A size without its sign, with its unit: "6.2 percentage points"."""
    words = unit or cell.column.unit
    if magnitude(cell).text == "1":
        words = words.replace("points", "point", 1)
    return compose("{size}{unit}", size=magnitude(cell), unit=unit_words(f" {words}" if words else "", cell))


def interval(low: Cell, high: Cell) -> Sentence:
    """The confidence interval in words: "from −9.1 to −3.3"."""
    return compose("from {low} to {high}", low=low, high=high)


def difference_claim(row: Row, outcome: Phrase, where: Phrase) -> Sentence:
    """The heading over a contrast between online and teacher-directed classes: one claim, no number.

    Parameters
    ----------
    row : a released row with columns kind, estimate and p_value.
    outcome : what was measured, as a noun: "pass rate".
    where : the course, as it stands in a sentence: "Algebra 1".
    """
    sign, sure = direction(row["estimate"]), row_certainty(row)
    words: Words = {"outcome": outcome, "where": where}
    if "unknown" in (sign, sure):
        return compose(f"The difference in the {{outcome}} in {{where}} is {SUPPRESSED}", **words)
    if sure == "uncertain" or sign == "equal":
        what = "effect of online classes on" if is_effect(row) else "link between online classes and"
        return compose(f"The {what} the {{outcome}} is uncertain in {{where}}", **words)
    if is_effect(row):
        return compose(f"Online classes {_verb(sign)} the {{outcome}} in {{where}}", **words)
    return compose(f"Online classes were associated with a {sign} {{outcome}} in {{where}}", **words)


def _verb(sign: Direction) -> str:
    return "raised" if sign == "higher" else "lowered"


def difference_sentence(row: Row, outcome: Phrase, where: Phrase, unit: str = "") -> Sentence:
    """One sentence on a contrast, with its size, its interval and its p."""
    sign, sure = direction(row["estimate"]), row_certainty(row)
    words: Words = {
        "outcome": outcome,
        "where": where,
        "size": amount(row["estimate"], unit),
        "interval": interval(row["ci_low"], row["ci_high"]),
        "p": printed(row["p_value"]),
        "arms": averages.against(row, ". It was ", ""),
        "note": averages.note(row),
    }
    if "unknown" in (sign, sure):
        return compose(f"In {{where}}, the difference in the {{outcome}} is {SUPPRESSED}.", **words)
    if sure == "uncertain" or sign == "equal":
        return _uncertain_difference(is_effect(row), sign, words, averages.against(row, ": ", ""))
    if is_effect(row):
        return compose(
            f"In {{where}}, being assigned to an online class {_verb(sign)} the {{outcome}} by {{size}} (interval "
            "{interval}; p\u00a0{p}){arms}.{note}",
            **words,
        )
    return compose(
        f"In {{where}}, taking the class online was associated with a {sign} {{outcome}}, by {{size}} (interval "
        "{interval}; p\u00a0{p}){arms}.{note}",
        **words,
    )


def difference_detail(row: Row, unit: str = "") -> Sentence:
    """The figures of a contrast without its claim, for the box of key findings."""
    sign, sure = direction(row["estimate"]), row_certainty(row)
    if "unknown" in (sign, sure):
        return compose(f"The difference is {SUPPRESSED}.")
    size = "no difference" if sign == "equal" else f"{{size}} {sign} online"
    return compose(
        f"{{arms}}{size} (interval {{interval}}; p\u00a0{{p}}).",
        # The box has no room to say why the averages tell another story, where they do.
        arms=compose("") if averages.tell_another_story(row) else averages.against(row, "", ": "),
        size=amount(row["estimate"], unit),
        interval=interval(row["ci_low"], row["ci_high"]),
        p=printed(row["p_value"]),
    )


def association_again(row: Row, subject: Phrase, unit: str = "") -> Sentence:
    """A further significant row of a model for the same step: "The pass rate was 7.9 percentage points lower ..."."""
    return compose(
        f"{{subject}} was {{size}} {direction(row['estimate'])} (interval {{interval}}; p\u00a0{{p}}).",
        subject=subject,
        size=amount(row["estimate"], unit),
        interval=interval(row["ci_low"], row["ci_high"]),
        p=printed(row["p_value"]),
    )


def _uncertain_difference(effect: bool, sign: Direction, words: Words, arms: Sentence) -> Sentence:
    subject = "the effect of online classes on the" if effect else "the link between online classes and the"
    seen = "no different" if sign == "equal" else f"{{size}} {sign} online"
    words = words | {"arms": arms}
    return compose(
        f"In {{where}}, {subject} {{outcome}} is uncertain. It was {seen} in our data{{arms}}. But a difference "
        "anywhere {interval} would fit what we saw (p\u00a0{p}).{note}",
        **words,
    )


def association_claim(row: Row, cause: Phrase, outcome: Phrase) -> Sentence:
    """The heading over one row of a model: "More idle time goes with a lower final grade"."""
    sign, sure = direction(row["estimate"]), row_certainty(row)
    if "unknown" in (sign, sure):
        return compose(f"How {{cause}} and the {{outcome}} go together is {SUPPRESSED}", cause=cause, outcome=outcome)
    if sure == "uncertain" or sign == "equal":
        return compose("The link between {cause} and the {outcome} is uncertain", cause=cause, outcome=outcome)
    return compose(f"More {{cause}} is associated with a {sign} {{outcome}}", cause=cause, outcome=outcome)


def association_sentence(row: Row, cause: Phrase, outcome: Phrase, step: Phrase, unit: str = "") -> Sentence:
    """One sentence on one row of a model.

    Parameters
    ----------
    cause, outcome : as nouns: "idle time", "final grade".
    step : what one unit more means: "hour more in the platform".
    unit : the outcome's unit; the unit of the estimate's column if empty.
    """
    sign, sure = direction(row["estimate"]), row_certainty(row)
    words: Words = {
        "cause": cause,
        "outcome": outcome,
        "step": step,
        "size": amount(row["estimate"], unit),
        "interval": interval(row["ci_low"], row["ci_high"]),
        "p": _p(row),
    }
    if "unknown" in (sign, sure):
        return compose(f"How {{cause}} and the {{outcome}} go together is {SUPPRESSED}.", **words)
    if sure == "uncertain" or sign == "equal":
        return compose(
            f"For each {{step}}, the {{outcome}} was {seen_in_data(sign)} in our data. But anything {{interval}} would "
            "fit what we saw, so this is uncertain{p}.",
            **(words | {"p": _p(row, " (", ")")}),
        )
    return compose(
        f"For each {{step}}, the {{outcome}} was {{size}} {sign} (interval {{interval}}{{p}}).",
        **words,
    )


def seen_in_data(sign: Direction) -> str:
    """What was seen, as a template of its size: said of uncertain rows, beside the word "uncertain"."""
    return "no different" if sign == "equal" else f"{{size}} {sign}"


def _p(row: Row, before: str = "; ", after: str = "") -> Sentence:
    """The p between two bits of text; empty where the table gives none."""
    return compose(f"{before}p\u00a0{{p}}{after}", p=row["p_value"]) if "p_value" in row else compose("")


def step(term: Cell) -> Printed:
    """What one step of a term means: "10 percentage points more in the idle share", "hour more in the platform"."""
    return Printed(term, step_text(term.text))


def step_text(text: str) -> str:
    """The words of :func:`step` for the label of a term, or of a way of estimating that names a step."""
    inside = _STEP_INSIDE.fullmatch(text)
    if inside:
        return f"{inside.group(1)} more in the {inside.group(2)}"
    found = _STEP.fullmatch(text)
    if not found:
        return f"step more in the {_small(text)}"
    term, size = _small(found.group(1)), found.group(2)
    # A noun that the step has, too, is said once: "Actions a day (per 10 actions a day)", "Active hours (per hour)".
    if size.endswith(term):
        return f"{size} more"
    if term.startswith(f"{size}s "):
        return f"{size} more {term.removeprefix(f'{size}s ')}"
    if term.endswith(f" {size}s"):
        return f"{term.removesuffix('s')} more"
    return f"{size} more in the {term}"


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def mean_sentence(mean: Cell, group: Phrase, outcome: Phrase) -> Sentence:
    """The mean of a group, or the one wording where it is hidden."""
    verb = "was" if mean.shown else "is"
    unit = f" {mean.column.unit}" if mean.column.unit and mean.shown else ""
    template = f"“{{group}}”: the mean {{outcome}} {verb} {{mean}}{{unit}}."
    return compose(template, group=group, outcome=outcome, mean=printed(mean), unit=unit_words(unit, mean))


def unit_words(unit: str, cell: Cell) -> Piece:
    """A unit in a sentence; one that holds a figure ("points of 100") is declared by the table's sidecar."""
    return Declared(unit, f"tables/{cell.table}.json: columns.{cell.column.name}.unit") if unit else ""


def listed(items: list[Sentence]) -> Sentence:
    """A list in a sentence: "a, b and c"."""
    if len(items) <= 1:
        return join(items)
    return join([join(items[:-1], ", "), items[-1]], " and ")


def label(cell: Cell) -> Printed:
    """A label of a table as a traced word (a course's name may hold a figure)."""
    return printed(cell)
