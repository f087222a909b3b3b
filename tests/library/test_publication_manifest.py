"""The manifest: what it lists, that it depends on content alone, and what an audit finds."""

import json
from pathlib import Path

import pytest

from recredit.errors import AuditError
from recredit.publication.layout import Published
from recredit.publication.manifest import code_files, compare, configuration_files, manifest_json
from recredit.publication.placing import place_folder

SETTINGS = {"seed": 1, "roots": {"vault": "/here"}, "resources": {"cores": 2}}


def repository(folder: Path) -> Path:
    for name in (
        "Snakefile",
        "requirements.lock",
        "README.md",
        "workflow/rules/a.smk",
        "workflow/scripts/recredit.egg-info/PKG-INFO",
        "workflow/scripts/__pycache__/a.pyc",
        "notebooks/overview.ipynb",
        "notebooks/.ipynb_checkpoints/overview.ipynb",
        "config/config.yaml",
        "config/config.schema.yaml",
        "config/contract/students.yaml",
        "config/formats/oneroster/users.sql",
        "config/studies/demo/study.yaml",
        "config/studies/other/study.yaml",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def test_code_and_configuration_without_what_machines_make(tmp_path: Path) -> None:
    here = repository(tmp_path)
    assert list(code_files(here)) == [
        "Snakefile",
        "notebooks/overview.ipynb",
        "requirements.lock",
        "workflow/rules/a.smk",
    ]
    assert list(configuration_files(here, here / "config/studies/demo")) == [
        "config/config.schema.yaml",
        "config/contract/students.yaml",
        "config/formats/oneroster/users.sql",
        "config/studies/demo/study.yaml",
    ]


def test_a_study_elsewhere_is_listed_without_its_place_and_without_a_vault_in_it(tmp_path: Path) -> None:
    here = repository(tmp_path / "checkout")
    study = tmp_path / "district"
    for name in ("study.yaml", "vault/secret.csv"):
        (study / name).parent.mkdir(parents=True, exist_ok=True)
        (study / name).write_text(name)
    listed = configuration_files(here, study, [study / "vault"])
    assert [name for name in listed if not name.startswith("config/")] == ["study/district/study.yaml"]


def manifest(folder: Path, settings: dict[str, object]) -> str:
    here = repository(folder)
    files = [
        Published(f"tables/{name}.csv", here / "Snakefile", "release/protect_tables", "workflow/x.py") for name in "ba"
    ]
    return manifest_json(
        "demo", files, code_files(here), configuration_files(here, here / "config/studies/demo"), settings
    )


def test_another_folder_and_other_cores_give_the_same_bytes(tmp_path: Path) -> None:
    other = {**SETTINGS, "roots": {"vault": "/there"}, "resources": {"cores": 8}}
    first, second = manifest(tmp_path / "a", SETTINGS), manifest(tmp_path / "b" / "c", other)
    assert first == second
    assert first != manifest(tmp_path / "d", {**SETTINGS, "seed": 2})
    assert [entry["path"] for entry in json.loads(first)["files"]] == ["tables/a.csv", "tables/b.csv"]
    # The word of the file's content, hashed by another program (sha256sum).
    assert json.loads(first)["files"][0]["sha256"] == SNAKEFILE_SHA256


SNAKEFILE_SHA256 = "47959dfd378b3cd1d39b5515418ee8e4444ab7a6036d5197a5bea82814f928a3"


def published(folder: Path) -> Path:
    results = folder / "demo"
    source = folder / "source.csv"
    source.write_text("a\n1\n")
    files = [Published(f"tables/{name}.csv", source, "release/protect_tables", "x.py") for name in "abc"]
    text = manifest_json("demo", files, {}, {}, {})
    place_folder({**{file.path: b"a\n1\n" for file in files}, "audit/manifest.json": text.encode()}, results)
    return results


def test_untouched_results_agree(tmp_path: Path) -> None:
    found = compare(published(tmp_path))
    assert found.agrees
    assert found.agreeing == ["tables/a.csv", "tables/b.csv", "tables/c.csv"]


def test_each_changed_added_and_removed_file_is_named(tmp_path: Path) -> None:
    results = published(tmp_path)
    (results / "tables/a.csv").write_text("a\n2\n")
    (results / "tables/b.csv").unlink()
    (results / "tables/.hidden").write_text("")
    found = compare(results)
    assert (found.changed, found.added, found.removed) == (["tables/a.csv"], ["tables/.hidden"], ["tables/b.csv"])
    assert not found.agrees
    assert found.agreeing == ["tables/c.csv"]


@pytest.mark.parametrize("content", ["{", "[]", '{"files": [{"path": 1, "sha256": 2}]}', '{"files": [{}]}'])
def test_a_broken_manifest_is_said_to_be_one(tmp_path: Path, content: str) -> None:
    results = published(tmp_path)
    (results / "audit/manifest.json").write_text(content)
    with pytest.raises(AuditError, match="cannot be read as a manifest"):
        compare(results)


def test_a_missing_manifest_or_folder_is_said_plainly(tmp_path: Path) -> None:
    results = published(tmp_path)
    (results / "audit/manifest.json").unlink()
    with pytest.raises(AuditError, match=r"manifest\.json is missing"):
        compare(results)
    with pytest.raises(AuditError, match="There are no results"):
        compare(tmp_path / "nothing")
