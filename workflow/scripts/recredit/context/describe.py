"""The table of study schools and district with its base, and why it could not be made."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from recredit.context.specification import STUDY_SCHOOLS, district_base
from recredit.context.students import DistrictRecords, district_students
from recredit.context.study_schools import Limits, study_schools
from recredit.estimators.analysis import read_plain
from recredit.estimators.exact import Made, exact_table

TABLES = ("student_years", "students", "attendance", "tests")
NOBODY = (
    "too few students outside the study have a school year with a school on file in the study's school years, or "
    "nobody in the study has"
)


def describe_district(
    analysed: pd.DataFrame, files: Mapping[str, Path], labels: Mapping[str, str], limits: Limits
) -> tuple[pd.DataFrame, pd.DataFrame, Made]:
    """The exact table, the rows that it counts, and whether it was made.

    Parameters
    ----------
    analysed : the analysis table.
    files : Parquet file of each coded table of :data:`TABLES` that the study has.
    labels : the study's words for categories.
    """
    name, title = STUDY_SCHOOLS.name, STUDY_SCHOOLS.title
    if "student_years" not in files:
        lacking = Made(name, title, "the study has no table student_years")
        return exact_table([], STUDY_SCHOOLS), _no_base(), lacking
    records = DistrictRecords(**{table: read_plain(path) for table, path in files.items()})
    students = district_students(records, analysed, labels)
    rows = study_schools(students, limits)
    made = Made(name, title, "" if rows else NOBODY)
    return exact_table(rows, STUDY_SCHOOLS), district_base(students), made


def _no_base() -> pd.DataFrame:
    return pd.DataFrame({"unit": pd.Series(dtype="str")})
