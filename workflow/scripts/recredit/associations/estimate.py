"""The associations of a study: its cohort, the whole log, and the curve of other choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from recredit.associations.base import association_base, log_base
from recredit.associations.models import Associations, fit_associations
from recredit.associations.specification_curve import SPECIFICATION_CURVE, Setting, curve_rows
from recredit.associations.specifications import described_cohort, described_log
from recredit.disclosure.specification import TableSpecification
from recredit.estimators.associations import Model
from recredit.estimators.bases import ENROLLMENTS, marks_frame
from recredit.estimators.exact import Made, exact_table
from recredit.estimators.type_layouts import LOG_BASE

POPULATIONS = {"cohort": "students analysed", "log": "the whole log"}


@dataclass(frozen=True)
class Inputs:
    """What the associations read.

    Attributes
    ----------
    frames : the analysis tables by population, "cohort" and, where a model asks for it, "log".
    labels : the study's labels of values. tables : canonical tables the study fills.
    from_clicks : the definition of idle time computed from clicks.
    """

    frames: Mapping[str, pd.DataFrame]
    labels: Mapping[str, str]
    tables: Sequence[str]
    from_clicks: str


@dataclass(frozen=True)
class Estimated:
    """The exact tables, what each says about itself, the bases of what they count, and what was made."""

    tables: Mapping[str, pd.DataFrame]
    specifications: Mapping[str, TableSpecification]
    bases: Mapping[str, pd.DataFrame]
    made: Sequence[Made]


def estimate_associations(inputs: Inputs, models: Sequence[Model]) -> Estimated:
    """The tables `associations`, `associations_district` and `specification_curve`."""
    own = {name: [model for model in models if model.population == name] for name in POPULATIONS}
    fits = {name: _fit(inputs, name, chosen) for name, chosen in own.items()}
    bases, specifications = {}, {}
    bases[ENROLLMENTS], counted = association_base(fits["cohort"].uses)
    specifications["associations"] = described_cohort(counted)
    bases[LOG_BASE], counted = (
        log_base(inputs.frames["log"], fits["log"].uses) if "log" in inputs.frames else (marks_frame({}), [])
    )
    specifications["associations_district"] = described_log(counted)
    specifications["specification_curve"] = SPECIFICATION_CURVE
    rows = {"associations": fits["cohort"].rows, "associations_district": fits["log"].rows}
    rows["specification_curve"] = [
        row
        for name, chosen in own.items()
        if name in inputs.frames
        for row in curve_rows(
            inputs.frames[name],
            chosen,
            Setting(POPULATIONS[name], inputs.labels, inputs.tables, inputs.from_clicks),
        )
    ]
    tables = {name: exact_table(rows[name], one) for name, one in specifications.items()}
    return Estimated(tables, specifications, bases, [*fits["cohort"].made, *fits["log"].made])


def _fit(inputs: Inputs, population: str, models: Sequence[Model]) -> Associations:
    if not models:
        return Associations([], [], [])
    return fit_associations(inputs.frames[population], models, inputs.labels, inputs.tables, inputs.from_clicks)
