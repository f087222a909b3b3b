"""The simulated demo: its figures against what was planted, with sampling error computed apart from the simulator."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from simulator.calibration import PREDICTORS
from simulator.district import Simulation, simulate_district
from simulator.settings import DistrictSettings, read_settings

REPOSITORY = Path(__file__).resolve().parents[2]
DEMO = REPOSITORY / "config" / "studies" / "demo" / "district.yaml"
# Fixed before the figures were seen.
SEED = 770701
ARMS = ("online", "teacher_directed")
PUBLISHED = {
    "CRS-ENGLISH-9": {"analysed": 972, "tested": 804, "recovered": (0.510, 0.674), "test": (-0.57, -0.61)},
    "CRS-ALGEBRA-1": {"analysed": 519, "tested": 440, "recovered": (0.625, 0.714), "test": (-0.54, -0.46)},
}


@pytest.fixture(scope="module")
def settings() -> DistrictSettings:
    return read_settings(yaml.safe_load(DEMO.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def simulation(settings: DistrictSettings) -> Simulation:
    return simulate_district(settings, SEED)


def test_published_number_of_students_and_schools(simulation: Simulation) -> None:
    lottery = simulation.files["district/lottery.csv"].columns
    assert len(set(lottery["Student ID"])) == len(lottery["Student ID"]) == 1683
    assert simulation.files["oneroster/orgs.csv"].columns["type"].count("school") == 24
    offered = set(zip(lottery["Course"], lottery["Summer"], strict=True))
    assert offered == {("English 9", "Summer 2018"), ("English 9", "Summer 2019"), ("Algebra 1", "Summer 2019")}


def test_each_block_has_both_arms(simulation: Simulation) -> None:
    lottery = simulation.files["district/lottery.csv"].columns
    blocks: dict[str, list[str]] = {}
    for block, model in zip(lottery["Lottery Block"], lottery["Assigned Model"], strict=True):
        blocks.setdefault(block, []).append(model)
    assert len(blocks) == 72
    shares = [models.count("Online") / len(models) for models in blocks.values()]
    # 45 to 58 percent, up to the rounding of one student in the smallest block of 8.
    assert min(shares) >= 0.45 - 1 / 16 and max(shares) <= 0.58 + 1 / 16


@pytest.mark.parametrize("course", PUBLISHED)
def test_planted_figures_are_the_published_ones(simulation: Simulation, course: str) -> None:
    planted = simulation.truth["courses"][course]["planted"]
    assert tuple(planted[f"recovered_{arm}"] for arm in ARMS) == PUBLISHED[course]["recovered"]
    assert tuple(planted[f"test_{arm}"] for arm in ARMS) == PUBLISHED[course]["test"]


@pytest.mark.parametrize("course", PUBLISHED)
@pytest.mark.parametrize("arm", ARMS)
def test_simulated_figures_lie_within_sampling_error(simulation: Simulation, course: str, arm: str) -> None:
    given, found = PUBLISHED[course], simulation.truth["courses"][course]["simulated"][arm]
    rate, mean = given["recovered"][ARMS.index(arm)], given["test"][ARMS.index(arm)]  # type: ignore[index]
    # Students one by one, and 24 schools whose grades differ by SD 3.4 (3 and half of 3) and sections by 3: near the
    # pass mark a point is worth at most 1 / (sqrt(2 pi) 12) = .033.
    schools = 0.033 * np.sqrt((3.0**2 + 1.5**2 + 3.0**2 / 1.5) / 24)
    error = np.sqrt(rate * (1 - rate) / found["analysed"] + schools**2)
    # 3.3 standard errors: one of the eight figures would fall outside by chance once in 125 seeds.
    assert abs(found["recovered_share"] - rate) < 3.3 * error
    assert abs(found["test_mean"] - mean) < 3.3 * 0.8 / np.sqrt(found["tested"])


@pytest.mark.parametrize("course", PUBLISHED)
def test_analysed_and_tested_numbers(simulation: Simulation, course: str) -> None:
    arms = [simulation.truth["courses"][course]["simulated"][arm] for arm in ARMS]
    randomised = sum(arm["randomised"] for arm in arms)
    for name in ("analysed", "tested"):
        expected = PUBLISHED[course][name]
        share = expected / randomised  # type: ignore[operator]
        error = np.sqrt(randomised * share * (1 - share))
        assert abs(sum(arm[name] for arm in arms) - expected) < 3.3 * error  # type: ignore[operator]


def test_session_log_has_the_size_of_the_issue(simulation: Simulation) -> None:
    # About 40,000: some 720 students with 54 sessions each (binomial and log-normal spread together below 5%).
    assert 36_000 < simulation.truth["counts"]["sessions"] < 44_000


def _planted_rows(settings: DistrictSettings, seed: int) -> np.ndarray:  # type: ignore[type-arg]
    """(k, 6) grade, idle share, absence rate, grade level, course and year, read back from the raw files alone."""
    files = simulate_district(settings, seed).files
    idle: dict[str, list[int]] = {}
    emails = dict(zip(*(files["oneroster/users.csv"].columns[name] for name in ("email", "sourcedId")), strict=True))
    for year in (2018, 2019):
        log = files[f"vendor/session_log_{year}.csv"]
        for row in range(len(log)):
            student = emails.get(log.columns["Student Email"][row])
            if student and row not in log.faults:
                sums = idle.setdefault(student, [0, 0])
                sums[0] += _seconds(log.columns["Active Time"][row])
                sums[1] += _seconds(log.columns["Idle Time"][row])
    absence = {
        student: int(absent) / int(enrolled)
        for student, _, enrolled, absent in zip(*files["district/attendance.csv"].columns.values(), strict=True)
    }
    supplement = files["district/enrollment_supplement.csv"].columns
    level = dict(zip(supplement["Student ID"], map(int, supplement["Grade Level"]), strict=True))
    marks, rows = files["district/marks.csv"], []
    for row in range(len(marks)):
        student, section = marks.columns["Student ID"][row], marks.columns["Class ID"][row]
        if row not in marks.faults and student in idle:
            active, resting = idle[student]
            share = resting / (active + resting)
            course, year = float("ALG1" in section), float("2019" in section)
            grade = float(marks.columns["Final Percent"][row])
            rows.append([grade, share, absence[student], level[student], course, year])
    return np.array(rows)


def _seconds(text: str) -> int:
    hours, minutes, seconds = map(int, text.split(":"))
    return 3600 * hours + 60 * minutes + seconds


def test_regression_on_the_raw_files_finds_the_targets(settings: DistrictSettings, simulation: Simulation) -> None:
    """Grades on idle share, absence and grade level, read from the texts, recover the coefficients of the truth."""
    rows = np.vstack([_planted_rows(settings, seed) for seed in (SEED, SEED + 1, SEED + 2)])
    design = np.column_stack([rows[:, 1:], np.ones(len(rows))])
    solved, residual, _, _ = np.linalg.lstsq(design, rows[:, 0], rcond=None)
    variance = residual[0] / (len(rows) - design.shape[1])
    errors = np.sqrt(variance * np.diag(np.linalg.inv(design.T @ design)))
    targets = simulation.truth["targets"]["associations_online"]["percent"]
    for place, predictor in enumerate(PREDICTORS):
        # Four classical standard errors: shocks of schools and sections widen them by up to a fifth.
        assert abs(solved[place] - targets[predictor]) < 4 * errors[place], predictor
    # Sharp enough to fail: an idle coefficient of nothing would be far outside.
    assert abs(solved[0]) > 8 * errors[0]


def test_targets_are_near_the_structural_coefficients(simulation: Simulation) -> None:
    structural = simulation.truth["structural"]["percent"]
    targets = simulation.truth["targets"]["associations_online"]["percent"]
    # Standard errors in a superpopulation of some 50,000 online students: residual SD 13.1 over sqrt(50,000) times the
    # spread of the predictor (idle share .12, absence rate .06, grade level .9).
    errors = dict(zip(PREDICTORS, (0.49, 1.0, 0.065), strict=True))
    for predictor in PREDICTORS:
        # Cutting grades at 0 and 100 flattens by up to 2 percent.
        allowed = 3.3 * errors[predictor] + 0.02 * abs(structural[predictor])
        assert abs(targets[predictor] - structural[predictor]) < allowed, predictor


def test_passed_agrees_with_grade_and_completion(simulation: Simulation) -> None:
    marks = simulation.files["district/marks.csv"]
    columns = marks.columns
    for row in range(len(marks)):
        percent, passed = columns["Final Percent"][row], columns["Passed"][row] == "Y"
        enough = percent != "" and float(percent) >= 60 and columns["Completed"][row] == "Y"
        assert row in marks.faults or passed == enough
        assert columns["Credits Earned"][row] == ("5" if passed else "0")
        assert percent or not passed


def test_another_fault_setting_leaves_the_district_as_it_is(settings: DistrictSettings, simulation: Simulation) -> None:
    """Faults have a stream of their own: planting none changes no student's record."""
    from dataclasses import replace

    clean = simulate_district(replace(settings, faults=replace(settings.faults, mark_twice=0, grade_above_100=0)), SEED)
    assert clean.truth["courses"] == simulation.truth["courses"]
    faulty, untouched = simulation.files["district/marks.csv"], clean.files["district/marks.csv"]
    assert not untouched.faults
    for name, column in untouched.columns.items():
        kept = [row for row in range(len(untouched)) if row not in faulty.faults]
        assert [column[row] for row in kept] == [faulty.columns[name][row] for row in kept]
