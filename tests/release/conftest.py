"""Exact tables as the stage `estimate` writes them."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from recredit.disclosure.linked.layout import CountedColumn, TableLayout
from recredit.disclosure.specification import ColumnSpecification, TableSpecification

SPEC = TableSpecification(
    "outcomes_by_mode",
    "Courses passed by mode of the class",
    "Students",
    "one row per course and mode",
    "estimate/describe_cohort",
    {
        "course": ColumnSpecification("label", "Course"),
        "mode": ColumnSpecification("label", "Class"),
        "students": ColumnSpecification("count", "Students", "students"),
        "passed_percent": ColumnSpecification("percent", "Passed", "percent", n="students"),
    },
    layout=TableLayout(
        {
            "students": CountedColumn(),
            "passed_percent": CountedColumn(where={"passed": ("yes",)}, among={}),
        },
        dimensions={"course": "course", "mode": "mode"},
    ),
)
ROWS = [
    ("English 9", "online", 487.0, 51.0),
    ("English 9", "teacher-directed", 485.0, 67.4),
    ("Algebra 1", "online", 264.0, 62.5),
    ("Algebra 1", "teacher-directed", 9.0, 71.4),
]
Rows = list[tuple[str, str, float, float]]


def students(rows: Rows) -> pd.DataFrame:
    """The students behind the exact table, in no order, spread over six schools."""
    counted = [
        (course, mode, "yes" if number < round(n * percent / 100) else "no", f"S{number % 6}")
        for course, mode, n, percent in rows
        for number in range(int(n))
    ]
    return pd.DataFrame(counted, columns=["course", "mode", "passed", "school_id"]).sample(frac=1, random_state=1)


@pytest.fixture
def exact_table() -> Callable[..., Path]:
    """Writes the exact table and its base, with `rows` or the standard ones, into a folder; gives the Parquet file."""

    def write(folder: Path, rows: Rows = ROWS) -> Path:
        (folder / "bases").mkdir(parents=True, exist_ok=True)
        path = folder / "outcomes_by_mode.parquet"
        pd.DataFrame(rows, columns=list(SPEC.columns)).to_parquet(path, index=False)
        path.with_suffix(".json").write_text(SPEC.to_json())
        students(rows).to_parquet(folder / "bases" / "students.parquet", index=False)
        return path

    return write
