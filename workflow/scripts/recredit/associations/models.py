"""All regressions of a study on what students did: rows, what could not be made, and the enrollments behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from recredit.associations.fits import Fitted, fit_part
from recredit.associations.parts import EVERYBODY, Part, parts
from recredit.estimators.analysis import missing_reason
from recredit.estimators.associations import Model
from recredit.estimators.exact import Cell, Made


@dataclass(frozen=True)
class Use:
    """The fit behind some rows: the model, the part it was fitted in, and what it used."""

    model: Model
    part: Part
    fitted: Fitted


@dataclass(frozen=True)
class Associations:
    """Rows of a table of associations, the list of what was made, and the enrollments behind the rows."""

    rows: list[dict[str, Cell]]
    made: list[Made]
    uses: list[Use]


def fit_associations(
    frame: pd.DataFrame,
    models: Sequence[Model],
    labels: Mapping[str, str],
    tables: Sequence[str],
    from_clicks: str = "",
) -> Associations:
    """All models of one population.

    Parameters
    ----------
    frame : the analysis table of the population.
    labels : the study's labels of values.
    tables : canonical tables the study fills; a model that lacks one is listed with its name.
    from_clicks : the definition of idle time computed from clicks, where it stands beside the vendor's.

    Returns
    -------
    One row per model, definition of idle time, group and term. A model that cannot be fitted does not stop the run: it
    is listed with the reason; groups that cannot be are listed apart.
    """
    found = Associations([], [], [])
    for model in models:
        chosen = model.choose(frame)
        reason = missing_reason(chosen, model.columns, tables)
        failed = [] if reason else _fit_all(chosen, model, labels, from_clicks, found)
        whole = [why for part, why in failed if part.group == EVERYBODY]
        found.made.append(Made(model.name, model.title, reason or "; ".join(dict.fromkeys(whole))))
        if groups := [f"{part.group}: {why}" for part, why in failed if part.group != EVERYBODY]:
            found.made.append(Made(f"{model.name}_groups", f"{model.title}: some groups", "; ".join(groups)))
    return found


def _fit_all(
    frame: pd.DataFrame, model: Model, labels: Mapping[str, str], from_clicks: str, found: Associations
) -> list[tuple[Part, str]]:
    """Fit a model in all its parts; those that could not be, with the reason."""
    every = list(parts(frame, model, from_clicks))
    several = len({part.definition for part in every}) > 1
    failed = []
    for part in every:
        title = f"{model.title} ({part.definition})" if several else model.title
        try:
            fitted = fit_part(part, model, labels)
        except ValueError as error:
            failed.append((part, str(error)))
            continue
        found.rows.extend({**row, "title": title} for row in fitted.rows)
        found.uses.append(Use(model, part, fitted))
    return failed
