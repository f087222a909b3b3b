"""The analysis table: the cohort with its measures, one row per enrollment, in an order by content."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recredit.estimators.variables import CODES, UNDER_A_DEFINITION, VARIABLES, value_label
from recredit.ordering import sort_by_content

ARMS = ("online", "comparison")


def read_plain(path: Path) -> pd.DataFrame:
    """A Parquet table in plain types: numbers and yes/no as float64 (missing NaN), everything else as text."""
    return plain_frame(pq.read_table(path))


def plain_frame(table: pa.Table) -> pd.DataFrame:
    """``table`` in plain types, as :func:`read_plain`."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
            numbers = column.cast(pa.int8()) if pa.types.is_boolean(kind) else column
            columns[name] = pd.Series(numbers.cast(pa.float64(), safe=False).to_numpy(), dtype="float64")
        else:
            columns[name] = pd.Series(column.cast(pa.string()).to_pylist(), dtype="str")
    return pd.DataFrame(columns)


def read_analysis(cohort: Path, measures: Path, settings: Mapping[str, Any]) -> pd.DataFrame:
    """The analysis table.

    Parameters
    ----------
    cohort, measures : the Parquet files of the stages `cohort` and `measure`.
    settings : the keys `cohort` of the study: order of the courses, labels.

    Returns
    -------
    One row per analysed enrollment, sorted by content. ``course`` and ``term`` are labels for readers; the columns
    ``course_order`` and ``term_order`` give the order of the tables.
    """
    frame = read_plain(cohort).merge(read_plain(measures), on="enrollment_id", how="left", validate="one_to_one")
    labels = settings["labels"]
    wanted = {course: number for number, course in enumerate(settings["courses"])}
    frame["course_order"] = frame["course_id"].map(wanted).astype("float64").fillna(len(wanted))
    for name, identifier in (("course", "course_id"), ("term", "term_id")):
        pairs = zip(frame[identifier], frame[name], strict=True)
        frame[name] = pd.Series([labels.get(code, labels.get(title, title)) for code, title in pairs], dtype="str")
        # Two identifiers under one label stand in one row of a table, at the place of the first.
        frame[f"{name}_order"] = frame.groupby(name)[f"{name}_order"].transform("min")
    return sort_by_content(frame, list(CODES))


def mode_label(arm: str, labels: Mapping[str, str]) -> str:
    """Words for an arm; a study names them by `online`, `comparison` or `teacher_directed` among its labels."""
    if arm == "comparison" and "comparison" not in labels and "teacher_directed" in labels:
        return labels["teacher_directed"]
    return value_label(arm, labels)


def missing_reason(frame: pd.DataFrame, names: Sequence[str], tables: Sequence[str]) -> str:
    """Why an analysis of columns ``names`` cannot be made, or "" if each of them has a value.

    Parameters
    ----------
    frame : rows of the analysis table the analysis would use.
    tables : canonical tables the study fills.
    """
    for variable in (VARIABLES[name] for name in names if not frame[name].notna().any()):
        if variable.tables and not set(variable.tables) & set(tables):
            return f"the study has no table {' or '.join(variable.tables)}, which {variable.label.lower()} comes from"
    if frame.empty:
        return "no enrollment of this kind is analysed"
    for name in names:
        if not frame[name].notna().any():
            return f"{VARIABLES[name].label.lower()} has no value in any enrollment of this analysis"
    return ""


def distinct(codes: pd.Series) -> float:
    """The number of different codes, or NaN where the study has none (a rule on them then does not apply)."""
    return float(codes.nunique()) if codes.notna().any() else float("nan")


def definitions(frame: pd.DataFrame, names: Sequence[str]) -> list[tuple[str, pd.DataFrame]]:
    """``frame`` by definition of idle time, where one of ``names`` depends on it and there are two or more.

    Returns
    -------
    Pairs of the definition ("" where none of the columns depends on one) and its rows. With two definitions an
    enrollment without a session belongs to neither.
    """
    if not set(names) & {*UNDER_A_DEFINITION, "idle_definition"}:
        return [("", frame)]
    found = sorted(frame["idle_definition"].dropna().unique())
    if len(found) <= 1:
        return [(found[0] if found else "", frame)]
    return [(name, frame[frame["idle_definition"] == name]) for name in found]
