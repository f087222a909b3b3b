"""The published figures beside what was planted and what came out of one simulated district."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.calibration import Calibration
from simulator.numbers import Floats
from simulator.replications import LotteryRecord, draw_lottery
from simulator.settings import MODES, DistrictSettings

REPLICATIONS = 200
FIRST_SEED = 7_000_000
# domain.md A and B, methods.md section 1. English 9 first.
PUBLISHED_SCHOOLS, PUBLISHED_STUDENTS, PUBLISHED_ONLINE_COURSES = 24, 1683, 30_000
PUBLISHED_ANALYSED = {"CRS-ENGLISH-9": 972, "CRS-ALGEBRA-1": 519}
PUBLISHED_TESTED = {"CRS-ENGLISH-9": 804, "CRS-ALGEBRA-1": 440}
PUBLISHED_ANSWERED = {"CRS-ENGLISH-9": 576}
PUBLISHED_RECOVERED = {"CRS-ENGLISH-9": (51.0, 67.4), "CRS-ALGEBRA-1": (62.5, 71.4)}
PUBLISHED_TEST = {"CRS-ENGLISH-9": (-0.57, -0.61), "CRS-ALGEBRA-1": (-0.54, -0.46)}
PUBLISHED_SURVEY = {"CRS-ENGLISH-9": (0.06, 0.01)}
PUBLISHED_AGREED = {
    ("materials", 2018): 86,
    ("helped_implement", 2018): 81,
    ("personalising", 2018): 62,
    ("improving", 2018): 62,
    ("needs", 2018): 48,
    ("personalising", 2019): 70,
}
PUBLISHED_OUTSIDE_SHARE = 80.0


@dataclass(frozen=True)
class Figure:
    """One figure: ``name`` says what, ``std_error`` how far chance moves the simulated value (0: not at all).

    ``published`` is None where the figure is ours.
    """

    name: str
    unit: str
    published: float | None
    planted: float
    simulated: float
    std_error: float


def recovered_shares(settings: DistrictSettings, record: LotteryRecord) -> Floats:
    """(courses x 2,) share recovered by course and assigned arm, online first."""
    chosen = [
        (record.entry == entry) & (record.assigned_online == assigned)
        for entry in range(len(settings.courses))
        for assigned in (True, False)
    ]
    return np.array([record.passed[one].mean() for one in chosen])


def recovered_covariance(settings: DistrictSettings, calibration: Calibration) -> Floats:
    """Covariance of :func:`recovered_shares` over districts: schools and sections shared by students included."""
    seeds = range(FIRST_SEED, FIRST_SEED + REPLICATIONS)
    drawn = [recovered_shares(settings, draw_lottery(settings, calibration, seed)) for seed in seeds]
    covariance: Floats = np.cov(np.vstack(drawn), rowvar=False)
    return covariance


def _arm(truth: Mapping[str, Any], course: str, mode: int) -> Mapping[str, Any]:
    found: Mapping[str, Any] = truth["courses"][course]["simulated"][MODES[mode]]
    return found


def _counts(truth: Mapping[str, Any], course: str) -> list[Figure]:
    """Students analysed, tested and answering; their numbers are binomial."""
    found = []
    both = [_arm(truth, course, mode) for mode in (0, 1)]
    planted = truth["courses"][course]["planted"]
    randomised, analysed = (sum(arm[name] for arm in both) for name in ("randomised", "analysed"))
    expected = {
        "analysed": (PUBLISHED_ANALYSED[course], truth["planted_analysed_share"] * randomised, randomised),
        "tested": (PUBLISHED_TESTED[course], planted["test_taken_share"] * analysed, analysed),
        "answered": (PUBLISHED_ANSWERED.get(course), planted["survey_answered_share"] * analysed, analysed),
    }
    for name, (published, mean, size) in expected.items():
        value = sum(arm[name] for arm in both)
        error = float(np.sqrt(mean * (1 - mean / size)))
        found.append(Figure(f"{course}: students {name}", "students", published, mean, value, error))
    return found


def _means(truth: Mapping[str, Any], course: str, errors: Sequence[float]) -> list[Figure]:
    """Recovery, external test and survey by assigned arm."""
    found = []
    planted = truth["courses"][course]["planted"]
    for mode, name in enumerate(MODES):
        arm, label = _arm(truth, course, mode), f"{course}: {{}}, assigned to {name.replace('_', '-')}"
        share = (100 * planted[f"recovered_{name}"], 100 * arm["recovered_share"], 100 * errors[mode])
        found.append(Figure(label.format("recovered"), "percent", PUBLISHED_RECOVERED[course][mode], *share))
        for outcome, published, words in (
            ("test", PUBLISHED_TEST, "external test"),
            ("survey", PUBLISHED_SURVEY, "emotional engagement"),
        ):
            size = arm["tested" if outcome == "test" else "answered"]
            numbers = (planted[f"{outcome}_{name}"], arm[f"{outcome}_mean"], truth["score_sd"][outcome] / np.sqrt(size))
            of_course = published.get(course)
            found.append(Figure(label.format(words), "SD", of_course[mode] if of_course else None, *numbers))
    return found


def _district(truth: Mapping[str, Any]) -> list[Figure]:
    """Sizes, out-of-school share of moonlighters, teacher survey: planted without chance, or nearly so."""
    counts = truth["counts"]
    found = [
        Figure(
            "schools", "schools", PUBLISHED_SCHOOLS, len(truth["schools"]["size"]), len(truth["schools"]["size"]), 0.0
        ),
        Figure(
            "students randomised",
            "students",
            PUBLISHED_STUDENTS,
            PUBLISHED_STUDENTS,
            counts["students_in_lottery"],
            0.0,
        ),
        Figure(
            "courses taken online (more than)",
            "courses",
            PUBLISHED_ONLINE_COURSES,
            PUBLISHED_ONLINE_COURSES,
            counts["courses_taken_online"],
            0.0,
        ),
    ]
    if "moonlighter" in truth["user_types"]:
        kind = truth["user_types"]["moonlighter"]
        # Between students the share has SD .1, and there are thousands of courses.
        numbers = (100 * kind["outside_share"], 100 * kind["simulated_outside_share"], 0.5)
        found.append(Figure("moonlighters' log-ins outside school", "percent", PUBLISHED_OUTSIDE_SHARE, *numbers))
    for (item, year), published in PUBLISHED_AGREED.items():
        agreed, answers, planted = truth["teacher_survey"][item][str(year)]
        figure = Figure(f"teachers agree, {item}, {year}", "percent", published, planted, 100 * agreed / answers, 0.0)
        found.append(figure)
    return found


def figures_of(truth: Mapping[str, Any]) -> list[Figure]:
    """All figures of a district with the size of the published one."""
    covariance = np.array(truth["recovered_covariance"])
    errors = np.sqrt(np.diag(covariance))
    found = _district(truth)
    for place, course in enumerate(truth["courses"]):
        found += _counts(truth, course)
        found += _means(truth, course, errors[2 * place : 2 * place + 2].tolist())
    return found


def joint_statistic(truth: Mapping[str, Any]) -> tuple[float, int]:
    """Squared distance of the district's figures from the planted ones in units of chance, and its degrees of freedom.

    The four recovery rates come with their covariance over districts; numbers of students and means of scores count as
    independent. Under the planted truth the statistic is about chi-squared.
    """
    figures = [figure for figure in figures_of(truth) if figure.std_error > 0]
    rates = [figure for figure in figures if figure.name.split(": ")[-1].startswith("recovered")]
    others = [figure for figure in figures if figure not in rates]
    gap = np.array([(figure.simulated - figure.planted) / 100 for figure in rates])
    covariance = np.array(truth["recovered_covariance"])
    distance = float(gap @ np.linalg.solve(covariance, gap))
    distance += sum(((figure.simulated - figure.planted) / figure.std_error) ** 2 for figure in others)
    return distance, len(rates) + len(others)
