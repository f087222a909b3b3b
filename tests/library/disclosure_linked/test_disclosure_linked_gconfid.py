"""The attacker and the suppression against G-Confid, Statistics Canada's disclosure avoidance system.

G-Confid 2.0.4 (GPL, needs duckdb < 2) is no part of the environment: these tests run where it is installed beside, in a
development environment of its own (`pip install gconfid==2.0.4`). It works on cells and their sums, takes an empty cell
for known, and lets a hidden cell be at most a multiple of its value; the attacker is told the same, as public counts.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from recredit.disclosure.linked.attack import attack
from recredit.disclosure.linked.known import KnownTable
from recredit.disclosure.linked.layout import DescribedTable
from recredit.disclosure.linked.protect import protect
from recredit.disclosure.linked.requirements import is_met, needs, protected_quantities
from recredit.disclosure.linked.system import LinkedSystem, build_system
from recredit.disclosure.rules import DisclosureRules

highspy = pytest.importorskip("highspy")
gconfid = pytest.importorskip("gconfid", reason="G-Confid is installed in a development environment of its own")
# G-Confid keeps rows to 1e-7 as the attacker does; its intervals are sums of two figures of up to a thousand.
NEAR = 1e-4
COLUMNS = ("school", "course", "sex", "grade", "mode", "race", "band")


def system_with_ceilings(
    students: pd.DataFrame, tables: list[DescribedTable], rules: DisclosureRules, times: int
) -> LinkedSystem:
    """The 784 cells, each known to be at most `times` its value: G-Confid's limits on what a hidden cell can be."""
    known = []
    for table in tables:
        columns = list(table.layout.dimensions)
        counts = table.text[columns].copy()
        inside = [
            np.all(
                [students[name].eq(label) | (label == "all") for name, label in zip(columns, labels, strict=True)],
                axis=0,
            )
            for labels in counts.itertuples(index=False)
        ]
        counts["count"] = [times * int(each.sum()) for each in inside]
        known.append(KnownTable(table.name, counts, table.layout.dimensions, relation="at_most"))
    return build_system(students, tables, rules, known=known)


def sums(system: LinkedSystem) -> Iterator[tuple[int, list[int]]]:
    """(total, its parts) as quantities: each column that a cell leaves open, split into its categories."""
    conditions = {frozenset(selection): number for number, selection in enumerate(system.quantities)}
    parts = {column: {p for c in conditions for name, ps in c if name == column for p in ps} for column in COLUMNS}
    for whole, number in conditions.items():
        for column in set(COLUMNS) - set(dict(whole)):
            split = [conditions.get(whole | {(column, (part,))}) for part in sorted(parts[column])]
            if all(each is not None for each in split):
                yield number, [each for each in split if each is not None]


def constraints_of(system: LinkedSystem) -> pd.DataFrame:
    """The sums in G-Confid's form, without cells that are 0."""
    rows = []
    for number, (whole, parts) in enumerate(sums(system), start=1):
        terms = [(whole, -1.0), *((part, 1.0) for part in parts)] if system.counts[whole] else []
        rows += [(number, cell + 1, factor) for cell, factor in terms if system.counts[cell]]
    return pd.DataFrame(rows, columns=["ConstraintId", "CellId", "Coefficient"])


def cells_of(system: LinkedSystem) -> pd.DataFrame:
    """Every number of students that is not 0."""
    used = np.unique(system.counted)
    used = used[system.counts[used] > 0]
    return pd.DataFrame({"CellId": used + 1, "TotalNoise": system.counts[used].astype(float), "Sensitivity": 0.0})


def forget_threads() -> None:
    """G-Confid runs HiGHS with a number of threads of its own, and does not notice that HiGHS refuses to change it."""
    highspy.Highs.resetGlobalScheduler(True)


@pytest.mark.parametrize("protected", [False, True])
def test_the_intervals_are_those_of_gconfid(
    protected: bool, students: pd.DataFrame, tables: list[DescribedTable], rules: DisclosureRules
) -> None:
    system = system_with_ceilings(students, tables, rules, times=10)
    shown = protect(system).system if protected else system
    bounds = attack(shown, precise=True)
    hidden = set((shown.counted[shown.hidden()] + 1).tolist())
    cells = cells_of(shown)
    cells["OutStatus"] = np.where(cells["CellId"].isin(hidden), "X", "P")
    forget_threads()
    module = gconfid.Auditing(incell=cells, inconstraint=constraints_of(shown), lb_factor=0.0, ub_factor=10.0)
    theirs = module.outaudit.to_pandas()
    assert len(theirs) > 150
    mine = np.array([bounds.of(int(cell) - 1) for cell in theirs["CellId"]])
    np.testing.assert_allclose(mine, theirs[["MinValue", "MaxValue"]].to_numpy(), atol=NEAR)


def test_as_few_cells_are_lost_as_by_gconfid(
    students: pd.DataFrame, tables: list[DescribedTable], rules: DisclosureRules
) -> None:
    """The same demand: each small cell can be anything from 0 to twice its value, no cell more than twice its own."""
    system = system_with_ceilings(students, tables, rules, times=2)
    cells = cells_of(system)
    small = cells["TotalNoise"] < rules.minimum_group
    cells["Sensitivity"] = np.where(small, cells["TotalNoise"], 0.0)
    cells["Status"], cells["Type"] = np.where(small, "S", "V"), "C"
    forget_threads()
    cost = {"cost_function1": "Digits", "cost_function2": "Digits"}
    module = gconfid.Suppression(incell=cells, inconstraint=constraints_of(system), constraint_scale=1, **cost)
    pattern = module.outsuppress.to_pandas()
    theirs = set(pattern.loc[pattern["OutStatus"] == "X", "CellId"].astype(int) - 1)
    mine = protect(system)
    added = {int(system.counted[number]) for number in mine.complementary}
    added_by_gconfid = {cell for cell in theirs if system.counts[cell] >= rules.minimum_group}
    print(f"complementary cells: {len(added)} here, {len(added_by_gconfid)} by G-Confid")
    # Both are heuristics; five in a hundred is what they differ by over seeds.
    assert len(added) <= 1.05 * len(added_by_gconfid)
    # The attacker finds nothing in G-Confid's pattern that it should not.
    shown = system.hide([n for n in range(len(system.statements)) if int(system.counted[n]) in theirs])
    bounds = attack(shown, precise=True)
    assert all(is_met(need, bounds) for need in needs(system, protected_quantities(system))[0])
