"""The environment: one list of versions, and each package has its reason."""

import re
from pathlib import Path

import yaml


def names(text: str) -> set[str]:
    return set(re.findall(r"^([A-Za-z0-9_.-]+)", text, flags=re.MULTILINE))


def test_the_conda_environment_holds_python_pip_and_the_lock_only(repository: Path) -> None:
    environment = yaml.safe_load((repository / "environment.yml").read_text())
    assert set(environment) == {"name", "channels", "dependencies"}
    python, pip, nested = environment["dependencies"]
    assert re.fullmatch(r"python=3\.\d+", python)
    assert pip == "pip"
    assert nested == {"pip": ["-r requirements.lock"]}


def test_every_requirement_is_locked_with_hashes(repository: Path) -> None:
    lock = (repository / "requirements.lock").read_text()
    entries = re.split(r"\n(?=[a-z0-9])", lock)
    locked = {match[1].lower() for entry in entries if (match := re.match(r"([a-z0-9_.-]+)==", entry))}
    assert {name.lower() for name in names((repository / "requirements.in").read_text())} <= locked
    assert all("--hash=sha256:" in entry for entry in entries if "==" in entry.splitlines()[0])


def test_the_lock_names_no_address_of_a_machine(repository: Path) -> None:
    assert not re.search(r"(file://|https?://|--index-url)", (repository / "requirements.lock").read_text())


def test_each_requirement_has_its_reason(repository: Path) -> None:
    reasons = (repository / "CONTRIBUTING.md").read_text()
    wanted = names((repository / "requirements.in").read_text())
    missing = {name for name in wanted if name not in reasons and not name.startswith("types-")}
    assert not missing
