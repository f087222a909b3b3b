"""Rounding rules against truths computed another way: exact fractions, brute force, and worked examples."""

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as some

from recredit.disclosure import rounding

# All steps 1, 2, 5 times a power of ten that a test can need, smallest first.
STEPS = sorted(Fraction(factor) * Fraction(10) ** power for power in range(-9, 9) for factor in (1, 2, 5))


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


@given(some.integers(0, 10**7), some.sampled_from([10, 20, 50]))
def test_counts_go_to_the_nearest_multiple(count: int, base: int) -> None:
    assert rounding.count_text(count, base) == str(half_up(Fraction(count, base)) * base)


@given(some.integers(10, 2000).flatmap(lambda n: some.tuples(some.integers(0, n), some.just(n))))
def test_percentages_against_exact_fractions(passed_of: tuple[int, int]) -> None:
    passed, n = passed_of
    whole = half_up(Fraction(100 * passed, n))
    text = rounding.percent_text(100 * passed / n, n)
    # Written out as in the table of rules, and not as the code does it.
    if n >= 300:
        low, high = 1, 99
    elif n >= 100:
        low, high = 2, 98
    elif n >= 40:
        low, high = 5, 95
    elif n >= 20:
        low, high = 10, 90
    else:
        low, high = 20, 80
    if whole <= low:
        assert text == f"≤{low}"
    elif whole >= high:
        assert text == f"≥{high}"
    elif n < 20:
        bins = {2: "21-29", 3: "30-39", 4: "40-49", 5: "50-59", 6: "60-69", 7: "70-79"}
        assert text == bins[whole // 10]
    else:
        assert text == str(whole)


@pytest.mark.parametrize(
    ("percent", "n", "text"),
    [
        (62.5, 300, "63"),
        (0, 300, "≤1"),
        (100, 300, "≥99"),
        (99, 299, "≥98"),
        (5, 40, "≤5"),
        (6, 40, "6"),
        (10, 39, "≤10"),
        (20, 19, "≤20"),
        (21, 19, "21-29"),
        (79, 10, "70-79"),
        (80, 10, "≥80"),
    ],
)
def test_percentages_at_the_edges_of_the_rules(percent: float, n: int, text: str) -> None:
    assert rounding.percent_text(percent, n) == text


@pytest.mark.parametrize(("percent", "n"), [(50, 9), (101, 50), (-1, 50)])
def test_a_percentage_of_nine_students_or_out_of_range_is_refused(percent: float, n: int) -> None:
    with pytest.raises(ValueError, match="percentage"):
        rounding.percent_text(percent, n)


positive = some.integers(1, 10**6).map(lambda number: Fraction(number, 1000))


@given(positive, some.integers(10, 50_000))
def test_the_step_of_a_mean_is_the_smallest_allowed_one(sd: Fraction, n: int) -> None:
    smallest = next(step for step in STEPS if step >= Fraction(5, 2) * sd / n)
    step = Fraction(rounding.mean_step(float(sd), n))
    # A quotient that is a step up to ten digits counts as that step.
    assert step == smallest or abs(step - Fraction(5, 2) * sd / n) <= step / 10**9


@given(some.integers(-(10**6), 10**6), positive, some.integers(10, 5000))
def test_a_mean_is_the_nearest_multiple_of_its_step(thousandths: int, sd: Fraction, n: int) -> None:
    mean = Fraction(thousandths, 1000)
    step = Fraction(rounding.shown_mean_step(float(sd), n))
    shown = Fraction(rounding.mean_text(float(mean), float(sd), n))
    assert (shown / step).denominator == 1
    assert abs(shown - mean) <= step / 2


@pytest.mark.parametrize(
    ("mean", "sd", "n", "text"),
    [
        (67.123, 10, 50, "67.0"),  # 2.5 x 10 / 50 = 0.5: step 0.5
        (67.123, 10, 573, "67.1"),  # 0.044: step 0.05, and a fiftieth of the SD is 0.2: step 0.1
        (67.123, 10, 125, "67.2"),  # 0.2: step 0.2
        (52.9003, 43, 20_000, "52.9"),  # 0.0054: step 0.01; 0.86: step 0.1
        (19.63, 5, 2000, "19.6"),  # a fiftieth is a power of ten itself: step 0.1
        (19.63, 4.99, 2000, "19.63"),  # 0.0062: step 0.01; 0.0998: step 0.01
        (-0.5712, 0.8, 390, "-0.57"),  # 0.0051: step 0.01; 0.016: step 0.01
        (67.123, 10, 10, "65"),  # 2.5: step 5
        (-0.004, 1, 100, "0.00"),  # no negative zero
        (1234.0, 800, 10, "1200"),  # 200: step 200
    ],
)
def test_worked_means(mean: float, sd: float, n: int, text: str) -> None:
    assert rounding.mean_text(mean, sd, n) == text


@given(positive, some.integers(10, 50_000))
def test_a_shown_mean_is_never_finer_than_the_rule_and_has_no_idle_digits(sd: Fraction, n: int) -> None:
    """At least the step that protects, a 1-2-5 step, and a digit that a reader does not need is not shown."""
    step = Fraction(rounding.shown_mean_step(float(sd), n))
    assert step >= Fraction(rounding.mean_step(float(sd), n))
    assert step in STEPS
    assert step * 10 > sd / 50 * (1 - Fraction(1, 10**9))


@given(some.decimals("0.0001", "99999", places=6, allow_nan=False))
def test_a_standard_error_has_two_digits(exact: Decimal) -> None:
    # The context of Python's decimal module rounds to two significant digits by itself.
    truth = Context(prec=2, rounding=ROUND_HALF_UP).create_decimal(exact)
    shown = Decimal(rounding.standard_error_text(float(exact)))
    assert shown == truth


def test_the_published_model_of_the_online_school() -> None:
    """Grade on hours: 0.365 points an hour, standard error 0.039, from exact figures near the published ones."""
    step = rounding.estimate_step(0.03876)
    assert rounding.estimate_text(0.36497, step) == "0.365"
    assert rounding.standard_error_text(0.03876) == "0.039"
    assert rounding.estimate_text(0.28885, step) == "0.289"


def test_a_carried_standard_error_loses_a_decimal() -> None:
    assert rounding.standard_error_text(0.0996) == "0.10"
    assert rounding.estimate_text(0.3649, rounding.estimate_step(0.0996)) == "0.36"
    assert rounding.standard_error_text(123.4) == "120"
    assert rounding.estimate_text(1239.0, rounding.estimate_step(123.4)) == "1240"


def test_an_estimate_is_no_finer_than_a_mean() -> None:
    """SD 10 on 50 students: a mean goes to 0.5, so a difference goes to whole numbers and not to hundredths."""
    assert rounding.estimate_text(3.14, rounding.estimate_step(0.31, sd=10, n=50)) == "3"
    assert rounding.estimate_text(3.14, rounding.estimate_step(0.31)) == "3.14"


@pytest.mark.parametrize(
    ("p_value", "text"),
    [
        (0, "<.001"),
        (0.00099999, "<.001"),
        (0.001, ".0010"),
        (0.0432, ".043"),
        (0.35, ".35"),
        (0.0995, ".10"),
        (0.9951, ">.99"),
    ],
)
def test_p_values(p_value: float, text: str) -> None:
    assert rounding.p_value_text(p_value) == text


def test_degrees_of_freedom_do_not_give_the_number_of_students_away() -> None:
    """571 residual degrees of freedom and 2 coefficients are 573 students; Satterthwaite's give nothing away."""
    assert rounding.df_text(571, 571, 10) == "570"
    assert rounding.df_text(17.6, 571, 10) == "18"


def test_clusters_that_are_students_are_rounded_like_students() -> None:
    assert rounding.units_base(24, 1683, 10) == 1
    assert rounding.units_base(573, 600, 10) == 10


@given(some.lists(some.floats(0, 100), min_size=10, max_size=60), some.randoms())
def test_another_order_of_the_rows_gives_the_same_text(values: list[float], random) -> None:
    """Sums of floats depend on the order in their last digits; what is shown must not."""
    mixed = list(values)
    random.shuffle(mixed)
    n = len(values)
    assert rounding.mean_text(sum(values) / n, 10, n) == rounding.mean_text(sum(mixed) / n, 10, n)
