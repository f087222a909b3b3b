"""From published results to an entry of the registry."""

import json
from pathlib import Path

from recredit.disclosure.registry import RegisteredRelease
from recredit.errors import VaultError


def registered(name: str, results: Path, coded: Path) -> RegisteredRelease:
    """The release in folder ``results`` under a name.

    Parameters
    ----------
    coded : the coded zone that it was made from: specifications, and what the release was made from.

    Raises
    ------
    VaultError where the zone has moved on since: another run has begun and not ended.
    """
    made = json.loads((coded / "release" / "inputs.json").read_text(encoding="utf-8"))
    certificate = (results / "audit" / "certificate.json").read_text(encoding="utf-8")
    if certificate != (coded / "release" / "certificate.json").read_text(encoding="utf-8"):
        raise VaultError("The vault holds another release than the results. Run `make study` first, then publish.")
    files = sorted((results / "tables").glob("*.csv"))
    tables = {path.stem: {"csv": _text(path), "layout": made["layouts"][path.stem]} for path in files}
    return RegisteredRelease(name, made["inputs"], tuple(made["earlier"]), tables, json.loads(certificate))


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()
