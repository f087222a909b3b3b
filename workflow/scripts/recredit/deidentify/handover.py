"""What the district hands over: the list of the coded files with their checksums, and its check on the other side."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recredit.errors import VaultError

LIST = "handover.json"
# What must be the same on both sides for the coded files to fit the study.
AGREED = ("contract_version", "tables", "buckets", "coarsening")


def agreed_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a study's settings that both sides must share."""
    return {**{name: settings[name] for name in AGREED}, "tables": sorted(settings["tables"])}


def handover_json(folder: Path, files: Iterable[Path], settings: Mapping[str, Any]) -> str:
    """The list of `files`, all below `folder`, as JSON text."""
    sums = {path.relative_to(folder).as_posix(): _sha256(path) for path in files}
    content = {"settings": dict(settings), "files": dict(sorted(sums.items()))}
    return json.dumps(content, indent=1) + "\n"


def check_handover(folder: Path, settings: Mapping[str, Any]) -> None:
    """Hold the coded files in `folder` against their list.

    Raises
    ------
    VaultError naming what is missing, changed, or made for another configuration.
    """
    path = folder / LIST
    if not path.is_file():
        raise VaultError(
            f"There is no {path}. A run from the coded zone needs the whole folder that `make deidentify` names on the "
            "district's machine: copy it there, or set roots.coded in config/config.yaml to where it lies."
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        expected, made_for = dict(content["files"]), dict(content["settings"])
    except (ValueError, KeyError, TypeError) as error:
        raise VaultError(f"{path} cannot be read. Copy the folder again.") from error
    if wrong := [name for name in made_for if made_for[name] != settings.get(name)]:
        raise VaultError(
            f"{folder} was made with other settings ({', '.join(wrong)}). Use the district's study folder, or "
            "have `make deidentify` run again with this one."
        )
    missing = [name for name in expected if not (folder / name).is_file()]
    changed = [name for name in expected if name not in missing and _sha256(folder / name) != expected[name]]
    if missing or changed:
        named = [*(f"{name} is missing" for name in missing), *(f"{name} was changed" for name in changed)]
        more = f", and {len(named) - 5} more" if len(named) > 5 else ""
        raise VaultError(f"{folder} is not what was handed over: {'; '.join(named[:5])}{more}. Copy the folder again.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
