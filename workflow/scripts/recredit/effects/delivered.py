"""The contrast as delivered: what each arm of a comparison got, in class and on the platform."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from recredit.estimators.analysis import ARMS, distinct, mode_label
from recredit.estimators.exact import Cell

# Columns of the analysis table whose means are shown, and by which name.
MEANS = {"total_hours": "hours", "days": "days", "sessions": "sessions", "class_size": "class_size"}


def with_class_size(frame: pd.DataFrame, enrollments: pd.DataFrame) -> pd.DataFrame:
    """The analysis table with `class_size`: students of the section on file, whether or not they are analysed."""
    sizes = enrollments.groupby("section_id")["student_id"].nunique().astype("float64")
    return frame.assign(class_size=frame["section_id"].map(sizes))


def delivered_rows(frame: pd.DataFrame, labels: Mapping[str, str]) -> Iterator[dict[str, Cell]]:
    """Per course, cohort and arm: assigned where a lottery was held, else the class taken.

    Parameters
    ----------
    frame : the analysis table with `class_size`.
    labels : the study's labels of values.
    """
    arm = frame["assigned_arm"] if frame["assigned_arm"].notna().any() else frame["arm"]
    keys = ["course_order", "course", "term_order", "term"]
    for (_, course, _, term), part in frame.groupby(keys, sort=True):
        for name in ARMS:
            rows = part[arm[part.index] == name]
            if len(rows):
                words: dict[str, Cell] = {"course": str(course), "cohort": str(term), "mode": mode_label(name, labels)}
                yield {**words, **_cells(rows)}


def _cells(rows: pd.DataFrame) -> dict[str, Cell]:
    cells: dict[str, Cell] = {"students": float(rows["student_id"].nunique())}
    for column, name in MEANS.items():
        cells |= _mean(rows, name, rows[column])
    return {**cells, "schools": distinct(rows["school_id"]), "teachers": distinct(rows["teacher_id"])}


def _mean(rows: pd.DataFrame, name: str, values: pd.Series) -> dict[str, Cell]:
    known = values.dropna()
    return {
        f"{name}_mean": float(known.mean()) if len(known) else np.nan,
        f"{name}_sd": float(known.std()) if len(known) > 1 else np.nan,
        f"{name}_students": float(rows.loc[known.index, "student_id"].nunique()),
    }
