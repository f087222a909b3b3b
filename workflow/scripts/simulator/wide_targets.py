"""What the estimators of the district-wide record should find: the achievement panel, and models with student effects.

Computed on a district of ``calibration_schools`` schools drawn like this one, without writing a file. With each target
stands its standard error, since that district is large but not infinite.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from simulator.logs import works_online
from simulator.numbers import Floats, Integers
from simulator.school import Plan, SchoolRecord, draw_school
from simulator.schools import draw_schools, plan_blocks
from simulator.settings import DistrictSettings
from simulator.streams import Streams
from simulator.targets import OUTCOMES, PREDICTORS

PANEL_OUTCOMES = ("test_math", "test_reading", "credits_earned_share", "grade_point_average")
PROJECTIONS = 60
SHIFT = 1_000_003


def _sample(plan: Plan) -> list[SchoolRecord]:
    """Schools of another draw of the same district."""
    settings = plan.settings
    factor = settings.calibration_schools / settings.schools
    courses = tuple(
        replace(course, randomised={year: round(count * factor) for year, count in course.randomised.items()})
        for course in settings.courses
    )
    larger = replace(
        settings,
        schools=settings.calibration_schools,
        students=round(settings.students * factor),
        courses=courses,
    )
    streams = Streams(plan.streams.seed + SHIFT)
    schools = draw_schools(larger, streams)
    other = Plan(larger, streams, schools, plan_blocks(larger, streams, schools), plan.calibration)
    return [draw_school(other, number) for number in range(larger.schools)]


def _absorbed(columns: Floats, groups: Sequence[Integers]) -> Floats:
    """``columns`` freed of the means of all groups, by alternating projections."""
    left = columns.copy()
    counts = [np.bincount(group).astype(np.float64) for group in groups]
    for _ in range(PROJECTIONS if len(groups) > 1 else 1):
        for group, count in zip(groups, counts, strict=True):
            for place in range(left.shape[1]):
                left[:, place] -= (np.bincount(group, weights=left[:, place]) / count)[group]
    return left


def clustered(outcome: Floats, terms: Floats, cluster: Integers) -> tuple[Floats, Floats]:
    """(k,) least squares and standard errors clustered by ``cluster``, of columns freed of their fixed effects."""
    bread = np.linalg.inv(terms.T @ terms)
    estimate = bread @ terms.T @ outcome
    scores = terms * (outcome - terms @ estimate)[:, None]
    sums = np.column_stack([np.bincount(cluster, weights=scores[:, place]) for place in range(terms.shape[1])])
    error: Floats = np.sqrt(np.diag(bread @ (sums.T @ sums) @ bread))
    return estimate, error


def _fit(outcome: Floats, terms: Floats, groups: Sequence[Integers], cluster: Integers) -> tuple[Floats, Floats]:
    dense = [np.unique(group, return_inverse=True)[1].reshape(-1) for group in groups]
    left = _absorbed(np.column_stack([outcome, terms]), dense)
    return clustered(left[:, 0], left[:, 1:], cluster)


def _panel(records: list[SchoolRecord]) -> dict[str, Any]:
    """Rows of the student by year panel."""
    parts: dict[str, list[Any]] = {name: [] for name in ("student", "year", "school", "online", *PANEL_OUTCOMES)}
    first = 0
    for record in records:
        student, place = np.nonzero(record.years.recorded)
        parts["student"].append(first + student)
        parts["year"].append(record.years.year[place])
        parts["school"].append(np.full(len(student), record.number))
        parts["online"].append(record.online_share[student, place])
        parts["test_math"].append(record.state[student, place, 0])
        parts["test_reading"].append(record.state[student, place, 1])
        parts["credits_earned_share"].append(record.years.credits_earned[student, place])
        parts["grade_point_average"].append(record.years.grade_point_average[student, place])
        first += len(record.students.block)
    return {name: np.concatenate(values) for name, values in parts.items()}


def achievement(records: list[SchoolRecord]) -> dict[str, Any]:
    """Coefficient of the share of credits taken online: naive (year effects) and with student and year effects."""
    rows = _panel(records)
    forms = {"naive": [rows["year"]], "student_and_year": [rows["student"], rows["year"]]}
    found: dict[str, Any] = {}
    for form, groups in forms.items():
        found[form] = {}
        for outcome in PANEL_OUTCOMES:
            estimate, error = _fit(rows[outcome], rows["online"][:, None], groups, rows["school"])
            found[form][outcome] = {"target": float(estimate[0]), "std_error": float(error[0])}
    return found


def _online(settings: DistrictSettings, records: list[SchoolRecord]) -> dict[str, Any]:
    """Rows of all courses taken online."""
    year_of = np.array([term.school_year for term in settings.terms], dtype=np.int64)
    parts: dict[str, list[Any]] = {
        name: [] for name in ("student", "course", "year", "school", "terms", "outcomes", "types")
    }
    first = 0
    for record in records:
        kept = works_online(record)
        takings, results = record.takings, record.outcomes
        parts["student"].append(first + takings.student[kept])
        parts["course"].append(takings.course[kept])
        parts["year"].append(year_of[takings.term][kept])
        parts["school"].append(np.full(int(kept.sum()), record.number))
        columns = (record.time.idle_share, record.takers.absence_rate, record.takers.grade_level)
        parts["terms"].append(np.column_stack(columns)[kept])
        parts["outcomes"].append(np.column_stack([results.percent, results.completed, results.passed])[kept])
        parts["types"].append(record.takers.user_type[kept])
        first += len(record.students.block)
    return {name: np.concatenate(values) for name, values in parts.items()}


def _ladder(rows: dict[str, Any], groups: Sequence[Integers], kept: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place, outcome in enumerate(OUTCOMES):
        values = rows["outcomes"][kept, place].astype(np.float64)
        terms = rows["terms"][kept].astype(np.float64)
        estimate, error = _fit(values, terms, [group[kept] for group in groups], rows["school"][kept])
        found[outcome] = {
            name: {"target": float(estimate[row]), "std_error": float(error[row])}
            for row, name in enumerate(PREDICTORS)
        }
    return found


def wide_targets(plan: Plan) -> dict[str, Any]:
    """Targets of the achievement panel, of the models of courses taken online, and of idle time inside each type."""
    records = _sample(plan)
    rows = _online(plan.settings, records)
    everyone = np.ones(len(rows["year"]), dtype=np.bool_)
    course_year = [rows["course"], rows["year"]]
    ladder = {
        "course_and_year": _ladder(rows, course_year, everyone),
        "course_year_and_school": _ladder(rows, [*course_year, rows["school"]], everyone),
        "student_course_and_year": _ladder(rows, [rows["student"], *course_year], everyone),
    }
    before = rows["year"] < plan.settings.behaviour.idle_rule_changed
    by_rule = {name: _ladder(rows, course_year, kept) for name, kept in (("before", before), ("after", ~before))}
    types = {
        name: _ladder(rows, course_year, rows["types"] == place)
        for place, name in enumerate(plan.settings.user_types)
        if int(np.sum(rows["types"] == place)) > 50
    }
    return {
        "achievement_panel": achievement(records),
        "associations_district": ladder,
        "associations_by_idle_rule": by_rule,
        "associations_by_type": types,
        "idle_share_by_year": {
            str(year): float(rows["terms"][rows["year"] == year, 0].mean()) for year in np.unique(rows["year"])
        },
    }
