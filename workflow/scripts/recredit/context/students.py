"""The district around a study: each student on file once, who is in the study, and who goes to one of its schools."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from recredit.achievement.panel import scores
from recredit.estimators.bases import UNIT
from recredit.estimators.descriptive import CHARACTERISTICS as OF_COHORT
from recredit.estimators.descriptive import characteristic_category
from recredit.ordering import sort_by_content

IN_STUDY, IN_STUDY_SCHOOL = "in the study", "in a study school"
CODES = ["student_id", "school_id"]
# Without the grade level: each student counts once over several school years, so a level would be that of any of them.
CHARACTERISTICS = tuple(name for name in OF_COHORT if name != "grade_level")


@dataclass(frozen=True)
class Measure:
    """A measure of a student's school year, for readers."""

    label: str
    unit: str


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "math": Measure("Math test score", "standard deviations"),
        "reading": Measure("Reading test score", "standard deviations"),
        "gpa": Measure("Grade point average", "grade points"),
        "credits_share": Measure("Credits earned, of those attempted", "percent"),
        "absence_percent": Measure("Days absent, of those enrolled", "percent"),
    }
)


@dataclass(frozen=True)
class DistrictRecords:
    """The coded tables about all of the district's students, in plain types; None for one that the study lacks."""

    student_years: pd.DataFrame
    students: pd.DataFrame | None = None
    attendance: pd.DataFrame | None = None
    tests: pd.DataFrame | None = None


def district_students(records: DistrictRecords, analysed: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """One row per student with a school year on file in one of the study's school years.

    That is the year in which a student of the study was analysed first; of any other student it is the last one.

    Parameters
    ----------
    analysed : the analysis table, one row per analysed enrollment, in its order by content.
    labels : the study's words for categories.

    Returns
    -------
    Sorted by content: student_id, school_id, unit, the marks :data:`IN_STUDY` and :data:`IN_STUDY_SCHOOL`, the
    characteristics in words ("not recorded" where missing) and :data:`MEASURES`. The unit of a student of the study is
    the enrollment analysed first, which ties the district to the tables that count enrollments; of others the student.
    """
    years = records.student_years
    chosen = years[years["school_year"].isin(analysed["school_year"].dropna().unique()) & years["school_id"].notna()]
    first = analysed.groupby("student_id")["school_year"].min()
    own = chosen["school_year"] == chosen["student_id"].map(first)
    found = chosen.assign(own=own).sort_values(["own", "school_year"], kind="stable")
    found = found.drop_duplicates("student_id", keep="last")
    found = _with_characteristics(_with_measures(found, records), records.students, labels)
    analysed_first = analysed.drop_duplicates("student_id").set_index("student_id")["enrollment_id"]
    found[UNIT] = found["student_id"].map(analysed_first).fillna(found["student_id"])
    found[IN_STUDY] = found["student_id"].isin(first.index)
    found[IN_STUDY_SCHOOL] = found["school_id"].isin(analysed["school_id"].dropna().unique())
    columns = [*CODES, UNIT, IN_STUDY, IN_STUDY_SCHOOL, *CHARACTERISTICS, *MEASURES]
    return sort_by_content(found[columns].reset_index(drop=True), [*CODES, UNIT])


def _with_measures(found: pd.DataFrame, records: DistrictRecords) -> pd.DataFrame:
    joined = found.merge(scores(records.tests), on=["student_id", "school_year"], how="left")
    attempted = joined["credits_attempted"]
    joined["credits_share"] = 100 * joined["credits_earned"] / attempted.where(attempted > 0)
    if records.attendance is None:
        return joined.assign(absence_percent=np.nan)
    days = records.attendance.groupby(["student_id", "school_year"])[["days_absent", "days_enrolled"]].sum()
    joined = joined.merge(days.reset_index(), on=["student_id", "school_year"], how="left")
    enrolled = joined["days_enrolled"]
    return joined.assign(absence_percent=100 * joined["days_absent"] / enrolled.where(enrolled > 0))


def _with_characteristics(
    found: pd.DataFrame, students: pd.DataFrame | None, labels: Mapping[str, str]
) -> pd.DataFrame:
    """The characteristics in words: those of the school year's row, and those of the table `students`."""
    own = [name for name in CHARACTERISTICS if students is not None and name in students.columns]
    if students is not None:
        found = found.drop(columns=own, errors="ignore").merge(
            students[["student_id", *own]], on="student_id", how="left"
        )
    missing = dict.fromkeys(set(CHARACTERISTICS) - set(found.columns), np.nan)
    found = found.assign(**missing)
    for name in CHARACTERISTICS:
        words = [characteristic_category(value, name, labels) for value in found[name]]
        found[name] = pd.Series(words, index=found.index, dtype="str")
    return found
