"""How an exact figure is shown: methods.md section 6. Numbers in, text out; decimal arithmetic, ties away from zero."""

from decimal import ROUND_HALF_UP, Decimal

# (from this number of students on, lowest percentage shown, highest percentage shown)
PERCENT_TAILS = ((300, 1, 99), (100, 2, 98), (40, 5, 95), (20, 10, 90), (10, 20, 80))
STUDENTS_IN_A_UNIT = 3
# The least step of a mean, in standard deviations divided by the number of students. With 2, the neighbour test
# (linked.neighbour) finds a student's score to a quarter of an SD in 25 to 26% of cases where 2 SD/n is itself a step.
MEAN_STEP_SD = 2.5
# A reader of a mean needs no digits below this part of a standard deviation: 52.9 percent of 5,000, not 52.900.
READABLE_PARTS_OF_SD = 50
# From 10 to 19 students the percentages between the tails are shown in bins of ten points only.
BINS_BELOW = 20


def settled(value: float) -> Decimal:
    """`value` to ten significant digits: sums in another order of rows differ beyond that, and ties would flip."""
    return Decimal(format(float(value), ".10g"))


def to_step(value: Decimal, step: Decimal) -> Decimal:
    """`value` to the nearest multiple of `step`, with the decimals of `step` and without a negative zero."""
    nearest = (value / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    return nearest if nearest else abs(nearest)


def plain(value: Decimal) -> str:
    """`value` in digits, without an exponent or a thousands separator."""
    return f"{value:f}"


def count_text(count: float, base: int) -> str:
    """A count to the nearest multiple of `base`."""
    return plain(to_step(settled(count), Decimal(base)))


def units_base(units: float, students: float, base: int) -> int:
    """To which multiple a number of schools, teachers, sections or clusters is shown: exact, or as students are.

    Where fewer than three students stand behind a unit, it is not much else than a student (a cluster that is one),
    and the exact number of units would give the number of students away.
    """
    return 1 if units * STUDENTS_IN_A_UNIT <= students else base


def percent_text(percent: float, n: int) -> str:
    """A whole percentage, its tails coded by the number of students.

    Parameters
    ----------
    percent : 0 to 100.
    n : students behind it, at least 10.

    Returns
    -------
    Such as "57", "≤5", "≥95", or for 10 to 19 students a bin such as "60-69" (the lowest is "21-29").

    Raises
    ------
    ValueError for fewer than 10 students or a percentage out of its range.
    """
    if not 0 <= percent <= 100:
        raise ValueError("a percentage lies between 0 and 100")
    lowest, highest = next(((low, high) for least, low, high in PERCENT_TAILS if n >= least), (None, None))
    if lowest is None or highest is None:
        raise ValueError("a percentage of fewer than 10 students is not shown")
    whole = int(to_step(settled(percent), Decimal(1)))
    if whole <= lowest:
        return f"≤{lowest}"
    if whole >= highest:
        return f"≥{highest}"
    if n < BINS_BELOW:
        start = whole // 10 * 10
        return f"{max(start, lowest + 1)}-{start + 9}"
    return str(whole)


def mean_step(sd: float, n: int) -> Decimal:
    """The smallest of 1, 2, 5 times a power of ten that is at least 2.5 SD / n.

    A mean shown finer gives the value of a student away to everybody who knows the others'.

    Parameters
    ----------
    sd : standard deviation of the values, above 0.
    n : number of values.

    Raises
    ------
    ValueError where all values are equal: any mean would then show each of them.
    """
    if not sd > 0 or n < 1:
        raise ValueError("a mean of equal values, or of none, is not shown")
    least = settled(MEAN_STEP_SD * sd / n)
    unit = Decimal((0, (1,), least.adjusted()))
    # `scaleb` and not a factor of 10: the decimals that are printed are those of the step.
    return next(step for step in (unit, 2 * unit, 5 * unit, unit.scaleb(1)) if step >= least)


def readable_step(sd: float) -> Decimal:
    """The power of ten at or below a fiftieth of a standard deviation: 0.1 for an SD of 5 to 49.99."""
    return Decimal((0, (1,), (settled(sd) / READABLE_PARTS_OF_SD).adjusted()))


def shown_mean_step(sd: float, n: int) -> Decimal:
    """The step of a mean as it is shown: :func:`mean_step`, or :func:`readable_step` where that is coarser.

    In a large group the rule that protects allows digits that say nothing. Both steps hang on the standard deviation
    and the number of students alone, so a coarser step tells no more than a finer one.
    """
    return max(mean_step(sd, n), readable_step(sd))


def mean_text(mean: float, sd: float, n: int) -> str:
    """A mean to :func:`shown_mean_step`."""
    return plain(to_step(settled(mean), shown_mean_step(sd, n)))


def sum_step(sd: float) -> Decimal:
    """The step of a sum over students: that of a mean of the same values, times their number, as a 1-2-5 step.

    So a sum tells no more of one student than the mean would, whoever knows the others'.
    """
    return mean_step(sd, 1)


def sum_text(total: float, sd: float) -> str:
    """A sum to :func:`sum_step`."""
    return plain(to_step(settled(total), sum_step(sd)))


def standard_error_step(std_error: float) -> Decimal:
    """The place of the second significant digit of a standard error (0.039 for 0.0387: 0.001).

    Raises
    ------
    ValueError for a standard error that is not above 0.
    """
    if not std_error > 0:
        raise ValueError("a model figure without a standard error is not shown")
    exact = settled(std_error)
    step = Decimal((0, (1,), exact.adjusted() - 1))
    # 0.0996 has its second digit at 0.0001 before rounding and at 0.001 after: 0.10.
    carried = to_step(exact, step).adjusted() > exact.adjusted()
    return Decimal((0, (1,), exact.adjusted())) if carried else step


def standard_error_text(std_error: float) -> str:
    """A standard error to two significant digits."""
    return plain(to_step(settled(std_error), standard_error_step(std_error)))


def estimate_step(std_error: float, sd: float | None = None, n: int | None = None) -> Decimal:
    """The decimal of an estimate and its interval: that of the standard error, and no finer than a mean allows."""
    step = standard_error_step(std_error)
    if sd is None or n is None:
        return step
    coarse = mean_step(sd, n)
    while step < coarse:
        step = step.scaleb(1)
    return step


def estimate_text(estimate: float, step: Decimal) -> str:
    """An estimate, or an end of its interval, to `step`."""
    return plain(to_step(settled(estimate), step))


def p_value_text(p_value: float) -> str:
    """A p value to two significant digits without the leading zero, from "<.001" to ">.99".

    Raises
    ------
    ValueError for a value that is no probability.
    """
    if not 0 <= p_value <= 1:
        raise ValueError("a p value lies between 0 and 1")
    exact = settled(p_value)
    if exact < Decimal("0.001"):
        return "<.001"
    if exact >= Decimal("0.995"):
        return ">.99"
    return standard_error_text(p_value).removeprefix("0")


def df_text(df: float, residual_df: float, base: int) -> str:
    """Degrees of freedom, whole.

    The residual degrees of freedom are students minus coefficients, so as they are they would give the exact number
    of students: where `df` is those, it is shown to the nearest multiple of `base`, as the number of students is.
    """
    return count_text(df, base if abs(df - residual_df) < 1 else 1)
