"""The counted tables: one row per enrollment on file, with every category and mark that a released count is made of.

Disclosure control is over all tables of a release together, so the rows behind all of them have one common base. A
count of different students is a count of those enrollments that bear a mark: the first of each student's in the group.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recredit.cohort.rules import OTHER_MODE, STEPS
from recredit.errors import ConfigurationError
from recredit.estimators.analysis import definitions, mode_label
from recredit.estimators.descriptive import (
    CHARACTERISTICS,
    Words,
    characteristic_category,
    course_label,
    idle_ranges,
    measured_online,
)
from recredit.estimators.variables import VARIABLES, value_label

ENROLLMENTS = "enrollments"
# The mark that counts each student analysed once, for public counts of students.
ONCE = "each student once"
# The random code that joins what several rules know of a row; no cell is about it.
UNIT = "unit"
_YES_NO = tuple(name for name, each in VARIABLES.items() if each.kind == "yes_no" and name not in CHARACTERISTICS)


@dataclass(frozen=True)
class Use:
    """The enrollments behind some rows of a table of models.

    Attributes
    ----------
    labels : label column -> label of those rows.
    rows : the part of the analysis table that was used.
    """

    labels: Mapping[str, str]
    rows: pd.DataFrame


def step_mark(step: int) -> str:
    """The mark of the enrollments that a step of the flow counts."""
    return f"step {step}"


def first_mark(table: str, column: str = "students") -> str:
    """The mark of the first of each student's enrollments in each row of a table."""
    return f"first in {table}.{column}"


def first_units(frame: pd.DataFrame, by: Sequence[str] = ()) -> pd.Series:
    """The first enrollment of each student in each group of columns ``by``."""
    return frame.drop_duplicates(["student_id", *by])["enrollment_id"]


def marks_frame(marks: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """One row per enrollment that bears any of the marks: the column `unit`, and a boolean column per mark."""
    borne = [np.asarray(every if isinstance(every, pd.Series) else list(every), object) for every in marks.values()]
    # Texts are looked up once, all together: a look-up for each mark takes several times as long.
    places, units = pd.factorize(np.concatenate([*borne, np.empty(0, object)]), sort=True)
    columns: dict[str, pd.Series | NDArray[np.bool_]] = {UNIT: pd.Series(units, dtype="str")}
    ends = np.cumsum([len(every) for every in borne])
    for name, own in zip(marks, np.split(places, ends), strict=False):
        columns[name] = np.zeros(len(units), np.bool_)
        columns[name][own] = True
    return pd.DataFrame(columns)


def enrollment_base(flow_rows: pd.DataFrame, frame: pd.DataFrame, words: Words) -> pd.DataFrame:
    """The base of all tables that describe the cohort.

    Parameters
    ----------
    flow_rows : one row per enrollment on file and step of the flow that it counts in.
    frame : the analysis table, in its order by content.

    Returns
    -------
    One row per enrollment on file: `unit`, categories as text (missing where the enrollment is not analysed) and marks.

    Raises
    ------
    ConfigurationError where two courses with one title have different labels: the flow could not tell them apart.
    """
    on_file = _on_file(flow_rows, frame, words)
    categories = _categories(frame, words)
    base = on_file.merge(categories, on=UNIT, how="left", validate="one_to_one")
    _check_courses(base, frame)
    marked = marks_frame({**_step_marks(flow_rows, on_file), **_cohort_marks(frame, categories)})
    return with_marks(base, marked)


def with_marks(base: pd.DataFrame, marked: pd.DataFrame) -> pd.DataFrame:
    """``base`` with the marks of ``marked``, false where it does not name a row."""
    joined = base.merge(marked, on=UNIT, how="left", validate="one_to_one")
    for name in marked.columns.drop(UNIT):
        joined[name] = joined[name].fillna(False).astype(bool) if joined[name].dtype == object else joined[name]
    return joined


def _on_file(flow_rows: pd.DataFrame, frame: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Enrollments on file with the course, class and school they count under; those analysed first, in their order."""
    rows = flow_rows[flow_rows["order"] == 1]
    place = pd.Series(np.arange(len(frame), dtype=np.float64), index=frame["enrollment_id"])
    # Which enrollment of a student stands for the student must not hang on the codes: the log tells them apart.
    content = ["term_starts_on", "own_course", "arm", "starts_day", "grade_level", "status", "first_attempt_percent"]
    rows = rows.assign(place=rows["enrollment_id"].map(place)).sort_values(["place", *content, "enrollment_id"])
    courses = [
        course_label(*pair, words.labels)
        for pair in zip(rows["course_id"].tolist(), rows["course"].tolist(), strict=True)
    ]
    return pd.DataFrame(
        {
            UNIT: rows["enrollment_id"].to_numpy(),
            "student_id": rows["student_id"].to_numpy(),
            "school_id": rows["school_id"].to_numpy(),
            "course": pd.Series(courses, dtype="str"),
            "mode": pd.Series([_mode(arm, words.labels) for arm in rows["arm"].tolist()], dtype="str"),
        }
    )


def _mode(arm: str, labels: Mapping[str, str]) -> str:
    return arm if arm == OTHER_MODE else mode_label(arm, labels)


def _check_courses(base: pd.DataFrame, frame: pd.DataFrame) -> None:
    shown = base.set_index(UNIT)["course"].reindex(frame["enrollment_id"])
    if (shown.to_numpy() != frame["course"].to_numpy()).any():
        raise ConfigurationError(
            "study.yaml: cohort.labels: two courses with one title have different labels. Give both the same label, "
            "or different titles."
        )


def _categories(frame: pd.DataFrame, words: Words) -> pd.DataFrame:
    """What the tables of the cohort show of each analysed enrollment, in their words."""
    columns: dict[str, pd.Series] = {UNIT: frame["enrollment_id"], "term": frame["term"]}
    for name in CHARACTERISTICS:
        columns[name] = frame[name].map(lambda value, name=name: characteristic_category(value, name, words.labels))
    for name in _YES_NO:
        columns[name] = frame[name].map({1.0: "yes", 0.0: "no"})
    columns["assigned_mode"] = frame["assigned_arm"]
    columns["earlier_attempts"] = frame["earlier_attempts"].map(
        lambda value: value_label(value, words.labels), na_action="ignore"
    )
    columns["reason"] = frame["enrollment_reason"].map(lambda value: words.labels.get(value, value), na_action="ignore")
    return pd.DataFrame({**columns, **_idle_categories(frame, words)}).astype("str")


def _idle_categories(frame: pd.DataFrame, words: Words) -> dict[str, pd.Series]:
    """The range of the idle share and its definition as the tables show it; of enrollments online alone."""
    online = measured_online(frame)
    ranges = {unit: name for name, chosen in idle_ranges(online, words).items() for unit in online.index[chosen]}
    found = definitions(online, ["idle_definition"])
    defined = {unit: value_label(name, words.labels) for name, part in found for unit in part.index}
    return {"idle_range": frame.index.to_series().map(ranges), "idle_definition": frame.index.to_series().map(defined)}


def _step_marks(flow_rows: pd.DataFrame, on_file: pd.DataFrame) -> dict[str, pd.Series]:
    marks: dict[str, pd.Series] = {}
    place = pd.Series(np.arange(len(on_file)), index=on_file[UNIT].astype(object))
    places = flow_rows["enrollment_id"].astype(object).map(place)
    named = on_file.rename(columns={UNIT: "enrollment_id"})
    for step in STEPS:
        own = flow_rows["order"] == step
        counted = named.iloc[np.unique(places[own].dropna().astype(np.int64))]
        marks |= {step_mark(step): flow_rows.loc[own, "enrollment_id"]} if step > 1 else {}
        marks[first_mark("sample_flow", step_mark(step))] = first_units(counted, ["course", "mode"])
    return marks


def _cohort_marks(frame: pd.DataFrame, categories: pd.DataFrame) -> dict[str, pd.Series]:
    """The populations of the descriptive tables, and the first enrollment of each student in each of their rows."""
    shown = categories[["idle_range", "idle_definition", "earlier_attempts", "reason"]].rename(
        columns={name: f"shown_{name}" for name in ("idle_range", "idle_definition", "earlier_attempts", "reason")}
    )
    full = pd.concat([frame, shown], axis=1)
    results = full[(full["has_result"] == 1) & full["arm"].notna()]
    online = full.loc[measured_online(full).index]
    attempts = full[(full["has_result"] == 1) & full["earlier_attempts"].notna()]
    marks = {
        ONCE: first_units(full),
        "with a result": results["enrollment_id"],
        "measured online": online["enrollment_id"],
        "with a result and earlier attempts": attempts["enrollment_id"],
        first_mark("student_characteristics"): first_units(full[full["arm"].notna()], ["arm"]),
        first_mark("engagement"): first_units(online, ["shown_idle_definition", "course", "term"]),
        first_mark("enrollment_reasons"): first_units(full[full["shown_reason"].notna()], ["shown_reason"]),
    }
    marks |= _result_marks("outcomes_by_mode", results, ["course", "arm"])
    marks |= _result_marks("outcomes_by_idle", online, ["shown_idle_definition", "shown_idle_range"])
    return marks | _result_marks("outcomes_by_attempt", attempts, ["shown_earlier_attempts"])


def _result_marks(table: str, frame: pd.DataFrame, by: Sequence[str]) -> dict[str, pd.Series]:
    """First enrollments for the students of a row, and for those with each of the two results."""
    known = {name: frame[frame[name].notna()] for name in ("completed", "passed")}
    sizes = {first_mark(table, f"{name}_students"): first_units(part, by) for name, part in known.items()}
    return {first_mark(table): first_units(frame, by), **sizes}
