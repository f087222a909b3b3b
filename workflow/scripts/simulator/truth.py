"""The truth file: what was planted, what each estimator should find, and what came out in this one district."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from simulator.calibration import Superpopulation
from simulator.district import Tally, make_plan, write_raw
from simulator.figures import recovered_covariance
from simulator.school import Plan
from simulator.settings import MODES, DistrictSettings
from simulator.targets import lottery_targets
from simulator.wide_targets import wide_targets
from simulator.writers import RawFolder, write_json


def _arm(tally: Tally, label: str) -> dict[str, Any]:
    """Counts and means of one course and assigned arm over all schools; a mean over nobody is null."""
    sums = {name: sum(part[label][name] for part in tally.arms) for name in tally.arms[0][label]}
    means = {
        "recovered_share": (sums["recovered"], sums["analysed"]),
        "test_mean": (sums["test_sum"], sums["tested"]),
        "survey_mean": (sums["survey_sum"], sums["answered"]),
    }
    counts = {name: value for name, value in sums.items() if not name.endswith("_sum")}
    return counts | {name: total / count if count else None for name, (total, count) in means.items()}


def _courses(plan: Plan, tally: Tally) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, course in enumerate(plan.settings.courses):
        planted = {
            key: value for key, value in asdict(course).items() if key.startswith(("recovered", "test", "survey"))
        }
        planted["recovered_difference"] = course.recovered_online - course.recovered_teacher_directed
        for mode, name in enumerate(MODES):
            planted[f"grade_intercept_{name}"] = float(plan.calibration.grade[number, mode])
        simulated = {name: _arm(tally, f"{course.course_id}/{name}") for name in MODES}
        found[course.course_id] = {"planted": planted, "simulated": simulated}
    return found


def structural(settings: DistrictSettings) -> dict[str, Any]:
    """The coefficients that the records were made with."""
    given, years, behaviour = settings.outcomes, settings.years, settings.behaviour
    return {
        "percent": {
            "disengagement": given.grade_on_disengagement,
            "ability": given.grade_on_ability,
            "absence_rate": given.grade_on_absence_rate,
            "grade_level": given.grade_on_grade_level,
            "idle_share": 0.0,
            "platform_generosity": given.platform_generosity,
        },
        "school_sd": given.school_sd,
        "effect_sd": given.effect_sd,
        "effect_on_log_size": given.effect_on_log_size,
        "section_sd": given.section_sd,
        "noise_sd": given.noise_sd,
        "effect_of_online_on_test": years.effect_of_online_on_test,
        "effect_of_online_on_credits": 0.0,
        "effect_of_online_on_grade_point_average": 0.0,
        "idle_on_disengagement": behaviour.idle_on_disengagement,
        "efficiency_log_per_year": behaviour.efficiency_log_per_year,
        "idle_rule_changed": behaviour.idle_rule_changed,
    }


def _types(settings: DistrictSettings, tally: Tally) -> dict[str, Any]:
    counts = np.sum(tally.types, axis=0)
    shares = counts / counts.sum(axis=1, keepdims=True)
    outside = np.sum(tally.outside, axis=0)
    return {
        name: {
            "planted_share": kind.share,
            "share_of_students": float(shares[0, place]),
            "share_of_online_courses": float(shares[1, place]),
            "outside_share": kind.outside_share_mean,
            "simulated_outside_share": float(outside[0, place] / max(outside[1, place], 1)),
        }
        for place, (name, kind) in enumerate(settings.user_types.items())
    }


def _teacher_survey(settings: DistrictSettings, tally: Tally) -> dict[str, Any]:
    """By item and year: teachers who agree, answers, and the planted percentage."""
    given = settings.surveys
    return {
        item: {
            str(year): [*tally.agreed.get((item, year), (0, 0)), 100 * number / given.teacher_answers[year]]
            for year, number in by_year.items()
        }
        for item, by_year in given.teacher_agreed.items()
    }


def describe_truth(
    plan: Plan, populations: list[Superpopulation], tally: Tally, folder: RawFolder, seed: int
) -> dict[str, Any]:
    """Everything that an estimate can be held against."""
    ledger = sorted(folder.ledger, key=lambda entry: (entry["file"], entry["row"], entry["fault"]))
    kinds, numbers = np.unique([entry["fault"] for entry in ledger], return_counts=True)
    return {
        "seed": seed,
        "switches": asdict(plan.settings.switches),
        "structural": structural(plan.settings),
        "targets": lottery_targets(plan, populations) | wide_targets(plan),
        "courses": _courses(plan, tally),
        "user_types": _types(plan.settings, tally),
        "teacher_survey": _teacher_survey(plan.settings, tally),
        "planted_analysed_share": 1
        - float(np.mean([one.take_up(plan.settings, arm).left for one in populations for arm in (True, False)])),
        "score_sd": {"test": plan.settings.outcomes.test_sd, "survey": plan.settings.outcomes.survey_sd},
        "recovered_covariance": recovered_covariance(plan.settings, plan.calibration).tolist(),
        "schools": {
            "size": plan.schools.size.tolist(),
            "grade_shift": plan.schools.grade_shift.tolist(),
            "effect_shift": plan.schools.effect_shift.tolist(),
        },
        "counts": tally.counts,
        "rows": folder.rows,
        "faults": {"rows": dict(zip(kinds.tolist(), numbers.tolist(), strict=True)), "ledger": ledger},
    }


def write_district(
    settings: DistrictSettings, seed: int, raw: Path, truth: Path, students: Path, cores: int = 1
) -> None:
    """Write the raw files below folder ``raw``, the truth to ``truth`` and each student's true type to ``students``."""
    plan, populations = make_plan(settings, seed)
    tally, folder = write_raw(plan, raw, students, cores)
    write_json(truth, describe_truth(plan, populations, tally, folder, seed))
