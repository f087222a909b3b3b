"""`make publish`: what stands in the results goes into the registry, once, and only if the vault made it."""

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from recredit.disclosure.linked.layout import CountedColumn, TableLayout
from recredit.disclosure.linked.layout_json import layout_to_dict
from recredit.disclosure.registry import read_registry
from recredit.errors import VaultError
from recredit.publication.layout import Published
from recredit.publication.manifest import MANIFEST, manifest_json
from recredit.publication.placing import place_folder

LAYOUT = layout_to_dict(TableLayout({"n": CountedColumn()}, dimensions={"mode": "mode"}))
CERTIFICATE = {"rules": {"minimum_group": 10, "minimum_units": 3, "round_counts_to": 10}}


@dataclass
class Zones:
    """A study's folders, without the study."""

    folder: Path

    def root(self, zone: str) -> Path:
        return self.folder / zone


@pytest.fixture
def command(repository: Path) -> ModuleType:
    path = repository / "workflow" / "scripts" / "commands" / "publish_release.py"
    spec = importlib.util.spec_from_file_location("publish_release", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def study(tmp_path: Path) -> Zones:
    """A vault that has published one table."""
    zones = Zones(tmp_path)
    release, bases = zones.root("coded") / "release", zones.root("coded") / "estimate" / "bases" / "enrollments"
    for folder in (release, bases, zones.root("coded") / "publish"):
        folder.mkdir(parents=True)
    pd.DataFrame({"unit": ["u1"], "mode": ["online"]}).to_parquet(bases / "describe_cohort.parquet")
    (release / "by_mode.csv").write_text("mode,n\nonline,50\n")
    (release / "certificate.json").write_text(json.dumps(CERTIFICATE))
    made = {"inputs": "digest", "earlier": [], "layouts": {"by_mode": LAYOUT}}
    (release / "inputs.json").write_text(json.dumps(made))
    files = [
        Published("tables/by_mode.csv", release / "by_mode.csv", "release/protect_tables", "Snakefile"),
        Published("audit/certificate.json", release / "certificate.json", "release/certify_release", "Snakefile"),
    ]
    manifest = manifest_json("study", files, {"Snakefile": release / "by_mode.csv"}, {}, {})
    contents = {file.path: file.source.read_bytes() for file in files}
    place_folder({**contents, MANIFEST: manifest.encode()}, zones.root("results"))
    (zones.root("coded") / "publish" / "published.json").write_text(manifest)
    return zones


def test_what_was_published_goes_into_the_registry_once(command: ModuleType, study: Zones) -> None:
    assert command.publish(study, "spring")
    registry = study.root("state") / "registry"
    before = {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()}
    assert not command.publish(study, "spring")
    assert {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()} == before
    (release,) = read_registry(registry)
    assert (release.name, release.inputs, release.certificate) == ("spring", "digest", CERTIFICATE)
    assert release.tables == {"by_mode": {"csv": "mode,n\nonline,50\n", "layout": LAYOUT}}
    assert (registry / "spring" / "bases" / "enrollments" / "describe_cohort.parquet").is_file()


def test_results_that_the_vault_did_not_publish_are_refused(command: ModuleType, study: Zones) -> None:
    table = study.root("results") / "tables" / "by_mode.csv"
    table.write_text(table.read_text().replace("50", "60"))
    with pytest.raises(VaultError, match="are not what this vault last published"):
        command.publish(study, "spring")
    assert not (study.root("state") / "registry").exists()


def test_a_release_made_since_is_refused(command: ModuleType, study: Zones) -> None:
    (study.root("coded") / "release" / "certificate.json").write_text("{}")
    with pytest.raises(VaultError, match="The vault holds another release than the results"):
        command.publish(study, "spring")


def test_a_name_that_is_none_is_refused(command: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["../spring"]) == 2
    assert "RELEASE is a name of small letters" in capsys.readouterr().err
