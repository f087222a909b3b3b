"""What the tables of associations say about themselves; the columns are the same for the cohort and for the log."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from recredit.associations.base import log_layout
from recredit.disclosure.linked.layout import RowDefinition
from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.estimators.layouts import association_layout
from recredit.estimators.specifications import count, hidden, label, model_figures, units

RULE = "estimate/estimate_associations"
UNIT = (
    "one row per model, group, definition of idle time and term; an association, not an effect. With ranges, each row "
    "is a range held against the lowest, with the enrollments in it"
)


def _columns(students: ColumnSpecification) -> Mapping[str, ColumnSpecification]:
    return {
        "model": label("Model"),
        "title": label("Title"),
        "outcome": label("Outcome"),
        "group": label("Group"),
        "idle_definition": label("Definition of idle time"),
        "term": label("Term"),
        "form": label("Form of the model"),
        "fixed_effects": label("Held fixed"),
        "unit": label("Unit of the estimate"),
        **model_figures(),
        "students": students,
        "enrollments": count("Course enrollments", "enrollments"),
        "clusters": ColumnSpecification("units", "Clusters", "clusters"),
        "convention": label("Standard error"),
        "left_out_missing": hidden(),
        "left_out_alone": hidden(),
        **units(),
    }


_COHORT = TableSpecification(
    "associations",
    "What goes with grades, completion and passing",
    "Students who took an analysed course and have a value in every column of the model",
    UNIT,
    RULE,
    _columns(count()),
    schools="schools",
    teachers="teachers",
    students="students",
)
_LOG = TableSpecification(
    "associations_district",
    "What goes with grades, completion and passing, over the whole log",
    "Enrollments of the whole log, in every course that was taken in the platform, with a value in every column of "
    "the model",
    UNIT,
    RULE,
    _columns(hidden()),
    schools="schools",
    teachers="teachers",
    students="students",
    # Types, courses and school years cannot be collapsed: where a district is small, their rows stay marked.
    listing=True,
)


def described_cohort(definitions: Sequence[RowDefinition]) -> TableSpecification:
    """The table of the cohort, with whom its rows count."""
    return replace(_COHORT, layout=association_layout(definitions))


def described_log(definitions: Sequence[RowDefinition]) -> TableSpecification:
    """The table of the log, with whom its rows count."""
    return replace(_LOG, layout=log_layout(definitions))
