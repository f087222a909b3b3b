"""One model in one part of a population: linear, by ranges, or as a logit, and the rows that come of it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from recredit.associations.parts import Part
from recredit.errors import EstimationError
from recredit.estimators.analysis import distinct
from recredit.estimators.arrays import Floats
from recredit.estimators.associations import SHARES, Model, convention_label, term_figures
from recredit.estimators.design import Term, build_terms, smallest_cell
from recredit.estimators.exact import Cell
from recredit.estimators.linear import fit_ols
from recredit.estimators.logit import MarginalEffects, average_marginal_effects
from recredit.estimators.results import LinearFit
from recredit.estimators.variables import VARIABLES

FIGURES = ("estimate", "std_error", "df", "p_value", "ci_low", "ci_high")


@dataclass(frozen=True)
class Fitted:
    """What a model found in one part.

    Attributes
    ----------
    rows : cells of the rows of the table, but for the title. used : the enrollments behind them.
    ranges : for a model by ranges, the range of each enrollment used; None otherwise.
    """

    rows: list[dict[str, Cell]]
    used: pd.DataFrame
    ranges: pd.Series | None = None


def fit_part(part: Part, model: Model, labels: Mapping[str, str]) -> Fitted:
    """Fit a model in one part.

    Raises
    ------
    EstimationError or ValueError with the reason where it cannot be fitted.
    """
    complete = part.frame.dropna(subset=[*model.columns, *([part.by] if part.by else [])])
    if complete.empty:
        raise EstimationError("no enrollment has a value in every column of the model")
    if model.ranges:
        return _by_ranges(part, complete, model, labels)
    terms = build_terms(complete, model.terms, labels)
    if not terms:
        raise EstimationError("every term has the same value in all enrollments")
    fit = linear_fit(complete, model, terms)
    used = complete.iloc[np.sort(fit.rows)]
    if model.form == "logit":
        used = complete
        found = list(_marginal(complete, model, terms))
        shared = _shared(part, complete, used, model, fit) | {"convention": convention_label_of(found, model)}
        rows = [{**shared, **_of_effects(effects, place, term)} for effects, place, term in found]
    else:
        shared = _shared(part, complete, used, model, fit)
        rows = [{**shared, **figures} for figures in _of_terms(fit, terms)]
    shown = rows if not part.by else [row for row in rows if row["term"] in _numbers(terms)]
    return Fitted(shown, used)


def _numbers(terms: Sequence[Term]) -> set[Cell]:
    """Terms that are shown group by group: a dummy of a small level in a small group would say too much."""
    return {term.label for term in terms if VARIABLES[term.name.split("=")[0]].kind == "number"}


def linear_fit(frame: pd.DataFrame, model: Model, terms: Sequence[Term]) -> LinearFit:
    """The linear model on complete rows."""
    columns: dict[str, Floats] = {term.name: term.values for term in terms}
    if not model.absorb:
        columns["constant"] = np.ones(len(frame), dtype=np.float64)
    return fit_ols(
        frame[model.outcome].to_numpy(dtype=np.float64) * VARIABLES[model.outcome].outcome_scale,
        np.column_stack(list(columns.values())),
        cluster=frame[model.cluster].to_numpy(dtype=object) if model.cluster else None,
        absorb=[frame[name].to_numpy(dtype=object) for name in model.absorb],
        vcov=model.vcov,
        names=list(columns),
    )


def _shared(part: Part, complete: pd.DataFrame, used: pd.DataFrame, model: Model, fit: LinearFit) -> dict[str, Cell]:
    """What is the same in all rows of a fit."""
    return {
        "model": model.name,
        "outcome": VARIABLES[model.outcome].label,
        "group": part.group,
        "idle_definition": part.definition,
        "form": model.form_in_words,
        "fixed_effects": model.fixed_effects,
        "unit": VARIABLES[model.outcome].unit,
        "students": float(used["student_id"].nunique()),
        "enrollments": float(len(used)),
        "clusters": float(fit.clusters) if fit.clusters else math.nan,
        "convention": convention_label(fit, model.cluster),
        "left_out_missing": float(len(part.frame) - len(complete)),
        "left_out_alone": float(len(complete) - len(used)),
        "schools": distinct(used["school_id"]),
        "teachers": distinct(used["teacher_id"]),
        "residual_df": float(fit.residual_df),
        "smallest_cell": float(smallest_cell(used, model.terms)),
        "max_leverage": fit.max_leverage,
    }


def _of_terms(fit: LinearFit, terms: Sequence[Term]) -> Iterator[dict[str, Cell]]:
    """One row per term that was not left out."""
    for index, term in enumerate(terms):
        if not math.isnan(fit.estimate[index]):
            yield {"term": term.label, **term_figures(fit, index)}


def _marginal(frame: pd.DataFrame, model: Model, terms: Sequence[Term]) -> Iterator[tuple[MarginalEffects, int, Term]]:
    """Average marginal effects of the terms; fixed effects are dummies, which many small groups would bias.

    Papke & Wooldridge (1996), J. Applied Econometrics 11: 619-632, where the outcome is a share.
    """
    columns = {term.name: term.values for term in terms}
    held = {name: sorted(frame[name].unique())[1:] for name in model.absorb}
    dummies = {
        f"held {name}={level}": (frame[name] == level).to_numpy(np.float64)
        for name, levels in held.items()
        for level in levels
    }
    names = ["(constant)", *columns, *dummies]
    # Numbers in order of first appearance: the order of random codes must not reach the sums.
    cluster = pd.factorize(frame[model.cluster])[0] if model.cluster else None
    effects = average_marginal_effects(
        frame[model.outcome].to_numpy(dtype=np.float64) / SHARES.get(model.outcome, 1.0),
        np.column_stack([np.ones(len(frame)), *columns.values(), *dummies.values()]),
        cluster=cluster,
        categories=_categories(terms),
        names=names,
        terms=list(columns),
    )
    yield from ((effects, place, term) for place, term in enumerate(terms))


def _categories(terms: Sequence[Term]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for term in terms:
        name, _, level = term.name.partition("=")
        if level:
            found.setdefault(name, []).append(term.name)
    return found


def convention_label_of(found: Sequence[tuple[MarginalEffects, int, Term]], model: Model) -> str:
    """The standard error's convention of a logit in words."""
    convention = found[0][0].convention
    return f"{convention}, by {VARIABLES[model.cluster].label.lower()}" if model.cluster else convention


def _of_effects(effects: MarginalEffects, place: int, term: Term) -> dict[str, Cell]:
    """Figures in percentage points, or points of 100."""
    figures: dict[str, Cell] = {"df": float(effects.df), "p_value": float(effects.p_value[place])}
    scaled = ("estimate", "std_error", "ci_low", "ci_high")
    return {"term": term.label, **figures, **{name: 100 * float(getattr(effects, name)[place]) for name in scaled}}


def _by_ranges(part: Part, complete: pd.DataFrame, model: Model, labels: Mapping[str, str]) -> Fitted:
    """The dose curve: each range of the first term beside the lowest, with the enrollments in it."""
    numbers, words = range_of(complete[model.terms[0]], model)
    found = [place for place in range(len(words)) if (numbers == place).any()]
    if len(found) < 2:
        raise EstimationError("all enrollments lie in one range")
    base, others = found[0], found[1:]
    variable = VARIABLES[model.terms[0]]
    dummies = [
        Term(f"range {place}", f"{variable.label} {words[place]} (against {words[base]})", (numbers == place) * 1.0)
        for place in others
    ]
    more = build_terms(complete, model.terms[1:], labels)
    fit = linear_fit(complete, model, [*dummies, *more])
    used = complete.iloc[np.sort(fit.rows)]
    shared = _shared(part, complete, used, model, fit)
    own = {place: complete.iloc[np.sort(fit.rows[numbers[fit.rows] == place])] for place in found}
    label = {base: f"{variable.label} {words[base]} (others are held against it)"}
    label |= {place: term.label for place, term in zip(others, dummies, strict=True)}
    rows = []
    for place in found:
        index = others.index(place) if place in others else -1
        figures = dict.fromkeys(FIGURES, math.nan) if index < 0 else term_figures(fit, index)
        rows.append({**shared, **behind_range(own[place]), "term": label[place], **figures})
    ranges = pd.Series([label.get(int(number)) for number in numbers], index=complete.index)
    return Fitted(rows, used, ranges.loc[used.index])


def behind_range(rows: pd.DataFrame) -> dict[str, Cell]:
    """What stands behind the row of one range."""
    students = float(rows["student_id"].nunique())
    counts: dict[str, Cell] = {"students": students, "enrollments": float(len(rows)), "smallest_cell": students}
    return {**counts, "schools": distinct(rows["school_id"]), "teachers": distinct(rows["teacher_id"])}


def range_of(values: pd.Series, model: Model) -> tuple[np.ndarray, list[str]]:
    """The number of each value's range by the model's cut points, (n,), and the ranges in words."""
    share = VARIABLES[model.terms[0]].step == 0.1
    cuts = [f"{100 * cut:g}%" if share else f"{cut:g}" for cut in model.ranges]
    words = [f"under {cuts[0]}", *(f"{low} to under {high}" for low, high in pairwise(cuts))]
    numbers = np.searchsorted(np.array(model.ranges), values.to_numpy(dtype=np.float64), side="right")
    return numbers, [*words, f"{cuts[-1]} and more"]
