"""Attrition: how many of those assigned are not analysed, by arm, beside the What Works Clearinghouse's boundary."""

from math import nan, sqrt

from recredit.effects.samples import Sample
from recredit.estimators.exact import Cell
from recredit.standards.wwc import Attrition, attrition

LEVELS = {"low": "low", "high": "high", "not determined": "beyond the boundary table, counts as high"}


def arm_counts(sample: Sample) -> dict[str, int]:
    """Assignments, and those of them that are analysed, in each arm: who was drawn in two lotteries counts in both."""
    counts = {}
    for name, online in (("online", 1.0), ("comparison", 0.0)):
        assigned = sample.assigned[sample.assigned["online"] == online]
        analysed = sample.analysed[sample.analysed["online"] == online]
        counts[f"assigned_{name}"] = len(assigned)
        counts[f"analysed_{name}"] = len(analysed)
    return counts


def outcome_attrition(sample: Sample, boundary: str) -> Attrition:
    """Attrition of the sample's outcome."""
    counts = arm_counts(sample)
    names = ("assigned_online", "analysed_online", "assigned_comparison", "analysed_comparison")
    return attrition(*(counts[name] for name in names), boundary=boundary)


def attrition_cells(sample: Sample, lost: Attrition) -> dict[str, Cell]:
    """The cells of a row of the table `attrition`.

    The differential has the standard error of a difference of two independent rates: it says how finely the rate can
    be shown, and how far chance alone takes it.
    """
    counts = arm_counts(sample)
    shares = {"online": lost.treatment_percent / 100, "comparison": lost.comparison_percent / 100}
    variance = sum(share * (1 - share) / counts[f"assigned_{name}"] for name, share in shares.items())
    assigned = counts["assigned_online"] + counts["assigned_comparison"]
    overall = lost.overall_percent / 100
    return {
        **{name: float(value) for name, value in counts.items()},
        "assigned": float(assigned),
        "lost_online": lost.treatment_percent,
        "lost_comparison": lost.comparison_percent,
        "overall": lost.overall_percent,
        **{name: value for arm, share in shares.items() for name, value in _spread(arm, share, counts).items()},
        "std_error_overall": 100 * sqrt(overall * (1 - overall) / assigned) or nan,
        "sd_overall": 100 * sqrt(overall * (1 - overall)) or nan,
        "differential": lost.differential_percent,
        "differential_std_error": 100 * sqrt(variance) or nan,
        "value_sd": 100 * sqrt(overall * (1 - overall)) or nan,
        "boundary": lost.boundary,
        # To one decimal, as the handbook prints it: the overall rate cannot be read back from it.
        "boundary_percent": "none" if lost.boundary_percent is None else f"{lost.boundary_percent:.1f}",
        "verdict": LEVELS[lost.level],
    }


def _spread(arm: str, share: float, counts: dict[str, int]) -> dict[str, float]:
    """Standard deviation and error of one arm's rate, in percent; missing where nobody or everybody is lost."""
    sd = 100 * sqrt(share * (1 - share)) or nan
    return {f"sd_{arm}": sd, f"std_error_{arm}": sd / sqrt(counts[f"assigned_{arm}"])}
