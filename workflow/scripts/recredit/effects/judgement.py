"""What follows from all contrasts together: multiplicity inside a domain, improvement index, evidence tier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np

from recredit.effects.impacts import Impact
from recredit.effects.plan import Plan
from recredit.effects.sizes import index_slope
from recredit.standards.wwc import benjamini_hochberg, essa_tier, improvement_index

TIERS: Mapping[int | None, str] = {1: "strong", 2: "moderate", 3: "promising", None: "none"}


@dataclass(frozen=True)
class Judgement:
    """What is concluded from a contrast.

    Attributes
    ----------
    significant : after correction for the number of findings in its family.
    index, index_std_error, index_unit : the improvement index in percentile ranks, missing unless significant.
    tier : of evidence, in the words of the law.
    """

    significant: bool
    index: float
    index_std_error: float
    index_unit: float
    tier: str


def judge(impacts: Sequence[Impact], plan: Plan) -> list[Judgement]:
    """Judge all contrasts of a study.

    Notes
    -----
    A family holds the findings of one outcome domain, kind and status (confirmatory or exploratory): course by course,
    cohort by cohort and pooled findings are families of their own, since they repeat each other. The governing p of the
    plan is corrected (Benjamini & Hochberg 1995).
    """
    p_values = [governing_p(impact, plan) for impact in impacts]
    families = ["\x1f".join(_family(impact, plan)) for impact in impacts]
    found = benjamini_hochberg(p_values, alpha=plan.significance_level, domain=families)
    return [_judged(impact, bool(sure), plan) for impact, sure in zip(impacts, found.significant, strict=True)]


def governing_p(impact: Impact, plan: Plan) -> float:
    """The p that decides."""
    return impact.p_values[plan.governing(impact.sample.contrast.randomised)]


def _family(impact: Impact, plan: Plan) -> tuple[str, ...]:
    contrast = impact.sample.contrast
    kind = "effect" if contrast.randomised else "association"
    return (contrast.domain or contrast.name, kind, plan.status(contrast.name), impact.sample.level)


def _judged(impact: Impact, significant: bool, plan: Plan) -> Judgement:
    size = impact.size
    index = improvement_index(size.g, significant=significant) if isfinite(size.g) else None
    slope = index_slope(size.g) if index is not None else nan
    tier = essa_tier(
        impact.rating,
        effect=impact.estimate,
        significant=significant,
        students=int(impact.sample.analysed["student_id"].nunique()),
        sites=plan.districts,
        controlled=bool(impact.sample.contrast.covariates),
    )
    value = nan if index is None else index
    return Judgement(significant, value, slope * size.std_error, slope * size.unit, TIERS[tier.tier])


def significance_words(judgement: Judgement, p_value: float) -> str:
    """The verdict as the table shows it."""
    if np.isnan(p_value):
        return "not judged"
    return "yes" if judgement.significant else "no"
