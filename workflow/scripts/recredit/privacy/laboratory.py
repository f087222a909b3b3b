"""Whole runs of the small demo on changed raw files, each in a copy of the checkout with a vault of its own."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from recredit.privacy.canaries import SECRET

STUDY = "demo_small"
# What a run reads of a checkout.
PARTS = ("workflow", "config", "notebooks", "profiles", "Snakefile", "environment.yml", "pyproject.toml")
LIKE_A_SECRET = "DISTRICT_PASSWORD"
# An exception that quotes every row of the roster, as a fault of pandas or DuckDB might.
SABOTAGE = (
    "import pyarrow.parquet as pq\n"
    "    raise ValueError(str([pq.read_table(path).to_pylist()[:50] for path in tables.values()]))"
)


@dataclass(frozen=True)
class Copy:
    """One copy of the checkout."""

    folder: Path

    @property
    def vault(self) -> Path:
        """The vault of the study."""
        return self.folder / "vault" / STUDY

    @property
    def raw(self) -> Path:
        """The raw files, in the identified zone."""
        return self.vault / "identified" / "raw"

    @property
    def results(self) -> Path:
        """The published results."""
        return self.folder / "results" / STUDY

    def command(self, name: str, *words: str) -> list[str]:
        """The call of a program of this copy."""
        return [sys.executable, str(self.folder / "workflow" / "scripts" / "commands" / f"{name}.py"), *words]

    def run(self, *words: str, umask: int = 0o022) -> subprocess.CompletedProcess[str]:
        """Run the study with the launcher of `make study`; a secret stands in the environment."""
        library = str(self.folder / "workflow" / "scripts")
        return subprocess.run(
            self.command("run_study", "--study", STUDY, *words),
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": library, LIKE_A_SECRET: SECRET.text},
            cwd=self.folder,
            umask=umask,
            check=False,
        )


def snapshot(checkout: Path, folder: Path) -> Path:
    """The parts of `checkout` that a run reads, as they are now, in `folder`: all runs must be of one code."""
    folder.mkdir(parents=True)
    for part in PARTS:
        source = checkout / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__", ".snakemake"))
        else:
            shutil.copy2(source, folder / part)
    return folder


def make_copy(checkout: Path, raw: Path | None, folder: Path, settings: Mapping[str, object] | None = None) -> Copy:
    """A copy of `checkout` in `folder`, whose small demo reads the files in `raw` and simulates nothing.

    Parameters
    ----------
    raw : raw files that are copied into its vault; None for none, as on an evaluator's machine.
    settings : keys that are changed in study.yaml.
    """
    copy = Copy(snapshot(checkout, folder))
    described = folder / "config" / "studies" / STUDY / "study.yaml"
    content = yaml.safe_load(described.read_text(encoding="utf-8"))
    content.pop("simulate", None)
    described.write_text(yaml.safe_dump({**content, **(settings or {})}, sort_keys=False), encoding="utf-8")
    if raw is not None:
        copy.vault.mkdir(parents=True)
        shutil.copytree(raw, copy.raw)
    return copy


def sabotage(copy: Copy) -> Path:
    """Have the stage `deidentify` of `copy` fail with an exception that quotes the roster; the script is returned."""
    script = copy.folder / "workflow" / "scripts" / "deidentify" / "assign_codes.py"
    text = script.read_text(encoding="utf-8")
    start = text.index("    # What DuckDB spills")
    script.write_text(f"{text[:start]}    {SABOTAGE}\n{text[start:]}", encoding="utf-8")
    return script


def hand_over(district: Copy, evaluator: Copy) -> None:
    """Copy what `make deidentify` names from one vault into the other."""
    shutil.copytree(district.vault / "coded" / "deidentify", evaluator.vault / "coded" / "deidentify")


def different_files(left: Path, right: Path) -> list[str]:
    """Files of two folders that differ or stand in one only, by their paths below them."""

    def contents(folder: Path) -> dict[str, bytes]:
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    first, second = contents(left), contents(right)
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


def open_to_others(vault: Path) -> list[str]:
    """Files and folders at and below `vault` that somebody else than their owner may read or enter."""
    paths = [vault, *sorted(vault.rglob("*"))]
    return [str(path) for path in paths if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077]


def watched_folders(copy: Copy) -> list[Path]:
    """Where no canary may end: all but the identified zone and the crosswalk (which the district holds)."""
    vault = copy.vault
    folders = [copy.folder / "results", vault / "coded", vault / "state" / "logs"]
    return [*folders, *(vault / name for name in (".snakemake", ".jupyter", ".temporary"))]
