"""The real study `online_science`: what its publication says is found again, and what it does not say is found too."""

from pathlib import Path

import duckdb
import numpy as np
import pytest

from recredit.configuration import Study, load_study
from recredit.contract import load_contract
from recredit.deidentify.coding import Coding, code_tables
from recredit.engine import connect
from recredit.intake.canonical import Engine, read_study
from recredit.intake.plan import make_plan
from recredit.intake.sources import missing_files, raw_files

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def coded(repository: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study, read and coded; the intake's folder lies beside it."""
    folder = tmp_path_factory.mktemp("science")
    study = load_study(repository, {"study": "online_science"})
    assert study.raw_folder.resolve() == (shared_data / "online_science").resolve()
    missing_files(study)
    read_study(_plan(study), folder / "intake", Engine(1, 2))
    contract = load_contract(repository / "config" / "contract")
    tables = {table: folder / "intake" / f"{table}.parquet" for table in contract if table in study.settings["tables"]}
    with connect(memory_gb=1, threads=2, scratch=folder / "scratch") as connection:
        coding = Coding(tables, contract, folder / "state" / "crosswalk.parquet", "UTC", ["0000"])
        code_tables(connection, coding, folder / "coded")
    return folder / "coded"


def _plan(study: Study):
    tables = study.settings["tables"]
    contract = load_contract(study.repository / "config" / "contract")
    return make_plan(study.settings, contract, raw_files(study), {table: study.adapter(table) for table in tables})


def query(coded: Path, sql: str) -> list[tuple]:
    with duckdb.connect() as connection:
        return connection.execute(
            sql.replace("@intake", str(coded.parent / "intake")).replace("@", str(coded))
        ).fetchall()


def test_the_published_grade_per_hour(coded: Path) -> None:
    """0.365 points an hour, SE 0.039, n 573 (PROVENANCE.md); the least squares are written out here."""
    rows = query(
        coded,
        "SELECT total_seconds / 3600, percent FROM '@/marks.parquet' "
        "JOIN '@/usage_totals.parquet' USING (enrollment_id) WHERE percent IS NOT NULL",
    )
    hours, grade = np.array(rows).T
    assert len(rows) == 573
    centred = hours - hours.mean()
    slope = centred @ grade / (centred @ centred)
    residual = grade - grade.mean() - slope * centred
    error = np.sqrt(residual @ residual / (len(rows) - 2) / (centred @ centred))
    assert slope == pytest.approx(0.365, abs=0.0005)  # printed to three decimals
    assert error == pytest.approx(0.039, abs=0.0005)


def test_the_contradictory_gender_is_reported_and_left_out(coded: Path) -> None:
    finding = query(
        coded, "SELECT unit, count, checked FROM '@intake/quality.parquet' WHERE \"check\" = 'sex_contradictory'"
    )
    assert finding == [("students", 580, 580)]
    assert query(coded, "SELECT count(*), count(sex) FROM '@/students.parquet'") == [(580, 0)]


def test_six_students_of_credit_recovery(coded: Path) -> None:
    assert query(coded, "SELECT count(DISTINCT student_id) FROM '@/enrollments.parquet' WHERE is_recovery") == [(6,)]


def test_lines_of_the_gradebook_with_a_stray_quote_are_set_aside(coded: Path, shared_data: Path) -> None:
    """The item's title opens a quote and does not close it: a lenient reader moves all values behind it to the left."""
    text = (shared_data / "online_science" / "course_data.csv").read_text(encoding="utf-8")
    odd = [number for number, line in enumerate(text.splitlines(), start=1) if line.count('"') % 2]
    found = query(coded, "SELECT row FROM '@intake/quarantine.parquet' WHERE \"check\" = 'stray_quote' ORDER BY row")
    assert [row for (row,) in found] == odd
    assert len(odd) == 482


def test_three_enrollments_stand_twice_and_one_of_them_contradicts_itself(coded: Path) -> None:
    found = query(coded, "SELECT count(*) FROM '@intake/quarantine.parquet' WHERE \"check\" = 'contradicting_rows'")
    assert found == [(2,)]
    assert query(coded, "SELECT count(*) FROM '@/enrollments.parquet'") == [(602,)]  # 606 rows - 2 - 2 merged
