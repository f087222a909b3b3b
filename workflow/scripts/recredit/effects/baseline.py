"""How alike the arms were before the course, on the students analysed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recredit.effects.samples import Sample, covariate_columns
from recredit.effects.sizes import Size, mean_size, share_size
from recredit.errors import EstimationError
from recredit.estimators.arrays import Floats
from recredit.estimators.balance import OverlapWeights, overlap_weights
from recredit.estimators.linear import fit_ols
from recredit.estimators.results import LinearFit
from recredit.estimators.variables import VARIABLES
from recredit.standards.wwc import BaselineEquivalence, baseline_equivalence


@dataclass(frozen=True)
class Characteristic:
    """One characteristic before the course.

    Attributes
    ----------
    unadjusted, within, weighted : difference as it is, within the blocks (or courses and terms), and under overlap
        weights (where there was no lottery; else None).
    equivalence : by the What Works Clearinghouse, of the difference within.
    fit : of the difference within.
    students : with a value.
    """

    name: str
    unadjusted: Size
    within: Size
    weighted: Size | None
    equivalence: BaselineEquivalence
    fit: LinearFit
    students: pd.DataFrame


def characteristics(sample: Sample, names: Sequence[str]) -> list[Characteristic]:
    """Each of ``names`` that varies among the students analysed."""
    weights = _weights(sample)
    found = [_characteristic(sample, name, weights) for name in names]
    return [one for one in found if one is not None]


def overlap(sample: Sample) -> OverlapWeights:
    """Overlap weights of the analysed students from the contrast's covariates, courses and terms.

    Raises
    ------
    EstimationError without covariates to weigh by.
    """
    frame = sample.analysed
    columns, names = covariate_columns(frame, (*sample.contrast.covariates, *sample.contrast.absorb))
    if not sample.contrast.covariates or not names:
        raise EstimationError("the contrast names no covariates to weigh by")
    return overlap_weights(frame["online"].to_numpy(), columns, names=names, separation="drop")


def _weights(sample: Sample) -> Floats | None:
    if sample.contrast.randomised:
        return None
    try:
        return overlap(sample).weights
    except EstimationError:
        # The love plot then shows no weighted point; the second opinions say why.
        return None


def _characteristic(sample: Sample, name: str, weights: Floats | None) -> Characteristic | None:
    frame = sample.analysed
    known = frame[name].notna().to_numpy()
    part = frame[known]
    if part[name].nunique() < 2 or part["online"].nunique() < 2:
        return None
    try:
        fit = _difference(part, name, sample)
    except EstimationError:
        return None
    within = _size(part, name, float(fit.estimate[0]), float(fit.std_error[0]))
    if not np.isfinite(within.g):
        return None
    raw = _raw_difference(part, name, None)
    own = None if weights is None else np.nan_to_num(weights[known])
    heavy = None if own is None else _size(part, name, _raw_difference(part, name, own), float(fit.std_error[0]))
    adjusted = name in sample.contrast.covariates
    unadjusted = _size(part, name, raw, float(fit.std_error[0]))
    return Characteristic(name, unadjusted, within, heavy, baseline_equivalence(within.g, adjusted=adjusted), fit, part)


def _difference(part: pd.DataFrame, name: str, sample: Sample) -> LinearFit:
    """Difference of the characteristic between the arms, inside blocks (or courses and terms)."""
    return fit_ols(
        _values(part, name),
        part[["online"]].to_numpy(),
        cluster=part[sample.contrast.cluster].to_numpy(dtype=object),
        absorb=[part[column].to_numpy(dtype=object) for column in sample.contrast.absorb],
        names=["online"],
    )


def _values(part: pd.DataFrame, name: str) -> Floats:
    return part[name].to_numpy(dtype=np.float64)


def _raw_difference(part: pd.DataFrame, name: str, weights: Floats | None) -> float:
    online = part["online"].to_numpy() == 1
    values = _values(part, name)
    heavy = np.ones(len(values)) if weights is None else weights
    if heavy[online].sum() == 0 or heavy[~online].sum() == 0:
        return float("nan")
    return float(
        np.average(values[online], weights=heavy[online]) - np.average(values[~online], weights=heavy[~online])
    )


def _size(part: pd.DataFrame, name: str, difference: float, std_error: float) -> Size:
    values, online = _values(part, name), part["online"].to_numpy() == 1
    of_kind = share_size if VARIABLES[name].kind == "yes_no" else mean_size
    return of_kind(difference, std_error, values[online], values[~online])
