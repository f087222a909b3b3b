"""The certificate from files: a true release passes, a released file that was edited does not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from recredit.errors import DisclosureError

from .test_protect_tables import DISCLOSURE, around, attack_tables, script


def test_a_release_is_certified_and_an_edited_one_is_not(
    repository: Path, tmp_path: Path, exact_table: Callable[..., Path]
) -> None:
    exact, table = exact_table(tmp_path / "exact"), tmp_path / "outcomes_by_mode.csv"
    script(repository, "protect_tables").main([exact], [table], DISCLOSURE, *around(exact))
    script(repository, "draw_figures").main([table], tmp_path / "figures")
    attack_tables(repository, tmp_path, exact, table, DISCLOSURE)
    attack, certificate = tmp_path / "attack.json", tmp_path / "certificate.json"
    certify = script(repository, "certify_release").main
    certify([exact], [table], tmp_path / "figures", certificate, DISCLOSURE, *around(exact), attack)
    content = json.loads(certificate.read_text())
    assert content["tables"]["outcomes_by_mode"] == {
        "rows": 4,
        "cells": 8,
        "shown": 6,
        "marked": 2,
        "empty": 0,
        "not_offered": 0,
    }
    assert content["figures"] == {"passed_by_mode": ["outcomes_by_mode"]}
    assert content["linked_tables"]["verdict"] == "passed"
    found = content["linked_tables"]["systems"]["students"]
    assert (found["cells"], found["recovered"], found["insider_recovered"], found["insiders"]) == (8, 0, 0, 6)
    certificate.unlink()
    table.write_text(table.read_text().replace(",490,51", ",487,51"))
    with pytest.raises(DisclosureError, match="outcomes_by_mode: not the file that was attacked"):
        certify([exact], [table], tmp_path / "figures", certificate, DISCLOSURE, *around(exact), attack)
    # Whoever has the edited file attacked finds that its cells break the rules.
    attack_tables(repository, tmp_path, exact, table, DISCLOSURE)
    with pytest.raises(DisclosureError, match="outcomes_by_mode, row 1, column students: a count is not rounded"):
        certify([exact], [table], tmp_path / "figures", certificate, DISCLOSURE, *around(exact), attack)
    assert not certificate.exists()
