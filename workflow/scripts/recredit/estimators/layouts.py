"""Whom the released counts and percentages of each table count, on the base of enrollments (bases.py)."""

from collections.abc import Mapping, Sequence

from recredit.cohort.rules import ANALYSED, STEPS
from recredit.disclosure.linked.layout import CountedColumn, RowDefinition, TableLayout
from recredit.estimators.bases import ENROLLMENTS, first_mark, step_mark
from recredit.estimators.descriptive import CHARACTERISTICS, characteristic_name


def _students(table: str) -> dict[str, CountedColumn]:
    return {"students": CountedColumn(marks=(first_mark(table),))}


def _result(name: str) -> dict[str, CountedColumn]:
    """The share of enrollments with a result that is a yes; its tail codes go by the number of students."""
    known = {name: ("no", "yes")}
    return {f"{name}_percent": CountedColumn(where={name: ("yes",)}, among=known, n=f"{name}_students")}


def _outcomes(table: str, population: str, dimensions: Mapping[str, str]) -> TableLayout:
    sizes = ("completed_students", "passed_students")
    return TableLayout(
        {**_students(table), **_result("completed"), **_result("passed")},
        population=population,
        dimensions=dimensions,
        counts_of=ENROLLMENTS,
        sizes={name: CountedColumn(marks=(first_mark(table, name),)) for name in sizes},
    )


_FLOW = TableLayout(
    {"students": CountedColumn()},
    dimensions={"course": "course", "mode": "mode"},
    counts_of=ENROLLMENTS,
    definitions=tuple(
        RowDefinition(
            {"step": words},
            {"students": (first_mark("sample_flow", step_mark(step)),)},
            population=(step_mark(step),) if step > 1 else (),
        )
        for step, (words, _) in STEPS.items()
    ),
)

_IN_MODE = (first_mark("student_characteristics"),)
_CHARACTERISTICS = TableLayout(
    {"share_percent": CountedColumn(marks=_IN_MODE, among={}, share_of=("category",))},
    population=step_mark(ANALYSED),
    dimensions={"mode": "mode"},
    stacked=("characteristic", "category"),
    characteristics={characteristic_name(name): name for name in CHARACTERISTICS},
    counts_of=ENROLLMENTS,
)

_ENGAGEMENT = TableLayout(
    _students("engagement"),
    population="measured online",
    dimensions={"course": "course", "term": "term", "idle_definition": "idle_definition"},
    counts_of=ENROLLMENTS,
)

_REASONS = TableLayout(
    _students("enrollment_reasons"),
    population=step_mark(ANALYSED),
    dimensions={"reason": "reason"},
    counts_of=ENROLLMENTS,
    # More reasons than are categories leave the table empty.
    absent_rows_are_zero=False,
)

DESCRIPTIVE_LAYOUTS: Mapping[str, TableLayout] = {
    "sample_flow": _FLOW,
    "student_characteristics": _CHARACTERISTICS,
    "outcomes_by_mode": _outcomes("outcomes_by_mode", "with a result", {"course": "course", "mode": "mode"}),
    "engagement": _ENGAGEMENT,
    "outcomes_by_idle": _outcomes(
        "outcomes_by_idle", "measured online", {"idle_share": "idle_range", "idle_definition": "idle_definition"}
    ),
    "outcomes_by_attempt": _outcomes(
        "outcomes_by_attempt", "with a result and earlier attempts", {"earlier_attempts": "earlier_attempts"}
    ),
    "enrollment_reasons": _REASONS,
}


def association_layout(definitions: Sequence[RowDefinition]) -> TableLayout:
    """The layout of the table of associations: each row counts the enrollments that its model used."""
    columns = {name: CountedColumn() for name in ("students", "enrollments")}
    return _of_models(columns, {}, definitions)


def difference_layout(definitions: Sequence[RowDefinition]) -> TableLayout:
    """The layout of the table of differences: students by arm, and the share of each arm's with a yes."""
    counts = {name: CountedColumn() for name in ("n_online", "n_comparison", "students")}
    shares = {f"{arm}_percent": CountedColumn(among={}, n=f"n_{arm}") for arm in ("online", "comparison")}
    return _of_models({**counts, **shares}, {"course": "course"}, definitions)


def _of_models(
    columns: Mapping[str, CountedColumn], dimensions: Mapping[str, str], definitions: Sequence[RowDefinition]
) -> TableLayout:
    return TableLayout(
        columns,
        population=step_mark(ANALYSED),
        dimensions=dimensions,
        totals=("All courses",),
        # A model that could not be fitted has no row: a missing row says nothing.
        absent_rows_are_zero=False,
        counts_of=ENROLLMENTS,
        definitions=tuple(definitions),
    )
