"""Differences between online and teacher-directed classes: effects where a lottery assigned, associations elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recredit.disclosure.linked.layout import RowDefinition
from recredit.disclosure.linked.summed import Categories
from recredit.errors import ConfigurationError
from recredit.estimators.analysis import ARMS, distinct, missing_reason, mode_label
from recredit.estimators.associations import convention_label, term_figures
from recredit.estimators.bases import Use, first_mark, first_units, marks_frame
from recredit.estimators.exact import Cell, Made
from recredit.estimators.linear import fit_ols
from recredit.estimators.results import LinearFit
from recredit.estimators.variables import VARIABLES, check_columns

ALL_COURSES = "All courses"


@dataclass(frozen=True)
class Contrast:
    """One entry of `contrasts` of a study; see config.schema.yaml."""

    name: str
    title: str
    outcome: str
    randomised: bool
    cluster: str = "school_id"
    domain: str = ""
    courses: tuple[str, ...] = ()
    scale: str | None = None
    covariates: tuple[str, ...] = ()

    @classmethod
    def from_settings(cls, entry: Mapping[str, Any]) -> "Contrast":
        """The contrast of a configuration entry.

        Raises
        ------
        ConfigurationError for a column that is not in the analysis table.
        """
        lists = {name: tuple(entry.get(name, ())) for name in ("courses", "covariates")}
        contrast = cls(**{**entry, **lists})
        terms = (contrast.outcome, *contrast.covariates)
        check_columns(f"contrasts: {contrast.name}", (*terms, contrast.cluster), terms=terms)
        if (contrast.scale is None) == (contrast.outcome == "survey_score"):
            raise ConfigurationError(
                f"study.yaml: contrasts: {contrast.name}: the outcome survey_score and the key scale go together."
            )
        return contrast

    @property
    def arm(self) -> str:
        """The column that says online or comparison: the lottery's where there was one (intent to treat)."""
        return "assigned_arm" if self.randomised else "arm"

    @property
    def absorb(self) -> tuple[str, ...]:
        """Fixed effects: lottery blocks, or course and term."""
        return ("lottery_block",) if self.randomised else ("course_id", "term_id")


def fit_differences(
    frame: pd.DataFrame, contrasts: Sequence[Contrast], tables: Sequence[str]
) -> tuple[list[dict[str, Cell]], list[Made], list[Use]]:
    """All contrasts of a study, per course and over all courses.

    Parameters
    ----------
    frame : the analysis table.
    tables : canonical tables the study fills.

    Returns
    -------
    One row per contrast and course (columns of the table `differences`), the list of what was made, and the
    enrollments behind each row.

    Notes
    -----
    Randomised: outcome on assignment to online with a fixed effect per lottery block; blocks with one arm only say
    nothing about a difference, and are left out and counted. A student of the lottery without any result by the end
    of the records has not recovered the course: for the outcome `passed` that is a no, not a missing value. Only where
    the student left the district (status `withdrawn`) the records are cut off and the outcome is missing: attrition. So
    it is where a mark is on file and the intake set it aside as faulty.
    Not randomised: outcome on the class taken, with fixed effects of course and term; an association.
    """
    rows: list[dict[str, Cell]] = []
    made: list[Made] = []
    uses: list[Use] = []
    for contrast in contrasts:
        reason = contrast_reason(frame, contrast, tables)
        if not reason:
            prepared = contrast_rows(frame, contrast)
            new, problems, used = _by_course(prepared, contrast)
            rows.extend(new)
            uses.extend(used)
            reason = "; ".join(problems)
        made.append(Made(contrast.name, contrast.title, reason))
    return rows, made, uses


def difference_base(
    contrasts: Sequence[Contrast], uses: Sequence[Use], labels: Mapping[str, str]
) -> tuple[pd.DataFrame, list[RowDefinition]]:
    """What the contrasts add to the base of enrollments, and which rows count whom.

    Parameters
    ----------
    uses : the enrollments behind each row, as :func:`fit_differences` gives them.
    labels : the study's labels of values, for the classes taken.
    """
    by_name = {contrast.name: contrast for contrast in contrasts}
    marks: dict[str, set[str]] = {}
    definitions = []
    for use in uses:
        contrast = by_name[use.labels["contrast"]]
        # An enrollment lies in one course, so the courses of a contrast share their marks.
        scope = "over all courses" if use.labels["course"] == ALL_COURSES else "by course"
        name = f"used in {contrast.name} {scope}"
        firsts = {"students": first_units(use.rows), "arms": first_units(use.rows, ["online"])}
        found = {name: use.rows["enrollment_id"], **{first_mark(name, each): one for each, one in firsts.items()}}
        for mark, units in found.items():
            marks.setdefault(mark, set()).update(units)
        definitions.append(_definition(use, contrast, name, labels))
    return marks_frame(marks), definitions


def _definition(use: Use, contrast: Contrast, used: str, labels: Mapping[str, str]) -> RowDefinition:
    """Whom the cells of one row count: the arm, and for a yes/no outcome those with a yes."""
    in_arm: dict[str, Categories] = {
        "online": {"assigned_mode": ("online",)} if contrast.randomised else {"mode": (mode_label("online", labels),)},
        "comparison": {"assigned_mode": ("comparison",)}
        if contrast.randomised
        else {"mode": (mode_label("comparison", labels),)},
    }
    counts = {f"n_{arm}": condition for arm, condition in in_arm.items()}
    shares = {f"{arm}_percent": condition for arm, condition in in_arm.items()}
    as_percent = VARIABLES[contrast.outcome].kind == "yes_no"
    marks = {name: (first_mark(used, "arms"),) for name in counts}
    marks |= {"students": (first_mark(used),), **(dict.fromkeys(shares, (used,)) if as_percent else {})}
    where = counts | ({name: {contrast.outcome: ("yes",)} for name in shares} if as_percent else {})
    return RowDefinition(use.labels, marks, where=where, among=shares if as_percent else {})


def contrast_reason(frame: pd.DataFrame, contrast: Contrast, tables: Sequence[str]) -> str:
    """Why a contrast cannot be made, or "" if it can."""
    if contrast.randomised and frame["assigned_arm"].isna().all():
        return "no enrollment carries an assignment by lottery (assigned_mode, lottery_block)"
    chosen = frame[frame[contrast.arm].notna() & in_courses(frame, contrast)]
    for arm in ARMS:
        if not (chosen[contrast.arm] == arm).any():
            return f"no enrollment is in the {'online' if arm == 'online' else 'teacher-directed'} arm"
    return missing_reason(chosen, (contrast.outcome, contrast.cluster), tables)


def contrast_rows(frame: pd.DataFrame, contrast: Contrast, *, known: bool = True) -> pd.DataFrame:
    """The rows of the contrast with columns `value` (in units of the outcome) and `online` (0 or 1).

    Parameters
    ----------
    known : leave out rows without the outcome.
    """
    chosen = frame[frame[contrast.arm].notna() & in_courses(frame, contrast)].copy()
    chosen["value"] = chosen[contrast.outcome] * VARIABLES[contrast.outcome].outcome_scale
    if contrast.randomised and contrast.outcome == "passed":
        not_recovered = (chosen["has_result"] == 0) & (chosen["status"].fillna("") != "withdrawn")
        not_recovered &= chosen["mark_set_aside"] == 0
        chosen.loc[not_recovered, "value"] = 0.0
    chosen["online"] = (chosen[contrast.arm] == "online").astype("float64")
    return chosen.dropna(subset=[*(["value"] if known else []), contrast.cluster, *contrast.absorb])


def in_courses(frame: pd.DataFrame, contrast: Contrast) -> pd.Series:
    """Which rows belong to the courses of the contrast; all where it names none."""
    return frame["course_id"].isin(contrast.courses) | (not contrast.courses)


def _by_course(frame: pd.DataFrame, contrast: Contrast) -> tuple[list[dict[str, Cell]], list[str], list[Use]]:
    courses = [(str(course), part) for (_, course), part in frame.groupby(["course_order", "course"], sort=True)]
    if len(courses) > 1:
        courses.append((ALL_COURSES, frame))
    rows: list[dict[str, Cell]] = []
    problems: list[str] = []
    uses: list[Use] = []
    for course, part in courses:
        try:
            row, used = _fit(part, contrast, course)
        except ValueError as error:
            problems.append(f"{course}: {error}")
            continue
        rows.append(row)
        uses.append(Use({"contrast": contrast.name, "course": course}, used))
    return rows, problems, uses


def _fit(frame: pd.DataFrame, contrast: Contrast, course: str) -> tuple[dict[str, Cell], pd.DataFrame]:
    """One row of the table, and the enrollments that it rests on."""
    used, one_arm = two_arm_rows(frame) if contrast.randomised else (frame, 0)
    if used.empty or used["online"].nunique() < 2:
        raise ValueError("only one of the two arms has students to compare")
    fit = fit_ols(
        used["value"].to_numpy(),
        used[["online"]].to_numpy(),
        cluster=used[contrast.cluster].to_numpy(dtype=object),
        absorb=[used[name].to_numpy(dtype=object) for name in contrast.absorb],
        vcov="CR2",
        names=["online"],
    )
    fitted = used.iloc[fit.rows]
    row = {
        **contrast_words(contrast, course),
        **_arms(fitted, contrast),
        **term_figures(fit, 0),
        **behind_cells(fitted, contrast, fit),
        "one_arm_blocks": float(one_arm),
        "left_out_one_arm": float(len(frame) - len(used)),
    }
    return row, fitted


def two_arm_rows(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The rows of lottery blocks with both arms, and the number of the other blocks."""
    arms = frame.groupby("lottery_block")["online"].transform("nunique")
    return frame[arms == 2], int(frame.loc[arms < 2, "lottery_block"].nunique())


def contrast_words(contrast: Contrast, course: str) -> dict[str, Cell]:
    """What a row is about, in words."""
    return {
        "contrast": contrast.name,
        "title": contrast.title,
        "kind": "effect" if contrast.randomised else "association",
        "outcome": VARIABLES[contrast.outcome].label,
        "course": course,
        "unit": VARIABLES[contrast.outcome].unit,
    }


def _arms(frame: pd.DataFrame, contrast: Contrast) -> dict[str, Cell]:
    """Students and raw mean or percentage of each arm; the one of the two that does not apply is missing."""
    as_percent = VARIABLES[contrast.outcome].kind == "yes_no"
    cells: dict[str, Cell] = {}
    for name, online in (("online", 1.0), ("comparison", 0.0)):
        part = frame[frame["online"] == online]
        mean, nothing = float(part["value"].mean()), float("nan")
        cells |= {
            f"n_{name}": float(part["student_id"].nunique()),
            f"{name}_percent": mean if as_percent else nothing,
            f"{name}_mean": nothing if as_percent else mean,
            f"{name}_sd": float(part["value"].std()),
        }
    return cells


def behind_cells(frame: pd.DataFrame, contrast: Contrast, fit: LinearFit) -> dict[str, Cell]:
    """What stands behind the difference: students, clusters, and the hidden columns the disclosure rules read."""
    arms = [frame[frame["online"] == online] for online in (1.0, 0.0)]
    return {
        "students": float(frame["student_id"].nunique()),
        "clusters": float(fit.clusters or np.nan),
        "convention": convention_label(fit, contrast.cluster),
        "outcome_sd": float(frame["value"].std()),
        "schools": fewest(arms, "school_id"),
        "teachers": fewest(arms, "teacher_id"),
        "residual_df": float(fit.residual_df),
        "smallest_cell": float(min(part["student_id"].nunique() for part in arms)),
        "max_leverage": fit.max_leverage,
    }


def fewest(arms: Sequence[pd.DataFrame], column: str) -> float:
    """The smaller of the arms' numbers of different codes; an arm without any code does not count."""
    return float(pd.Series([distinct(part[column]) for part in arms]).min())
