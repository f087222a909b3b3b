"""The calibration as a table of text: published, planted, simulated and estimated, one line a figure."""

from collections.abc import Mapping, Sequence
from typing import Any

from scipy.special import gammaincc

from simulator.catalogue import COURSES
from simulator.figures import Figure
from simulator.settings import MODES

WIDTHS = (62, 11, 11, 11, 22)
ARM_COLUMNS = ("online_percent", "comparison_percent")
PREDICTOR_WORDS = {"idle": "idle_share", "absen": "absence_rate", "grade level": "grade_level"}
MODELS = {"grade_on_engagement": "percent", "completion_on_engagement": "completed", "passing_on_engagement": "passed"}

Rows = Sequence[Mapping[str, Any]]


def _line(*cells: str) -> str:
    pairs = zip(cells, WIDTHS, strict=True)
    return " | ".join(
        cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(pairs)
    )


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return (
        f"{value:,.0f}" if unit in ("students", "schools", "courses") else f"{value:.{1 if unit == 'percent' else 2}f}"
    )


def _title(course_id: str) -> str:
    return {course.course_id: course.title for course in COURSES}.get(course_id, "All courses")


def _recovered(differences: Rows) -> dict[str, float]:
    """Percent recovered by the name of the figure, from the exact table of differences."""
    found = {}
    for row in differences:
        if row["contrast"] == "recovered_by_assignment":
            for mode, column in zip(MODES, ARM_COLUMNS, strict=True):
                found[f"{row['course']}: recovered, assigned to {mode.replace('_', '-')}"] = float(row[column])
    return found


# Contrasts of the demo whose arm means, numbers of students and differences are planted.
MEAN_CONTRASTS = {
    "reading_by_assignment": ("external test", "tested"),
    "math_by_assignment": ("external test", "tested"),
    "engagement_by_assignment": ("emotional engagement", "answered"),
}


def _estimated(estimates: Mapping[str, Rows]) -> dict[str, float]:
    """Estimates by the name of the figure: rates, means of scores and numbers of students."""
    found = _recovered(estimates.get("differences", ()))
    for row in estimates.get("impacts", ()):
        course = row["course"]
        students = float(row["n_online"] + row["n_comparison"])
        if row["contrast"] == "recovered_by_assignment":
            found[f"{course}: students analysed"] = students
        if row["contrast"] in MEAN_CONTRASTS:
            words, counted = MEAN_CONTRASTS[row["contrast"]]
            found[f"{course}: students {counted}"] = students
            for mode, column in zip(MODES, ("mean_online", "mean_comparison"), strict=True):
                found[f"{course}: {words}, assigned to {mode.replace('_', '-')}"] = float(row[column])
    return found


def joint_estimates(truth: Mapping[str, Any], impacts: Rows) -> tuple[float, int]:
    """Squared distance of the estimated differences from their targets in standard errors, and how many they are.

    Per course: recovery against the target of block fixed effects, the external test and the survey scale against the
    planted difference of their means. The three rest on different things measured on the same students, and the
    courses on different students of the same schools: they count as independent.
    """
    statistic, df = 0.0, 0
    for course_id, course in truth["courses"].items():
        planted = course["planted"]
        targets = {"recovered_by_assignment": 100 * _effect(truth, course_id)}
        targets |= dict.fromkeys(list(MEAN_CONTRASTS)[:2], planted["test_online"] - planted["test_teacher_directed"])
        targets["engagement_by_assignment"] = planted["survey_online"] - planted["survey_teacher_directed"]
        for row in impacts:
            if row["course"] == _title(course_id) and row["contrast"] in targets:
                statistic += ((row["estimate"] - targets[row["contrast"]]) / row["std_error"]) ** 2
                df += 1
    return statistic, df


def _effect(truth: Mapping[str, Any], course_id: str) -> float:
    return float(truth["targets"]["effects"][course_id]["block_fixed_effects"]["passed"])


# Outcomes of the panel: the row of the table, the target's name, the truth of the district, and the table's scale.
PANEL_OUTCOMES = {
    "Math score": ("test_math", "effect_of_online_on_test", 1.0),
    "Reading score": ("test_reading", "effect_of_online_on_test", 1.0),
    "Credits earned, of those attempted": ("credits_earned_share", "effect_of_online_on_credits", 100.0),
    "Grade point average": ("grade_point_average", "effect_of_online_on_grade_point_average", 1.0),
}
PANEL_FORMS = {"naive": "naive comparison", "student_and_year": "student and year effects"}
STEP = 0.1


def _achievement(truth: Mapping[str, Any], rows: Rows) -> list[str]:
    """What ten percentage points of credits online go with.

    The planted effect, what each form finds in a large district of this kind, and the estimate: the naive form finds
    what it finds without any effect being there.
    """
    targets, lines = truth["targets"]["achievement_panel"], []
    for outcome, (name, effect, scale) in PANEL_OUTCOMES.items():
        planted = STEP * scale * float(truth["structural"][effect])
        for form, words in PANEL_FORMS.items():
            target = STEP * scale * float(targets[form][name]["target"])
            own = [row for row in rows if row["outcome"] == outcome and row["model"] == form]
            cells = ("-", f"{planted:.2f}", f"{target:.2f}", _interval(own))
            lines.append(_line(f"{outcome} on online credits: {words}", *cells))
    return lines


# The definition of idle time before the vendor changed its rule says so.
BEFORE = "all reading included"
DISTRICT_MODELS = {
    "grade_in_district": "percent",
    "completion_in_district": "completed",
    "passing_in_district": "passed",
}


def _district(truth: Mapping[str, Any], rows: Rows) -> list[str]:
    """Associations over the whole log, by the rule of idle time, beside those of a large district of this kind."""
    lines = []
    for model, outcome in DISTRICT_MODELS.items():
        for rule, words in (("before", "old idle rule"), ("after", "new idle rule")):
            for word, predictor in list(PREDICTOR_WORDS.items())[:2]:
                found = [
                    row
                    for row in rows
                    if (row["model"], row["group"]) == (model, "All")
                    and (BEFORE in row["idle_definition"]) == (rule == "before")
                    and word in row["term"].lower()
                ]
                scale = STEP * (1.0 if outcome == "percent" else 100.0)
                target = scale * truth["targets"]["associations_by_idle_rule"][rule][outcome][predictor]["target"]
                name = f"district, {words}: {outcome} with {predictor}"
                lines.append(_line(name, "-", "-", f"{target:.2f}", _interval(found)))
    return lines


def _effects(truth: Mapping[str, Any], differences: Rows) -> list[str]:
    """Effects of assignment: their target in place of what was planted, and the estimate with its interval."""
    lines = []
    contrasts = {"recovered_by_assignment": ("passed", 100.0), "grade_by_assignment": ("percent", 1.0)}
    for course_id, targets in truth["targets"]["effects"].items():
        for contrast, (outcome, scale) in contrasts.items():
            target = scale * targets["block_fixed_effects"][outcome]
            own = [row for row in differences if row["contrast"] == contrast and row["course"] == _title(course_id)]
            name = f"{_title(course_id)}: effect of assignment on {'recovery' if outcome == 'passed' else 'grade'}"
            lines.append(_line(name, "-", f"{target:.2f}", "-", _interval(own)))
    return lines


def _interval(rows: Rows) -> str:
    if not rows:
        return "-"
    row = rows[0]
    return f"{row['estimate']:.2f} ({row['ci_low']:.2f}, {row['ci_high']:.2f})"


def _associations(truth: Mapping[str, Any], rows: Rows) -> list[str]:
    lines = []
    ladder = truth["targets"]["associations_online"]["course_and_year"]
    for model, outcome in MODELS.items():
        for word, predictor in PREDICTOR_WORDS.items():
            own = [row for row in rows if row["model"] == model and word in row["term"].lower()]
            # The pipeline reports shares and rates in steps of ten percentage points, and yes or no in percent.
            scale = (1.0 if outcome == "percent" else 100.0) * (0.1 if "10" in str(own[:1]) else 1.0)
            target = f"{scale * ladder[outcome][predictor]:.2f}"
            lines.append(_line(f"association of {outcome} with {predictor}", "-", target, "-", _interval(own)))
    return lines


def calibration_lines(
    truth: Mapping[str, Any], figures: Sequence[Figure], joint: tuple[float, int], estimates: Mapping[str, Rows]
) -> list[str]:
    """The lines of the table, the joint test of all simulated figures below it, and that of the estimates.

    Parameters
    ----------
    estimates : rows of the exact tables `differences`, `associations`, `associations_district`, `impacts` and
        `achievement`, where the study has been run.
    """
    lines = [_line("figure", "published", "planted", "simulated", "estimated"), "-" * (sum(WIDTHS) + 12)]
    estimated = _estimated(estimates)
    for figure in figures:
        course, _, rest = figure.name.partition(": ")
        name = f"{_title(course)}: {rest}" if rest else figure.name
        cells = [_number(value, figure.unit) for value in (figure.published, figure.planted, figure.simulated)]
        lines.append(_line(f"{name} ({figure.unit})", *cells, _number(estimated.get(name), figure.unit)))
    lines += _effects(truth, estimates.get("differences", ()))
    lines += _associations(truth, estimates.get("associations", ()))
    lines += _district(truth, estimates.get("associations_district", ()))
    lines += _achievement(truth, estimates.get("achievement", ()))
    statistic, df = joint
    p_value = float(gammaincc(df / 2, statistic / 2))
    lines.append(f"Joint test of the simulated figures: chi-squared {statistic:.1f}, df {df}, p = {p_value:.2f}")
    if estimates.get("impacts"):
        distance, count = joint_estimates(truth, estimates["impacts"])
        p_estimates = float(gammaincc(count / 2, distance / 2))
        lines.append(f"Joint test of the estimates: chi-squared {distance:.1f}, df {count}, p = {p_estimates:.2f}")
    if not estimates:
        lines.append("No estimates: run `make study` first, then the last column is filled.")
    return lines
