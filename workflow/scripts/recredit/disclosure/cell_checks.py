"""Checks of one shown cell for the certificate, in plain floating point and apart from the code that rounds."""

import math
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.specification import ColumnSpecification

# The exact table has 15 digits; a shown figure may lie half a step from it and this much of a step further.
SLACK = 1e-6
NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Cell:
    """One shown cell.

    Attributes
    ----------
    text : what is shown, neither empty nor the mark.
    value : the exact figure.
    record : the row of the exact table.
    students : students behind the row, or NaN where that is not known.
    exact : whether the cell is declared to be published exactly.
    """

    text: str
    value: float
    column: ColumnSpecification
    record: Mapping[Hashable, Any]
    rules: DisclosureRules
    students: float = float("nan")
    exact: bool = False

    def other(self, role: str) -> float:
        """The figure of the column that plays `role`, or NaN."""
        name = self.column.refers_to.get(role)
        value = None if name is None else self.record[name]
        return float("nan") if value is None else float(value)


def _count(cell: Cell) -> str | None:
    if not re.fullmatch(r"\d+", cell.text):
        return "a count is a whole number"
    shown, base = int(cell.text), cell.rules.round_counts_to
    # 13 of at least 12 are shown as 10.
    if not cell.value >= cell.rules.minimum_group or shown < cell.rules.minimum_group - base / 2:
        return "a count below the minimum group is shown"
    if cell.exact:
        return None if shown == cell.value else "a count that is declared to be exact is not"
    return (
        None if shown % base == 0 and abs(shown - cell.value) <= base / 2 else "a count is not rounded as it should be"
    )


def _units(cell: Cell) -> str | None:
    if not re.fullmatch(r"\d+", cell.text):
        return "a number of units is no whole number"
    if not cell.value >= cell.rules.minimum_units:
        return "a number of schools, teachers or sections below the minimum is shown"
    if cell.students >= 3 * cell.value:
        return None if int(cell.text) == cell.value else "a number of units differs from the exact one"
    # Units of one or two students are as good as students.
    return _count(cell)


def _percent(cell: Cell) -> str | None:
    n = cell.other("n")
    if not n >= cell.rules.minimum_group:
        return "a percentage of too few students is shown"
    low, high = _percent_range(cell.text, n)
    return (
        None
        if low - 0.5 - SLACK <= cell.value <= high + 0.5 + SLACK
        else "a percentage is finer than allowed, or wrong"
    )


def _tail(n: float) -> int:
    """The percentage at and below which (and its mirror above) nothing more exact is shown."""
    if n < 20:
        return 20
    if n < 40:
        return 10
    if n < 100:
        return 5
    return 2 if n < 300 else 1


def _percent_range(text: str, n: float) -> tuple[float, float]:
    """The whole percentages that a shown one stands for; an empty range where it may not be shown for `n`."""
    tail = _tail(n)
    if text == f"≤{tail}":
        return 0, tail
    if text == f"≥{100 - tail}":
        return 100 - tail, 100
    if n < 20:
        bins = {"21-29": (21, 29), **{f"{ten}0-{ten}9": (10 * ten, 10 * ten + 9) for ten in range(3, 8)}}
        return bins.get(text, (math.inf, -math.inf))
    if re.fullmatch(r"\d\d?", text) and tail < int(text) < 100 - tail:
        return int(text), int(text)
    return math.inf, -math.inf


def _least_step(sd: float, n: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten not below 2.5 SD / n."""
    least = 2.5 * sd / n
    power = 10.0 ** math.floor(math.log10(least))
    return min(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def _mean_step(sd: float, n: float) -> float:
    """The step of a mean as it is shown: that of the rule, or the power of ten at or below a fiftieth of the SD."""
    readable: float = 10.0 ** math.floor(math.log10(sd / 50) + 1e-9)
    return max(_least_step(sd, n), readable)


def _mean(cell: Cell) -> str | None:
    n, sd = cell.other("n"), cell.other("sd")
    if not n >= cell.rules.minimum_group:
        return "a mean of too few students is shown"
    if not sd > 0:
        return "a mean of equal values is shown"
    if not NUMBER.fullmatch(cell.text):
        return "a mean is no plain number"
    step = _mean_step(sd, n)
    steps = float(cell.text) / step
    if abs(steps - round(steps)) > SLACK or decimals(cell.text) > max(0, -math.floor(math.log10(step) + 1e-9)):
        return "a mean is finer than 2.5 standard deviations divided by the number of students, or than readers need"
    return None if abs(float(cell.text) - cell.value) <= step * (0.5 + SLACK) else "a mean is not the exact one rounded"


def _sum(cell: Cell) -> str | None:
    n, sd = cell.other("n"), cell.other("sd")
    if not n >= cell.rules.minimum_group or not sd > 0:
        return "a sum of too few students, or of equal values, is shown"
    if not NUMBER.fullmatch(cell.text):
        return "a sum is no plain number"
    step = _least_step(sd, 1)
    steps = float(cell.text) / step
    if abs(steps - round(steps)) > SLACK:
        return "a sum is finer than 2.5 standard deviations"
    return None if abs(float(cell.text) - cell.value) <= step * (0.5 + SLACK) else "a sum is not the exact one rounded"


def decimals(text: str) -> int:
    """Digits behind the point."""
    return len(text.partition(".")[2])


def _second_digit(std_error: float) -> int:
    """The decimal place of the second significant digit after rounding, negative before the point."""
    exponent = math.floor(math.log10(std_error))
    return 1 - (exponent + 1 if std_error / 10.0**exponent >= 9.95 - 1e-9 else exponent)


def _std_error(cell: Cell) -> str | None:
    if not cell.value > 0 or not NUMBER.fullmatch(cell.text):
        return "a standard error is no positive number"
    place = _second_digit(cell.value)
    if decimals(cell.text) > max(0, place) or len(cell.text.replace(".", "").lstrip("0").rstrip("0")) > 2:
        return "a standard error has more than two digits"
    return None if abs(float(cell.text) - cell.value) <= 10.0**-place * (0.5 + SLACK) else "a standard error is wrong"


def _estimate(cell: Cell) -> str | None:
    std_error = cell.other("std_error")
    if not std_error > 0 or not NUMBER.fullmatch(cell.text):
        return "an estimate without a standard error, or no plain number, is shown"
    if cell.column.n is not None and not cell.other("n") >= cell.rules.minimum_group:
        return "an estimate on too few students is shown"
    step = 10.0 ** -_second_digit(std_error)
    if cell.column.n is not None and cell.column.sd is not None:
        if not cell.other("sd") > 0:
            return "an estimate of equal values is shown"
        while step < _least_step(cell.other("sd"), cell.other("n")) * (1 - 1e-9):
            step *= 10
    steps = float(cell.text) / step
    if decimals(cell.text) > max(0, round(-math.log10(step))) or abs(steps - round(steps)) > SLACK * max(1, abs(steps)):
        return "an estimate is finer than its standard error allows"
    return (
        None
        if abs(float(cell.text) - cell.value) <= step * (0.5 + SLACK)
        else "an estimate is not the exact one rounded"
    )


def _p_value(cell: Cell) -> str | None:
    if cell.text == "<.001":
        return None if cell.value < 0.001 else "a p value is wrong"
    if cell.text == ">.99":
        return None if cell.value > 0.99 else "a p value is wrong"
    digits = re.fullmatch(r"\.(0*)([1-9]\d)", cell.text)
    if not digits or float(cell.text) < 0.001:
        return "a p value has not two digits"
    unit = 10.0 ** -(len(digits.group(1)) + 2)
    return None if abs(float(cell.text) - cell.value) <= unit * (0.5 + SLACK) else "a p value is wrong"


def _df(cell: Cell) -> str | None:
    if not re.fullmatch(r"\d+", cell.text):
        return "degrees of freedom are not whole"
    # Residual degrees of freedom and the number of coefficients give the exact number of students.
    base = cell.rules.round_counts_to if abs(cell.value - float(cell.record["residual_df"])) < 1 else 1
    shown = int(cell.text)
    return (
        None
        if shown % base == 0 and abs(shown - cell.value) <= base / 2 + SLACK
        else "degrees of freedom are too exact"
    )


CELL_CHECKS: Mapping[str, Callable[[Cell], str | None]] = {
    "count": _count,
    "units": _units,
    "percent": _percent,
    "mean": _mean,
    "sum": _sum,
    "std_error": _std_error,
    "estimate": _estimate,
    "ci_low": _estimate,
    "ci_high": _estimate,
    "p_value": _p_value,
    "df": _df,
}
