"""Protection beside what is known already: public counts, declared cells, earlier releases."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recredit.disclosure.linked.attack import attack, public_attack
from recredit.disclosure.linked.known import KnownTable
from recredit.disclosure.linked.layout import CountedColumn, DescribedTable, TableLayout
from recredit.disclosure.linked.protect import protect
from recredit.disclosure.linked.requirements import is_met, needs, protected_quantities
from recredit.disclosure.linked.system import LinkedSystem, build_system
from recredit.disclosure.rules import MARK, DisclosureRules
from recredit.errors import DisclosureError

Tables = list[DescribedTable]


def recovered_cells(system: LinkedSystem, *, precise: bool) -> int:
    """Marked cells whose number of students the attacker knows, less what is public anyway."""
    bounds = attack(system, precise=precise)
    recovered = np.setdiff1d(bounds.recovered(), public_attack(system, bounds.quantities).recovered())
    return int(np.isin(system.counted[system.hidden()], recovered).sum())


def marked(system: LinkedSystem) -> set[tuple[str, int, str]]:
    return {(each.table, each.row, each.column) for each in (system.statements[n] for n in system.hidden())}


def with_marks(system: LinkedSystem, cells: set[tuple[str, int, str]]) -> LinkedSystem:
    """The cells marked in another system, whatever order its statements have."""
    places = [
        number
        for number, each in enumerate(system.statements)
        if (each.table, each.row, each.column) in cells and not each.release and each.text != MARK
    ]
    return system.hide(places)


@pytest.fixture(scope="module")
def by_race_and_grade(students: pd.DataFrame, make_table: Callable[..., DescribedTable]) -> Tables:
    return [
        make_table(students, "race_by_mode", ["school", "race", "mode"], totals=["race", "mode"]),
        make_table(students, "grade_by_mode", ["school", "grade", "mode"], totals=["grade", "mode"]),
        make_table(students, "race_by_grade", ["race", "grade", "mode"], totals=["race", "grade", "mode"]),
    ]


@pytest.fixture(scope="module")
def enrollment(students: pd.DataFrame) -> KnownTable:
    """School by race by grade, as states publish it."""
    counts = students.groupby(["school", "race", "grade"]).size().rename("count").reset_index()
    return KnownTable("enrollment", counts, {"school": "school", "race": "race", "grade": "grade"})


def test_public_enrollment_must_be_declared(
    students: pd.DataFrame, by_race_and_grade: Tables, enrollment: KnownTable, rules: DisclosureRules
) -> None:
    blind = protect(build_system(students, by_race_and_grade, rules)).system
    informed = build_system(students, by_race_and_grade, rules, known=[enrollment])
    solved = recovered_cells(with_marks(informed, marked(blind)), precise=True)
    print(f"{solved} hidden cells solved with public enrollment that was not declared")
    assert recovered_cells(blind, precise=True) == 0
    assert solved >= 5
    declared = protect(informed)
    assert recovered_cells(declared.system, precise=True) == 0
    bounds = attack(declared.system, precise=True)
    wanted, _ = needs(informed, protected_quantities(informed))
    assert all(is_met(need, bounds) for need in wanted)


def test_a_public_count_caps_what_is_asked_for(rules: DisclosureRules) -> None:
    """Six such students are enrolled: from 0 to 6 is all that can be asked for, and none of it is a violation."""
    frame = pd.DataFrame({"a": ["1"] * 3 + ["2"] * 40, "b": (["x"] * 22 + ["y"] * 21)})
    text = pd.DataFrame({"a": ["1", "2", "all"], "n": [MARK, "40", "40"]})
    table = DescribedTable("t", TableLayout({"n": CountedColumn()}, dimensions={"a": "a"}), text)
    known = KnownTable("public", pd.DataFrame({"a": ["1"], "count": [6]}), {"a": "a"}, relation="at_most")
    system = build_system(frame, [table], rules, known=[known])
    wanted, _ = needs(system, protected_quantities(system))
    assert sorted((need.upward, need.level) for need in wanted) == [(False, 0.0), (True, 6.0)]
    assert attack(protect(system).system, precise=True).of(int(wanted[0].quantity)) == (0.0, 6.0)


def test_declared_cells_stay_and_what_they_give_away_is_refused(
    students: pd.DataFrame, tables: Tables, rules: DisclosureRules
) -> None:
    headline = pd.crosstab(students["course"], students["mode"]).stack().rename("n").reset_index()
    layout = TableLayout({"n": CountedColumn(exact=True)}, dimensions={"course": "course", "mode": "mode"})
    declared = DescribedTable("headline", layout, headline.astype(str))
    protection = protect(build_system(students, [*tables, declared], rules))
    shown = protection.system
    assert all(not each.hidden for each in shown.statements if each.table == "headline")
    assert recovered_cells(shown, precise=True) == 0

    frame = pd.DataFrame({"a": ["1"] * 4 + ["2"] * 60})
    small = DescribedTable(
        "small",
        TableLayout({"n": CountedColumn()}, dimensions={"a": "a"}),
        pd.DataFrame({"a": ["1", "2"], "n": [MARK, "60"]}),
    )
    exact = TableLayout({"n": CountedColumn(exact=True)}, dimensions={"a": "a"})
    whole = DescribedTable("whole", exact, pd.DataFrame({"a": ["2", "all"], "n": ["60", "64"]}))
    with pytest.raises(DisclosureError, match=r"1 small groups .* They lie in small"):
        protect(build_system(frame, [small, whole], rules))


def test_an_earlier_release_is_reckoned_with(rules: DisclosureRules) -> None:
    """Spring showed two modes, autumn hides the third and one of them and shows the sum: the pair gives it away."""
    frame = pd.DataFrame({"mode": ["online"] * 46 + ["teacher"] * 44 + ["virtual"] * 3})
    dimensions = {"mode": "mode"}
    layout = TableLayout({"n": CountedColumn()}, dimensions=dimensions)
    now = DescribedTable(
        "now", layout, pd.DataFrame({"mode": ["online", "teacher", "virtual", "all"], "n": ["50", "40", MARK, "90"]})
    )
    exact = TableLayout({"n": CountedColumn(exact=True)}, dimensions=dimensions)
    spring = DescribedTable(
        "now", exact, pd.DataFrame({"mode": ["online", "teacher"], "n": ["46", "44"]}), release="spring"
    )
    alone = protect(build_system(frame, [now], rules))
    system = build_system(frame, [now, spring], rules)
    bounds = attack(with_marks(system, marked(alone.system)), precise=True)
    wanted, _ = needs(system, protected_quantities(system))
    if all(is_met(need, bounds) for need in wanted):
        pytest.fail("the earlier release adds nothing, so the case shows nothing")
    together = protect(system)
    bounds = attack(together.system, precise=True)
    assert all(is_met(need, bounds) for need in wanted)
    assert ("now", 3, "n") in marked(together.system)
    wrong = replace(spring, text=pd.DataFrame({"mode": ["online", "teacher"], "n": ["48", "44"]}))
    with pytest.raises(DisclosureError, match="earlier release spring, row 1, column n"):
        attack(build_system(frame, [now, wrong], rules))
