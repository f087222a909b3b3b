"""One contrast in one course and cohort: the difference, its three p-values, its size, and what judges it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np

from recredit.effects.baseline import Characteristic, characteristics
from recredit.effects.losses import outcome_attrition
from recredit.effects.plan import Plan
from recredit.effects.samples import Sample, check_arms, covariate_columns, primary_fit
from recredit.effects.sizes import NOTHING, Size, mean_size, share_size
from recredit.errors import EstimationError
from recredit.estimators.bootstrap import wild_cluster
from recredit.estimators.randomization import permutation_test
from recredit.estimators.results import LinearFit
from recredit.seeds import derive_seed
from recredit.standards.wwc import Attrition, Rating, rating


@dataclass(frozen=True)
class Draws:
    """Numbers of random draws, and the seed of the study."""

    seed: int
    bootstrap: int = 1999
    permutation: int = 1999
    bounds: int = 199

    def seed_of(self, sample: Sample, use: str) -> int:
        """A seed for one use in one row."""
        return derive_seed(self.seed, "estimate_effects", use, sample.contrast.name, sample.course, sample.cohort)


@dataclass(frozen=True)
class Impact:
    """A fitted contrast.

    Attributes
    ----------
    fit : its first term is `online`; in units of the outcome.
    p_values : by the name in the plan; NaN where one is not defined.
    size : the standardised difference.
    attrition : of the outcome, in a lottery.
    baseline : characteristics before the course.
    rating : by the What Works Clearinghouse.
    """

    sample: Sample
    fit: LinearFit
    p_values: dict[str, float]
    size: Size
    attrition: Attrition | None
    baseline: Sequence[Characteristic]
    rating: Rating

    @property
    def estimate(self) -> float:
        return float(self.fit.estimate[0])

    @property
    def std_error(self) -> float:
        return float(self.fit.std_error[0])


def fit_impact(sample: Sample, plan: Plan, draws: Draws) -> Impact:
    """The contrast with everything that is judged from its own students.

    Raises
    ------
    EstimationError for arms that are too small, and where the regression cannot be fitted.
    """
    check_arms(sample)
    fit = primary_fit(sample)
    if not np.isfinite(fit.std_error[0]):
        raise EstimationError("the difference has no standard error: one school alone decides it")
    lost = outcome_attrition(sample, plan.attrition_boundary) if sample.contrast.randomised else None
    baseline = characteristics(sample, plan.baseline)
    return Impact(
        sample=sample,
        fit=fit,
        p_values={
            "CR2": float(fit.p_value[0]),
            "wild": _wild(fit, draws.bootstrap, draws.seed_of(sample, "wild")),
            "permutation": _permutation(sample, draws.permutation, draws.seed_of(sample, "permutation")),
        },
        size=impact_size(sample, float(fit.estimate[0]), float(fit.std_error[0])),
        attrition=lost,
        baseline=baseline,
        rating=_rating(sample, lost, baseline),
    )


def _wild(fit: LinearFit, draws: int, seed: int) -> float:
    try:
        return wild_cluster(fit, "online", draws=draws, seed=seed).p_value
    except EstimationError:
        # One cluster alone decides the arm: the p is missing, and the row says so by an empty cell.
        return nan


def _permutation(sample: Sample, draws: int, seed: int) -> float:
    if not sample.contrast.randomised:
        return nan
    frame = sample.analysed
    extra, _ = covariate_columns(frame, sample.contrast.covariates)
    test = permutation_test(
        frame["value"].to_numpy(),
        frame["online"].to_numpy(),
        frame["lottery_block"].to_numpy(dtype=object),
        covariates=extra if extra.shape[1] else None,
        draws=f"exact-or-{draws}",
        seed=seed,
    )
    return test.p_value


def impact_size(sample: Sample, estimate: float, std_error: float) -> Size:
    """The standardised size of a difference in units of the outcome."""
    arms = [sample.arm(online)["value"].to_numpy() for online in (True, False)]
    if not isfinite(estimate):
        return NOTHING
    if sample.is_share:
        return share_size(estimate / 100, std_error / 100, arms[0] / 100, arms[1] / 100)
    return mean_size(estimate, std_error, *arms)


def _rating(sample: Sample, lost: Attrition | None, baseline: Sequence[Characteristic]) -> Rating:
    design = "randomised" if sample.contrast.randomised else "quasi-experimental"
    return rating(
        design=design,
        attrition=lost,
        baseline=[one.equivalence for one in baseline],
        confounded=_confounded(sample),
    )


def _confounded(sample: Sample) -> str | None:
    """A school or teacher that stands for a whole arm."""
    for column, words in (("school_id", "school"), ("teacher_id", "teacher")):
        for online in (True, False):
            if sample.arm(online)[column].nunique() == 1:
                return f"one {words} in the {'online' if online else 'teacher-directed'} classes"
    return None


def reasons_in_words(impact: Impact) -> str:
    """Why the rating is what it is, without a figure of its own: figures are in the tables, rounded there."""
    largest = max((abs(one.equivalence.g) for one in impact.baseline if not one.equivalence.satisfied), default=0.0)
    limit = "a quarter of a standard deviation" if largest > 0.25 else "a twentieth of a standard deviation"
    words = [
        f"the groups analysed differed before by more than {limit}" if "differed before by" in reason else reason
        for reason in impact.rating.reasons
    ]
    return ", and ".join(words).replace("more than 0.05", "a twentieth of a standard deviation")
