"""What makes a whole table unfit for release: too many dimensions, too many lost cells, doubled rows."""

import pandas as pd

from recredit.disclosure.rules import MAXIMUM_DIMENSIONS, MAXIMUM_SHARE_LOST
from recredit.disclosure.specification import MODEL_KINDS, TableSpecification
from recredit.errors import DisclosureError


def dimensions(table: pd.DataFrame, spec: TableSpecification) -> list[str]:
    """The label columns that span the table: each that the ones before it do not determine.

    A title that goes with a model's name, or a label that is the same in all rows, is no dimension.
    """
    found: list[str] = []
    for name in spec.of_kind("label"):
        before = len(table[found].drop_duplicates()) if found else min(len(table), 1)
        if len(table[[*found, name]].drop_duplicates()) > before:
            found.append(name)
    return found


def share_lost(table: pd.DataFrame, marked: pd.DataFrame, spec: TableSpecification) -> float:
    """Share (0 to 1) of the cells that are there and not 0 which are marked; model figures are not counted."""
    cells = _counted_cells(table, spec)
    total = int(cells.to_numpy().sum())
    return int((marked[cells.columns] & cells).to_numpy().sum()) / total if total else 0.0


def check_limits(table: pd.DataFrame, marked: pd.DataFrame, spec: TableSpecification) -> None:
    """Refuse a table that is too fine.

    Parameters
    ----------
    marked : boolean table of the suppressed cells.

    Raises
    ------
    DisclosureError for more than three dimensions, for two rows with the same labels, or where more than 40% of the
    cells that are not 0 would be lost; the message names the label whose categories should be collapsed.
    """
    if spec.listing:
        return
    spanned = dimensions(table, spec)
    if len(spanned) > MAXIMUM_DIMENSIONS:
        raise DisclosureError(
            f"{spec.name}: the table has {len(spanned)} dimensions ({', '.join(spanned)}); at most "
            f"{MAXIMUM_DIMENSIONS} may be released. Sum over one of them, or make two tables."
        )
    labels = spec.of_kind("label")
    if labels and table.duplicated(labels).any():
        raise DisclosureError(f"{spec.name}: two rows have the same labels. Make one row of them, or add a label.")
    lost = share_lost(table, marked, spec)
    if lost > MAXIMUM_SHARE_LOST:
        raise DisclosureError(_collapse_message(table, marked, spec, spanned or labels, lost))


def _counted_cells(table: pd.DataFrame, spec: TableSpecification) -> pd.DataFrame:
    columns = [name for name in spec.released if spec.columns[name].kind not in ("label", *MODEL_KINDS)]
    return table[columns].notna() & table[columns].ne(0)


def _collapse_message(
    table: pd.DataFrame, marked: pd.DataFrame, spec: TableSpecification, spanned: list[str], lost: float
) -> str:
    cells = _counted_cells(table, spec)
    rows = (marked[cells.columns] & cells).any(axis=1)
    opening = (
        f"{spec.name}: {round(100 * lost)}% of the cells that are not 0 would be lost to disclosure control, and at "
        f"most {round(100 * MAXIMUM_SHARE_LOST)}% may be."
    )
    if not spanned:
        return f"{opening} Leave the table out, or describe a larger group."
    levels = {name: (table.loc[rows, name].nunique(), table[name].nunique()) for name in spanned}
    worst = max(spanned, key=lambda name: levels[name][0])
    return (
        f"{opening} Collapse categories of '{worst}': {levels[worst][0]} of its {levels[worst][1]} categories hold a "
        "cell that is too small."
    )
