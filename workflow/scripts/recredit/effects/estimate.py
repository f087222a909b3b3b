"""All contrasts of a study: every table of the comparison, and what could not be made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import nan

import pandas as pd

from recredit.disclosure.specification import TableSpecification
from recredit.effects.delivered import delivered_rows, with_class_size
from recredit.effects.impacts import Draws, Impact, fit_impact
from recredit.effects.judgement import judge
from recredit.effects.layouts import (
    attrition_layout,
    cohort_layout,
    counted_cohorts,
    delivered_layout,
    effects_base,
    impact_layout,
)
from recredit.effects.learning import ALL_SOURCES, grade_source_rows, learning_layout, with_result
from recredit.effects.plan import Plan
from recredit.effects.samples import ALL_COHORTS, Sample, samples, with_survey
from recredit.effects.specifications import EFFECT_SPECIFICATIONS
from recredit.effects.subgroups import group_impacts
from recredit.effects.tables import (
    attrition_row,
    baseline_rows,
    impact_row,
    opinion_rows,
    site_row,
    subgroup_row,
)
from recredit.errors import EstimationError
from recredit.estimators.analysis import missing_reason
from recredit.estimators.differences import Contrast, contrast_reason
from recredit.estimators.exact import Cell, Made, exact_table
from recredit.estimators.sites import fit_firc
from recredit.estimators.variables import VARIABLES

Rows = list[dict[str, Cell]]
NO_SCHOOLS = (
    "to protect students, the records name groups of schools in place of schools (coarsening.school). So nothing can "
    "be said of differences between schools, and where a table names schools, such as for its standard errors, it "
    "means these groups"
)


@dataclass(frozen=True)
class Inputs:
    """What the comparison reads.

    Attributes
    ----------
    frame : the analysis table. survey : answers of students, or None. enrollments : all enrollments on file.
    tables : canonical tables the study fills. labels : the study's labels of values.
    school_blocks : whether the records name groups of schools in place of schools.
    """

    frame: pd.DataFrame
    survey: pd.DataFrame | None
    enrollments: pd.DataFrame
    tables: Sequence[str]
    labels: Mapping[str, str]
    school_blocks: bool = False


@dataclass(frozen=True)
class Estimated:
    """What the comparison found.

    Attributes
    ----------
    tables : the exact tables. specifications : what each says about itself, with its layout where it counts students.
    made : what was made and what was not. base : what the tables add to the base of enrollments.
    """

    tables: Mapping[str, pd.DataFrame]
    specifications: Mapping[str, TableSpecification]
    made: Sequence[Made]
    base: pd.DataFrame


@dataclass
class _Found:
    """Fitted contrasts, rows of the tables that need one contrast alone, and what was made."""

    impacts: list[Impact] = field(default_factory=list)
    rows: dict[str, Rows] = field(default_factory=lambda: {name: [] for name in EFFECT_SPECIFICATIONS})
    made: list[Made] = field(default_factory=list)
    school_blocks: bool = False


def estimate_effects(inputs: Inputs, contrasts: Sequence[Contrast], plan: Plan, draws: Draws) -> Estimated:
    """Every contrast by course, cohort and pooled.

    Returns
    -------
    The tables of :mod:`recredit.effects.specifications`. A contrast that cannot be fitted does not stop the run: it is
    listed with the reason.
    """
    found = _Found(school_blocks=inputs.school_blocks)
    for contrast in contrasts:
        frame = with_survey(inputs.frame, inputs.survey, contrast)
        reason = contrast_reason(frame, contrast, inputs.tables)
        before = len(found.impacts)
        problems = [] if reason else list(_fit_all(frame, contrast, plan, draws, found))
        found.made.extend(_made(contrast, reason, problems, len(found.impacts) > before))
    judged, counted = judge(found.impacts, plan), counted_cohorts(found.impacts)
    for one, own in zip(found.impacts, judged, strict=True):
        name = "impacts_by_cohort" if one.sample.level == "cohort" else "impacts"
        found.rows[name].append(_uncounted(impact_row(one, own, plan), name, counted))
    if contrasts:
        sized = with_class_size(inputs.frame, inputs.enrollments)
        found.rows["delivered"] = list(delivered_rows(sized, inputs.labels))
    if any(contrast.randomised for contrast in contrasts) and inputs.school_blocks:
        found.made.append(Made("site_variation", "How effects differ between schools", NO_SCHOOLS))
    reason = missing_reason(with_result(inputs.frame), ("passed", "test_score_in_sd"), inputs.tables)
    found.made.append(Made("grade_source", "Passing beside proficiency on an external test", reason))
    learned = [] if reason else list(grade_source_rows(inputs.frame, inputs.labels))
    found.rows["grade_source"] = [row for row in learned if row["source"] == ALL_SOURCES]
    found.rows["grade_gap"] = learned
    tables = {name: exact_table(rows, EFFECT_SPECIFICATIONS[name]) for name, rows in found.rows.items()}
    base = effects_base(found.impacts, inputs.frame)
    return Estimated(tables, _with_layouts(found.impacts, inputs), found.made, base)


def _uncounted(row: dict[str, Cell], table: str, counted: set[tuple[str, str, str]]) -> dict[str, Cell]:
    """A row by cohort without its numbers of students, where the base of enrollments cannot say whom they count."""
    place = (str(row["contrast"]), str(row["course"]), str(row["cohort"]))
    if table != "impacts_by_cohort" or place in counted:
        return row
    return {**row, "n_online": nan, "n_comparison": nan}


def _with_layouts(impacts: Sequence[Impact], inputs: Inputs) -> dict[str, TableSpecification]:
    layouts = {
        "impacts": impact_layout(impacts, inputs.labels),
        "attrition": attrition_layout(impacts, inputs.labels),
        "impacts_by_cohort": cohort_layout(impacts, inputs.labels),
        "delivered": delivered_layout(inputs.frame, inputs.labels),
        "grade_source": learning_layout(),
    }
    return {name: replace(one, layout=layouts.get(name)) for name, one in EFFECT_SPECIFICATIONS.items()}


def _made(contrast: Contrast, reason: str, problems: Sequence[str], fitted: bool) -> Iterator[Made]:
    """Whether the contrast was made, and apart from it which courses, cohorts or groups of students could not be."""
    why = reason or ("" if fitted else "; ".join(problems))
    yield Made(f"impacts_{contrast.name}", f"{contrast.title}: online against teacher-directed classes", why)
    if fitted and problems:
        parts = f"{contrast.title}: some courses, cohorts or groups of students"
        yield Made(f"impacts_{contrast.name}_parts", parts, "; ".join(problems))


def _fit_all(frame: pd.DataFrame, contrast: Contrast, plan: Plan, draws: Draws, found: _Found) -> Iterator[str]:
    """Fit one contrast in all its samples, and say what could not be fitted."""
    for sample in samples(frame, contrast):
        where = sample.course if sample.cohort == ALL_COHORTS else f"{sample.course}, {sample.cohort}"
        try:
            impact = fit_impact(sample, plan, draws)
        except EstimationError as error:
            yield f"{where}: {error}"
            continue
        found.impacts.append(impact)
        if sample.cohort == ALL_COHORTS:
            yield from (f"{where}: {problem}" for problem in _more(impact, plan, draws, found))


def _more(impact: Impact, plan: Plan, draws: Draws, found: _Found) -> Iterator[str]:
    """What is shown for all cohorts together: baseline, attrition, sites, second opinions, groups of students."""
    found.rows["baseline_equivalence"].extend(baseline_rows(impact))
    found.rows["attrition"].extend(attrition_row(impact))
    found.rows["impacts_second_opinions"].extend(opinion_rows(impact, draws))
    yield from _sites(impact.sample, found)
    for subgroup in plan.subgroups:
        try:
            found.rows["subgroup_impacts"].extend(map(subgroup_row, list(group_impacts(impact.sample, subgroup))))
        except EstimationError as error:
            yield f"{VARIABLES[subgroup].label.lower()}: {error}"


def _sites(sample: Sample, found: _Found) -> Iterator[str]:
    if found.school_blocks or not sample.contrast.randomised:
        return
    frame = sample.analysed
    columns = [frame[name].to_numpy() for name in ("value", "online")]
    codes = [frame[name].to_numpy(dtype=object) for name in ("lottery_block", "school_id")]
    try:
        found.rows["site_variation"].append(site_row(sample, fit_firc(*columns, *codes)))
    except EstimationError as error:
        yield f"differences between schools: {error}"
