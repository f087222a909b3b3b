"""The intake scored against the ledger of planted faults: every fault found, nobody wrongly accused."""

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

pytestmark = pytest.mark.slow

Ledger = list[dict[str, Any]]


@pytest.fixture(scope="module")
def identified(make_checkout: Callable[[str], Any]) -> Path:
    """The identified zone of demo_dirty after its intake."""
    import subprocess

    checkout = make_checkout("dirty")
    script = checkout.folder / "workflow" / "scripts" / "commands" / "check_study.py"
    words = [sys.executable, str(script), "--study", "demo_dirty"]
    done = subprocess.run(words, capture_output=True, text=True, env=checkout.environment(), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    folder: Path = checkout.vault("demo_dirty") / "identified"
    return folder


@pytest.fixture(scope="module")
def ledger(identified: Path) -> Ledger:
    truth = json.loads((identified / "simulate" / "truth.json").read_text(encoding="utf-8"))
    found: Ledger = truth["faults"]["ledger"]
    return found


def test_quarantine_holds_the_planted_rows_and_no_others(identified: Path, ledger: Ledger) -> None:
    path = identified / "intake" / "quarantine.parquet"
    # The quarantine counts lines of the file, the ledger rows below the header.
    found = {(file, row - 1) for file, row in duckdb.sql(f"SELECT file, row FROM '{path}'").fetchall()}
    planted = {(one["file"], one["row"]) for one in ledger if one["fate"] == "quarantined"}
    assert found == planted


def test_merged_rows_are_as_many_as_planted(identified: Path, ledger: Ledger) -> None:
    read = json.loads((identified / "intake" / "ledger.json").read_text(encoding="utf-8"))
    entries = read["entries"] if isinstance(read, dict) else read
    merged = Counter({entry["file"]: entry["merged"] for entry in entries if entry["merged"]})
    planted = Counter(one["file"] for one in ledger if one["fate"] == "merged")
    # Of a session that was delivered twice in two files the later row is the one merged.
    assert merged == planted
