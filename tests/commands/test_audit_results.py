"""`make audit` as a person meets it: agreement, each kind of difference, and a missing manifest; no data needed."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from recredit.publication.layout import Published
from recredit.publication.manifest import manifest_json
from recredit.publication.placing import place_folder


@pytest.fixture
def audit(repository: Path) -> ModuleType:
    path = repository / "workflow" / "scripts" / "commands" / "audit_results.py"
    spec = importlib.util.spec_from_file_location("audit_results", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def results(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.write_text("a\n1\n")
    files = [Published(f"tables/{name}.csv", source, "release/protect_tables", "x.py") for name in "abc"]
    manifest = manifest_json("demo", files, {}, {}, {})
    folder = tmp_path / "demo"
    place_folder({**{file.path: b"a\n1\n" for file in files}, "audit/manifest.json": manifest.encode()}, folder)
    return folder


def test_agreement_is_said_in_plain_words(audit: ModuleType, results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(["demo", "--results", str(results)]) == 0
    assert f"All 3 files in {results} agree with the manifest" in capsys.readouterr().out


def test_every_difference_is_named(audit: ModuleType, results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "tables" / "a.csv").write_text("a\n2\n")
    (results / "tables" / "b.csv").unlink()
    (results / "tables" / "new.csv").write_text("")
    assert audit.main(["demo", "--results", str(results)]) == 1
    said = capsys.readouterr().err
    for line in ("changed: tables/a.csv", "removed: tables/b.csv", "added: tables/new.csv", "1 other files agree"):
        assert line in said


def test_a_missing_manifest(audit: ModuleType, results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "audit" / "manifest.json").unlink()
    assert audit.main(["demo", "--results", str(results)]) == 1
    assert "manifest.json is missing" in capsys.readouterr().err


def test_an_unknown_study(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(["demmo"]) == 2
    assert "There is no study 'demmo'. Did you mean 'demo'?" in capsys.readouterr().err


def test_the_study_names_the_folder(
    audit: ModuleType, results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class StudyThere:
        def root(self, zone: str) -> Path:
            assert zone == "results"
            return results

    monkeypatch.setattr(audit, "load_study", lambda *_: StudyThere())
    assert audit.main(["demo"]) == 0
    assert "All 3 files" in capsys.readouterr().out
