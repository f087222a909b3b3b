"""Rows of the tables of the comparison, from what was fitted."""

from collections.abc import Iterator
from math import nan

import pandas as pd

from recredit.effects.impacts import Draws, Impact, reasons_in_words
from recredit.effects.judgement import Judgement, governing_p, significance_words
from recredit.effects.losses import attrition_cells
from recredit.effects.opinions import opinions
from recredit.effects.plan import Plan
from recredit.effects.samples import SMALLEST_ARM, Sample
from recredit.effects.sizes import detectable
from recredit.effects.subgroups import GroupImpact
from recredit.estimators.associations import convention_label, term_figures
from recredit.estimators.differences import contrast_words, fewest
from recredit.estimators.exact import Cell
from recredit.estimators.results import LinearFit
from recredit.estimators.sites import FircFit
from recredit.estimators.variables import VARIABLES

NAMES = ("contrast", "title", "kind", "course")


def names(sample: Sample) -> dict[str, Cell]:
    """What a row is about."""
    words = contrast_words(sample.contrast, sample.course)
    return {name: words[name] for name in NAMES}


def behind(sample: Sample) -> dict[str, Cell]:
    """What stands behind a row, but for the model's own figures."""
    arms = [sample.arm(online) for online in (True, False)]
    return {
        "students": float(sample.analysed["student_id"].nunique()),
        "outcome_sd": float(sample.analysed["value"].std()),
        "schools": fewest(arms, "school_id"),
        "teachers": fewest(arms, "teacher_id"),
        "smallest_cell": float(min(arm["student_id"].nunique() for arm in arms)),
    }


def of_model(fit: LinearFit) -> dict[str, Cell]:
    """The hidden columns the disclosure rules read of a model."""
    return {"residual_df": float(fit.residual_df), "max_leverage": fit.max_leverage}


def unit_of(sample: Sample) -> str:
    """The unit of the difference."""
    return VARIABLES[sample.contrast.outcome].unit


def impact_row(impact: Impact, judgement: Judgement, plan: Plan) -> dict[str, Cell]:
    """A row of `impacts`."""
    sample, contrast = impact.sample, impact.sample.contrast
    return {
        **names(sample),
        "cohort": sample.cohort,
        "outcome": contrast.scale or VARIABLES[contrast.outcome].label,
        "domain": contrast.domain,
        "status": plan.status(contrast.name),
        "unit": unit_of(sample),
        **_arms(sample),
        **term_figures(impact.fit, 0),
        "p_value_wild": impact.p_values["wild"],
        "p_value_permutation": impact.p_values["permutation"],
        "governing_p": plan.governing(contrast.randomised),
        "effect_size": impact.size.g,
        "effect_size_std_error": impact.size.std_error,
        "effect_size_unit": impact.size.unit,
        "improvement_index": judgement.index,
        "index_std_error": judgement.index_std_error,
        "index_unit": judgement.index_unit,
        "significant_after_correction": significance_words(judgement, governing_p(impact, plan)),
        "rating": impact.rating.rating,
        "rating_reason": reasons_in_words(impact),
        "evidence_tier": judgement.tier,
        "minimum_detectable": detectable(impact.std_error, float(impact.fit.df[0]), plan.significance_level),
        "clusters": float(impact.fit.clusters or nan),
        "convention": convention_label(impact.fit, contrast.cluster),
        **behind(sample),
        **of_model(impact.fit),
    }


def _analysed(sample: Sample) -> dict[str, pd.DataFrame]:
    """The students analysed of each arm."""
    return {name: sample.arm(online) for name, online in (("online", True), ("comparison", False))}


def _arms(sample: Sample) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for name, arm in _analysed(sample).items():
        mean = float(arm["value"].mean())
        cells |= {
            f"n_{name}": float(arm["student_id"].nunique()),
            f"mean_{name}": nan if sample.is_share else mean,
            f"percent_{name}": mean if sample.is_share else nan,
            f"sd_{name}": float(arm["value"].std()),
        }
    return cells


def baseline_rows(impact: Impact) -> Iterator[dict[str, Cell]]:
    """Rows of `baseline_equivalence`."""
    for one in impact.baseline:
        smallest = _smallest_level(one.students, one.name)
        arms = [one.students[one.students["online"] == side] for side in (1.0, 0.0)]
        yield {
            **names(impact.sample),
            "characteristic": VARIABLES[one.name].label,
            "effect_size_unadjusted": one.unadjusted.g,
            "effect_size": one.within.g,
            "effect_size_weighted": nan if one.weighted is None else one.weighted.g,
            "adjusted": "yes" if one.equivalence.adjusted else "no",
            # A verdict on a few students would tell on them as the figure would.
            "equivalence": one.equivalence.status if smallest >= SMALLEST_ARM else "rests on few students",
            "std_error": one.within.std_error,
            "size_unit": one.within.unit,
            "students": float(one.students["student_id"].nunique()),
            "schools": fewest(arms, "school_id"),
            "teachers": fewest(arms, "teacher_id"),
            "smallest_cell": float(smallest),
            **of_model(one.fit),
        }


def _smallest_level(frame: pd.DataFrame, name: str) -> int:
    """The fewest students of an arm, and of an arm at one level of a yes/no characteristic."""
    keys = ["online", name] if VARIABLES[name].kind == "yes_no" else ["online"]
    return int(frame.groupby(keys)["student_id"].nunique().min())


def attrition_row(impact: Impact) -> Iterator[dict[str, Cell]]:
    """The row of `attrition`; none where no lottery was held."""
    if impact.attrition is None:
        return
    assigned = impact.sample.assigned
    arms = [assigned[assigned["online"] == side] for side in (1.0, 0.0)]
    yield {
        **names(impact.sample),
        **attrition_cells(impact.sample, impact.attrition),
        **{f"n_{name}": arm["student_id"].nunique() for name, arm in _analysed(impact.sample).items()},
        "residual_df": float(len(assigned) - 2),
        "smallest_cell": float(min(arm["student_id"].nunique() for arm in arms)),
        "max_leverage": 0.0,
        "schools": fewest(arms, "school_id"),
        "teachers": fewest(arms, "teacher_id"),
    }


def site_row(sample: Sample, fit: FircFit) -> dict[str, Cell]:
    """A row of `site_variation`."""
    figures = ("estimate", "std_error", "df", "p_value", "ci_low", "ci_high", "tau", "tau_low", "tau_high", "q")
    more = ("q_p_value", "prediction_low", "prediction_high", "sites")
    return {
        **names(sample),
        "unit": unit_of(sample),
        **{name: float(getattr(fit, name)) for name in (*figures, *more)},
        **behind(sample),
        "residual_df": float(fit.n - fit.sites),
        "max_leverage": 0.0,
    }


def opinion_rows(impact: Impact, draws: Draws) -> Iterator[dict[str, Cell]]:
    """Rows of `impacts_second_opinions`."""
    for one in opinions(impact.sample, draws):
        yield {
            **names(impact.sample),
            "unit": unit_of(impact.sample),
            **one.cells(),
            # F to whole numbers and a share to tenths of a point: their own errors are no part of the table.
            "first_stage_step": 10.0,
            "compliance_step": 10.0,
            **behind(impact.sample),
            **of_model(impact.fit),
        }


def subgroup_row(one: GroupImpact) -> dict[str, Cell]:
    """A row of `subgroup_impacts`."""
    return {
        **names(one.sample),
        "group": f"{one.subgroup}: {one.level}",
        "unit": unit_of(one.sample),
        **one.figures,
        "effect_size": one.size.g,
        "effect_size_std_error": one.size.std_error,
        "effect_size_unit": one.size.unit,
        **behind(one.sample),
        "smallest_cell": float(one.smallest),
        **of_model(one.fit),
    }
