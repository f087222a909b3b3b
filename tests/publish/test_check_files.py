"""The file gate: a clean release passes, and an identifier planted anywhere stops it without being shown."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from recredit.errors import DisclosureError

from .conftest import COLUMNS, Vault


def script(repository: Path, name: str) -> ModuleType:
    path = repository / "workflow" / "scripts" / "publish" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gate(repository: Path, vault: Vault, raw: bool = True) -> dict[str, object]:
    output = vault.folder / "gate.json"
    intake = vault.intake if raw else []
    script(repository, "check_files").main(vault.files, intake, vault.coded, COLUMNS, output)
    content: dict[str, object] = json.loads(output.read_text())
    return content


def test_a_clean_release_passes_and_the_report_counts_files_not_students(repository: Path, vault: Vault) -> None:
    report = gate(repository, vault)
    assert report["files"] == {"csv": 2, "json": 4, "png": 1, "html": 2, "pdf": 1}
    assert "full names" in report["searched_for"]
    assert report["note"] == ""


def test_a_run_from_the_coded_zone_looks_for_codes_and_says_so(repository: Path, vault: Vault) -> None:
    vault.write("briefs/index.html", "<p>Ada Lovelace</p>")
    report = gate(repository, vault, raw=False)
    assert report["searched_for"] == ["study codes"]
    assert "only study codes were looked for" in report["note"]
    vault.write("briefs/index.html", "<p>b8w3n6z1c5vd</p>")
    with pytest.raises(DisclosureError, match=r"briefs/index.html: it holds study code \(students.student_id\)"):
        gate(repository, vault, raw=False)


@pytest.mark.parametrize(
    ("file", "content", "published", "kind"),
    [
        ("tables/outcomes.csv", "course,students\nAda Lovelace,60180\n", "tables/outcomes.csv", "full name (students)"),
        ("tables/outcomes.csv", "course,students\n60186,60180\n", "tables/outcomes.csv", "students.student_id"),
        ("figures/bars.json", '{"alt_text": "Hopper, Grace"}', "figures/bars.json", "full name (students)"),
        ("briefs/index.html", "<p>ALANTURING</p>", "briefs/index.html", "students.email"),
        ("briefs/index.html", "<!-- ada@school.example -->", "briefs/index.html", "students.email"),
        ("briefs/overview.html", "<p>h4j9s2f7g1ly</p>", "briefs/overview.html", "study code (students.student_id)"),
        ("numbers/overview.csv", "sentence\nTuring Alan\n", "audit/numbers_overview.csv", "full name (students)"),
        ("certificate.json", '{"note": "60186"}', "audit/certificate.json", "students.student_id"),
    ],
)
def test_a_planted_identifier_stops_the_run(
    repository: Path, vault: Vault, file: str, content: str, published: str, kind: str
) -> None:
    vault.write(file, content)
    with pytest.raises(DisclosureError) as stopped:
        gate(repository, vault)
    message = str(stopped.value)
    assert f"{published}: it holds {kind}." in message
    for secret in ("Ada", "Hopper", "Turing", "60186", "h4j9s2f7g1ly", "ALANTURING", "ada@"):
        assert secret.casefold() not in message.casefold()
    assert not (vault.folder / "gate.json").exists()


def test_a_table_without_its_sidecar_and_a_foreign_file_are_stopped(repository: Path, vault: Vault) -> None:
    (vault.folder / "figures" / "bars.json").unlink()
    with pytest.raises(DisclosureError, match=r"figures/bars\.png: it has no JSON file beside it"):
        gate(repository, vault)
    vault.write("figures/bars.json", "{}")
    vault.write("figures/points.svg", "<svg/>")
    with pytest.raises(DisclosureError, match=r"figures/points\.svg: only \.csv"):
        gate(repository, vault)
