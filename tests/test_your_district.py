"""docs/your-district.md: its files, YAML and SQL are run as they stand, to the report and to the finished study."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from recredit.configuration import load_study
from recredit.contract import load_contract


def blocks(repository: Path) -> dict[str, str]:
    """The page's files by their names, which stand in the first line of each block."""
    page = (repository / "docs" / "your-district.md").read_text(encoding="utf-8")
    found = re.findall(r"^```(?:csv|yaml|sql)\n(?:#|--) (\S+)\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    return dict(found)


def commands(repository: Path, name: str, *words: str, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    script = repository / "workflow" / "scripts" / "commands" / f"{name}.py"
    environment = {**os.environ, "PYTHONPATH": str(repository / "workflow" / "scripts"), **more}
    return subprocess.run(
        [sys.executable, str(script), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=repository,
        env=environment,
    )


@pytest.fixture
def district(repository: Path, tmp_path: Path) -> Path:
    """The page's files, below a folder that stands for /secure."""
    for name, text in blocks(repository).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        vault = f"roots: {{vault: {tmp_path}/vault, results: {tmp_path}/results}}\n" if path.suffix == ".yaml" else ""
        path.write_text(vault + text.replace("/secure", str(tmp_path)), encoding="utf-8")
    return tmp_path


def test_the_page_fills_tables_of_the_contract(repository: Path, district: Path) -> None:
    study = load_study(repository, {"study": str(district / "our-study")})
    tables = study.settings["tables"]
    assert set(tables) <= set(load_contract(repository / "config" / "contract"))
    assert {path.stem for path in (district / "our-study").glob("*.sql")} == set(tables)


def test_the_report_is_the_one_on_the_page(repository: Path, district: Path) -> None:
    done = commands(repository, "check_study", "--study", str(district / "our-study"), more={})
    assert done.returncode == 0, done.stdout + done.stderr
    page = (repository / "docs" / "your-district.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```text\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    assert len(shown) == 1
    for line in shown[0].splitlines():
        assert line in done.stdout.splitlines(), line


def add_students(export: Path, students: int) -> None:
    """More rows of the page's kind: classes of four schools, both models in each, online students with two log-ins."""
    roster, gradebook, log = [], [], []
    for number in range(students):
        student, school, online = 80_000 + number, ["North", "South", "East", "West"][number % 4], number // 4 % 2
        section = f"{'O' if online else 'T'}-{school}"
        sex = "FM"[number // 8 % 2]  # half of each class: a rare category would take the whole table with it
        roster.append(
            f"{student},Kim,Doe{number},05/{number % 28 + 1:02d}/2002,{sex},{school} High,{section},Algebra 1,"
        )
        roster[-1] += f"{'Online' if online else 'Teacher'},Summer 2018"
        percent = 45 + number * 7 % 50
        gradebook.append(f"{student},{section},{percent},{5 if percent >= 60 else 0},{'Y' if percent >= 60 else 'N'}")
        for day in (18, 20) if online else ():
            idle = 5 + number * 3 % 50
            begin, end = f"06/{day}/2018 08:00", f"06/{day}/2018 09:30"
            log.append(f"X{student}-{day},{student},{section},{begin},{end},{90 - idle},{idle}")
    for name, rows in (("roster", roster), ("gradebook", gradebook), ("log_2018", log)):
        with (export / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write("\n".join(rows) + "\n")


@pytest.mark.slow
def test_the_study_of_the_page_is_finished(repository: Path, district: Path) -> None:
    words = ["--study", str(district / "our-study")]
    done = commands(repository, "run_study", *words, more={})
    assert done.returncode != 0
    assert "would be lost to disclosure control" in done.stdout
    add_students(district / "export", 400)
    done = commands(repository, "run_study", *words, more={})
    assert done.returncode == 0, done.stdout + done.stderr
    results = district / "results" / "our-study"
    assert (results / "briefs" / "index.html").is_file()
    rows = (results / "tables" / "outcomes_by_mode.csv").read_text(encoding="utf-8").splitlines()
    # Two hundred of the new students are online, two of the page's; counts are shown to the nearest ten.
    assert any("online" in row and ",200," in row for row in rows), rows


def test_the_proposal_for_the_page_s_export(repository: Path, district: Path) -> None:
    """What `make new-study` proposes for it is right where it is not open, and says what is."""
    words = ["--name", str(district / "proposed"), "--raw", str(district / "export")]
    done = commands(repository, "new_study", *words, more={})
    assert done.returncode == 0, done.stdout + done.stderr
    students = (district / "proposed" / "students.sql").read_text(encoding="utf-8")
    assert '"Student Number" AS student_id' in students
    assert "WHEN 'f' THEN 'female'" in students
    sessions = (district / "proposed" / "sessions.sql").read_text(encoding="utf-8")
    assert 'scaled("Idle Minutes", 60) AS idle_seconds' in sessions
    assert "-- OPEN: the required column enrollment_id has no match" in sessions
    study = (district / "proposed" / "study.yaml").read_text(encoding="utf-8")
    assert 'timestamp_formats: ["%m/%d/%Y %H:%M"]' in study
    assert 'date_formats: ["%m/%d/%Y"]' in study
    assert "OPEN: the required column enrollment_id" in done.stdout
    for value in ("70012", "Ana", "03/14/2002"):
        assert value not in done.stdout + students + study
    assert commands(repository, "new_study", *words, more={}).returncode == 2
