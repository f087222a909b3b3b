"""What the table `study_schools` says about itself, and whom its counts and percentages count."""

import pandas as pd

from recredit.context.students import CHARACTERISTICS, IN_STUDY_SCHOOL
from recredit.context.study_schools import GROUPS, SHARES
from recredit.disclosure.linked.layout import CountedColumn, TableLayout
from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.estimators.bases import UNIT
from recredit.estimators.descriptive import characteristic_name
from recredit.estimators.specifications import hidden, label

DISTRICT = "district"
_WORDS = {"study": "students in the study", "study_schools": "study schools", "district": "district"}
_MARKS: dict[str, tuple[str, ...]] = {"study_schools": (IN_STUDY_SCHOOL,), "district": ()}


def _columns() -> dict[str, ColumnSpecification]:
    columns = {name: label(name.capitalize()) for name in ("characteristic", "category", "unit")}
    for group in SHARES:
        columns[f"students_{group}"] = ColumnSpecification("count", f"Students, {_WORDS[group]}", "students")
    columns["schools_study"] = ColumnSpecification("units", "Study schools", "schools")
    columns["schools_district"] = ColumnSpecification("units", "Schools of the district", "schools")
    for group in SHARES:
        columns[f"percent_{group}"] = ColumnSpecification(
            "percent", f"Percent, {_WORDS[group]}", "percent", n=f"students_{group}"
        )
    for group in GROUPS:
        columns[f"mean_{group}"] = ColumnSpecification(
            "mean", f"Mean, {_WORDS[group]}", n=f"n_{group}", sd=f"sd_{group}"
        )
        columns |= {f"n_{group}": hidden(), f"sd_{group}": hidden()}
    return {**columns, "schools": hidden()}


def _counted() -> dict[str, CountedColumn]:
    """Each row repeats how many students its group has; a percentage is of the whole group."""
    whole = {f"students_{group}": CountedColumn(marks=_MARKS[group], share_of=("category",)) for group in SHARES}
    shares = {
        f"percent_{group}": CountedColumn(marks=_MARKS[group], among={}, share_of=("category",)) for group in SHARES
    }
    return {**whole, **shares}


STUDY_SCHOOLS = TableSpecification(
    "study_schools",
    "Students in the study, study schools and district",
    "Students with a school year on file in one of the study's school years, each once: in the year in which they were "
    "in the study, or in the last of these years",
    "one row per characteristic and category, and one per measure of that school year; a study school is one that an "
    "analysed student was enrolled in, and stands beside the district only where there are several other schools",
    "estimate/describe_district",
    _columns(),
    schools="schools",
    students="students_district",
    layout=TableLayout(
        _counted(),
        stacked=("characteristic", "category"),
        characteristics={characteristic_name(name): name for name in CHARACTERISTICS},
        counts_of=DISTRICT,
    ),
)


def district_base(students: pd.DataFrame) -> pd.DataFrame:
    """The rows that the table counts: students of the district with their characteristics, marks and codes.

    By their `unit` those of the study are rows of the tables that count enrollments, too: protection and attack take
    both as one joint system.
    """
    return students[[UNIT, "school_id", *CHARACTERISTICS, IN_STUDY_SCHOOL]]
