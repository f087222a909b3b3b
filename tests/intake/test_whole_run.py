"""Bad input through the one command: the message, the exit status, and nothing half-written under the results."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from recredit.publication.manifest import compare

pytestmark = pytest.mark.slow


def run(small: Any) -> subprocess.CompletedProcess[str]:
    """`make study STUDY=<folder>` for a study outside the checkout, with a vault and results of its own."""
    folder = small.folder
    small.configure({"roots": {"vault": str(folder / "vault"), "results": str(folder / "results")}})
    (folder / "small" / "study.yaml").write_text(yaml.safe_dump(small.settings), encoding="utf-8")
    script = small.repository / "workflow" / "scripts" / "commands" / "run_study.py"
    return subprocess.run(
        [sys.executable, str(script), "--study", str(folder / "small")], capture_output=True, text=True, check=False
    )


def results(small: Any) -> Path:
    return Path(small.folder) / "results"


def test_a_study_of_three_students_ends_in_a_brief_that_shows_none_of_them(small: Any) -> None:
    done = run(small)
    assert done.returncode == 0, done.stdout + done.stderr
    assert compare(results(small) / "small").agrees
    shown = (results(small) / "small" / "tables" / "sample_flow.csv").read_text().splitlines()
    assert shown[1:] and all(line.endswith(",†") for line in shown[1:])
    small.configure({"quarantine_limit": 0.05})
    small.change("grades.csv", "64.5", "140")  # one of three rows: more than the quarantine may hold
    before = {path: path.read_bytes() for path in results(small).rglob("*") if path.is_file()}
    done = run(small)
    assert done.returncode != 0
    assert "grades.csv" in done.stdout and "percent" in done.stdout and "140" not in done.stdout
    assert "Nothing was changed under" in done.stdout
    assert before == {path: path.read_bytes() for path in results(small).rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda small: (small.raw / "log.csv").unlink(), ["log.csv"]),
        (lambda small: small.write("log.csv", ""), ["log.csv", "empty"]),
        (lambda small: small.write("grades.csv", "student,class,percent,percent\n"), ["grades.csv", "the same name"]),
        (lambda small: small.configure({"quarantine_limt": 0.5}), ["quarantine_limt", "quarantine_limit"]),
    ],
)
def test_the_run_stops_with_one_message_and_writes_no_result(small: Any, spoil: Any, words: list[str]) -> None:
    spoil(small)
    done = run(small)
    shown = done.stdout + done.stderr
    assert done.returncode != 0
    assert all(word in shown for word in words), shown
    assert "Traceback" not in shown
    assert not results(small).exists() or not list(results(small).rglob("*"))
