"""What a reader learns from the text of a cell: the intervals that rounding and tail codes leave."""

import math
import re
from dataclasses import dataclass

from recredit.disclosure.rounding import BINS_BELOW, PERCENT_TAILS
from recredit.disclosure.rules import DisclosureRules
from recredit.errors import DisclosureError

NUMBER = re.compile(r"(\d+)(?:\.(\d+))?")
BIN = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`, both included."""

    low: float
    high: float

    def meet(self, other: "Interval") -> "Interval":
        """What lies in both."""
        return Interval(max(self.low, other.low), min(self.high, other.high))


ANYTHING = Interval(-math.inf, math.inf)


@dataclass(frozen=True)
class PercentKnowledge:
    """What a shown percentage says.

    Attributes
    ----------
    share : interval of numerator / denominator, 0 to 1.
    students : interval of the denominator: the tail codes and bins depend on it.
    """

    share: Interval
    students: Interval


def count_interval(text: str, rules: DisclosureRules, *, exact: bool = False) -> Interval:
    """The numbers of students that `text` stands for, ends included.

    A count is a whole number, shown to the nearest multiple of the base with ties upwards and never below the minimum
    group, so "10" stands for 10 to 14 and "50" for 45 to 54.

    Raises
    ------
    DisclosureError for text that is no count; the text is not repeated.
    """
    if not re.fullmatch(r"\d+", text):
        raise DisclosureError("A count is neither a whole number nor the mark.")
    shown, half = int(text), rules.round_counts_to // 2
    if exact:
        return Interval(shown, shown)
    return Interval(max(shown - half, rules.minimum_group, half), shown + half - 1)


def sum_interval(text: str, step: float) -> Interval:
    """The sums that `text` stands for, rounded to multiples of `step`: the attacker is given the step, too."""
    return Interval(max(float(text) - step / 2, 0.0), float(text) + step / 2)


def percent_knowledge(text: str) -> PercentKnowledge:
    """What a shown percentage says of its numerator and denominator.

    Understands whole percentages, tail codes ("≤5") and bins ("60-69") by the number of students, and percentages
    with decimals, which only cells of the declared list have; those say nothing of the denominator.

    Raises
    ------
    DisclosureError for text that is none of these; the text is not repeated.
    """
    if text[:1] in "≤≥" and text[1:].isdigit():
        return _tail_knowledge(text[0], int(text[1:]))
    if limits := BIN.fullmatch(text):
        low, high = int(limits[1]), int(limits[2])
        return PercentKnowledge(_share(low - 0.5, high + 0.5), Interval(PERCENT_TAILS[-1][0], BINS_BELOW - 1))
    if number := NUMBER.fullmatch(text):
        half = 0.5 * 10.0 ** -len(number[2] or "")
        students = ANYTHING if number[2] else _whole_percent_students(int(text))
        return PercentKnowledge(_share(float(text) - half, float(text) + half), students)
    raise DisclosureError("A percentage is neither a number, a tail code, a bin nor the mark.")


def _share(low_percent: float, high_percent: float) -> Interval:
    return Interval(max(low_percent, 0.0) / 100, min(high_percent, 100.0) / 100)


def _students_by_tail() -> list[tuple[int, int, Interval]]:
    """(lowest percentage, highest percentage, numbers of students) of each line of the rule."""
    lines, most = [], math.inf
    for least, low, high in PERCENT_TAILS:
        lines.append((low, high, Interval(least, most)))
        most = least - 1
    return lines


def _tail_knowledge(sign: str, limit: int) -> PercentKnowledge:
    for low, high, students in _students_by_tail():
        if sign == "≤" and limit == low:
            return PercentKnowledge(_share(0, low + 0.5), students)
        if sign == "≥" and limit == high:
            return PercentKnowledge(_share(high - 0.5, 100), students)
    raise DisclosureError("A percentage has a tail code that the rules do not know.")


def _whole_percent_students(percent: int) -> Interval:
    """The numbers of students for which a whole percentage is shown as such: one outside the tails, and no bin."""
    allowed = [
        students for low, high, students in _students_by_tail() if low < percent < high and students.low >= BINS_BELOW
    ]
    if not allowed:
        raise DisclosureError("A whole percentage lies where the rules show a tail code.")
    return Interval(min(students.low for students in allowed), max(students.high for students in allowed))
