"""From published results to an entry of the registry."""

import json
from pathlib import Path
from typing import Any

from recredit.disclosure.linked.layout_json import layout_to_dict
from recredit.disclosure.registry import RegisteredRelease
from recredit.disclosure.specification import TableSpecification
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
    tables = {path.stem: _table(path, coded) for path in sorted((results / "tables").glob("*.csv"))}
    return RegisteredRelease(name, made["inputs"], tuple(made["earlier"]), tables, json.loads(certificate))


def _table(path: Path, coded: Path) -> dict[str, Any]:
    text = (coded / "estimate" / f"{path.stem}.json").read_text(encoding="utf-8")
    layout = TableSpecification.from_json(text).layout
    with path.open(encoding="utf-8", newline="") as file:
        return {"csv": file.read(), "layout": None if layout is None else layout_to_dict(layout)}
