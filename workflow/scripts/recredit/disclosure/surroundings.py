"""What lies around a release, read from files: the counted rows, public tables of counts, earlier releases."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from recredit.disclosure.exact_cells import Declared, declare_exact, rates_only
from recredit.disclosure.files import read_bases, read_exact_table
from recredit.disclosure.leaving_out import leave_out, require_known, still_declared
from recredit.disclosure.linked.known import KnownTable
from recredit.disclosure.linked.layout_json import layout_to_dict
from recredit.disclosure.linked.release import Surroundings
from recredit.disclosure.protection import ExactTable
from recredit.disclosure.public_counts import read_known
from recredit.disclosure.registry import earlier_releases, inputs_digest
from recredit.disclosure.rules import DisclosureRules

# Columns of the counted tables that hold random study codes: no result may depend on their order.
CODES = ("school_id", "section_id", "teacher_id", "lottery_block", "student_id")
SCHOOLS = "school_id"


@dataclass(frozen=True)
class Release:
    """A release to protect or to attack, with what lies around it.

    Attributes
    ----------
    around : counted rows, public counts, earlier releases.
    declared : what became of the cells that the study declares to be published exactly.
    rounded : the same release with none of them exact, for where they cannot be.
    inputs : digest of what the release is made from, for the registry.
    """

    around: Surroundings
    declared: Declared
    rounded: Declared
    inputs: str

    @property
    def tables(self) -> Mapping[str, ExactTable]:
        """Exact tables by name; cells that are declared to be exact stand in their layouts."""
        return self.declared.tables

    def without_exact_cells(self) -> Self:
        """The release where the declared cells cannot be exact, since other cells would follow from them."""
        return replace(self, declared=self.rounded)

    def as_protected(self, exact_cells: Path) -> Self:
        """The release as it was protected: without exact cells where they had to go.

        Parameters
        ----------
        exact_cells : JSON in which the protection says what became of the declared cells.
        """
        verdict = json.loads(exact_cells.read_text(encoding="utf-8"))["verdict"]
        return self.without_exact_cells() if verdict == self.rounded.verdict else self

    def for_registry(self) -> str:
        """What the registry notes beside the released files, as JSON text.

        It stays in the vault: from a digest of the exact tables a hidden cell could be guessed.
        """
        layouts = {name: table.specification.layout for name, table in sorted(self.tables.items())}
        content = {
            "inputs": self.inputs,
            "earlier": [each.name for each in self.around.earlier],
            "layouts": {name: None if one is None else layout_to_dict(one) for name, one in layouts.items()},
        }
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def read_release(
    sources: Sequence[Path],
    bases: Sequence[Path],
    disclosure: Mapping[str, Any],
    known: Mapping[str, Path],
    registry: Path,
) -> Release:
    """The release of a study.

    Parameters
    ----------
    sources : the exact tables, as the stage `estimate` wrote them.
    bases : the counted tables.
    disclosure : the section `disclosure` of the study's settings.
    known : the files of the public tables of counts by name.
    registry : the folder of what was published before; it need not be there.
    """
    require_known(disclosure["leave_out"], [path.stem for path in sources])
    tables = leave_out({path.stem: read_exact_table(path) for path in sources}, disclosure["leave_out"])
    frames, rules = read_bases(bases), DisclosureRules.from_settings(disclosure)
    public = [read_known(entry, known[entry["name"]]) for entry in disclosure["known"]]
    inputs = inputs_digest(tables, disclosure, [_without_codes(each) for each in public])
    insider = SCHOOLS if disclosure["insiders"] == "schools" else ""
    entries = still_declared(disclosure["exact_cells"], disclosure["leave_out"])
    declared = declare_exact(tables, entries, frames, rules)
    around = Surroundings(frames, public, earlier_releases(registry, inputs), CODES, insider)
    return Release(around, declared, rates_only(tables, entries), inputs)


def _without_codes(table: KnownTable) -> str:
    """A public table as text without its random codes of schools, which a new crosswalk changes."""
    codes = [column for column, target in table.dimensions.items() if target in CODES]
    return table.counts.drop(columns=codes).to_csv(index=False)
