"""Exact tables as the stage `estimate` writes them."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

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
)
ROWS = [
    ("English 9", "online", 487.0, 51.0),
    ("English 9", "teacher-directed", 485.0, 67.4),
    ("Algebra 1", "online", 263.0, 62.5),
    ("Algebra 1", "teacher-directed", 9.0, 71.4),
]


@pytest.fixture
def exact_table() -> Callable[..., Path]:
    """Writes the exact table, with `rows` or the standard ones, into a folder and gives the Parquet file."""

    def write(folder: Path, rows: list[tuple[str, str, float, float]] = ROWS) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "outcomes_by_mode.parquet"
        pd.DataFrame(rows, columns=list(SPEC.columns)).to_parquet(path, index=False)
        path.with_suffix(".json").write_text(SPEC.to_json())
        return path

    return write
