"""Publication: what lies in results/, the manifest's own words, and that an audit agrees with it."""

import json
from pathlib import Path

from recredit.publication.manifest import compare

from .conftest import Vault
from .test_check_files import script


def publish(repository: Path, vault: Vault, results: Path) -> dict[str, object]:
    gate = vault.write("publish/gate.json", "{}")
    code = {"Snakefile": repository / "Snakefile"}
    published = gate.parent / "published.json"
    script(repository, "publish_results").main(vault.files, gate, code, {}, {"seed": 1}, results, published)
    assert published.read_bytes() == (results / "audit" / "manifest.json").read_bytes()
    content: dict[str, object] = json.loads(published.read_text())
    return content


def test_the_results_and_their_manifest(repository: Path, vault: Vault, tmp_path: Path) -> None:
    results = tmp_path / "results" / "demo"
    (results / "tables").mkdir(parents=True)
    (results / "tables" / "of_an_older_run.csv").write_text("")
    manifest = publish(repository, vault, results)
    assert sorted(path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()) == [
        "audit/certificate.json",
        "audit/determination.json",
        "audit/gate.json",
        "audit/manifest.json",
        "audit/numbers_overview.csv",
        "briefs/index.html",
        "briefs/overview.html",
        "briefs/overview.pdf",
        "figures/bars.json",
        "figures/bars.png",
        "tables/outcomes.csv",
        "tables/outcomes.json",
    ]
    rules = {entry["path"]: (entry["rule"], entry["script"]) for entry in manifest["files"]}
    assert rules["audit/numbers_overview.csv"] == ("report/execute_brief", "notebooks/overview.ipynb")
    assert rules["tables/outcomes.csv"] == ("release/protect_tables", "workflow/scripts/release/protect_tables.py")
    assert manifest["study"] == "demo"
    assert compare(results).agrees
    assert str(tmp_path) not in (results / "audit" / "manifest.json").read_text()


def test_publishing_twice_gives_the_same_bytes(repository: Path, vault: Vault, tmp_path: Path) -> None:
    first = publish(repository, vault, tmp_path / "a" / "demo")
    assert publish(repository, vault, tmp_path / "b" / "demo") == first
    assert publish(repository, vault, tmp_path / "a" / "demo") == first


def test_each_rule_of_the_manifest_has_its_script(repository: Path, vault: Vault) -> None:
    for file in vault.files:
        assert (repository / file.script).is_file(), file.script
