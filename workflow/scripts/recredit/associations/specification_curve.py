"""The specification curve: one association under every declared choice, with those that cannot be fitted kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import nan
from types import MappingProxyType

import numpy as np
import pandas as pd

from recredit.associations.parts import under_definitions
from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.errors import EstimationError
from recredit.estimators.analysis import distinct, missing_reason
from recredit.estimators.arrays import Floats
from recredit.estimators.associations import Model, convention_label, term_figures
from recredit.estimators.design import Term, build_terms
from recredit.estimators.exact import Cell
from recredit.estimators.linear import fit_ols
from recredit.estimators.results import LinearFit
from recredit.estimators.sensitivity import robustness_value
from recredit.estimators.specifications import hidden, label, model_figures
from recredit.estimators.variables import VARIABLES

LADDER: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "no fixed effects": (),
        "within courses and years": ("course_id", "school_year"),
        "within courses, years and schools": ("course_id", "school_year", "school_id"),
        "within students, courses and years": ("student_id", "course_id", "school_year"),
    }
)
BETWEEN = "between students, courses and years held fixed"
WITHIN = "deviation from the student's mean"
CLUSTERS: Mapping[str, str] = MappingProxyType({"school_id": "by school", "student_id": "by student"})
# Total minutes in the platform below which an idle share is not used.
THRESHOLDS_MINUTES = (0, 30, 60)
# A model needs rows to spare; fewer could not be released.
LEAST_RESIDUAL_DF = 10

SPECIFICATION_CURVE = TableSpecification(
    "specification_curve",
    "The same associations under other choices",
    "Students who took an analysed course, or all in the log, with a value in every column of the model",
    "one row per model and specification: fixed effects, least time in the platform, clusters; an association, not an "
    "effect. A specification that could not be fitted is kept, with the reason. The robustness value is the share of "
    "the residual variance of both sides that an unmeasured cause would have to explain to take the estimate to zero",
    "estimate/estimate_associations",
    {
        "model": label("Model"),
        "title": label("Title"),
        "population": label("Population"),
        "outcome": label("Outcome"),
        "idle_definition": label("Definition of idle time"),
        "term": label("Term"),
        "specification": label("Specification"),
        "unit": label("Unit of the estimate"),
        **model_figures(n="students", sd="outcome_sd"),
        "robustness": ColumnSpecification("estimate", "Robustness value", "percent", std_error="robustness_step"),
        "convention": label("Standard error"),
        "note": label("Note"),
        "robustness_step": hidden(),
        "students": hidden(),
        "outcome_sd": hidden(),
        "schools": hidden(),
        "teachers": hidden(),
    },
    schools="schools",
    teachers="teachers",
    students="students",
)


@dataclass(frozen=True)
class Choice:
    """One specification: fixed effects, clusters, least minutes, and whether it compares students' means."""

    name: str
    absorb: tuple[str, ...]
    cluster: str
    minutes: int
    between: bool = False


def choices() -> Iterator[Choice]:
    """All specifications of the curve, in their order."""
    ladder = [*LADDER.items(), (BETWEEN, ("course_id", "school_year"))]
    for (words, absorb), minutes, (cluster, by) in product(ladder, THRESHOLDS_MINUTES, CLUSTERS.items()):
        name = f"{words}; at least {minutes} minutes; clustered {by}"
        yield Choice(name, absorb, cluster, minutes, words == BETWEEN)


@dataclass(frozen=True)
class Setting:
    """What is the same in all rows: population in words, labels of values, and the tables that the study fills."""

    population: str
    labels: Mapping[str, str]
    tables: Sequence[str]
    from_clicks: str = ""


def curve_rows(frame: pd.DataFrame, models: Sequence[Model], setting: Setting) -> Iterator[dict[str, Cell]]:
    """Rows of the table `specification_curve`: the first term of each plain linear model under every choice.

    Parameters
    ----------
    frame : the analysis table of the models' population.
    """
    for model in models:
        chosen = model.choose(frame)
        if not _is_plain(model) or missing_reason(chosen, model.columns, setting.tables):
            continue
        for definition, part in under_definitions(chosen, model.columns, setting.from_clicks):
            for row in _rows_of(part, model, definition, setting.labels):
                yield {**row, "population": setting.population}


def _rows_of(
    frame: pd.DataFrame, model: Model, definition: str, labels: Mapping[str, str]
) -> Iterator[dict[str, Cell]]:
    """All choices; where a threshold of minutes leaves nobody out, the fit before it is the fit."""
    known: dict[tuple[bytes, Choice], dict[str, Cell]] = {}
    for choice in choices():
        rows = above(frame, choice.minutes, model.terms)
        same = rows[model.terms[0]].to_numpy(dtype=np.float64).tobytes(), replace(choice, name="", minutes=0)
        if same not in known:
            known[same] = _row(rows, model, choice, definition, labels)
        yield {**known[same], "specification": choice.name}


def _is_plain(model: Model) -> bool:
    """Ranges, landmarks and logits are other choices already."""
    number = VARIABLES[model.terms[0]].kind == "number"
    return number and model.form == "linear" and not model.ranges and not model.landmark


def _row(
    frame: pd.DataFrame, model: Model, choice: Choice, definition: str, labels: Mapping[str, str]
) -> dict[str, Cell]:
    used = frame.dropna(subset=[*{model.outcome, *model.terms, *choice.absorb, choice.cluster}]).reset_index(drop=True)
    row: dict[str, Cell] = {
        "model": model.name,
        "title": model.title,
        "outcome": VARIABLES[model.outcome].label,
        "idle_definition": definition,
        "term": VARIABLES[model.terms[0]].label,
        "unit": VARIABLES[model.outcome].unit,
        "robustness_step": 10.0,
        "students": float(used["student_id"].nunique()),
        "outcome_sd": float(used[model.outcome].std() * VARIABLES[model.outcome].outcome_scale),
        "schools": distinct(used["school_id"]),
        "teachers": distinct(used["teacher_id"]),
        "smallest_cell": float(used["student_id"].nunique()),
    }
    try:
        terms = [] if used.empty else build_terms(used, model.terms, labels)
        fit = _fit(used, model, choice, terms)
        return {**row, **_figures(used, model, choice, fit, terms)}
    except EstimationError as error:
        return {**row, **_nothing(str(error))}


def above(frame: pd.DataFrame, minutes: int, terms: Sequence[str]) -> pd.DataFrame:
    """The rows with at least so many minutes of active and idle time together, the idle share taken from these.

    Where the study has no sums of time, the threshold of the measure itself stays.
    """
    if "idle_share" not in terms or frame["active_hours"].isna().all():
        return frame
    total = frame["active_hours"] + frame["idle_hours"]
    share = (frame["idle_hours"] / total.where(total > 0)).where(60 * total >= minutes)
    return frame.assign(idle_share=share)


def _fit(frame: pd.DataFrame, model: Model, choice: Choice, terms: Sequence[Term], vcov: str = "CR2") -> LinearFit:
    if frame.empty or not terms:
        raise EstimationError("no enrollment has a value in every column of the specification")
    columns: dict[str, Floats] = {term.name: term.values for term in terms}
    if choice.between:
        # Of mean and deviation the mean's coefficient is what lies between students (Mundlak 1978, Econometrica 46).
        values = pd.Series(terms[0].values)
        means = values.groupby(frame["student_id"].to_numpy()).transform("mean").to_numpy(dtype=np.float64)
        columns |= {terms[0].name: means, WITHIN: terms[0].values - means}
    if not choice.absorb:
        columns["constant"] = np.ones(len(frame))
    fit = fit_ols(
        frame[model.outcome].to_numpy(dtype=np.float64) * VARIABLES[model.outcome].outcome_scale,
        np.column_stack(list(columns.values())),
        cluster=frame[choice.cluster].to_numpy(dtype=object) if vcov == "CR2" else None,
        absorb=[frame[name].to_numpy(dtype=object) for name in choice.absorb],
        vcov=vcov,
        names=list(columns),
    )
    if choice.between and WITHIN not in [fit.names[place] for place in fit.solution.kept]:
        raise EstimationError("no student has two courses: what lies between and within students cannot be told apart")
    if np.isnan(fit.std_error[0]) or fit.residual_df < LEAST_RESIDUAL_DF:
        raise EstimationError("too few rows are left for this term")
    return fit


def _figures(
    frame: pd.DataFrame, model: Model, choice: Choice, fit: LinearFit, terms: Sequence[Term]
) -> dict[str, Cell]:
    classical = _fit(frame, model, choice, terms, vcov="classical")
    robust = robustness_value(float(classical.t[0]), float(classical.residual_df))
    return {
        **term_figures(fit, 0),
        "residual_df": float(fit.residual_df),
        "max_leverage": fit.max_leverage,
        "robustness": 100 * robust,
        "convention": convention_label(fit, choice.cluster),
        "note": "",
    }


def _nothing(reason: str) -> dict[str, Cell]:
    names = ("estimate", "std_error", "df", "p_value", "ci_low", "ci_high", "residual_df", "max_leverage", "robustness")
    return {**dict.fromkeys(names, nan), "convention": "", "note": f"not possible: {reason}"}
