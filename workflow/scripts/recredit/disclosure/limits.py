"""What makes a whole table unfit for release: too many dimensions, too many lost cells, doubled rows."""

import pandas as pd

from recredit.disclosure.rules import MAXIMUM_DIMENSIONS, MAXIMUM_SHARE_LOST, WAY_OUT
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
    cells that are not 0 would be lost; the message names the categories that should become one.
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
    opening = (
        f"{spec.name}: {round(100 * lost)}% of the cells that are not 0 would be lost to disclosure control, and at "
        f"most {round(100 * MAXIMUM_SHARE_LOST)}% may be."
    )
    if not spanned:
        return f"{opening} Describe a larger group, {WAY_OUT}."
    cells = _counted_cells(table, spec)
    sums = pd.DataFrame({"cells": cells.sum(axis=1), "lost": (marked[cells.columns] & cells).sum(axis=1)})
    proposals = {name: _categories_to_collapse(sums, table[name].map(_as_label)) for name in spanned}
    name = min(spanned, key=lambda each: len(proposals[each]) or len(table))
    if not proposals[name]:
        return f"{opening} Collapse categories of '{spanned[0]}' by summing over it, {WAY_OUT}."
    named = ", ".join(f"'{category}'" for category in proposals[name])
    return f"{opening} Collapse categories of '{name}': make one of {named} (in the adapter, or by a label), {WAY_OUT}."


def _as_label(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _categories_to_collapse(sums: pd.DataFrame, categories: pd.Series) -> list[str]:
    """The categories that lose most, as few as leave the rest of the table within the limit; none if all would go.

    Parameters
    ----------
    sums : by row, the cells that are there and not 0, and those of them that are lost.
    """
    by_category = sums.groupby(categories.to_numpy(), sort=True).sum()
    shares = by_category["lost"] / by_category["cells"].clip(lower=1)
    order = shares.sort_values(ascending=False, kind="stable").index
    for number in range(2, len(order)):
        rest = by_category.drop(order[:number]).sum()
        if rest["lost"] <= MAXIMUM_SHARE_LOST * rest["cells"]:
            return sorted(order[:number])
    return []
