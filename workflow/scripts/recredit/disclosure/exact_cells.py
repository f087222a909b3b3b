"""Cells that a study declares to be published exactly, so that funders can check attrition and effect sizes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pandas as pd

from recredit.disclosure.linked.differencing import lies_within
from recredit.disclosure.linked.domain import cut
from recredit.disclosure.linked.groups import Group
from recredit.disclosure.linked.layout import DescribedTable, RowDefinition, statements
from recredit.disclosure.protection import ExactTable
from recredit.disclosure.rules import DisclosureRules
from recredit.errors import ConfigurationError

NOTHING_DECLARED = "No cell is declared to be published exactly."
GIVEN_UP = (
    "The declared cells are rounded like all others: published exactly they would give away small groups of other "
    "tables, whatever else is hidden. Rates and verdicts are published all the same."
)
TOO_NEAR = (
    "The declared cells are rounded like all others: one of them, or a difference of two, is of fewer students than "
    "the minimum group. Rates and verdicts are published all the same."
)
AS_DECLARED = "The declared cells are published exactly: all of them, and all their differences, are 0 or large enough."


@dataclass(frozen=True)
class Declared:
    """What became of the declared cells.

    Attributes
    ----------
    tables : the exact tables, with exact cells in their layouts where the rules permit it.
    verdict : one of the sentences of this module.
    rates_only : the declared cells that are not exact, in words; of them rates and verdicts alone are shown.
    """

    tables: Mapping[str, ExactTable]
    verdict: str
    rates_only: tuple[str, ...] = ()


def declare_exact(
    tables: Mapping[str, ExactTable],
    entries: Sequence[Mapping[str, Any]],
    bases: Mapping[str, pd.DataFrame],
    rules: DisclosureRules,
) -> Declared:
    """Put the declared cells of a study into the layouts, if all of them may be exact.

    Parameters
    ----------
    entries : `disclosure.exact_cells` of the settings.
    bases : the counted tables.

    Raises
    ------
    ConfigurationError for a table, a column or a label that is not there.

    Notes
    -----
    All or none (methods.md section 6): where one of the cells, or the difference of two of which one counts a part of
    the other's students, is from 1 to the minimum less 1, none of them is exact. The attacker has them as equalities.
    """
    if not entries:
        return Declared(tables, NOTHING_DECLARED)
    declared = dict(tables)
    for entry in entries:
        declared[entry["table"]] = _with_entry(declared, entry)
    if _may_be_exact(declared, bases, rules):
        return Declared(declared, AS_DECLARED)
    return rates_only(tables, entries, TOO_NEAR)


def rates_only(
    tables: Mapping[str, ExactTable], entries: Sequence[Mapping[str, Any]], verdict: str = GIVEN_UP
) -> Declared:
    """No declared cell is exact: what becomes of them where they cannot be, for the reason ``verdict``."""
    return Declared(tables, verdict, tuple(map(_in_words, entries)))


def _in_words(entry: Mapping[str, Any]) -> str:
    where = [f"{column} {' or '.join(labels)}" for column, labels in entry["where"].items()]
    columns = " and ".join(entry["columns"])
    return f"{entry['table']}: {columns}" + (f", where {'; '.join(where)}" if where else "")


def _with_entry(tables: Mapping[str, ExactTable], entry: Mapping[str, Any]) -> ExactTable:
    place = f"study.yaml: disclosure.exact_cells: {entry['table']}"
    table = tables.get(entry["table"])
    if table is None or table.specification.layout is None:
        raise ConfigurationError(f"{place}: there is no such table of students. Name one of the released tables.")
    spec, layout = table.specification, table.specification.layout
    wrong = [name for name in entry["columns"] if name not in layout.columns or spec.columns[name].kind != "count"]
    wrong += [name for name in entry["where"] if name not in spec.of_kind("label")]
    if wrong:
        raise ConfigurationError(f"{place}: {', '.join(wrong)}: `columns` names counts, `where` names labels.")
    chosen = [dict(zip(entry["where"], labels, strict=True)) for labels in product(*entry["where"].values())]
    exact = tuple(RowDefinition(labels, exact=tuple(entry["columns"])) for labels in chosen)
    more = replace(layout, definitions=(*layout.definitions, *exact))
    return ExactTable(table.values, replace(spec, layout=more))


def _may_be_exact(tables: Mapping[str, ExactTable], bases: Mapping[str, pd.DataFrame], rules: DisclosureRules) -> bool:
    """Whether every declared cell, and every difference of two nested ones, is 0 or not below the minimum."""
    by_base: dict[str, set[Group]] = {}
    for name, table in sorted(tables.items()):
        layout = table.specification.layout
        if layout is not None:
            cells = statements(DescribedTable(name, layout, table.values))
            by_base.setdefault(layout.counts_of, set()).update(each.counted for each in cells if each.exact)
    return all(_far_apart(bases[name], sorted(groups), rules) for name, groups in sorted(by_base.items()) if groups)


def _far_apart(base: pd.DataFrame, groups: Sequence[Group], rules: DisclosureRules) -> bool:
    domain = cut(base, groups)
    counts = {selection: domain.count(selection) for selection in map(domain.selection, groups)}
    nested = (larger - counts[part] for part in counts for whole, larger in counts.items() if lies_within(part, whole))
    return not any(0 < number < rules.minimum_group for number in (*counts.values(), *nested))
