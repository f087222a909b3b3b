"""What the first brief says of the district around the study: sentences that follow the released cells."""

from pathlib import Path

import pandas as pd
import pytest

from recredit.briefs.context import beside, findings
from recredit.briefs.released import MARK, Column, Released, ReleasedTable
from recredit.context.specification import STUDY_SCHOOLS
from recredit.disclosure.files import csv_text
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.sidecar import sidecar_json


def released(folder: Path, *rows: tuple[str, str, str], schools: tuple[str, str] = ("24", "31")) -> Released:
    """A released table with means of (characteristic, study, district)."""
    (folder / "tables").mkdir(exist_ok=True)
    empty = dict.fromkeys(STUDY_SCHOOLS.released, "")
    shared = {"category": "mean", "unit": "standard deviations", "students_district": "5000"}
    shared |= {"schools_study": schools[0], "schools_district": schools[1]}
    table = pd.DataFrame(
        [{**empty, **shared, "characteristic": what, "mean_study": a, "mean_district": b} for what, a, b in rows]
    )
    (folder / "tables" / "study_schools.csv").write_text(csv_text(table), encoding="utf-8")
    text = sidecar_json(STUDY_SCHOOLS, DisclosureRules())
    (folder / "tables" / "study_schools.json").write_text(text, encoding="utf-8")
    return Released(folder)


@pytest.mark.parametrize(
    ("math", "gpa", "claim"),
    [
        (("-0.43", "-0.04"), ("1.43", "1.86"), "weaker"),
        (("0.43", "-0.04"), ("1.93", "1.86"), "stronger"),
        (("0.43", "-0.04"), ("1.43", "1.86"), "beside"),
        (("-0.04", "-0.04"), ("1.43", "1.86"), "beside"),
    ],
)
def test_the_claim_follows_every_measure(
    math: tuple[str, str], gpa: tuple[str, str], claim: str, tmp_path: Path
) -> None:
    # More absence is no better result, and has no say.
    rows = [("Math test score", *math), ("Grade point average", *gpa), ("Days absent, of those enrolled", "9.1", "9.0")]
    (finding,) = findings(released(tmp_path, *rows))
    assert claim in finding.claim.plain
    told = " ".join(sentence.plain for sentence in finding.sentences)
    assert "24 of the 31 schools on file took part." in told and "5,000 students" in told
    assert math[0].replace("-", "−") in told and gpa[1] in told and "9.1" not in told


def test_a_district_that_took_part_as_a_whole(tmp_path: Path) -> None:
    (finding,) = findings(released(tmp_path, ("Math test score", "-0.4", "-0.1"), schools=("24", "24")))
    assert finding.sentences[0].plain.startswith("All 24 schools on file took part.")


def test_what_is_hidden_is_not_told(tmp_path: Path) -> None:
    hidden = ("Math test score", MARK, "-0.1")
    assert findings(released(tmp_path, hidden)) == []
    (finding,) = findings(released(tmp_path, hidden, ("Grade point average", "1.4", "1.9"), schools=(MARK, "24")))
    assert [row.label("characteristic") for row in finding.rows] == ["Grade point average"]
    assert "24" not in finding.sentences[0].plain
    assert findings(Released(tmp_path / "nothing")) == []


def test_shares_stand_beside_those_of_the_cohort_by_characteristic_and_category() -> None:
    def table(name: str, values: list[dict[str, str]], *columns: str) -> ReleasedTable:
        kinds = {each: Column(each, "label", each) for each in ("characteristic", "category")}
        kinds |= {each: Column(each, "percent", each, "percent") for each in columns}
        return ReleasedTable(name, "Title", "Students", "one row", kinds, tuple(values))

    cohort = table(
        "student_characteristics",
        [
            {"characteristic": "Grade level", "category": "9", "online": "49"},
            {"characteristic": "Sex", "category": "female", "online": "42"},
        ],
        "online",
    )
    both = {"percent_study_schools": "41", "percent_district": "40"}
    district = table("study_schools", [{"characteristic": "Sex", "category": "female", **both}], *both)
    wide = beside(cohort, district)
    assert [list(row.values())[-2:] for row in wide.values] == [["", ""], ["41", "40"]]
    assert wide.name == "student_characteristics study_schools"
    assert beside(cohort, ReleasedTable("study_schools", "", "", "", {}, ())) is cohort
