"""What a study declares as a regression of an outcome on what students did: an association, never an effect."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from recredit.errors import ConfigurationError
from recredit.estimators.analysis import ARMS
from recredit.estimators.covariance import CLUSTERED
from recredit.estimators.exact import Cell
from recredit.estimators.results import LinearFit
from recredit.estimators.variables import CODES, IN_THE_LOG, VARIABLES, check_columns

# Columns by which a model may be fitted group by group, and the outcomes that a fractional logit takes as shares.
GROUPS = ("type", "course", "subject", "school_year", "grade_level")
SHARES: Mapping[str, float] = {"percent": 100.0}
LANDMARK = "completed_in_two_weeks"
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
    population: str = "cohort"
    form: str = "linear"
    by: tuple[str, ...] = ()
    ranges: tuple[float, ...] = ()
    landmark: bool = False

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
        lists = {name: tuple(entry.get(name, ())) for name in ("terms", "absorb", "by", "ranges")}
        model = cls(**{**entry, **lists, "where": where, "vcov": vcov})
        chosen = tuple(name for name, _ in where)
        if model.landmark and model.population != "log":
            raise ConfigurationError(
                f"study.yaml: models: {model.name}: landmark: the day of completion is known in the log alone; say "
                "population: log."
            )
        known = IN_THE_LOG if model.population == "log" else None
        used = (model.outcome, *model.terms, *chosen)
        check_columns(f"models: {model.name}", (*model.columns, *model.by), terms=used, known=known)
        _check_standard_error(model)
        _check_form(model)
        return model

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the analysis table the model needs."""
        return (
            *(self.outcome, *self.terms, *self.absorb, *([self.cluster] if self.cluster else [])),
            *(name for name, _ in self.where),
            *([LANDMARK] if self.landmark else []),
        )

    @property
    def form_in_words(self) -> str:
        """How the model is fitted, for readers."""
        share = VARIABLES[self.outcome].kind != "yes_no"
        words = {"linear": "linear", "logit": f"{'fractional ' if share else ''}logit, average marginal effect"}
        parts = (words[self.form], "ranges" if self.ranges else "", "landmark after two weeks" if self.landmark else "")
        return "; ".join(filter(None, parts))

    @property
    def fixed_effects(self) -> str:
        """What is held fixed, for readers."""
        return ", ".join(VARIABLES[name].label.lower() for name in self.absorb) or "none"

    def choose(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of the analysis table the model is about."""
        chosen = frame["arm"].isin(MODES[self.mode])
        for name, values in self.where:
            texts = frame[name].map(_as_text, na_action="ignore")
            chosen &= texts.isin(values)
        if self.landmark:
            # Whoever has completed the course by then has the outcome already: it could have caused the measure.
            chosen &= frame[LANDMARK] == 0
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


def _check_form(model: Model) -> None:
    """Refuse what no model of this form can be.

    Raises
    ------
    ConfigurationError with the key and what to write in its place.
    """
    place = f"study.yaml: models: {model.name}:"
    if unknown := [name for name in model.by if name not in GROUPS]:
        raise ConfigurationError(f"{place} by: '{unknown[0]}' makes no groups; one of {', '.join(GROUPS)} does.")
    if model.ranges and (VARIABLES[model.terms[0]].kind != "number" or sorted({*model.ranges}) != [*model.ranges]):
        raise ConfigurationError(f"{place} ranges: the first term must be a number, and the cut points must rise.")
    if model.form != "logit":
        return
    if VARIABLES[model.outcome].kind != "yes_no" and model.outcome not in SHARES:
        raise ConfigurationError(
            f"{place} form: a logit needs a yes/no outcome or the grade, and {model.outcome} is none."
        )
    if codes := [name for name in model.absorb if name in CODES]:
        raise ConfigurationError(
            f"{place} form: with a logit '{codes[0]}' cannot be absorbed: the many small groups would bias it. Leave "
            "it out, or choose form: linear."
        )


def convention_label(fit: LinearFit, cluster: str | None) -> str:
    """The standard error's convention in words, with what it is clustered by."""
    return f"{fit.convention}, by {VARIABLES[cluster].label.lower()}" if cluster else fit.convention


def term_figures(fit: LinearFit, index: int) -> dict[str, Cell]:
    """Estimate, standard error, degrees of freedom, p and interval of one term."""
    names = ("estimate", "std_error", "df", "p_value", "ci_low", "ci_high")
    return {name: float(getattr(fit, name)[index]) for name in names}
