"""Targets and intervals over many districts: the truth of each estimator is what it finds on average."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.stats import binom

from recredit.estimators.linear import CONVENTIONS, fit_ols
from simulator.calibration import Superpopulation
from simulator.district import make_plan
from simulator.numbers import Floats, Integers
from simulator.reading import read_settings
from simulator.replications import coverage, draw_lottery, intervals, targets_by_name
from simulator.school import Plan
from simulator.settings import SwitchSettings
from simulator.switches import switched
from simulator.targets import lottery_targets

DEMO = Path(__file__).resolve().parents[2] / "config" / "studies" / "demo" / "district.yaml"
DISTRICTS = 120
FIRST_SEED = 5_000_000


def fit(outcome: Floats, terms: Floats, cluster: Integers, groups: Sequence[Integers]) -> tuple[Floats, Floats]:
    """The pipeline's least squares with its clustered intervals."""
    vcov = "CR2" if "CR2" in CONVENTIONS and len(groups) == 1 else "CR1"
    found = fit_ols(outcome, terms, cluster=cluster, absorb=groups, vcov=vcov)
    return found.ci_low, found.ci_high


@pytest.fixture(scope="module")
def planned() -> tuple[Plan, list[Superpopulation]]:
    return make_plan(read_settings(yaml.safe_load(DEMO.read_text(encoding="utf-8"))), 20260101)


def test_targets_are_the_mean_of_the_estimates_and_the_intervals_hold_them(
    planned: tuple[Plan, list[Superpopulation]],
) -> None:
    plan, populations = planned
    targets = targets_by_name(lottery_targets(plan, populations))
    estimates: dict[str, list[float]] = {name: [] for name in targets}
    inside = dict.fromkeys(targets, 0)
    for seed in range(FIRST_SEED, FIRST_SEED + DISTRICTS):
        for name, (low, high) in intervals(
            plan.settings, draw_lottery(plan.settings, plan.calibration, seed), fit
        ).items():
            estimates[name].append((low + high) / 2)
            inside[name] += int(low <= targets[name] <= high)
    for name, values in estimates.items():
        error = np.std(values) / np.sqrt(DISTRICTS)
        # 4 Monte Carlo errors over 15 coefficients: by chance once in a thousand runs.
        assert abs(np.mean(values) - targets[name]) < 4 * error, name
    # CR1 covers about 93, CR2 95 percent; a wrong target or standard error covers far less. 15 tests at 1 in 10,000.
    smallest = binom.ppf(1e-4, DISTRICTS, 0.925)
    assert min(inside.values()) >= smallest


def test_published_differences_are_the_targets(planned: tuple[Plan, list[Superpopulation]]) -> None:
    plan, populations = planned
    effects = lottery_targets(plan, populations)["effects"]
    # The student-weighted contrast is solved to be the published one, up to one student of the superpopulation.
    assert effects["CRS-ENGLISH-9"]["student"]["passed"] == pytest.approx(0.510 - 0.674, abs=1e-4)
    assert effects["CRS-ALGEBRA-1"]["student"]["passed"] == pytest.approx(0.625 - 0.714, abs=1e-4)
    # Effects fall with school size, so that schools counted alike give a smaller one.
    assert effects["CRS-ENGLISH-9"]["equal_school"]["passed"] > effects["CRS-ENGLISH-9"]["student"]["passed"] + 0.003
    # Fewer change modes than are assigned, so the effect of taking the class is larger.
    assert effects["CRS-ENGLISH-9"]["two_stage_least_squares"]["passed"] < effects["CRS-ENGLISH-9"]["student"]["passed"]


def _with(planned: tuple[Plan, list[Superpopulation]], **off: bool) -> tuple[Plan, list[Superpopulation]]:
    settings = planned[0].settings
    every = {"idle_association": True, "user_types": True, "mode_effect": True}
    return make_plan(switched(replace(settings, switches=SwitchSettings(**{**every, **off}))), 20260101)


def test_switch_without_mode_effect(planned: tuple[Plan, list[Superpopulation]]) -> None:
    plan, populations = _with(planned, mode_effect=False)
    for name, course in lottery_targets(plan, populations)["effects"].items():
        for outcome, target in course["student"].items():
            assert abs(target) < 1e-9, (name, outcome)
    names = [name for name in targets_by_name(lottery_targets(plan, populations)) if name.startswith("effect")]
    found = coverage(plan.settings, plan.calibration, dict.fromkeys(_names(plan, populations), 0.0), range(60), fit)
    assert min(found[name] for name in names) >= binom.ppf(1e-4, 60, 0.925) / 60


def _names(plan: Plan, populations: list[Superpopulation]) -> list[str]:
    return list(targets_by_name(lottery_targets(plan, populations)))


def test_switch_without_idle_association(planned: tuple[Plan, list[Superpopulation]]) -> None:
    plan, populations = _with(planned, idle_association=False)
    ladder = lottery_targets(plan, populations)["associations_online"]["course_and_year"]
    # The superpopulation has some 180,000 rows: a coefficient of nothing has an error of 0.4 points of 100 for grades,
    # 0.013 for shares. With the association it is -34 and -0.6 to -0.8.
    assert abs(ladder["percent"]["idle_share"]) < 1.6
    assert abs(ladder["passed"]["idle_share"]) < 0.05 and abs(ladder["completed"]["idle_share"]) < 0.05


def test_switch_without_types(planned: tuple[Plan, list[Superpopulation]]) -> None:
    plan, populations = _with(planned, user_types=False)
    assert list(plan.settings.user_types) == ["no types"]
    outside = populations[0].time.outside_share
    # One kind of user: the share outside school has a single mean, and next to nobody is near four fifths.
    assert np.mean(outside > 0.7) < 0.01
    assert lottery_targets(plan, populations)["effects"]["CRS-ENGLISH-9"]["student"]["passed"] == pytest.approx(
        -0.164, abs=1e-4
    )
