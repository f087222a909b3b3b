"""The students of a contrast: who was assigned, and who is analysed, by course and cohort."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recredit.errors import EstimationError
from recredit.estimators.arrays import Floats
from recredit.estimators.differences import ALL_COURSES, Contrast, contrast_rows, two_arm_rows
from recredit.estimators.linear import fit_ols
from recredit.estimators.results import LinearFit
from recredit.estimators.variables import VARIABLES

ALL_COHORTS = "All cohorts"
# Fewer students in an arm say nothing, and their figures could not be shown.
SMALLEST_ARM = 10


@dataclass(frozen=True)
class Sample:
    """One contrast in one course and cohort.

    Attributes
    ----------
    assigned : all students of both arms (in lottery blocks with both), whether or not their outcome is known.
    analysed : those of them with the outcome; columns `value` (in units of the outcome) and `online` (0 or 1).
    """

    contrast: Contrast
    course: str
    cohort: str
    assigned: pd.DataFrame
    analysed: pd.DataFrame

    @property
    def level(self) -> str:
        """What the row is about: "course", "cohort" or "pooled"."""
        if self.cohort != ALL_COHORTS:
            return "cohort"
        return "pooled" if self.course == ALL_COURSES else "course"

    @property
    def is_share(self) -> bool:
        """Whether the outcome is yes or no."""
        return VARIABLES[self.contrast.outcome].kind == "yes_no"

    def arm(self, online: bool) -> pd.DataFrame:
        """The analysed students of one arm."""
        return self.analysed[self.analysed["online"] == float(online)]


def with_survey(frame: pd.DataFrame, survey: pd.DataFrame | None, contrast: Contrast) -> pd.DataFrame:
    """The analysis table with `survey_score`, the score on the contrast's scale (missing where there is none)."""
    if contrast.scale is None:
        return frame
    empty = pd.DataFrame({"enrollment_id": [], "scale": [], "score": []})
    answers = empty if survey is None else survey
    own = answers[answers["scale"] == contrast.scale]
    return frame.assign(survey_score=frame["enrollment_id"].map(own.set_index("enrollment_id")["score"]))


def samples(frame: pd.DataFrame, contrast: Contrast) -> Iterator[Sample]:
    """The contrast per course and cohort (where a course has several), per course, and over all courses."""
    everyone = contrast_rows(frame, contrast, known=False)
    courses = [(str(course), part) for (_, course), part in everyone.groupby(["course_order", "course"], sort=True)]
    for course, part in courses:
        cohorts = [(str(term), rows) for (_, term), rows in part.groupby(["term_order", "term"], sort=True)]
        if len(cohorts) > 1:
            yield from (_sample(contrast, course, cohort, rows) for cohort, rows in cohorts)
        yield _sample(contrast, course, ALL_COHORTS, part)
    if len(courses) > 1:
        yield _sample(contrast, ALL_COURSES, ALL_COHORTS, everyone)


def _sample(contrast: Contrast, course: str, cohort: str, rows: pd.DataFrame) -> Sample:
    assigned = two_arm_rows(rows)[0] if contrast.randomised else rows
    known = assigned.dropna(subset=["value"])
    analysed = two_arm_rows(known)[0] if contrast.randomised else _complete(known, contrast)
    return Sample(contrast, course, cohort, assigned.reset_index(drop=True), analysed.reset_index(drop=True))


def _complete(frame: pd.DataFrame, contrast: Contrast) -> pd.DataFrame:
    """Without a lottery a missing covariate may go with the arm: only complete cases are compared."""
    return frame.dropna(subset=list(contrast.covariates))


def covariate_columns(frame: pd.DataFrame, names: tuple[str, ...]) -> tuple[Floats, list[str]]:
    """Covariates as columns (n, k): numbers as they are, a dummy per level but one for a category.

    A missing value takes the mean, with an indicator beside: in a lottery that leaves the contrast unbiased (Puma,
    Olsen, Bell & Price 2009, "What to do when data are missing in group randomized controlled trials").
    """
    columns: dict[str, Floats] = {}
    for name in names:
        column = frame[name]
        if VARIABLES[name].kind == "category":
            levels = sorted(column.dropna().unique())[1:]
            columns |= {f"{name}={level}": np.asarray(column == level, dtype=np.float64) for level in levels}
        else:
            values = column.to_numpy(dtype=np.float64)
            mean = float(np.nanmean(values)) if np.isfinite(values).any() else 0.0
            columns[name] = np.where(np.isnan(values), mean, values)
        if column.isna().any():
            columns[f"{name} missing"] = np.asarray(column.isna(), dtype=np.float64)
    used = {name: values for name, values in columns.items() if np.ptp(values) > 0}
    return (np.column_stack(list(used.values())) if used else np.empty((len(frame), 0))), list(used)


def check_arms(sample: Sample) -> None:
    """Refuse arms that are too small.

    Raises
    ------
    EstimationError saying which rule is not met, without a number of students.
    """
    smallest = min(sample.arm(online)["student_id"].nunique() for online in (True, False))
    if smallest < SMALLEST_ARM:
        raise EstimationError(f"an arm has fewer than {SMALLEST_ARM} students with the outcome")


def primary_fit(
    sample: Sample, *, vcov: str = "CR2", adjusted: bool = True, weights: Floats | None = None
) -> LinearFit:
    """The contrast: outcome on the arm with fixed effects and covariates, standard errors clustered.

    Parameters
    ----------
    vcov : convention of the standard error, see :func:`recredit.estimators.linear.fit_ols`.
    adjusted : whether the contrast's covariates are in.
    weights : (n,) of the analysed students, or None.

    Returns
    -------
    The fit; its first term is `online`.
    """
    frame, contrast = sample.analysed, sample.contrast
    extra, names = covariate_columns(frame, contrast.covariates if adjusted else ())
    return covariates_fit(contrast, frame, extra, names, vcov=vcov, weights=weights)


def covariates_fit(
    contrast: Contrast,
    frame: pd.DataFrame,
    extra: Floats,
    names: Sequence[str],
    *,
    vcov: str = "CR2",
    weights: Floats | None = None,
) -> LinearFit:
    """The contrast's regression on given rows and columns of covariates (n, k); its first term is `online`."""
    return fit_ols(
        frame["value"].to_numpy(),
        np.column_stack([frame["online"].to_numpy(), extra]),
        cluster=frame[contrast.cluster].to_numpy(dtype=object),
        absorb=[frame[name].to_numpy(dtype=object) for name in contrast.absorb],
        weights=weights,
        vcov=vcov,
        names=["online", *names],
    )
