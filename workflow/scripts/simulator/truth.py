"""The truth file: what was planted, and what came out of it in this one district."""

from typing import Any

import numpy as np

from simulator.calibration import Calibration
from simulator.faults import fault_counts
from simulator.handover import District
from simulator.schools import Schools


def _arm(district: District, chosen: Any) -> dict[str, Any]:
    """Counts and means of the randomised students whom ``chosen`` picks out."""
    records = district.records
    analysed = chosen & ~records.take_up.left
    tested = analysed & ~np.isnan(records.outcomes.test)
    return {
        "randomised": int(chosen.sum()),
        "analysed": int(analysed.sum()),
        "no_shows": int((chosen & records.take_up.no_show).sum()),
        "crossovers": int((chosen & (records.take_up.takes_online != records.take_up.assigned_online)).sum()),
        "recovered_share": float(records.outcomes.passed[analysed].mean()),
        "tested": int(tested.sum()),
        "test_mean": float(records.outcomes.test[tested].mean()),
    }


def _courses(district: District, calibration: Calibration) -> dict[str, Any]:
    course_of = np.array([block.course for block in district.student_blocks])
    assigned = district.records.take_up.assigned_online
    found: dict[str, Any] = {}
    for number, course in enumerate(district.settings.courses):
        found[course.course_id] = {
            "planted": {
                "recovered_online": course.recovered_online,
                "recovered_teacher_directed": course.recovered_teacher_directed,
                "recovered_difference": course.recovered_online - course.recovered_teacher_directed,
                "test_online": course.test_online,
                "test_teacher_directed": course.test_teacher_directed,
                "grade_intercept_online": float(calibration.intercept[number, 0]),
                "grade_intercept_teacher_directed": float(calibration.intercept[number, 1]),
            },
            "simulated": {
                "online": _arm(district, (course_of == number) & assigned),
                "teacher_directed": _arm(district, (course_of == number) & ~assigned),
            },
        }
    return found


def describe_truth(
    district: District, schools: Schools, calibration: Calibration, ledger: list[dict[str, Any]], seed: int
) -> dict[str, Any]:
    """Everything that an estimate can be held against.

    ``structural`` holds the coefficients of the grade itself; ``targets`` what least squares with course and
    school-year effects finds in a very large district (clipping at 0 and 100 and thresholds included).
    """
    given = district.settings.outcomes
    records = district.records
    return {
        "seed": seed,
        "structural": {
            "percent": {
                "idle_share": given.grade_on_idle_share,
                "absence_rate": given.grade_on_absence_rate,
                "grade_level": given.grade_on_grade_level,
            },
            "school_sd": given.school_sd,
            "effect_sd": given.effect_sd,
            "section_sd": given.section_sd,
            "noise_sd": given.noise_sd,
        },
        "targets": {"associations_online": calibration.coefficients},
        "courses": _courses(district, calibration),
        "schools": {
            "grade_shift": schools.grade_shift.tolist(),
            "effect_shift": schools.effect_shift.tolist(),
        },
        "counts": {
            "students": len(records.block),
            "sessions": len(records.sessions.student),
            "students_in_log": int(records.in_log.sum()),
            "active_seconds": int(records.sessions.active_seconds.sum()),
            "idle_seconds": int(records.sessions.idle_seconds.sum()),
        },
        "faults": {"rows": fault_counts(ledger), "ledger": ledger},
    }
