"""The released files as an attacker has them, and what the attack on all of them together found."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pandas as pd

from recredit.disclosure.certificate import ReleasedTable
from recredit.disclosure.linked.certificate import certificate_content, require_passed
from recredit.disclosure.linked.layout import DescribedTable
from recredit.disclosure.linked.release import Surroundings, attack_release, columns_outside, require_layouts
from recredit.disclosure.protection import sum_cells
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.suppression import primary_suppression
from recredit.errors import DisclosureError


@dataclass(frozen=True)
class Attacked:
    """What an attack found, and the files it was made on.

    Attributes
    ----------
    found : what :func:`attack_files` returned.
    files : name of a released table -> SHA-256 of its file.
    """

    found: Mapping[str, Any]
    files: Mapping[str, str]

    @classmethod
    def of(cls, released: Sequence[Path], found: Mapping[str, Any]) -> Self:
        """The attack on the files `released`."""
        return cls(found, _digests(released))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The attack that :meth:`to_json` wrote down."""
        return cls(**json.loads(text))

    def to_json(self) -> str:
        """The attack as JSON text, for the rule that writes the certificate."""
        return json.dumps({"found": self.found, "files": self.files}, indent=1, ensure_ascii=False) + "\n"

    def require(self, released: Sequence[Path]) -> None:
        """Refuse other files than those that were attacked.

        Raises
        ------
        DisclosureError naming the tables that were changed, added or left out since.
        """
        now = _digests(released)
        other = sorted(name for name in {*now, *self.files} if now.get(name) != self.files.get(name))
        if other:
            raise DisclosureError(
                f"{', '.join(other)}: not the file that was attacked. Released tables are never edited; delete the "
                "folder release in the coded zone and run the study again."
            )


def _digests(released: Sequence[Path]) -> dict[str, str]:
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(released)}


def attack_files(tables: Mapping[str, ReleasedTable], rules: DisclosureRules, around: Surroundings) -> dict[str, Any]:
    """Attack a release as it is published.

    Parameters
    ----------
    tables : released tables by name: the text of their files, and the specification with the layout.
    around : the counted rows, public counts and earlier releases.

    Returns
    -------
    What the certificate says of it: cells, programs solved, the narrowest interval, solver and version.

    Raises
    ------
    DisclosureError where the attacker recovers a cell, or a protected cell cannot be anything from 0 to the minimum.
    """
    specifications = [table.specification for table in tables.values()]
    require_layouts(specifications)
    described = [each for name, table in sorted(tables.items()) for each in _described(name, table, rules)]
    certificates = attack_release(described, rules, around)
    require_passed(certificates)
    return certificate_content(certificates, columns_outside(specifications))


def _described(name: str, table: ReleasedTable, rules: DisclosureRules) -> list[DescribedTable]:
    layout = table.specification.layout
    if layout is None or len(table.rows) < 2:
        return []
    text = pd.DataFrame(table.rows[1:], columns=table.rows[0], dtype="str")
    # What the rules for single cells hide must stay protected; the rest was hidden for its sake.
    primary = primary_suppression(table.exact, table.specification, rules)
    sums = sum_cells(table.exact, primary, table.specification, rules)
    counted = primary[list(layout.columns)].reset_index(drop=True)
    return [DescribedTable(name, layout, text, counted, sums=sums)]
