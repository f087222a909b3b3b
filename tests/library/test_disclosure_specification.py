"""A table's specification: what JSON it writes and reads, and what it refuses."""

import json

import pytest

from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.errors import DisclosureError

BY_MODE = {
    "name": "outcomes_by_mode",
    "title": "Outcomes",
    "population": "Students",
    "unit": "one row per course and mode",
    "rule": "estimate/describe_cohort",
    "columns": {
        "course": {"kind": "label", "label": "Course"},
        "students": {"kind": "count", "label": "Students", "unit": "students"},
        "passed_percent": {"kind": "percent", "n": "students", "label": "Passed", "unit": "percent"},
        "grade_mean": {"kind": "mean", "n": "students", "sd": "grade_sd", "label": "Mean grade"},
        "grade_sd": {"kind": "hidden"},
        "schools": {"kind": "hidden"},
    },
    "schools": "schools",
    "teachers": None,
}


def changed(column: str, **entry: str | None) -> str:
    """The specification with keys of one column changed; None takes a key away."""
    columns = {name: dict(values) for name, values in BY_MODE["columns"].items()}
    columns[column] = {key: value for key, value in {**columns[column], **entry}.items() if value is not None}
    return json.dumps({**BY_MODE, "columns": columns})


def test_the_json_of_the_interface_is_read_and_written_back() -> None:
    spec = TableSpecification.from_json(json.dumps(BY_MODE))
    assert spec.columns["grade_mean"] == ColumnSpecification("mean", "Mean grade", n="students", sd="grade_sd")
    assert spec.released == ["course", "students", "passed_percent", "grade_mean"]
    assert TableSpecification.from_json(spec.to_json()) == spec
    written = json.loads(spec.to_json())
    assert {key: written[key] for key in BY_MODE} == BY_MODE
    assert written["listing"] is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (changed("passed_percent", n=None), "a percent needs n"),
        (changed("grade_mean", sd=None), "a mean needs sd"),
        (changed("grade_mean", sd="spread"), "sd names a column that is not described (spread)"),
        (changed("passed_percent", n="course"), "n must name a column of kind count or hidden"),
        (changed("students", kind="total"), "the kind 'total' is none of label, count"),
        (changed("students", label=None), "a released column needs a label"),
        (changed("students", kind="units"), "names the column with the students behind a row"),
        (changed("students", minimum="0"), "unexpected keyword argument 'minimum'"),
        (changed("grade_mean", kind="estimate", std_error="grade_sd"), "needs the hidden column residual_df"),
        (json.dumps({**BY_MODE, "schools": "school"}), "schools names a column that is not described (school)"),
        (json.dumps({**BY_MODE, "title": ""}), "title is empty"),
        ("[]", "This is no specification of a table"),
        ("{", "This is no specification of a table"),
    ],
)
def test_a_specification_without_sense_is_refused(text: str, words: str) -> None:
    with pytest.raises(DisclosureError) as refused:
        TableSpecification.from_json(text)
    assert words in str(refused.value)
