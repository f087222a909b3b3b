"""Whom the tables of types of user count: the base of enrollments in the log, and a layout per table."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import pandas as pd

from recredit.disclosure.linked.layout import CountedColumn, RowDefinition, TableLayout
from recredit.disclosure.specification import TableSpecification
from recredit.estimators.bases import UNIT, first_mark, first_units, marks_frame, with_marks
from recredit.estimators.type_outcomes import OUTCOMES, with_outcome
from recredit.estimators.type_specifications import TYPE_TABLES
from recredit.estimators.variables import value_label

# Everybody in the log is another population than those in the cohort: a base of its own.
LOG_BASE = "log"
ALL = "all"
SHARES = ("low_grade_level", "math")
_WITH_CLICKS, _WITH_BOTH = "with clicks", "with both definitions"


def log_base(
    frame: pd.DataFrame, ratings: pd.DataFrame, enough: pd.DataFrame | None, both: pd.DataFrame | None
) -> pd.DataFrame:
    """One row per enrollment in the log: `unit`, categories as the tables show them, and marks.

    Parameters
    ----------
    frame : everybody in the log, with ``low_grade_level`` and ``math`` as 0, 1 or missing.
    ratings : one row a rating (:func:`recredit.estimators.log_frame.read_log`).
    enough, both : the enrollments of the tables `idle_thresholds` and `idle_agreement`; None where there are none.
    """
    columns = {
        UNIT: frame["enrollment_id"],
        "student_id": frame["student_id"],
        "school_id": frame["school_id"],
        "school_year": frame["school_year"].map("{:.0f}".format),
        "type": frame["type"],
        "idle_definition": frame["idle_definition"],
        **{name: frame[name].map({1.0: "yes", 0.0: "no"}) for name in SHARES},
    }
    base = pd.DataFrame(columns).astype("str")
    return with_marks(base, marks_frame({**_marks(frame, ratings), **_click_marks(enough, both)}))


def _marks(frame: pd.DataFrame, ratings: pd.DataFrame) -> dict[str, Collection[str]]:
    """The first of each student's enrollments in each row of the tables."""
    typed, row = frame[frame["type"].notna()], ["type", "idle_definition"]
    marks = {first_mark("engagement_types"): first_units(typed, row)}
    for name in SHARES:
        marks[first_mark("engagement_types", f"{name}_students")] = first_units(typed[typed[name].notna()], row)
    year = ["school_year", "idle_definition"]
    marks[first_mark("efficiency_by_year")] = first_units(typed, [*year, "type"])
    marks[first_mark("efficiency_by_year", ALL)] = first_units(frame, year)
    for title, outcome, _, _ in OUTCOMES:
        marks[first_mark("types_outcomes", title)] = first_units(with_outcome(frame, outcome), ["type"])
    for item, part in ratings[ratings["type"].notna()].groupby("item"):
        marks[_rated(str(item))] = first_units(part, ["type"])
    return {name: list(units) for name, units in marks.items()}


def _rated(item: str) -> str:
    return first_mark("type_ratings", item)


def _click_marks(enough: pd.DataFrame | None, both: pd.DataFrame | None) -> dict[str, Collection[str]]:
    marks: dict[str, Collection[str]] = {}
    if enough is not None:
        marks |= {_WITH_CLICKS: list(enough["enrollment_id"])}
        marks |= {first_mark("idle_thresholds"): list(first_units(enough))}
    if both is not None:
        marks |= {_WITH_BOTH: list(both["enrollment_id"])}
        marks |= {first_mark("idle_agreement"): list(first_units(both, ["idle_definition"]))}
    return marks


def described(frame: pd.DataFrame, ratings: pd.DataFrame) -> dict[str, TableSpecification]:
    """The specifications of the tables, each that counts students with its layout."""
    kinds = sorted(frame["type"].dropna().unique())
    layouts: Mapping[str, TableLayout] = {
        "engagement_types": _types(),
        "type_ratings": _ratings(ratings),
        "efficiency_by_year": _years(kinds),
        "idle_thresholds": _of("idle_thresholds", {}, population=_WITH_CLICKS),
        "idle_agreement": _of("idle_agreement", {"idle_definition": "idle_definition"}, population=_WITH_BOTH),
        "types_outcomes": _outcomes(),
    }
    return {name: replace(one, layout=layouts.get(name)) for name, one in TYPE_TABLES.items()}


def _of(table: str, dimensions: Mapping[str, str], population: str = "") -> TableLayout:
    return TableLayout(
        {"students": CountedColumn(marks=(first_mark(table),))},
        population=population,
        dimensions=dimensions,
        # What the log or the study does not allow has no row: a missing row says nothing.
        absent_rows_are_zero=False,
        counts_of=LOG_BASE,
    )


def _types() -> TableLayout:
    shares = {
        f"{name}_percent": CountedColumn(where={name: ("yes",)}, among={name: ("no", "yes")}, n=f"{name}_students")
        for name in SHARES
    }
    sizes = {
        f"{name}_students": CountedColumn(marks=(first_mark("engagement_types", f"{name}_students"),))
        for name in SHARES
    }
    plain = _of("engagement_types", {"type": "type", "idle_definition": "idle_definition"})
    return replace(plain, columns={**plain.columns, **shares}, sizes=sizes)


def _ratings(ratings: pd.DataFrame) -> TableLayout:
    definitions = tuple(
        RowDefinition({"item": value_label(item, {})}, {"students": (_rated(str(item)),)})
        for item in sorted(ratings["item"].dropna().unique())
    )
    return _by_row("type_ratings", {"type": "type"}, definitions)


def _years(kinds: Collection[str]) -> TableLayout:
    marks = {ALL: first_mark("efficiency_by_year", ALL)} | dict.fromkeys(kinds, first_mark("efficiency_by_year"))
    definitions = tuple(RowDefinition({"type": kind}, {"students": (mark,)}) for kind, mark in marks.items())
    names = ("school_year", "type", "idle_definition")
    return _by_row("efficiency_by_year", {name: name for name in names}, definitions)


def _outcomes() -> TableLayout:
    definitions = tuple(
        RowDefinition({"outcome": title}, {"students": (first_mark("types_outcomes", title),)})
        for title, *_ in OUTCOMES
    )
    return _by_row("types_outcomes", {"type": "type"}, definitions)


def _by_row(table: str, dimensions: Mapping[str, str], definitions: tuple[RowDefinition, ...]) -> TableLayout:
    return replace(_of(table, dimensions), columns={"students": CountedColumn()}, definitions=definitions)
