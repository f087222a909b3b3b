"""Regressions of an outcome on what students did: associations, never effects."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recredit.disclosure.linked.layout import RowDefinition
from recredit.errors import ConfigurationError
from recredit.estimators.analysis import ARMS, definitions, distinct, missing_reason
from recredit.estimators.arrays import Floats
from recredit.estimators.bases import Use, first_mark, first_units, marks_frame
from recredit.estimators.covariance import CLUSTERED
from recredit.estimators.design import Term, build_terms, smallest_cell
from recredit.estimators.exact import Cell, Made
from recredit.estimators.linear import fit_ols
from recredit.estimators.results import LinearFit
from recredit.estimators.variables import VARIABLES, check_columns

MODES: Mapping[str, tuple[str, ...]] = {"online": ("online",), "comparison": ("comparison",), "all": ARMS}


@dataclass(frozen=True)
class Model:
    """One entry of `models` of a study; see config.schema.yaml."""

    name: str
    title: str
    outcome: str
    terms: tuple[str, ...]
    absorb: tuple[str, ...]
    cluster: str | None
    mode: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    vcov: str

    @classmethod
    def from_settings(cls, entry: Mapping[str, Any]) -> "Model":
        """The model of a configuration entry.

        Raises
        ------
        ConfigurationError for a column that is not in the analysis table or cannot be a term or a choice of rows, or
        for a standard error that does not fit the clusters.
        """
        where = tuple((name, tuple(map(str, values))) for name, values in (entry.get("where") or {}).items())
        vcov = entry.get("vcov") or ("CR1" if entry["cluster"] else "classical")
        lists = {"terms": tuple(entry["terms"]), "absorb": tuple(entry["absorb"])}
        model = cls(**{**entry, **lists, "where": where, "vcov": vcov})
        chosen = tuple(name for name, _ in where)
        check_columns(f"models: {model.name}", model.columns, terms=(model.outcome, *model.terms, *chosen))
        _check_standard_error(model)
        return model

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the analysis table the model needs."""
        return (
            *(self.outcome, *self.terms, *self.absorb, *([self.cluster] if self.cluster else [])),
            *(name for name, _ in self.where),
        )

    def choose(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of the analysis table the model is about."""
        chosen = frame["arm"].isin(MODES[self.mode])
        for name, values in self.where:
            texts = frame[name].map(_as_text, na_action="ignore")
            chosen &= texts.isin(values)
        return frame[chosen]


def _as_text(value: object) -> str:
    """A value as study.yaml writes it: whole numbers without a fraction."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _check_standard_error(model: Model) -> None:
    if (model.vcov not in CLUSTERED) == bool(model.cluster):
        words = "takes no clusters: take out" if model.cluster else "needs clusters: name the column under"
        raise ConfigurationError(
            f"study.yaml: models: {model.name}: the standard error {model.vcov} {words} cluster, or choose "
            "another vcov."
        )


def fit_associations(
    frame: pd.DataFrame, models: Sequence[Model], labels: Mapping[str, str], tables: Sequence[str]
) -> tuple[list[dict[str, Cell]], list[Made], list[Use]]:
    """All models of a study.

    Parameters
    ----------
    frame : the analysis table.
    labels : the study's labels of values.
    tables : canonical tables the study fills; a model that lacks one is listed with its name.

    Returns
    -------
    One row per model, definition of idle time and term (columns of the table `associations`), the list of what was
    made, and the enrollments behind the rows of each model. A model that cannot be fitted does not stop the run: it is
    listed with the reason.
    """
    rows: list[dict[str, Cell]] = []
    made: list[Made] = []
    uses: list[Use] = []
    for model in models:
        chosen = model.choose(frame)
        reason = missing_reason(chosen, model.columns, tables)
        parts = [] if reason else definitions(chosen, model.columns)
        for definition, part in parts:
            title = f"{model.title} ({definition})" if len(parts) > 1 else model.title
            try:
                new, used = _fit(part, model, title, definition, labels)
                rows.extend(new)
                uses.append(Use({"model": model.name, "idle_definition": definition}, used))
            except ValueError as error:
                reason = f"{reason}; {error}" if reason else str(error)
        made.append(Made(model.name, model.title, reason))
    return rows, made, uses


def association_base(uses: Sequence[Use]) -> tuple[pd.DataFrame, list[RowDefinition]]:
    """What the models add to the base of enrollments, and which rows count whom."""
    marks: dict[str, pd.Series] = {}
    definitions = []
    for use in uses:
        name = " ".join(filter(None, (f"used in {use.labels['model']}", use.labels["idle_definition"])))
        first = first_mark(name)
        marks |= {name: use.rows["enrollment_id"], first: first_units(use.rows)}
        definitions.append(RowDefinition(use.labels, {"students": (first,), "enrollments": (name,)}))
    return marks_frame(marks), definitions


def _fit(
    frame: pd.DataFrame, model: Model, title: str, definition: str, labels: Mapping[str, str]
) -> tuple[list[dict[str, Cell]], pd.DataFrame]:
    """The rows of one model, and the enrollments that it used."""
    complete = frame.dropna(subset=list(model.columns))
    if complete.empty:
        raise ValueError("no enrollment has a value in every column of the model")
    terms = build_terms(complete, model.terms, labels)
    if not terms:
        raise ValueError("every term has the same value in all enrollments")
    fit = _estimate(complete, model, terms)
    shared = _shared(frame, complete, model, fit, title, definition)
    return [{**shared, **figures} for figures in _figures(fit, terms)], complete.iloc[fit.rows]


def _estimate(complete: pd.DataFrame, model: Model, terms: Sequence[Term]) -> LinearFit:
    columns: dict[str, Floats] = {term.name: term.values for term in terms}
    if not model.absorb:
        columns["constant"] = np.ones(len(complete), dtype=np.float64)
    return fit_ols(
        complete[model.outcome].to_numpy(dtype="float64") * VARIABLES[model.outcome].outcome_scale,
        np.column_stack(list(columns.values())),
        cluster=complete[model.cluster].to_numpy(dtype=object) if model.cluster else None,
        absorb=[complete[name].to_numpy(dtype=object) for name in model.absorb],
        vcov=model.vcov,
        names=list(columns),
    )


def _shared(
    frame: pd.DataFrame, complete: pd.DataFrame, model: Model, fit: LinearFit, title: str, definition: str
) -> dict[str, Cell]:
    """What is the same in all rows of a model."""
    used = complete.iloc[fit.rows]
    return {
        "model": model.name,
        "title": title,
        "outcome": VARIABLES[model.outcome].label,
        "idle_definition": definition,
        "unit": VARIABLES[model.outcome].unit,
        "students": float(used["student_id"].nunique()),
        "enrollments": float(fit.n),
        "clusters": float(fit.clusters) if fit.clusters else math.nan,
        "convention": convention_label(fit, model.cluster),
        "left_out_missing": float(len(frame) - len(complete)),
        "left_out_alone": float(len(complete) - fit.n),
        "schools": distinct(used["school_id"]),
        "teachers": distinct(used["teacher_id"]),
        "residual_df": float(fit.residual_df),
        "smallest_cell": float(smallest_cell(used, model.terms)),
        "max_leverage": fit.max_leverage,
    }


def convention_label(fit: LinearFit, cluster: str | None) -> str:
    """The standard error's convention in words, with what it is clustered by."""
    return f"{fit.convention}, by {VARIABLES[cluster].label.lower()}" if cluster else fit.convention


def _figures(fit: LinearFit, terms: Sequence[Term]) -> list[dict[str, Cell]]:
    """One row per term that was not left out."""
    rows: list[dict[str, Cell]] = []
    for index, term in enumerate(terms):
        if math.isnan(fit.estimate[index]):
            continue
        rows.append({"term": term.label, **term_figures(fit, index)})
    return rows


def term_figures(fit: LinearFit, index: int) -> dict[str, Cell]:
    """Estimate, standard error, degrees of freedom, p and interval of one term."""
    names = ("estimate", "std_error", "df", "p_value", "ci_low", "ci_high")
    return {name: float(getattr(fit, name)[index]) for name in names}
