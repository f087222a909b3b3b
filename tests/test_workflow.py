"""Whole studies through the one command: same bytes, nothing half-written, a kill leaves no trace."""

import datetime
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from recredit.publication.manifest import compare

pytestmark = pytest.mark.slow


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def assert_same_bytes(left: Path, right: Path) -> None:
    first, second = files_of(left), files_of(right)
    assert len(first) > 20  # two empty folders would agree, too
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_two_folders_two_crosswalks_two_numbers_of_cores_give_the_same_bytes(demo, demo_again) -> None:
    assert_same_bytes(demo.results("demo"), demo_again.results("demo"))
    codes = [checkout.vault("demo") / "state" / "crosswalk.parquet" for checkout in (demo, demo_again)]
    assert codes[0].read_bytes() != codes[1].read_bytes()


def test_the_committed_manifest_is_that_of_a_fresh_build(demo, repository: Path) -> None:
    committed = json.loads((repository / "results" / "demo" / "audit" / "manifest.json").read_text())
    assert json.loads((demo.results("demo") / "audit" / "manifest.json").read_text()) == committed


def test_no_day_path_or_user_in_any_result(demo) -> None:
    """What differs between two days, folders or users must not stand in a result, even where two builds agreed."""
    today = datetime.datetime.now(tz=datetime.UTC).date()
    wanted = [today.isoformat(), today.strftime("%Y%m%d"), f"{today:%B} {today.day}, {today.year}", str(demo.folder)]
    for name, content in files_of(demo.results("demo")).items():
        for text in wanted:
            assert text.encode() not in content, f"{text} in {name}"


def test_a_second_run_does_nothing_and_says_so(demo_small) -> None:
    before = files_of(demo_small.results("demo_small"))
    start = time.monotonic()
    done = demo_small.run("--study", "demo_small")
    assert done.returncode == 0
    assert "Nothing to do: the results of demo_small are up to date." in done.stdout
    assert "index.html" in done.stdout
    assert time.monotonic() - start < 60  # a few seconds; the bound only tells a no-op from a run
    assert files_of(demo_small.results("demo_small")) == before


def test_results_can_be_read_by_all_and_the_vault_by_its_owner_only(demo_small) -> None:
    for path in demo_small.vault("demo_small").rglob("*"):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode & 0o077 == 0, f"{path} has mode {mode:o}"
    for path in demo_small.results("demo_small").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


def copy_of(checkout, name: str):
    """A copy of a built checkout that a test may change, with times kept so that nothing is re-run."""
    folder = checkout.folder.parent / name
    shutil.copytree(checkout.folder, folder, symlinks=True)
    return type(checkout)(folder)


# One rule of each stage: the run is killed while that stage works.
STAGES = ["simulate", "intake", "deidentify", "cohort", "measure", "estimate", "release", "report", "publish"]


def kill_in(checkout, stage: str) -> None:
    """Start or resume the study, and kill all its processes while ``stage`` works."""
    script = checkout.folder / "workflow" / "scripts" / "commands" / "run_study.py"
    process = subprocess.Popen(
        [sys.executable, "-u", str(script), "--study", "demo_small"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=checkout.environment(),
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if re.search(rf"\] {stage}: ", line):
            break
    else:
        pytest.fail(f"the run never came to the stage {stage}")
    time.sleep(0.2)  # into the work of the job, not before it
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_kills_in_every_stage_end_with_the_same_bytes(make_checkout: Callable, demo_small) -> None:
    """One run that is killed nine times, in each stage once, and resumed after each."""
    checkout = make_checkout("killed")
    for stage in STAGES:
        kill_in(checkout, stage)
        if checkout.results("demo_small").exists():  # published just before the kill: then wholly
            assert compare(checkout.results("demo_small")).agrees
    done = checkout.run("--study", "demo_small")
    assert done.returncode == 0, done.stdout + done.stderr
    assert_same_bytes(checkout.results("demo_small"), demo_small.results("demo_small"))
    shutil.rmtree(checkout.folder)


def test_an_edited_library_module_re_runs_just_its_rules(demo_small) -> None:
    checkout = copy_of(demo_small, "edited")
    module = checkout.folder / "workflow" / "scripts" / "recredit" / "figures" / "charts.py"
    module.write_text(module.read_text() + "\n# an edit\n")
    done = checkout.run("--study", "demo_small")
    assert done.returncode == 0, done.stdout + done.stderr
    shown = re.findall(r"\] ([a-z]+): ", done.stdout)
    assert "release" in shown
    assert not {"simulate", "intake", "deidentify", "cohort", "measure", "estimate"} & set(shown)
    shutil.rmtree(checkout.folder)


def test_changed_or_removed_results_are_published_again(demo_small) -> None:
    checkout = copy_of(demo_small, "tampered")
    results = checkout.results("demo_small")
    (results / "tables" / "differences.csv").write_text("nothing")
    (results / "briefs" / "index.html").unlink()
    done = checkout.run("--study", "demo_small")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"\] ([a-z]+): ", done.stdout) == ["publish"]
    assert_same_bytes(results, demo_small.results("demo_small"))
    shutil.rmtree(checkout.folder)


def test_an_unknown_study_stops_before_anything_is_made(demo_small) -> None:
    done = demo_small.run("--study", "demo_smal")
    assert done.returncode != 0
    assert "There is no study 'demo_smal'. Did you mean 'demo_small'?" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (demo_small.folder / "vault" / "demo_smal").exists()


def test_clean_keeps_the_crosswalk_and_the_run_after_it_the_bytes(demo_small) -> None:
    checkout = copy_of(demo_small, "cleaned")
    crosswalk = checkout.vault("demo_small") / "state" / "crosswalk.parquet"
    before = crosswalk.read_bytes()
    script = checkout.folder / "workflow" / "scripts" / "commands" / "clean_study.py"
    subprocess.run(
        [sys.executable, str(script), "--study", "demo_small"],
        check=True,
        env=checkout.environment(),
        capture_output=True,
    )
    assert not (checkout.vault("demo_small") / "coded").exists()
    assert checkout.run("--study", "demo_small").returncode == 0
    assert crosswalk.read_bytes() == before
    assert_same_bytes(checkout.results("demo_small"), demo_small.results("demo_small"))
    shutil.rmtree(checkout.folder)
