"""The attacker's intervals against a solver of another make, another base, and enumeration over whole numbers."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recredit.disclosure.linked.attack import Bounds, attack
from recredit.disclosure.linked.groups import Group
from recredit.disclosure.linked.insider import insider_attack
from recredit.disclosure.linked.layout import CountedColumn, DescribedTable, TableLayout
from recredit.disclosure.linked.recovery import Recovery
from recredit.disclosure.linked.rows import constraint_rows
from recredit.disclosure.linked.system import LinkedSystem, build_system
from recredit.disclosure.rounding import percent_text
from recredit.disclosure.rules import MARK, DisclosureRules
from recredit.errors import DisclosureError

# Both solvers keep rows to 1e-7; the library rounds bounds to five decimals.
NEAR = 2e-5
LEVELS = {"a": ["1", "2", "3"], "b": ["x", "y"], "c": ["l", "m", "n"], "d": ["p", "q"]}


def random_students(seed: int, number: int = 80) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    frame = {
        name: draw.choice(values, number, p=draw.dirichlet([3.0] * len(values))) for name, values in LEVELS.items()
    }
    return pd.DataFrame(frame)


def number_of(frame: pd.DataFrame, conditions: dict[str, list[str]]) -> int:
    inside = np.ones(len(frame), dtype=bool)
    for column, values in conditions.items():
        inside &= frame[column].isin(values).to_numpy()
    return int(inside.sum())


def conditions_of(table: DescribedTable) -> Iterator[tuple[dict[str, list[str]], str]]:
    """What each cell of a count table counts, and its text, read without the library."""
    columns = list(table.layout.dimensions)
    for row in table.text.to_dict("records"):
        yield {column: [row[column]] for column in columns if row[column] != "all"}, row["n"]


def bounds_by_cell(system: LinkedSystem, bounds: Bounds) -> dict[tuple[str, int], tuple[float, float]]:
    return {
        (system.statements[each].table, system.statements[each].row): bounds.of(int(system.counted[each]))
        for each in system.hidden()
    }


# The third set is a ring: no order of its columns makes it chordal without a fill-in. The fourth has two parts that
# share no column; the last shares a whole table.
SHAPES = [
    [("a", "b", "c"), ("c", "d")],
    [("a", "b"), ("b", "c"), ("c", "a")],
    [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")],
    [("a", "b"), ("c", "d")],
    [("a", "b", "c"), ("b", "c", "d"), ("a", "d"), ("b", "c")],
]


@pytest.mark.parametrize("precise", [False, True])
@pytest.mark.parametrize("shape", range(len(SHAPES)))
@pytest.mark.parametrize("seed", range(3))
def test_intervals_are_those_of_another_solver_on_the_whole_product(
    seed: int,
    shape: int,
    precise: bool,
    make_table: Callable[..., DescribedTable],
    reference: Any,
    rules: DisclosureRules,
) -> None:
    frame = random_students(seed)
    tables = [
        make_table(frame, f"t{number}", columns, totals=columns[: 1 + seed % 2])
        for number, columns in enumerate(SHAPES[shape])
    ]
    system = build_system(frame, tables, rules)
    mine = bounds_by_cell(system, attack(system, precise=precise))
    other = reference(LEVELS)
    for table in tables:
        for conditions, text in conditions_of(table):
            exact = number_of(frame, conditions)
            if text != MARK:
                shown = int(text)
                low, high = (exact, exact) if precise else (max(shown - 5, 10), shown + 4)
                other.count(conditions, low, high)
    assert mine, "a case without a hidden cell checks nothing"
    for table in tables:
        for row, (conditions, text) in enumerate(conditions_of(table)):
            if text == MARK:
                np.testing.assert_allclose(mine[table.name, row], other.bounds(conditions), atol=NEAR)


@pytest.mark.parametrize("precise", [False, True])
def test_a_sum_that_no_world_moves_is_one_whose_interval_holds_one_number(
    precise: bool, make_table: Callable[..., DescribedTable], rules: DisclosureRules
) -> None:
    """Two ways to say which numbers are recovered, by the ends of intervals and by worlds a student away, agree."""
    points, moving = 0, 0
    for seed, columns in product(range(4), SHAPES):
        frame = random_students(seed)
        tables = [
            make_table(frame, f"t{number}", names, totals=names[: 1 + seed % 2]) for number, names in enumerate(columns)
        ]
        system = build_system(frame, tables, rules)
        quantities = np.arange(len(system.quantities))
        expected = attack(system, precise=precise, quantities=quantities).recovered()
        recovery = Recovery(constraint_rows(system, precise=precise), system.world, system.forms)
        np.testing.assert_array_equal(recovery.recovered(), expected)
        # Asked again, the worlds found before answer for all that move: only the recovered ones are tried once more.
        solved = recovery.solved
        np.testing.assert_array_equal(recovery.recovered(), expected)
        assert recovery.solved == solved + 2 * len(expected)
        points, moving = points + len(expected), moving + len(quantities) - len(expected)
    # Rounding leaves the reader of these small tables more than one number for each sum.
    assert moving and bool(points) == precise


@pytest.mark.parametrize("seed", range(4))
def test_percentages_with_tail_codes_bound_what_they_bound(seed: int, reference: Any, rules: DisclosureRules) -> None:
    frame = random_students(seed, 400)
    frame["done"] = np.where(np.random.default_rng(seed).random(400) < 0.1 + 0.25 * (frame["b"] == "x"), "yes", "no")
    rows, other = [], reference({**LEVELS, "done": ["yes", "no"]})
    for a, c in product([*LEVELS["a"], "all"], LEVELS["c"]):
        group = {"c": [c]} | ({} if a == "all" else {"a": [a]})
        inside = np.all([frame[column].isin(values) for column, values in group.items()], axis=0)
        n, done = int(inside.sum()), int((inside & (frame["done"] == "yes")).sum())
        text = percent_text(100 * done / n, n) if n >= 10 else MARK
        rows.append((a, c, text))
        if text != MARK:
            other.percent({**group, "done": ["yes"]}, group, group, text)
    layout = TableLayout(
        {"percent": CountedColumn(where={"done": ("yes",)}, among={})}, dimensions={"a": "a", "c": "c"}
    )
    table = DescribedTable("done", layout, pd.DataFrame(rows, columns=["a", "c", "percent"]))
    counts = pd.DataFrame(
        [(c, str((int((frame["c"] == c).sum()) + 5) // 10 * 10)) for c in LEVELS["c"]], columns=["c", "n"]
    )
    totals = DescribedTable("totals", TableLayout({"n": CountedColumn()}, dimensions={"c": "c"}), counts)
    for c, shown in counts.itertuples(index=False):
        other.count({"c": [c]}, max(int(shown) - 5, 10), int(shown) + 4)
    system = build_system(frame, [table, totals], rules)
    chosen = [number for number, each in enumerate(system.statements) if each.table == "done"]
    bounds = attack(system, quantities=np.unique(system.counted[chosen]))
    for number in chosen:
        row = rows[system.statements[number].row]
        group = {"c": [row[1]], "done": ["yes"]} | ({} if row[0] == "all" else {"a": [row[0]]})
        np.testing.assert_allclose(bounds.of(int(system.counted[number])), other.bounds(group), atol=NEAR)


def whole_worlds(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """All ways to give `total` students to `parts` joint cells."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in whole_worlds(total - first, parts - 1):
            yield (first, *rest)


CUBE = {"a": "12", "b": "xy", "c": "pq"}


def cube_table(
    counts: np.ndarray, columns: tuple[str, str], hidden: int
) -> tuple[DescribedTable, dict[tuple[str, ...], int]]:
    """A face of a 2 x 2 x 2 cube with exact counts, every third cell from `hidden` on marked, and what it shows."""
    axis = next(place for place, column in enumerate(CUBE) if column not in columns)
    face = counts.reshape(2, 2, 2).sum(axis=axis)
    rows, shown = [], {}
    for place, labels in enumerate(product(*(CUBE[column] for column in columns))):
        number = int(face.ravel()[place])
        marked = (place + hidden) % 3 == 0
        rows.append((*labels, MARK if marked else str(number)))
        if not marked:
            shown[labels] = number
    layout = TableLayout({"n": CountedColumn(exact=True)}, dimensions={column: column for column in columns})
    return DescribedTable("".join(columns), layout, pd.DataFrame(rows, columns=[*columns, "n"])), shown


@pytest.mark.parametrize("seed", range(6))
def test_whole_numbers_lie_inside_the_interval(seed: int, rules: DisclosureRules) -> None:
    """All 77,520 ways to place 13 students in eight joint cells, those that agree with the tables kept."""
    draw = np.random.default_rng(seed)
    cells = list(product(*CUBE.values()))
    counts = draw.multinomial(13, draw.dirichlet([1.0] * 8))
    frame = pd.DataFrame(np.repeat(np.array(cells), counts, axis=0), columns=list(CUBE))
    tables, worlds = [], np.array(list(whole_worlds(13, 8)))
    for place, columns in enumerate([("a", "b"), ("b", "c"), ("a", "c")]):
        table, shown = cube_table(counts, columns, place + seed)
        tables.append(table)
        chosen = [list(CUBE).index(column) for column in columns]
        for labels, number in shown.items():
            inside = [tuple(cell[each] for each in chosen) == labels for cell in cells]
            worlds = worlds[worlds[:, inside].sum(axis=1) == number]
    whole = DescribedTable("all", TableLayout({"n": CountedColumn(exact=True)}), pd.DataFrame({"n": ["13"]}))
    system = build_system(frame, [*tables, whole], rules)
    bounds = attack(system)
    assert system.hidden() and len(worlds), "the true world is one of them"
    for number in system.hidden():
        group = dict(system.statements[number].counted.conditions)
        inside = [all(cell[list(CUBE).index(column)] in values for column, values in group.items()) for cell in cells]
        students = worlds[:, inside].sum(axis=1)
        low, high = bounds.of(int(system.counted[number]))
        assert low - NEAR <= students.min() <= students.max() <= high + NEAR
        if int(system.counted[number]) in bounds.recovered():
            assert students.min() == students.max()


def test_a_cell_without_any_row_costs_no_program(rules: DisclosureRules) -> None:
    frame = pd.DataFrame({"a": ["1"] * 30 + ["2"] * 4})
    text = pd.DataFrame({"a": ["1", "2"], "n": ["30", MARK]})
    system = build_system(
        frame, [DescribedTable("t", TableLayout({"n": CountedColumn()}, dimensions={"a": "a"}), text)], rules
    )
    bounds = attack(system)
    assert (bounds.low.tolist(), bounds.high.tolist(), bounds.programs) == ([0.0], [np.inf], 0)


@pytest.mark.parametrize("seed", range(4))
def test_staff_who_know_their_school_are_found_by_a_second_attacker(
    seed: int, make_table: Callable[..., DescribedTable], reference: Any, rules: DisclosureRules
) -> None:
    """One table by school, one without: who knows a school's joint cells subtracts them from both."""
    draw = np.random.default_rng(seed)
    levels = {"school": ["A", "B", "C"], "b": ["x", "y"], "c": ["p", "q"]}
    frame = pd.DataFrame(
        {name: draw.choice(values, 90, p=draw.dirichlet([2.0] * len(values))) for name, values in levels.items()}
    )
    tables = [
        make_table(frame, "by_school", ["school", "b"], totals=["school", "b"]),
        make_table(frame, "overall", ["b", "c"], totals=["c"]),
    ]
    system = build_system(frame, tables, rules, insider="school")
    some = [n for n, each in enumerate(system.statements) if not each.hidden and (each.row + seed) % 3 == 0]
    system = system.hide(some)
    groups = {n: {c: list(v) for c, v in each.counted.conditions} for n, each in enumerate(system.statements)}
    expected = set()
    for place, own in enumerate(levels["school"]):
        other = reference(levels)
        for number, each in enumerate(system.statements):
            if not each.hidden:
                other.count(groups[number], *[number_of(frame, groups[number])] * 2)
        for b, c in product(levels["b"], levels["c"]):
            theirs = {"school": [own], "b": [b], "c": [c]}
            other.count(theirs, *[number_of(frame, theirs)] * 2)
        for number in system.hidden():
            low, high = other.bounds(groups[number])
            if groups[number].get("school") != [own] and np.floor(high + NEAR) - np.ceil(low - NEAR) < 1:
                expected.add((place, int(system.counted[number])))
    found = insider_attack(system, precise=True)
    assert set(found.recovered) == expected
    assert expected, "a case in which nobody finds anything checks half"


def test_a_fraction_of_a_student_is_no_doubt(rules: DisclosureRules) -> None:
    """58% of exactly 50 is 28.75 to 29.25 students, so 29; 58% of about 50 may be several numbers."""
    frame = pd.DataFrame({"done": ["yes"] * 29 + ["no"] * 21})
    for exact, expected in ((True, [0]), (False, [])):
        columns = {"n": CountedColumn(exact=exact), "done": CountedColumn(where={"done": ("yes",)}, among={})}
        table = DescribedTable("t", TableLayout(columns), pd.DataFrame({"n": ["50"], "done": ["58"]}))
        system = build_system(frame, [table], rules)
        quantity = [int(system.counted[n]) for n, each in enumerate(system.statements) if each.column == "done"]
        rows = constraint_rows(system, precise=False)
        found = Recovery(rows, system.world, system.forms[quantity]).recovered()
        assert found.tolist() == expected
        assert attack(system, quantities=quantity).recovered().tolist() == [quantity[place] for place in expected]


def test_a_group_that_counts_nobody_by_definition_is_refused() -> None:
    with pytest.raises(DisclosureError, match="exclude each other"):
        Group.of({"a": ["1"]}).within({"a": ["2"]})
