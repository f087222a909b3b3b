"""The simulated district with every kind of fault: each planted one is found in its row, and nobody else accused."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from recredit.configuration import load_study
from recredit.contract import load_contract
from recredit.intake.canonical import Engine, read_study
from recredit.intake.plan import make_plan
from recredit.intake.sources import raw_files

# What the intake has to say of each fault that it sets aside.
SET_ASIDE = {
    "end_before_start": "session_ends_after_start",
    "session_without_enrollment": "enrollment_id_unresolved",
    "misspelt_course_title": "enrollment_id_unresolved",
    "idle_above_duration": "idle_within_session",
    "counter_overflow": "idle_seconds_unreadable",
    "negative_idle": "idle_seconds_unreadable",
    "thousands_separator": "activities_completed_unreadable",
    "grade_above_100": "percent_out_of_range",
    "mark_twice": "contradicting_rows",
    "swapped_columns": "percent_unreadable",
}
# Faults that leave the row in and are counted, each once a planted fault.
COUNTED = {
    "overlapping_session": "sessions.sessions_do_not_overlap",
    "idle_above_duration": "sessions.time_adds_up",
    "free_text_with_name": "enrollments.reason_names_no_student",
    "two_identifiers": "students.one_identifier_per_student",
}
MERGED = ("duplicated_session", "late_session_again")
# Looks wrong and is in order, so that no check may speak of it.
IN_ORDER = ("clock_in_another_zone", "late_session", "missing_birth_date", "broken_encoding", "transferred_student")


@pytest.fixture(scope="module")
def intake(make_checkout: Callable[[str], Any]) -> Path:
    """The identified zone of the dirty district after its intake."""
    checkout = make_checkout("dirty")
    done = checkout.run("--study", "demo_dirty", "--until", "read_tables")
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(checkout.vault("demo_dirty")) / "identified"


@pytest.fixture(scope="module")
def planted(intake: Path) -> list[dict[str, Any]]:
    truth = json.loads((intake / "simulate" / "truth.json").read_text(encoding="utf-8"))
    # The truth counts rows of data, the intake lines of the file, of which the header is the first.
    rows = [{**row, "row": row["row"] + 1} for row in truth["faults"]["ledger"]]
    assert {row["fault"] for row in rows} == {*SET_ASIDE, *COUNTED, *MERGED, *IN_ORDER}
    return rows


def query(intake: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(sql.format(folder=intake / "intake")).fetchall()


@pytest.mark.slow
def test_exactly_the_planted_rows_are_set_aside(intake: Path, planted: list[dict[str, Any]]) -> None:
    found = query(intake, "SELECT file, row, \"check\" FROM '{folder}/quarantine.parquet'")
    wanted = [(row["file"], row["row"], SET_ASIDE[row["fault"]]) for row in planted if row["fault"] in SET_ASIDE]
    assert Counter(found) == Counter(wanted)


@pytest.mark.slow
def test_exactly_the_planted_repetitions_merge(intake: Path, planted: list[dict[str, Any]]) -> None:
    ledger = json.loads((intake / "intake" / "ledger.json").read_text(encoding="utf-8"))
    merged = Counter({entry["file"]: entry["merged"] for entry in ledger if entry["merged"]})
    assert merged == Counter(row["file"] for row in planted if row["fault"] in MERGED)


@pytest.mark.slow
def test_the_other_faults_are_counted_and_nothing_else_is(intake: Path, planted: list[dict[str, Any]]) -> None:
    counts = query(
        intake, "SELECT \"table\" || '.' || \"check\", count FROM '{folder}/quality.parquet' WHERE count > 0"
    )
    # A second identifier takes a row in the roster and two in other files; a student is counted once.
    faults = Counter(row["fault"] for row in planted if row["fault"] != "two_identifiers" or "users" in row["file"])
    wanted = {check: faults[fault] for fault, check in COUNTED.items()}
    warned = {name: count for name, count in counts if name in wanted}
    assert warned == wanted
    others = {name.partition(".")[2] for name, _ in counts if name not in wanted}
    assert others == set(SET_ASIDE.values())


@pytest.mark.slow
def test_what_looks_wrong_and_is_in_order_stays(intake: Path, planted: list[dict[str, Any]]) -> None:
    aside = set(query(intake, "SELECT file, row FROM '{folder}/quarantine.parquet'"))
    rows = {(row["file"], row["row"]) for row in planted if row["fault"] in IN_ORDER}
    assert len(rows) > 50
    assert not rows & aside


@pytest.mark.slow
def test_in_one_pass_every_fault_is_found_alike(intake: Path, repository: Path, tmp_path: Path) -> None:
    """Also the rows of one key, equal ones and contradicting ones, in the log of several files and among the marks."""
    vault = tmp_path / "vault"
    shutil.copytree(intake / "raw", vault / "demo_dirty" / "identified" / "raw")
    # A file in another encoding is not read in one pass.
    late = next(vault.rglob("session_log_late.csv"))
    late.write_text(late.read_text(encoding="windows-1252"), encoding="utf-8")
    study = load_study(repository, {"study": "demo_dirty", "roots": {"vault": str(vault)}})
    study.settings["raw"]["sources"]["session_log_late"]["encoding"] = "utf-8"
    adapters = {table: study.adapter(table) for table in study.settings["tables"]}
    plan = make_plan(study.settings, load_contract(repository / "config" / "contract"), raw_files(study), adapters)
    read_study(plan, tmp_path, Engine(1, 2, stream_bytes=0, piece_bytes=100_000))
    one_pass = {path.stem for path in tmp_path.glob("*.parquet") if "place" in pq.read_schema(path).names}
    assert one_pass >= {"sessions", "marks"}
    for name in ("quarantine", "quality", "quality_report", "set_aside", "sessions", "marks"):
        slow, fast = intake / "intake" / f"{name}.parquet", tmp_path / f"{name}.parquet"
        columns = ", ".join(f'"{column}"' for column in pq.read_schema(slow).names)
        rows = "SELECT {} FROM '{}' ORDER BY ALL"
        assert query(intake, rows.format(columns, fast)) == query(intake, rows.format(columns, slow)), name
    assert (tmp_path / "ledger.json").read_text() == (intake / "intake" / "ledger.json").read_text()
