"""Terms of a model in words: levels set against each other, and numbers of which a student has more or fewer.

The rules of `recredit.briefs.wording` hold here, too: direction and certainty are read from the released row.
"""

import re

from recredit.briefs.numbers import Phrase, Printed, Sentence, compose, printed
from recredit.briefs.released import SUPPRESSED, Cell, Row
from recredit.briefs.wording import Words, amount, direction, interval, label, row_certainty, seen_in_data

_LEVEL = re.compile(r"(.+) \(against (.+)\)")
_PER = re.compile(r"(.+) \(per .+\)")
# Nouns of which one says "a higher ...", not "more ...".
_MEASURES = ("share", "rate", "score", "age", "percent", "grade", "pace", "regularity")


def is_level(term: str) -> bool:
    """Whether the term sets a level against another: "Grade 10 (against 9)"."""
    return _LEVEL.fullmatch(term) is not None


def term_texts(term: str) -> list[str]:
    """The texts that a term may be printed as, beside its step: its levels, or what there is more of."""
    levels = _LEVEL.fullmatch(term)
    return list(levels.groups()) if levels else [_quantity(term)]


def after_colon(group: str) -> str:
    """What a group is called without its kind: "2018" for "School year: 2018"."""
    return group.partition(": ")[2] or group


def _quantity(term: str) -> str:
    found = _PER.fullmatch(term)
    text = found.group(1) if found else term
    return text[:1].lower() + text[1:]


def quantity(term: Cell) -> Printed:
    """What a term counts or measures, as a noun: "days in the platform"."""
    return Printed(term, _quantity(term.text))


def more_of(term: Cell) -> Sentence:
    """What goes with an outcome, up to the verb: "More days in the platform are", "A higher absence rate is"."""
    text = _quantity(term.text)
    if text.split(" ")[0].endswith("s") or re.search(r"s (?:at|in|of|a|an)\b", text):
        template = "More {what} are"
    else:
        template = "A higher {what} is" if any(word in text.split(" ") for word in _MEASURES) else "More {what} is"
    return compose(template, what=quantity(term))


def quantity_claim(row: Row, outcome: Phrase) -> Sentence:
    """The heading over a row on a quantity: "More days in the platform are associated with a higher pass rate"."""
    sign, sure = direction(row["estimate"]), row_certainty(row)
    words: Words = {"outcome": outcome, "what": quantity(row["term"])}
    if "unknown" in (sign, sure):
        return compose(f"How {{what}} and the {{outcome}} go together is {SUPPRESSED}", **words)
    if sure == "uncertain" or sign == "equal":
        return compose("The link between {what} and the {outcome} is uncertain", **words)
    template = f"{{more}} associated with a {sign} {{outcome}}"
    return compose(template, more=more_of(row["term"]), outcome=outcome)


def level_claim(row: Row, outcome: Phrase) -> Sentence:
    """The heading over a row that sets a level against another."""
    sign, sure = direction(row["estimate"]), row_certainty(row)
    words = {"outcome": outcome, **_levels(row)}
    if "unknown" in (sign, sure):
        return compose(f"How “{{level}}” and “{{base}}” differ in the {{outcome}} is {SUPPRESSED}", **words)
    if sure == "uncertain" or sign == "equal":
        return compose("Whether “{level}” and “{base}” differ in the {outcome} is uncertain", **words)
    return compose(f"“{{level}}” is associated with a {sign} {{outcome}} than “{{base}}”", **words)


def level_sentence(row: Row, outcome: Phrase, unit: str) -> Sentence:
    """One sentence on a row that sets a level against another, with its size, interval and p, and its model."""
    sign, sure = direction(row["estimate"]), row_certainty(row)
    words = {
        "title": label(row["title"]),
        "outcome": outcome,
        "size": amount(row["estimate"], unit),
        "interval": interval(row["ci_low"], row["ci_high"]),
        "p": printed(row["p_value"]),
        **_levels(row),
    }
    if "unknown" in (sign, sure):
        return compose(f"In “{{title}}”, the difference is {SUPPRESSED}.", **words)
    if sure == "uncertain" or sign == "equal":
        return compose(
            f"In “{{title}}”, the {{outcome}} was {seen_in_data(sign)} in our data. But anything {{interval}} would "
            "fit what we saw, so this is uncertain (p\u00a0{p}).",
            **words,
        )
    return compose(
        f"In “{{title}}”, the {{outcome}} was {{size}} {sign} (interval {{interval}}; p\u00a0{{p}}).",
        **words,
    )


def _levels(row: Row) -> Words:
    level, base = term_texts(row["term"].text)
    return {"level": Printed(row["term"], level), "base": Printed(row["term"], base)}
