"""The manifest of published results: what each file is, from which rule, with which code and configuration."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recredit.errors import AuditError
from recredit.publication.layout import Published

MANIFEST = "audit/manifest.json"
# Settings that say where a run lies and what it may use: they differ between machines, and no result depends on them.
LOCAL_SETTINGS = ("study", "from", "roots", "resources", "raw")


def sha256(content: bytes) -> str:
    """SHA-256 of `content`, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def files_below(folder: Path, left_out: Sequence[Path] = ()) -> Iterator[Path]:
    """Files in `folder` that a person wrote: no hidden ones, no caches, nothing below a folder of `left_out`."""
    for path in sorted(folder.iterdir()):
        made = path.name.startswith(".") or path.name == "__pycache__" or path.suffix in (".pyc", ".egg-info")
        if made or any(path.is_relative_to(other) for other in left_out):
            continue
        if path.is_dir():
            yield from files_below(path, left_out)
        elif path.is_file():
            yield path


def code_files(repository: Path) -> dict[str, Path]:
    """Files of the workflow by their path in the repository."""
    folders = [path for name in ("workflow", "notebooks") if (path := repository / name).is_dir()]
    single = [path for name in ("Snakefile", "requirements.lock") if (path := repository / name).is_file()]
    files = [*single, *(file for folder in folders for file in files_below(folder))]
    return {path.relative_to(repository).as_posix(): path for path in sorted(files)}


def configuration_files(repository: Path, study_folder: Path, left_out: Sequence[Path] = ()) -> dict[str, Path]:
    """Files of the contract, the shared adapters and the study, by a path that does not depend on the machine.

    `config/config.yaml` is not among them: it says where the vault lies and how many cores there are.
    """
    config = repository / "config"
    files = {f"config/{name}": config / name for name in ("config.schema.yaml", "plan.schema.yaml")}
    for folder in (config / "contract", config / "formats", study_folder):
        inside = folder.is_relative_to(repository)
        name = folder.relative_to(repository).as_posix() if inside else f"study/{folder.name}"
        if folder.is_dir():
            files |= {f"{name}/{path.relative_to(folder).as_posix()}": path for path in files_below(folder, left_out)}
    return {name: files[name] for name in sorted(files) if files[name].is_file()}


def portable_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that results depend on."""
    return {name: value for name, value in settings.items() if name not in LOCAL_SETTINGS}


def manifest_json(
    study: str,
    files: Sequence[Published],
    code: Mapping[str, Path],
    configuration: Mapping[str, Path],
    settings: Mapping[str, Any],
) -> str:
    """The manifest as JSON text: sorted, without time, folder, user or anything of the vault.

    Parameters
    ----------
    files : the published files.
    code, configuration : files by the path under which they are listed.
    settings : the study's merged settings; a checksum of those that results depend on shows what the command line
        changed.
    """
    entries = [
        {"path": file.path, "sha256": sha256(file.source.read_bytes()), "rule": file.rule, "script": file.script}
        for file in sorted(files, key=lambda file: file.path)
    ]
    canonical = json.dumps(portable_settings(settings), sort_keys=True, ensure_ascii=False)
    content = {
        "study": study,
        "files": entries,
        "settings_sha256": sha256(canonical.encode()),
        "configuration": _listed(configuration),
        "code": _listed(code),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _listed(files: Mapping[str, Path]) -> list[dict[str, str]]:
    return [{"path": name, "sha256": sha256(files[name].read_bytes())} for name in sorted(files)]


@dataclass(frozen=True)
class Comparison:
    """Results held against their manifest: paths below the results, sorted."""

    agreeing: list[str]
    changed: list[str]
    added: list[str]
    removed: list[str]

    @property
    def agrees(self) -> bool:
        """Whether every file is as it was published, with none more and none less."""
        return not (self.changed or self.added or self.removed)


def read_manifest(results: Path) -> dict[str, Any]:
    """The manifest of the results in folder `results`.

    Raises
    ------
    AuditError where it is missing or no manifest.
    """
    path = results / MANIFEST
    if not results.is_dir():
        raise AuditError(
            f"There are no results in {results}. `make study` builds them, or get them from their publisher."
        )
    if not path.is_file():
        raise AuditError(
            f"{path} is missing, so nothing in {results} can be trusted: the last publication did not end, or the "
            "manifest was removed. Run `make study` again, or get the results anew from their publisher."
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        sums = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    except (ValueError, KeyError, TypeError) as error:
        raise AuditError(
            f"{path} cannot be read as a manifest. Get it anew from the publisher of the results."
        ) from error
    if not all(isinstance(text, str) for pair in sums.items() for text in pair):
        raise AuditError(f"{path} cannot be read as a manifest. Get it anew from the publisher of the results.")
    return dict(manifest)


def compare(results: Path) -> Comparison:
    """Hold every file in folder `results` against the manifest there.

    Raises
    ------
    AuditError where there is no manifest.
    """
    expected = {entry["path"]: entry["sha256"] for entry in read_manifest(results)["files"]}
    found = {path.relative_to(results).as_posix(): path for path in _every_file(results)}
    del found[MANIFEST]
    both = sorted(expected.keys() & found.keys())
    same = [name for name in both if sha256(found[name].read_bytes()) == expected[name]]
    return Comparison(
        agreeing=same,
        changed=[name for name in both if name not in same],
        added=sorted(found.keys() - expected.keys()),
        removed=sorted(expected.keys() - found.keys()),
    )


def _every_file(folder: Path) -> Iterable[Path]:
    """All files, hidden ones too: what is not in the manifest was added."""
    return (path for path in folder.rglob("*") if not path.is_dir())
