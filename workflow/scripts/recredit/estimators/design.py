"""Terms of a model as columns: numbers in readable steps, yes/no as 0 and 1, categories as dummies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recredit.estimators.variables import VARIABLES, value_label


@dataclass(frozen=True)
class Term:
    """One column of a design.

    Attributes
    ----------
    name : the analysis table's column, with the level for a dummy ("grade_level=10").
    label : words for readers, with the step or the base level.
    values : (n,) the column.
    """

    name: str
    label: str
    values: NDArray[np.float64]


def build_terms(frame: pd.DataFrame, names: Sequence[str], labels: Mapping[str, str]) -> list[Term]:
    """The columns for terms ``names``.

    Parameters
    ----------
    frame : complete rows of the analysis table.
    labels : the study's labels of values.

    Returns
    -------
    A number is divided by its step (shares: ten percentage points). A category gives a dummy per level but the
    lowest, which is the base: the smallest number, or the first text.
    """
    return [term for name in names for term in _terms(frame[name], name, labels)]


def smallest_cell(frame: pd.DataFrame, names: Sequence[str]) -> int:
    """The fewest students in a level of a category or yes/no term, or in an arm; all students where there is none."""
    sizes = [frame["student_id"].nunique()]
    for name in [*(name for name in names if VARIABLES[name].kind != "number"), "arm"]:
        sizes.extend(frame.groupby(name)["student_id"].nunique().tolist())
    return int(min(sizes))


def _terms(column: pd.Series, name: str, labels: Mapping[str, str]) -> list[Term]:
    variable = VARIABLES[name]
    if variable.kind == "number":
        label = f"{variable.label} (per {variable.per})" if variable.per else variable.label
        return [Term(name, label, column.to_numpy(dtype=np.float64) / variable.step)]
    if variable.kind == "yes_no":
        return [Term(name, f"{variable.label} (yes against no)", column.to_numpy(dtype=np.float64))]
    base, *others = sorted(column.unique())
    base_label = value_label(base, labels)
    return [
        Term(
            f"{name}={value_label(level, {})}",
            f"{variable.label} {value_label(level, labels)} (against {base_label})",
            (column == level).to_numpy(dtype=np.float64),
        )
        for level in others
    ]
