"""What the What Works Clearinghouse makes of findings: multiplicity, ratings with their reasons, tiers of evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recredit.errors import EstimationError
from recredit.estimators.arrays import Booleans, Floats, labels, numbers, same_length
from recredit.standards.wwc_attrition import Attrition
from recredit.standards.wwc_effects import BaselineEquivalence

WITHOUT_RESERVATIONS = "Meets WWC standards without reservations"
WITH_RESERVATIONS = "Meets WWC standards with reservations"
DOES_NOT_MEET = "Does not meet WWC standards"
DESIGNS = ("randomised", "quasi-experimental")
STUDENTS_NEEDED = 350
SITES_NEEDED = 2
ROUNDING = 1e-12


@dataclass(frozen=True)
class BenjaminiHochberg:
    """Which findings stay significant, arrays of shape (n,) in the order given; missing p stay out (NaN, False).

    `critical` is alpha x rank / tests of each p in its domain; `adjusted` the p-values to compare with alpha.
    """

    significant: Booleans
    critical: Floats
    adjusted: Floats
    tests: int


@dataclass(frozen=True)
class Rating:
    """The rating of one finding, with the reasons that led to it, in words that can stand after "because"."""

    rating: str
    reasons: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"{self.rating} because {', and '.join(self.reasons)}."


@dataclass(frozen=True)
class EssaTier:
    """Tier of evidence of one finding, 1, 2 or 3, or None where it reaches none; with reasons in words."""

    tier: int | None
    reasons: tuple[str, ...]


def benjamini_hochberg(p_values: Any, *, alpha: float = 0.05, domain: Any = None) -> BenjaminiHochberg:
    """Control the false discovery rate inside each outcome domain (Benjamini & Hochberg 1995, JRSS B 57: 289-300).

    With M p-values sorted, the largest x with p(x) <= alpha x / M; findings 1 to x are significant. Missing p-values
    (a model that failed) are left out before M is counted.

    Parameters
    ----------
    p_values : 0 to 1, NaN where missing, shape (n,). domain : labels, shape (n,); by default all are one domain.

    Raises
    ------
    EstimationError for a value that is no probability, alpha outside 0 to 1, or a p-value without a domain.
    """
    p = numbers(p_values, "p_values")
    groups = np.zeros(len(p), dtype=np.int64) if domain is None else labels(domain, "domain")
    same_length(p_values=p, domain=groups)
    present = ~np.isnan(p)
    if ((p[present] < 0) | (p[present] > 1)).any() or not 0 < alpha < 1:
        raise EstimationError("p-values from 0 to 1, and alpha between 0 and 1, were expected.")
    if (groups[present] < 0).any():
        raise EstimationError("domain: a finding with a p-value has no domain.")
    critical, adjusted = np.full(len(p), np.nan), np.full(len(p), np.nan)
    significant = np.zeros(len(p), dtype=bool)
    for group in np.unique(groups[present]):
        where = np.flatnonzero(present & (groups == group))
        order = where[np.argsort(p[where], kind="stable")]
        ranks = np.arange(1, len(order) + 1)
        critical[order] = alpha * ranks / len(order)
        # Decimal ties such as .05 <= .05 x 3 / 3 must not be lost to rounding.
        reached = np.flatnonzero(p[order] <= critical[order] * (1 + ROUNDING))
        significant[order[: reached.max(initial=-1) + 1]] = True
        # The smallest of this and all later p M / x: a finding is significant if any larger p reaches its line.
        adjusted[order] = np.minimum(1.0, np.minimum.accumulate((p[order] * len(order) / ranks)[::-1])[::-1])
    return BenjaminiHochberg(significant, critical, adjusted, int(present.sum()))


def rating(
    *,
    design: str,
    attrition: Attrition | None = None,
    baseline: Sequence[BaselineEquivalence] = (),
    compromised: str | None = None,
    confounded: str | None = None,
    ineligible_outcome: str | None = None,
) -> Rating:
    """The rating of one finding of a study that assigned students one by one (Standards Handbook 4.1, figure II.1).

    A lottery with low attrition meets the standards without reservations, whatever the baseline; a lottery with high
    attrition or a compromised one, and a study without a lottery, with reservations if the students analysed were
    equivalent before. A confounding factor, or an outcome that is not eligible, fails in any case.

    Parameters
    ----------
    design : "randomised" or "quasi-experimental".
    attrition : of this outcome; needed for a lottery. baseline : of each characteristic the review protocol names.
    compromised : how the lottery was (students moved between arms, analysed by what they took), or None.
    confounded : what went with one arm only (one teacher, one school), or None.
    ineligible_outcome : why the outcome is not valid, reliable, or measured alike in both arms, or None.

    Raises
    ------
    EstimationError for an unknown design, or a lottery without its attrition.

    Notes
    -----
    Assignment of whole classes or schools has further rules and is not rated here.
    """
    if design not in DESIGNS:
        raise EstimationError(f"design: one of {DESIGNS} was expected, found {design!r}.")
    if design == "randomised" and attrition is None:
        raise EstimationError("the rating of a randomised study needs its attrition.")
    if ineligible_outcome or confounded:
        fault = f"the outcome is not eligible ({ineligible_outcome})" if ineligible_outcome else None
        factor = f"a confounding factor went with one arm only ({confounded})" if confounded else None
        return Rating(DOES_NOT_MEET, tuple(reason for reason in (fault, factor) if reason))
    start = _start(design, attrition, compromised)
    if design == "randomised" and attrition is not None and attrition.is_low and not compromised:
        return Rating(WITHOUT_RESERVATIONS, (start,))
    equivalent, reasons = _equivalence(baseline)
    return Rating(WITH_RESERVATIONS if equivalent else DOES_NOT_MEET, (start, *reasons))


def _start(design: str, attrition: Attrition | None, compromised: str | None) -> str:
    """What kind of study it is, as the first reason."""
    if design == "quasi-experimental" or attrition is None:
        return "it is a quasi-experimental design, in which students were not assigned at random"
    if compromised:
        return f"it is a randomized controlled trial whose random assignment was compromised ({compromised})"
    words = {
        "low": "with low attrition",
        "high": "with high attrition",
        "not determined": "whose attrition lies beyond the boundary table and counts as high",
    }
    return f"it is a randomized controlled trial {words[attrition.level]}"


def _equivalence(baseline: Sequence[BaselineEquivalence]) -> tuple[bool, tuple[str, ...]]:
    if not baseline:
        return False, ("the equivalence of the groups before assignment was not shown",)
    failed = [one for one in baseline if not one.satisfied]
    if not failed:
        adjusted = any(one.status == "satisfied with adjustment" for one in baseline)
        how = ", with adjustment where the groups differed by more than 0.05" if adjusted else ""
        return True, (f"the groups analysed were equivalent before{how}",)
    largest = max(abs(one.g) for one in failed)
    lacking = " and the analysis did not adjust for it" if largest <= 0.25 else ""
    return False, (f"the groups analysed differed before by {largest:.2f} standard deviations{lacking}",)


def essa_tier(
    rating: Rating | None,
    *,
    effect: float,
    significant: bool,
    students: int,
    sites: int,
    controlled: bool = False,
    overriding_negative: bool = False,
) -> EssaTier:
    """The tier of evidence under the Every Student Succeeds Act that one finding supports (34 CFR 77.1).

    Tier 1 (strong): rated without reservations; tier 2 (moderate): with or without; both with a significant positive
    effect, 350 students and two sites. Tier 3 (promising): a significant positive association of a study that meets
    the standards, or that controls for selection. A negative effect supports no tier, however certain.

    Parameters
    ----------
    rating : of the finding, or None for a correlational study.
    effect : sign counts, positive is favourable. significant : after correction for multiplicity.
    students : analysed. sites : districts, localities or states in the sample; schools of one district are one site.
    controlled : whether the analysis controls statistically for selection.
    overriding_negative : whether a significant negative effect on the outcome stands in the same body of evidence.

    Raises
    ------
    EstimationError for an effect that is missing or negative counts.
    """
    if not np.isfinite(effect) or students < 0 or sites < 0:
        raise EstimationError("a finite effect and counts of students and sites were expected.")
    if not significant or effect <= 0 or overriding_negative:
        reason = "a significant negative effect overrides it" if overriding_negative else "the effect is not positive"
        return EssaTier(None, ("the effect is not significant" if not significant else reason,))
    met = rating is not None and rating.rating in (WITHOUT_RESERVATIONS, WITH_RESERVATIONS)
    lacking = tuple(
        f"{what} {found} are fewer than {needed}"
        for what, found, needed in (("students:", students, STUDENTS_NEEDED), ("sites:", sites, SITES_NEEDED))
        if found < needed
    )
    if rating is not None and met and not lacking:
        tier = 1 if rating.rating == WITHOUT_RESERVATIONS else 2
        return EssaTier(tier, ("the effect is significant and positive", f"rated: {rating.rating}"))
    if met or controlled:
        short = lacking if met else ("the finding does not meet WWC standards, but controls for selection",)
        return EssaTier(3, ("the effect is significant and positive", *short))
    return EssaTier(None, ("the finding neither meets WWC standards nor controls for selection",))
