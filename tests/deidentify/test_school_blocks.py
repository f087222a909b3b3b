"""Schools replaced by their blocks in the coded zone: everywhere, in the report, and with clear refusals."""

from collections.abc import Callable

import pandas as pd
import pytest

from recredit.deidentify.coding import code_tables
from recredit.deidentify.crosswalk import read_crosswalk
from recredit.deidentify.public_counts import code_counts, school_codes
from recredit.deidentify.risk_report import risks
from recredit.engine import connect
from recredit.errors import ConfigurationError

from .conftest import District


def in_blocks(district: District, **blocks: str | None) -> None:
    """Four schools, two of them with classes, in the blocks named by school."""
    named = {"SCHOOL-NORTH": "hills", "SCHOOL-SOUTH": "hills", "SCHOOL-EAST": "coast", "SCHOOL-WEST": "coast", **blocks}
    kinds = {"SCHOOL-EAST": "magnet"}
    district.rows["schools"] = [
        {"school_id": school, "name": school, "block": block, "kind": kinds.get(school, "standard")}
        for school, block in named.items()
    ]


def code(district: District) -> None:
    coding = district.coding()
    with connect(memory_gb=1, threads=2, scratch=district.folder / "scratch") as connection:
        code_tables(connection, type(coding)(**{**vars(coding), "blocks": True}), district.coded)


@pytest.fixture
def blocked(district: District) -> District:
    in_blocks(district)
    district.rows["calendar"].append({"on_date": "2018-06-18", "school_id": "SCHOOL-NORTH", "is_school_day": True})
    district.rows["student_years"] = [
        {"student_id": "PUPIL-ZULU-1", "school_year": 2018, "school_id": "SCHOOL-NORTH"},
        {"student_id": "PUPIL-YOLA-2", "school_year": 2018, "school_id": "SCHOOL-SOUTH"},
        {"student_id": "PUPIL-XAVE-3", "school_year": 2018, "school_id": "SCHOOL-EAST"},
    ]
    code(district)
    return district


def codes(district: District, entity: str) -> dict[str, str]:
    known = read_crosswalk(district.crosswalk).to_pandas()
    own = known[known["entity"] == entity]
    return dict(zip(own["identifier"], own["code"], strict=True))


def test_every_table_names_blocks_and_none_a_school(blocked: District) -> None:
    blocks, schools = codes(blocked, "school_block"), codes(blocked, "school")
    assert set(blocks) == {"hills", "coast"} and len(schools) == 4
    assert blocked.query("SELECT DISTINCT school_id FROM {sections} WHERE school_id IS NOT NULL") == [
        (blocks["hills"],)
    ]
    years = blocked.query("SELECT school_id, count(*) FROM {student_years} GROUP BY ALL ORDER BY 2 DESC")
    assert years == [(blocks["hills"], 2), (blocks["coast"], 1)]
    for path in blocked.coded.rglob("*.parquet"):
        table = pd.read_parquet(path).astype("str")
        assert not table.isin(set(schools.values())).any(axis=None), path.name


def test_one_row_a_block_remains_of_what_was_one_row_a_school(blocked: District) -> None:
    blocks = codes(blocked, "school_block")
    kinds = dict(blocked.query("SELECT school_id, kind FROM {schools}"))
    # The two schools by the coast are of different kinds: nothing is said.
    assert kinds == {blocks["hills"]: "standard", blocks["coast"]: None}
    days = blocked.query("SELECT is_school_day, first_bell FROM {calendar} WHERE school_id IS NOT NULL")
    # North and South have rows of their own for the day, with bells that differ.
    assert days == [(True, None)]


def test_without_the_key_schools_keep_their_codes(district: District) -> None:
    in_blocks(district)
    district.assign()
    district.code()
    found = district.query("SELECT DISTINCT school_id FROM {sections} WHERE school_id IS NOT NULL ORDER BY 1")
    schools = codes(district, "school")
    assert found == sorted((schools[name],) for name in ("SCHOOL-NORTH", "SCHOOL-SOUTH"))


def test_k_counts_the_block_and_not_the_school(blocked: District) -> None:
    """Two students of one age, in two schools of one block: alone by school, two by block."""
    contract = blocked.contract
    students = pd.DataFrame({"student_id": ["a", "b"], "age_years": [15, 15]})
    years = pd.DataFrame({"student_id": ["a", "b"], "school_id": ["x", "x"], "grade_level": [9, 9]})
    by_block = risks({"students": students, "student_years": years}, contract)["student_years"][1]
    assert "school_id" in by_block.quasi and by_block.smallest == 2
    by_school = risks({"students": students, "student_years": years.assign(school_id=["x", "y"])}, contract)
    assert by_school["student_years"][1].smallest == 1


def test_the_report_reaches_the_school_by_enrollment_and_section(blocked: District) -> None:
    names = ("students", "sections", "enrollments")
    found = risks({name: pd.read_parquet(blocked.coded / f"{name}.parquet") for name in names}, blocked.contract)
    assert "school_id" in found["enrollments"][1].quasi
    assert found["enrollments"][0].rows["school_id"].nunique() == 1


def test_public_counts_are_added_over_the_schools_of_a_block(blocked: District) -> None:
    table = pd.DataFrame(
        {"School": ["SCHOOL-NORTH", "SCHOOL-SOUTH", "SCHOOL-EAST", "SCHOOL-FAR", "all"], "count": [12, 30, 5, 7, 54]}
    )
    entry = {"columns": {"School": "school_id"}, "count": "count", "totals": ["all"]}
    by_school = school_codes(blocked.crosswalk, blocked.write()["schools"])
    coded = code_counts(table, entry, by_school)
    blocks = codes(blocked, "school_block")
    assert dict(zip(coded["School"], coded["count"], strict=True)) == {
        blocks["hills"]: 42,
        blocks["coast"]: 5,
        "all": 54,
    }


def no_schools(district: District) -> None:
    del district.rows["schools"]


def other_days(district: District) -> None:
    in_blocks(district)
    district.rows["calendar"].append({"on_date": "2018-06-20", "school_id": "SCHOOL-SOUTH", "is_school_day": False})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (no_schools, "fills no table of schools"),
        (lambda district: in_blocks(district, **{"SCHOOL-EAST": None}), "1 schools have no block"),
        (other_days, "in 1 blocks some schools hold classes"),
    ],
)
def test_what_has_no_blocks_is_refused_in_words(
    district: District, change: Callable[[District], None], words: str
) -> None:
    change(district)
    with pytest.raises(ConfigurationError, match=words) as found:
        code(district)
    assert "SCHOOL-" not in str(found.value)
