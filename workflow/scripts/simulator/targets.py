"""What the estimators of the lottery should find: each with its own weighting, on the superpopulation.

The target of an estimator is what it converges to as the number of schools grows, not the coefficient of the structure:
a difference in passing depends on where the students stand beside the pass mark, and a coefficient on logged idle time
on how much of it is idle.
"""

from typing import Any

import numpy as np

from simulator.calibration import Superpopulation, outcomes_under, weighted_mean
from simulator.numbers import Booleans, Floats
from simulator.school import Plan
from simulator.settings import DistrictSettings

PREDICTORS = ("idle_share", "absence_rate", "grade_level")
OUTCOMES = ("percent", "completed", "passed")
NEWTON_STEPS = 25


def weightings(one: Superpopulation) -> dict[str, Floats]:
    """(n,) what each student counts under the weightings of schools.

    ``block_fixed_effects`` weights a school by n p (1 - p), ``student`` by n, ``equal_school`` all schools alike.
    """
    share = one.online_share
    return {
        "block_fixed_effects": one.size * share * (1 - share),
        "student": one.size,
        "equal_school": np.ones(len(one.size)),
    }


def _arms(settings: DistrictSettings, one: Superpopulation, intercept: Floats) -> dict[int, Any]:
    """Values by outcome in each assigned arm, and who is analysed there."""
    found: dict[int, Any] = {}
    for arm, assigned in enumerate((True, False)):
        percent, completed, passed, taken = outcomes_under(settings, one, intercept, assigned)
        analysed: Booleans = ~taken.left
        found[arm] = {
            "passed": (passed, analysed),
            "completed": (completed, analysed),
            "percent": (percent, analysed & ~np.isnan(percent)),
            "takes_online": (taken.takes_online, analysed),
        }
    return found


def _contrast(arms: dict[int, Any], outcome: str, weights: Floats) -> float:
    means = []
    for arm in (0, 1):
        values, kept = arms[arm][outcome]
        means.append(weighted_mean(np.asarray(values, dtype=np.float64)[kept], weights[kept]))
    return means[0] - means[1]


def effects(settings: DistrictSettings, one: Superpopulation, intercept: Floats) -> dict[str, Any]:
    """Intent-to-treat contrasts by outcome and weighting, and the effect of taking the online class (2SLS)."""
    arms = _arms(settings, one, intercept)
    found: dict[str, Any] = {}
    for name, weights in weightings(one).items():
        contrasts = {outcome: _contrast(arms, outcome, weights) for outcome in (*OUTCOMES, "takes_online")}
        found[name] = {outcome: contrasts[outcome] for outcome in OUTCOMES}
        if name == "block_fixed_effects":
            found["two_stage_least_squares"] = {
                outcome: contrasts[outcome] / contrasts["takes_online"] for outcome in ("passed", "completed")
            }
    found["logit_average_marginal_effect"] = {"passed": found["student"]["passed"]}
    found["compliance"] = _contrast(arms, "takes_online", weightings(one)["block_fixed_effects"])
    return found


def online_rows(
    settings: DistrictSettings, entry: int, one: Superpopulation, intercept: Floats
) -> tuple[Floats, Floats]:
    """(k, 8) outcomes, predictors, course and school year of the lottery's students in online classes, and weights.

    A student stands here under the assignment that the lottery gave; both assignments count with their shares.
    """
    rows, weights = [], []
    for assigned in (True, False):
        percent, completed, passed, taken = outcomes_under(settings, one, intercept, assigned)
        kept = taken.takes_online & ~taken.left & ~taken.no_show
        share = one.online_share if assigned else 1 - one.online_share
        takers, course = one.takers, np.full(len(percent), float(entry))
        columns = [percent, completed, passed, one.time.idle_share, takers.absence_rate, takers.grade_level]
        rows.append(np.column_stack([*columns, course, one.school_year])[kept])
        weights.append((one.size * share)[kept])
    return np.vstack(rows).astype(np.float64), np.concatenate(weights)


def _dummies(values: Floats, base: bool) -> list[Floats]:
    levels = np.unique(values)
    return [(values == level).astype(np.float64) for level in (levels if base else levels[1:])]


def least_squares(outcomes: Floats, design: Floats, weights: Floats) -> Floats:
    """(k, outcomes) weighted least squares."""
    root = np.sqrt(weights)[:, None]
    return np.asarray(np.linalg.lstsq(design * root, outcomes * root, rcond=None)[0], dtype=np.float64)


def logit_marginal_effects(outcome: Floats, design: Floats, weights: Floats) -> Floats:
    """(k,) average marginal effects of a logit by Newton's method, on the scale of the probability."""
    beta: Floats = np.zeros(design.shape[1])
    for _ in range(NEWTON_STEPS):
        chance = 1 / (1 + np.exp(-design @ beta))
        slope = weights * chance * (1 - chance)
        step = np.linalg.solve((design * slope[:, None]).T @ design, design.T @ (weights * (outcome - chance)))
        beta = np.asarray(beta + step, dtype=np.float64)
        if np.max(np.abs(step)) < 1e-10:
            break
    effects_of: Floats = beta * weighted_mean(chance * (1 - chance), weights)
    return effects_of


def associations(rows: Floats, weights: Floats) -> dict[str, Any]:
    """Coefficients of the models of online students, by rung of the ladder of fixed effects and outcome."""
    predictors = rows[:, 3:6]
    constant = [np.ones(len(rows))]
    ladder = {
        "none": np.column_stack([predictors, *constant]),
        "course_and_year": np.column_stack([predictors, *_dummies(rows[:, 6], True), *_dummies(rows[:, 7], False)]),
    }
    found: dict[str, Any] = {}
    for name, design in ladder.items():
        solved = least_squares(rows[:, :3], design, weights)
        found[name] = {
            outcome: {predictor: float(solved[row, column]) for row, predictor in enumerate(PREDICTORS)}
            for column, outcome in enumerate(OUTCOMES)
        }
    design = ladder["course_and_year"]
    marginal = {
        outcome: logit_marginal_effects(rows[:, 1 + place], design, weights)
        for place, outcome in enumerate(OUTCOMES[1:])
    }
    found["logit_average_marginal_effect"] = {
        outcome: {predictor: float(values[row]) for row, predictor in enumerate(PREDICTORS)}
        for outcome, values in marginal.items()
    }
    return found


def lottery_targets(plan: Plan, populations: list[Superpopulation]) -> dict[str, Any]:
    """Targets of every estimator on the lottery: effects by course, associations of online students over both."""
    settings, found = plan.settings, {}
    rows, weights = [], []
    for entry, (course, one) in enumerate(zip(settings.courses, populations, strict=True)):
        intercept = plan.calibration.grade[entry]
        found[course.course_id] = effects(settings, one, intercept)
        of_course, counts = online_rows(settings, entry, one, intercept)
        rows.append(of_course)
        # Each course has the weight it has in the lottery.
        weights.append(counts * (sum(course.randomised.values()) / float(np.sum(one.size))))
    found_all = _pooled(settings, found)
    ladder = associations(np.vstack(rows), np.concatenate(weights))
    # School effects move no predictor, so that school fixed effects leave the coefficients where they are.
    ladder["course_year_and_school"] = ladder["course_and_year"]
    return {"effects": {**found, "all_courses": found_all}, "associations_online": ladder}


def _pooled(settings: DistrictSettings, by_course: dict[str, Any]) -> dict[str, Any]:
    """Targets over all courses: block fixed effects weight the courses by the size of their lotteries."""
    sizes = np.array([sum(course.randomised.values()) for course in settings.courses], dtype=np.float64)
    names = [course.course_id for course in settings.courses]
    found = {}
    for weighting in ("block_fixed_effects", "student"):
        found[weighting] = {
            outcome: float(np.average([by_course[name][weighting][outcome] for name in names], weights=sizes))
            for outcome in OUTCOMES
        }
    return found
