"""The evaluator's side says at once what is missing; the district's never starts from the coded zone."""

import subprocess
import sys
from collections.abc import Callable

from recredit.vault import private_folder


def test_without_the_coded_folder_the_run_says_what_it_needs(make_checkout: Callable) -> None:
    checkout = make_checkout("evaluator")
    done = checkout.run("--study", "demo_small", "--from", "deidentified")
    assert done.returncode == 2
    assert "needs the whole folder that `make deidentify` names" in done.stderr
    assert "roots.coded" in done.stderr
    assert not checkout.vault("demo_small").exists()


def test_make_deidentify_starts_from_the_raw_files(make_checkout: Callable) -> None:
    done = make_checkout("district").run("--study", "demo_small", "--from", "deidentified", "--only", "deidentify")
    assert done.returncode == 2
    assert "`make deidentify` starts from the raw files" in done.stderr


def test_clean_leaves_the_coded_tables_of_a_vault_without_an_identified_zone(make_checkout: Callable) -> None:
    checkout = make_checkout("cleaned-evaluator")
    study = checkout.folder / "config" / "studies" / "demo_small" / "study.yaml"
    text = study.read_text()
    study.write_text(text[: text.index("simulate:\n")] + text[text.index("raw:\n") :])
    coded = checkout.vault("demo_small") / "coded"
    for name in ("deidentify", "estimate"):
        private_folder(coded / name)
    script = checkout.folder / "workflow" / "scripts" / "commands" / "clean_study.py"
    done = subprocess.run(
        [sys.executable, str(script), "--study", "demo_small"], env=checkout.environment(), check=False
    )
    assert done.returncode == 0
    assert [path.name for path in coded.iterdir()] == ["deidentify"]
