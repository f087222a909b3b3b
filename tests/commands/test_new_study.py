"""A study proposed from a folder of exports: files in archives are looked at and read like others."""

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from recredit.configuration import load_study, read_yaml
from recredit.intake.sources import packed_files, sources_of
from recredit.intake.unpack import Unpacking, unpack_files
from recredit.proposal.files import look_at

STUDENTS = "Student ID,First Name,Last Name,Birth Date\n" + "".join(f"Q{n},A,B,2003-01-0{n}\n" for n in range(1, 8))
COURSES = "Course Code,Course Title\nALG1,Algebra 1\n"


def run(repository: Path, *words: str) -> subprocess.CompletedProcess[str]:
    script = repository / "workflow" / "scripts" / "commands" / "new_study.py"
    return subprocess.run([sys.executable, script, *words], capture_output=True, text=True, check=False)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    raw = tmp_path / "raw"
    raw.mkdir()
    with zipfile.ZipFile(raw / "roster.zip", "w") as archive:
        archive.writestr("2018/students.csv", STUDENTS)
        archive.writestr("read_me.pdf", b"%PDF")
    with tarfile.open(raw / "catalogue.tar.gz", "w:gz") as packed:
        entry = tarfile.TarInfo("courses.csv")
        entry.size = len(COURSES)
        packed.addfile(entry, io.BytesIO(COURSES.encode()))
    return raw


def test_files_in_archives_become_sources(exports: Path, tmp_path: Path, repository: Path) -> None:
    done = run(repository, "--name", str(tmp_path / "study"), "--raw", str(exports))
    assert done.returncode == 0, done.stderr
    assert "students from roster.zip/2018/students.csv: 4 of" in done.stdout
    assert "courses from catalogue.tar.gz/courses.csv: 2 of" in done.stdout
    assert "roster.zip/read_me.pdf: not looked at" in done.stdout
    assert "Q1" not in done.stdout
    sources = read_yaml(tmp_path / "study" / "study.yaml")["raw"]["sources"]
    assert {(entry["files"], entry["member"]) for entry in sources.values()} == {
        ("roster.zip", "2018/students.csv"),
        ("catalogue.tar.gz", "courses.csv"),
    }
    # The proposal is one that the intake can unpack as it stands.
    study = load_study(repository, {"study": str(tmp_path / "study"), "roots": {"vault": str(tmp_path / "vault")}})
    unpacking = Unpacking(tmp_path / "vault" / "unpacked", limit_gb=1, memory_gb=1, threads=1)
    made = unpack_files(packed_files(study), sources_of(study.settings), unpacking)
    assert {file.path.read_text() for file in made} == {STUDENTS, COURSES}


def test_a_damaged_archive_is_named(exports: Path, tmp_path: Path, repository: Path) -> None:
    (exports / "roster.zip").write_bytes(b"PK\x03\x04 cut off")
    done = run(repository, "--name", str(tmp_path / "study"), "--raw", str(exports))
    assert done.returncode != 0
    assert "roster.zip: the archive is damaged" in done.stderr
    assert not (tmp_path / "study").exists()


def test_real_roster_archives(shared_data: Path) -> None:
    files, others = look_at(shared_data / "oneroster")
    names = {file.name for file in files if file.names}
    assert "v1p2_full_dataset.zip/users.csv" in names
    assert all(name.endswith(".md") for name in others)
