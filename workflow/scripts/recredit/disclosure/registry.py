"""The registry: what a study has published, so that later releases are protected against the sum of all.

It lies in the vault's state, is written by `make publish` alone and only read by `make study`. A release in it is a
folder with `release.json` (released CSV text, layouts, certificate; no date) and the counted rows of that time in
`bases/`. The folder is written beside its place and renamed, so a kill leaves the old registry or the new one.

A release never constrains itself. After `make publish` the next `make study` protects the same tables again; would
the published copy count as an earlier release, its cells could not be hidden any more and the choice of cells might
change without any reason. What is in hand is therefore recognised by what it was made from (:func:`inputs_digest`:
exact tables, specifications, rules and public counts), not by a name, which a run does not know. A release that was
made from the same is reproduced under the releases that came before it: its cells are public already, so showing just
them once more adds nothing, whatever was published since.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Self

import pandas as pd

from recredit.disclosure.files import read_bases
from recredit.disclosure.linked.earlier import EarlierRelease
from recredit.disclosure.linked.layout import DescribedTable
from recredit.disclosure.linked.layout_json import layout_from_dict
from recredit.disclosure.protection import ExactTable
from recredit.disclosure.registry_files import RELEASE, release_files
from recredit.disclosure.rules import DisclosureRules
from recredit.errors import VaultError
from recredit.vault import private_folder, replace_atomically

# Settings that change no released byte.
_WORDS = ("decided_by", "reasons")
# Digits that are the same whatever the order of rows in sums.
FIGURE = "%.10g"


@dataclass(frozen=True)
class RegisteredRelease:
    """One release of the registry.

    Attributes
    ----------
    inputs : digest of what it was made from.
    earlier : names of the releases that it was protected against, in their order.
    tables : by name the released CSV text, and the layout as JSON where the table has one.
    certificate : the certificate of the release.
    """

    name: str
    inputs: str
    earlier: tuple[str, ...]
    tables: Mapping[str, Mapping[str, Any]]
    certificate: Mapping[str, Any]

    def to_json(self) -> str:
        """The release as JSON text, the same for the same content."""
        entry = {"name": self.name, "inputs": self.inputs, "earlier": list(self.earlier)}
        content = {**entry, "tables": dict(sorted(self.tables.items())), "certificate": self.certificate}
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The release in JSON ``text``.

        Raises
        ------
        ValueError, KeyError or TypeError for text that is no release.
        """
        entry = json.loads(text)
        return cls(**{**entry, "earlier": tuple(entry["earlier"])})

    def described(self) -> list[DescribedTable]:
        """The tables with a layout, as they were published."""
        return [
            DescribedTable(
                name,
                layout_from_dict(table["layout"]),
                _text(table["csv"]),
                release=self.name,
                rules=DisclosureRules.from_settings(self.certificate["rules"]),
            )
            for name, table in sorted(self.tables.items())
            if table["layout"] is not None and len(_text(table["csv"]))
        ]


def _text(csv: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(csv), dtype="str", keep_default_na=False)


def inputs_digest(tables: Mapping[str, ExactTable], disclosure: Mapping[str, Any], known: Sequence[str]) -> str:
    """What a release is made from, as a SHA-256: it knows a release again, whatever it is called.

    Parameters
    ----------
    tables : the exact tables by name.
    disclosure : the section `disclosure` of the settings.
    known : public tables of counts, as text.
    """
    parts = [json.dumps({name: value for name, value in sorted(disclosure.items()) if name not in _WORDS}), *known]
    for name, table in sorted(tables.items()):
        parts += [name, table.specification.to_json(), table.values.to_csv(index=False, float_format=FIGURE)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def read_registry(folder: Path) -> list[RegisteredRelease]:
    """All releases of the registry in the order of their publication.

    Raises
    ------
    VaultError for a release that cannot be read: what was published cannot be made anew.
    """
    releases = []
    for path in release_files(folder):
        try:
            releases.append(RegisteredRelease.from_json(path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError) as error:
            raise VaultError(
                f"The registry's release {path.parent.name} is damaged. Put {path.parent} back from a copy: later "
                "releases cannot be protected without it."
            ) from error
    return sorted(releases, key=lambda each: (len(each.earlier), each.name))


def releases_before(folder: Path, inputs: str) -> list[RegisteredRelease]:
    """The releases that the one in hand is protected against: all others, or those before it if it is published."""
    releases = read_registry(folder)
    own = next((each for each in releases if each.inputs == inputs), None)
    return releases if own is None else [each for each in releases if each.name in own.earlier]


def earlier_releases(folder: Path, inputs: str) -> list[EarlierRelease]:
    """The same with the rows behind their tables."""
    return [
        EarlierRelease(
            each.name, each.described(), read_bases(sorted((folder / each.name / "bases").rglob("*.parquet")))
        )
        for each in releases_before(folder, inputs)
    ]


def append_release(folder: Path, release: RegisteredRelease, bases: Mapping[str, Path]) -> bool:
    """Add a release to the registry.

    Parameters
    ----------
    bases : files of the counted rows by their path below `bases/`.

    Returns
    -------
    False where the registry has this very release already.

    Raises
    ------
    VaultError where it has another release of that name.
    """
    place = folder / release.name
    if place.exists():
        if (place / RELEASE).read_text(encoding="utf-8") == release.to_json():
            return False
        raise VaultError(
            f"The registry has another release named {release.name}: what was published stays as it is. Choose another "
            "name."
        )
    staged = private_folder(folder) / f".{release.name}.partial"
    shutil.rmtree(staged, ignore_errors=True)
    private_folder(staged)
    for name, source in sorted(bases.items()):
        private_folder((staged / "bases" / name).parent)
        replace_atomically(staged / "bases" / name, source.read_bytes())
    replace_atomically(staged / RELEASE, release.to_json().encode())
    staged.rename(place)
    return True
