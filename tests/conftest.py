"""Fixtures shared by all tests: the checkout, the public data, and whole studies built once."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED_DATA = REPOSITORY.parent / "shared" / "data"
SHARE_THE_DEMO = {"tests/test_workflow.py", "tests/report/test_in_a_browser.py"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-cluster", action="store_true", help="run tests/cluster, too: `make test-cluster`")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The cluster's test installs programs and needs root: it is a command of its own."""
    return True if collection_path.name == "cluster" and not config.getoption("--run-cluster") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that both workers of `make test` end at about the same time."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (str(item.path.relative_to(REPOSITORY)) not in SHARE_THE_DEMO, item.path not in slow))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The tests of a file stay with one worker, and so do all that share the demo: it is built once for them."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "demo" if file in SHARE_THE_DEMO else file

    return ByFile(config, log)


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the public data sets; a test that asks for it is skipped where they are missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the public data sets are not at {SHARED_DATA}; docs/public-data.md says where to get them")
    return SHARED_DATA


@dataclass(frozen=True)
class Checkout:
    """A copy of the checkout's files in a folder of its own, with vaults and results of its own."""

    folder: Path

    def run(self, *words: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run the launcher of `make study` in this copy with the environment of the tests."""
        script = self.folder / "workflow" / "scripts" / "commands" / "run_study.py"
        return subprocess.run(
            [sys.executable, str(script), *words],
            capture_output=True,
            text=True,
            env=self.environment(environment),
            cwd=self.folder,
            check=False,
        )

    def environment(self, more: dict[str, str] | None = None) -> dict[str, str]:
        """Variables under which this copy's library, and not the installed one, is imported."""
        return {**os.environ, "PYTHONPATH": str(self.folder / "workflow" / "scripts"), **(more or {})}

    def results(self, study: str) -> Path:
        return self.folder / "results" / study

    def vault(self, study: str) -> Path:
        return self.folder / "vault" / study


def tracked_files() -> Sequence[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (REPOSITORY / name).is_file()]


@pytest.fixture(scope="session")
def make_checkout(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Checkout]:
    """Makes copies of the checkout, each in a folder of another name and depth."""

    def make(name: str) -> Checkout:
        folder = tmp_path_factory.mktemp(name) / name
        for file in tracked_files():
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / file, target)
        (folder.parent / "shared").symlink_to(REPOSITORY.parent / "shared")
        return Checkout(folder)

    return make


def built(checkout: Checkout, *words: str, environment: dict[str, str] | None = None) -> Checkout:
    done = checkout.run(*words, environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return checkout


@pytest.fixture(scope="session")
def demo(make_checkout: Callable[[str], Checkout]) -> Checkout:
    """The demo, built once on two cores for all tests."""
    return built(make_checkout("first"), "--study", "demo", "--cores", "2")


@pytest.fixture(scope="session")
def demo_again(make_checkout: Callable[[str], Checkout]) -> Checkout:
    """The demo once more: another folder, fresh study codes, one core, another time zone, locale and umask."""
    other = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    return built(
        make_checkout("second-folder-with-a-longer-name"),
        "--study",
        "demo",
        "--cores",
        "1",
        environment=other,
    )


@pytest.fixture(scope="session")
def demo_small(make_checkout: Callable[[str], Checkout]) -> Checkout:
    """The small demo, built once; tests that change it make a copy of their own."""
    return built(make_checkout("small"), "--study", "demo_small")


@pytest.fixture(scope="session")
def online_science(make_checkout: Callable[[str], Checkout], shared_data: Path) -> Checkout:
    """The real study `online_science`, built once."""
    assert (shared_data / "online_science").is_dir()
    return built(make_checkout("science"), "--study", "online_science")
