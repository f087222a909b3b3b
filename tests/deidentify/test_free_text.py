"""Free text and hidden levels: what somebody typed of one student goes no further than the identified zone."""

import pandas as pd
import pyarrow.parquet as pq
import pytest

from recredit.deidentify.treatment import COMMON

from .conftest import District


@pytest.fixture
def reasons(district: District) -> District:
    """A reason that COMMON students share, one that is one student's in many rows, one that one too few share."""
    rows = []
    for number in range(COMMON):
        rows.append((f"P{number}", f"E{number}", "Failed first attempt"))
    for number in range(COMMON + 5):
        rows.append(("P0", f"F{number}", "Mrs Grzegorczyk phoned"))
    for number in range(COMMON - 1):
        rows.append((f"P{number}", f"G{number}", "Schedule of the Quimby family"))
    district.rows["students"] = [{"student_id": f"P{number}"} for number in range(COMMON)]
    names = ("student_id", "enrollment_id", "enrollment_reason")
    district.rows["enrollments"] = [dict(zip(names, row, strict=True)) | {"section_id": "CLASS-AAA"} for row in rows]
    district.rows["marks"] = [{"enrollment_id": f"E{number}", "letter": "A"} for number in range(COMMON)]
    district.rows["marks"] += [{"enrollment_id": "F0", "letter": "see the note of her mother"}]
    for table in ("tests", "sessions"):
        district.rows[table] = []
    district.assign()
    district.code()
    return district


def test_a_reason_that_fewer_students_share_becomes_missing(reasons: District) -> None:
    found = dict(reasons.query("SELECT enrollment_reason, count(*) FROM {enrollments} GROUP BY ALL"))
    assert found == {"Failed first attempt": COMMON, None: COMMON + 5 + COMMON - 1}


def test_a_remark_in_the_place_of_a_letter_grade_too(reasons: District) -> None:
    assert dict(reasons.query("SELECT letter, count(*) FROM {marks} GROUP BY ALL")) == {"A": COMMON, None: 1}


def test_no_level_of_a_category_stays_hidden_in_the_file(reasons: District) -> None:
    """A filtered categorical keeps its levels: the words must be in no byte of the coded files, dictionaries or not."""
    for path in reasons.coded.rglob("*.parquet"):
        table = pq.read_table(path)
        assert not any(str(field.type).startswith("dictionary") for field in table.schema)
        assert not any(isinstance(kind, pd.CategoricalDtype) for kind in pd.read_parquet(path).dtypes)
        content = path.read_bytes()
        for word in (b"Grzegorczyk", b"Quimby", b"mother"):
            assert word not in content, path.name
