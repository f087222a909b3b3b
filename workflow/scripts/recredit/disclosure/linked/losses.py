"""The other side of the scale: what a reader loses to disclosure control, by table and minimum group."""

from collections.abc import Mapping, Sequence

import pandas as pd

from recredit.disclosure.linked.release import Surroundings, complementary_marks
from recredit.disclosure.protection import ExactTable, described_tables, primary_marks
from recredit.disclosure.rules import DisclosureRules

MINIMA = (5, 10, 20)
ALL_TABLES = "all tables"


class TrialRules(DisclosureRules):
    """Rules to measure with, which may be laxer than any release's; nothing is ever released under them."""

    def __post_init__(self) -> None:
        """Accept what :class:`DisclosureRules` refuses."""


def suppression_shares(
    tables: Mapping[str, ExactTable], around: Surroundings, minima: Sequence[int] = MINIMA
) -> pd.DataFrame:
    """The share of non-zero figures that a reader loses, by table and minimum group.

    Parameters
    ----------
    tables : exact tables of a release by name.
    around : the rows that they count, and what is known beside them.
    minima : minimum groups to compare; all other rules are the defaults.

    Returns
    -------
    One row per table and minimum, and one per minimum for all tables: `table`, `minimum_group`, `figures` (released
    figures that are there and not 0), `lost_primary` (hidden for their own sake), `lost` (hidden at all) and
    `share_lost` (0 to 1; missing where there is no figure). Means and model figures count like counts and percentages.

    Notes
    -----
    Percentages rest on 10 students at least, whatever the minimum: the rules have no tail codes for fewer.
    """
    rows = [row for minimum in minima for row in _rows(tables, around, TrialRules(minimum_group=minimum))]
    frame = pd.DataFrame(rows, columns=["table", "minimum_group", "figures", "lost_primary", "lost"])
    whole = frame.groupby("minimum_group", as_index=False)[["figures", "lost_primary", "lost"]].sum()
    shares = pd.concat([frame, whole.assign(table=ALL_TABLES)], ignore_index=True)
    return shares.assign(share_lost=shares["lost"] / shares["figures"].where(shares["figures"] > 0))


def _rows(
    tables: Mapping[str, ExactTable], around: Surroundings, rules: DisclosureRules
) -> list[tuple[str, int, int, int, int]]:
    primary = primary_marks(tables, rules)
    more = complementary_marks(described_tables(tables, primary, rules), rules, around)
    rows = []
    for name, table in sorted(tables.items()):
        spec = table.specification
        figures = [column for column in spec.released if spec.columns[column].kind != "label"]
        there = table.values[figures].notna() & table.values[figures].ne(0)
        own, extra = primary[name][figures] & there, primary[name][figures].copy()
        if name in more:
            extra[list(more[name].columns)] |= more[name].to_numpy()
        lost = int((extra & there).to_numpy().sum())
        rows.append((name, rules.minimum_group, int(there.to_numpy().sum()), int(own.to_numpy().sum()), lost))
    return rows
