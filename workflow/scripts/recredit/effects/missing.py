"""What hangs on missing values: complete cases, an indicator with a constant, and multiple imputation."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd

from recredit.effects.samples import SMALLEST_ARM, Sample, covariate_columns, covariates_fit
from recredit.errors import EstimationError
from recredit.estimators.arrays import Floats, Integers
from recredit.estimators.multiple_imputation import impute, pool
from recredit.estimators.results import LinearFit
from recredit.estimators.rows import content_keys, number_by_content
from recredit.estimators.variables import VARIABLES

FIGURES = ("estimate", "std_error", "df", "p_value", "ci_low", "ci_high")
IMPUTATIONS = 20
# With fewer an interval has no meaning: t with one degree of freedom has no mean, with two no variance.
LEAST_DF = 3
COMPLETE = "missing covariates: complete cases"
INDICATOR = "missing covariates: indicator and constant"
IMPUTED = "missing covariates: multiple imputation"
OUTCOMES_IMPUTED = "missing outcomes: multiple imputation"

# A variant, its figures, and how to read it.
Variant = tuple[str, Mapping[str, float], str]


def missing_variants(sample: Sample, seed: int) -> Iterator[tuple[str, Callable[[], Variant]]]:
    """The variants that make a difference in a sample, each to be computed when it is asked for.

    Parameters
    ----------
    seed : of the imputations; they depend on what the rows hold, never on their order or on study codes.
    """
    known = sample.assigned.dropna(subset=["value"])
    known = (
        known[known["lottery_block"].isin(sample.analysed["lottery_block"])] if sample.contrast.randomised else known
    )
    if known[list(sample.contrast.covariates)].isna().any(axis=None):
        yield COMPLETE, lambda: (COMPLETE, _figures(_complete_cases(sample, known)), "")
        yield INDICATOR, lambda: (INDICATOR, _figures(_with_indicator(sample, known)), "")
        yield IMPUTED, lambda: _imputed(sample, known, IMPUTED, seed)
    if sample.contrast.randomised and sample.assigned["value"].isna().any():
        yield OUTCOMES_IMPUTED, lambda: _imputed(sample, sample.assigned, OUTCOMES_IMPUTED, seed)


def _figures(fit: LinearFit) -> dict[str, float]:
    return {name: float(getattr(fit, name)[0]) for name in FIGURES}


def _complete_cases(sample: Sample, known: pd.DataFrame) -> LinearFit:
    complete = known.dropna(subset=list(sample.contrast.covariates)).reset_index(drop=True)
    if min(complete.loc[complete["online"] == arm, "student_id"].nunique() for arm in (0.0, 1.0)) < SMALLEST_ARM:
        raise EstimationError(f"an arm has fewer than {SMALLEST_ARM} students with a value in every covariate")
    return covariates_fit(sample.contrast, complete, *covariate_columns(complete, sample.contrast.covariates))


def _with_indicator(sample: Sample, known: pd.DataFrame) -> LinearFit:
    rows = known.reset_index(drop=True)
    return covariates_fit(sample.contrast, rows, *covariate_columns(rows, sample.contrast.covariates))


def _imputed(sample: Sample, frame: pd.DataFrame, name: str, seed: int) -> Variant:
    """Rubin's rules over fits on imputed rows.

    The imputation knows the outcome, the arm, the covariates, and course and term; not single lottery blocks, whose
    dummies would be as many as some blocks have students: what is filled in carries no difference between schools, and
    where much is missing the error clustered by school is a little too small. The degrees of freedom are those of
    Barnard & Rubin, with each imputation's own Satterthwaite figure in place of the complete-data ones.
    """
    columns, names = _imputation_columns(frame, sample.contrast.covariates)
    order = _order_by_content(frame, columns)
    rows, columns = frame.iloc[order].reset_index(drop=True), columns[order]
    filled = impute(columns, seed=seed, imputations=IMPUTATIONS, names=names)
    width = len(sample.contrast.covariates)
    fits = [_fit_on(sample, rows, one[:, 0], one[:, 2 : 2 + width]) for one in filled]
    found = pool(
        [fit.estimate[0] for fit in fits],
        [fit.std_error[0] for fit in fits],
        df_complete=np.array([[fit.df[0]] for fit in fits]),
        names=["online"],
    )
    if found.df[0] < LEAST_DF:
        raise EstimationError("the imputations differ too much from one another for an interval")
    figures = {each: float(getattr(found, each)[0]) for each in FIGURES}
    note = (
        f"{IMPUTATIONS} imputations by predictive mean matching, pooled by Rubin's rules; missing at random is assumed"
    )
    return name, figures, note


def _order_by_content(frame: pd.DataFrame, columns: Floats) -> Integers:
    """Positions of the rows, those alike in all columns by what the rest of their block and school holds, (n,).

    Rows alike in all columns are told apart by their order alone, and who gets which value then decides a block.
    """
    keys = content_keys(list(columns.T))
    groups = [pd.factorize(frame[name])[0].astype(np.int64) for name in ("lottery_block", "school_id")]
    numbers = [number_by_content(np.where(group < 0, group.max() + 1, group), keys) for group in groups]
    return np.lexsort([*numbers, keys]).astype(np.int64)


def _fit_on(sample: Sample, rows: pd.DataFrame, value: Floats, covariates: Floats) -> LinearFit:
    kept = np.ptp(covariates, axis=0) > 0 if covariates.shape[1] else np.zeros(0, dtype=bool)
    names = [name for name, keep in zip(sample.contrast.covariates, kept, strict=True) if keep]
    return covariates_fit(sample.contrast, rows.assign(value=value), covariates[:, kept], names)


def _imputation_columns(rows: pd.DataFrame, covariates: tuple[str, ...]) -> tuple[Floats, list[str]]:
    """Outcome, arm, covariates, then a dummy per course and term but one, (n, k), NaN where missing.

    Raises
    ------
    EstimationError for a covariate of several categories: matching on numbers would fill in what lies between them.
    """
    if several := [name for name in covariates if VARIABLES[name].kind == "category"]:
        raise EstimationError(f"{VARIABLES[several[0]].label.lower()} has categories, and these are not imputed")
    columns = {name: rows[name].to_numpy(dtype=np.float64) for name in ("value", "online", *covariates)}
    groups = rows["course_id"].astype(str) + " " + rows["term_id"].astype(str)
    for group in sorted(groups.unique())[1:]:
        columns[f"in {group}"] = (groups == group).to_numpy(dtype=np.float64)
    return np.column_stack(list(columns.values())), list(columns)
