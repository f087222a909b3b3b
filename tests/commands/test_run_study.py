"""The launcher: what a person sees of a run."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def launcher(repository: Path) -> ModuleType:
    path = repository / "workflow" / "scripts" / "commands" / "run_study.py"
    specification = importlib.util.spec_from_file_location("run_study", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


# Lines as Snakemake 9.27.1 writes them; a newer version that writes others fails the test of a whole study.
OUTPUT = """Building DAG of jobs...
Job stats:
job            count
-----------  -------
all                1
read_tables        1
total              2

[Sat Jan  3 10:00:00 2026]
Job 1: intake: the raw files become canonical tables
Reason: Missing output files: x
recredit: log.csv, row 3: unreadable date.
[Sat Jan  3 10:00:01 2026]
Finished jobid: 1 (Rule: read_tables)
1 of 2 steps (50%) done
[Sat Jan  3 10:00:01 2026]
localrule all:
    jobid: 0
2 of 2 steps (100%) done
"""


def test_progress_shows_stage_and_count_and_keeps_our_messages(launcher: ModuleType) -> None:
    shown: list[str] = []
    progress = launcher.Progress(shown.append)
    for line in OUTPUT.splitlines():
        progress.feed(line)
    assert shown == ["[  0 of 2 done] intake: the raw files become canonical tables"]
    assert progress.messages == ["log.csv, row 3: unreadable date."]
    assert (progress.done, progress.total, progress.nothing) == (2, 2, False)


def test_a_rule_that_failed_without_a_message_is_named(launcher: ModuleType) -> None:
    progress = launcher.Progress(print)
    progress.feed("Error in rule execute_brief:")
    assert progress.failed == ["execute_brief"]


def test_nothing_to_do_is_seen(launcher: ModuleType) -> None:
    progress = launcher.Progress(print)
    progress.feed("Nothing to be done (all requested files are present and up to date).")
    assert progress.nothing


def test_settings_of_the_command_line(launcher: ModuleType) -> None:
    options = launcher.arguments(["--study", "one", "--cores", "3", "--from", "deidentified"])
    assert launcher.command_line_settings(options) == {
        "study": "one",
        "from": "deidentified",
        "resources": {"cores": 3},
    }


def test_an_unknown_study_ends_with_one_message(launcher: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert launcher.main(["--study", "nowhere"]) == 2
    assert "There is no study 'nowhere'" in capsys.readouterr().err


def test_the_launcher_runs_with_this_python(launcher: ModuleType, repository: Path) -> None:
    study = launcher.load_study(repository, {"study": "demo"})
    command = launcher.snakemake_command(study, Path("given.yaml"), launcher.arguments([]))
    assert command[0] == sys.executable
    assert command[command.index("--configfile") + 1] == "given.yaml"
