"""Contrasts inside groups of students that the plan declared before, and how they differ between the groups."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from recredit.effects.impacts import impact_size
from recredit.effects.opinions import figures_of
from recredit.effects.samples import Sample, check_arms, covariate_columns, primary_fit
from recredit.effects.sizes import NOTHING, Size
from recredit.errors import EstimationError
from recredit.estimators.differences import two_arm_rows
from recredit.estimators.linear import fit_ols
from recredit.estimators.results import LinearFit
from recredit.estimators.variables import VARIABLES

DIFFERENCE = "difference between the two groups"


@dataclass(frozen=True)
class GroupImpact:
    """A contrast in one group, or its difference between two.

    Attributes
    ----------
    sample : the students it rests on; for a difference both groups.
    smallest : students in the smallest arm of a group.
    """

    subgroup: str
    level: str
    sample: Sample
    fit: LinearFit
    figures: Mapping[str, float]
    size: Size
    smallest: int


def group_impacts(sample: Sample, subgroup: str) -> Iterator[GroupImpact]:
    """The contrast in each level of a subgroup, then the difference between the levels.

    Raises
    ------
    EstimationError where the characteristic does not vary, or a group has too small an arm.
    """
    member = _member(sample.analysed, subgroup)
    if member.dropna().nunique() < 2:
        raise EstimationError("all students with a value are in one group")
    label = VARIABLES[subgroup].label
    names = ("yes", "no") if VARIABLES[subgroup].kind == "yes_no" else ("at or above the median", "below the median")
    parts = [_part(sample, member == value) for value in (1.0, 0.0)]
    for part in parts:
        check_arms(part)
    for name, part in zip(names, parts, strict=True):
        fit = primary_fit(part)
        figures = figures_of(fit)
        size = impact_size(part, figures["estimate"], figures["std_error"])
        yield GroupImpact(label, name, part, fit, figures, size, _smallest(part))
    yield _difference(label, sample, member, min(_smallest(part) for part in parts))


def _member(frame: pd.DataFrame, subgroup: str) -> pd.Series:
    """1 for the first group, 0 for the second, NaN where the characteristic is missing."""
    column = frame[subgroup]
    if VARIABLES[subgroup].kind == "yes_no":
        return column
    return (column >= column.median()).astype("float64").where(column.notna())


def _part(sample: Sample, chosen: pd.Series) -> Sample:
    rows = sample.analysed[chosen.to_numpy()]
    used = two_arm_rows(rows)[0] if sample.contrast.randomised else rows
    return replace(sample, analysed=used.reset_index(drop=True))


def _smallest(sample: Sample) -> int:
    return min(int(sample.arm(online)["student_id"].nunique()) for online in (True, False))


def _difference(label: str, sample: Sample, member: pd.Series, smallest: int) -> GroupImpact:
    """One model of both groups: fixed effects, the group, and the arm in the first group beyond the second."""
    known = member.notna().to_numpy()
    frame, group = sample.analysed[known], member.to_numpy()[known]
    extra, names = covariate_columns(frame, sample.contrast.covariates)
    online = frame["online"].to_numpy()
    fit = fit_ols(
        frame["value"].to_numpy(),
        np.column_stack([online * group, online, group, extra]),
        cluster=frame[sample.contrast.cluster].to_numpy(dtype=object),
        absorb=[frame[name].to_numpy(dtype=object) for name in sample.contrast.absorb],
        names=["online in the group", "online", "group", *(f"covariate {name}" for name in names)],
    )
    both = replace(sample, analysed=frame.reset_index(drop=True))
    return GroupImpact(label, DIFFERENCE, both, fit, figures_of(fit), NOTHING, smallest)
