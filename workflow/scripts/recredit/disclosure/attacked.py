"""The released files as an attacker has them, and what the attack on all of them together found."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from recredit.disclosure.certificate import ReleasedTable
from recredit.disclosure.linked.certificate import certificate_content, require_passed
from recredit.disclosure.linked.layout import DescribedTable
from recredit.disclosure.linked.release import Surroundings, attack_release, columns_outside, require_layouts
from recredit.disclosure.protection import sum_cells
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.suppression import primary_suppression


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
