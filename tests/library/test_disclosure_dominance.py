"""Sums over students: the figures of the Handbook on Statistical Disclosure Control, and the whole way of a release.

Hundepool et al. (2024), Handbook on Statistical Disclosure Control, 2nd edition, section 4.2.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recredit.disclosure.attacked import attack_files
from recredit.disclosure.certificate import ReleasedTable, certify
from recredit.disclosure.dominance import dominated, protection_levels
from recredit.disclosure.linked.attack import attack
from recredit.disclosure.linked.layout import CountedColumn, DescribedTable, TableLayout
from recredit.disclosure.linked.layout_json import layout_from_dict, layout_to_dict
from recredit.disclosure.linked.release import Surroundings
from recredit.disclosure.linked.summed import SumCells, SummedColumn
from recredit.disclosure.linked.system import build_system
from recredit.disclosure.protection import ExactTable, protect_release, sum_cells
from recredit.disclosure.rules import MARK, DisclosureRules
from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.disclosure.suppression import primary_suppression
from recredit.errors import DisclosureError

RULES = DisclosureRules()
HIDDEN = ColumnSpecification("hidden")
SPEC = TableSpecification(
    "usage",
    "Hours",
    "Students",
    "one row per course and mode",
    "estimate/x",
    {
        "course": ColumnSpecification("label", "Course"),
        "mode": ColumnSpecification("label", "Class"),
        "students": ColumnSpecification("count", "Students", "students"),
        "hours": ColumnSpecification(
            "sum", "Hours in all", "hours", n="students", sd="sd", largest="largest", second="second"
        ),
        **dict.fromkeys(("sd", "largest", "second"), HIDDEN),
    },
    layout=TableLayout(
        {"students": CountedColumn()},
        dimensions={"course": "course", "mode": "mode"},
        sums={"hours": SummedColumn("hours")},
    ),
)


def row(hours: list[float], course: str = "all", mode: str = "all") -> dict[str, Any]:
    ordered = sorted(hours, reverse=True)
    return {
        **{"course": course, "mode": mode, "students": float(len(hours)), "hours": float(sum(hours))},
        **{"sd": float(np.std(hours, ddof=1)), "largest": float(ordered[0]), "second": float(ordered[1])},
    }


def one(total: float, largest: float, second: float, students: float = 20.0) -> pd.DataFrame:
    known = {"students": students, "hours": total, "sd": 1.0, "largest": largest, "second": second}
    return pd.DataFrame([{"course": "all", "mode": "all", **known}])


def is_dominated(table: pd.DataFrame, **rules: float) -> bool:
    return bool(dominated(table, SPEC, "hours", replace(RULES, **rules)).iloc[0])


def test_example_2_of_the_handbook() -> None:
    """X = 110,000, x1 = 52,000, x2 = 50,000: safe by the p% rule at 10 (15.4% off), unsafe by (2, 90.9)."""
    table = one(110_000, 52_000, 50_000)
    assert pytest.approx(15.4, abs=0.05) == 100 * (110_000 - 50_000 - 52_000) / 52_000
    # 102,000 of 110,000 are 92.7%: over the 90.9% of the example, and over the 90% of the rules.
    assert is_dominated(table)
    # The p% rule alone, seen by a share that no two students reach.
    lenient = DisclosureRules()
    object.__setattr__(lenient, "dominance_percent", 99.0)
    assert not dominated(table, SPEC, "hours", lenient).iloc[0]
    object.__setattr__(lenient, "p_percent", 15.3)
    assert not dominated(table, SPEC, "hours", lenient).iloc[0]
    object.__setattr__(lenient, "p_percent", 15.4)
    assert dominated(table, SPEC, "hours", lenient).iloc[0]


def test_the_sample_of_section_4_2_1() -> None:
    """Two of 100 in a total of 203: sensitive by the p% rule for any p over 3."""
    table = one(203, 100, 100)
    rules = DisclosureRules()
    object.__setattr__(rules, "dominance_percent", 99.9)
    for percent, expected in ((2.9, False), (3.0, False), (3.1, True), (10.0, True)):
        object.__setattr__(rules, "p_percent", percent)
        assert bool(dominated(table, SPEC, "hours", rules).iloc[0]) is expected


def test_protection_levels_are_those_of_table_4_4() -> None:
    """Example 5: with an upper bound X + U the second largest overestimates the largest by just p%."""
    total, largest, second = 330.0, 300.0, 20.0
    level = float(protection_levels(one(total, largest, second), SPEC, "hours", RULES).iloc[0])
    by_p = 0.1 * largest - (total - largest - second)
    by_share = 100 / 90 * (largest + second) - total
    assert (by_p, by_share) == (20.0, pytest.approx(25.56, abs=0.01))
    # No less than the tenth of the largest part that the p% rule protects.
    assert level == pytest.approx(30.0)
    # Nine students and fewer: as if the one with most had not been there.
    assert protection_levels(one(total, 100.0, 20.0, students=9.0), SPEC, "hours", RULES).iloc[0] == 100.0


def test_example_3_of_the_handbook_through_the_attack() -> None:
    """Geurts (1992), table 10: rows 7 and 3 of two hidden columns with 6 and 4 left: the first cell is 3 to 6."""
    cells = {("1", "1"): 5.0, ("1", "2"): 2.0, ("2", "1"): 1.0, ("2", "2"): 2.0, ("3", "1"): 3.0, ("3", "2"): 3.0}
    frame = pd.DataFrame([(a, b, value) for (a, b), value in cells.items()], columns=["a", "b", "hours"])
    names = ["1", "2", "3", "all"]
    shown = {(a, b): str(int(value)) if a == "3" else MARK for (a, b), value in cells.items()}
    totals = {("1", "all"): "7", ("2", "all"): "3", ("3", "all"): "6", ("all", "1"): "9", ("all", "2"): "7"}
    rows = [(a, b, {**shown, **totals, ("all", "all"): "16"}.get((a, b), "")) for a in names for b in ("1", "2", "all")]
    text = pd.DataFrame(rows, columns=["a", "b", "hours"])
    layout = TableLayout({}, dimensions={"a": "a", "b": "b"}, sums={"hours": SummedColumn("hours")})
    size = len(text)
    sums = {"hours": SumCells((0.0,) * size, (0.0,) * size, tuple(text["hours"] == MARK))}
    system = build_system(frame, [DescribedTable("t", layout, text, sums=sums)], RULES, measure="hours")
    bounds = attack(system)
    first = next(
        int(system.counted[number])
        for number, each in enumerate(system.statements)
        if each.counted.conditions == (("a", ("1",)), ("b", ("1",)))
    )
    assert bounds.of(first) == (3.0, 6.0)


def district(rare: float = 900.0) -> pd.DataFrame:
    """Hours of 120 students in two courses and modes; in one cell a single student has nearly all."""
    draw = np.random.default_rng(3)
    frame = pd.DataFrame({"course": ["A"] * 60 + ["B"] * 60, "mode": (["online"] * 30 + ["class"] * 30) * 2})
    frame["hours"] = draw.uniform(20, 60, 120).round(2)
    last = frame.index[(frame["course"] == "B") & (frame["mode"] == "class")]
    frame.loc[last, "hours"] = 1.0
    frame.loc[last[0], "hours"] = rare
    return frame.assign(unit=[f"c{number}" for number in range(120)])


def tables(frame: pd.DataFrame) -> dict[str, ExactTable]:
    rows = []
    for course in ("A", "B", "all"):
        for mode in ("online", "class", "all"):
            part = frame[frame["course"].eq(course) | (course == "all")]
            part = part[part["mode"].eq(mode) | (mode == "all")]
            rows.append(row(part["hours"].tolist(), course, mode))
    return {"usage": ExactTable(pd.DataFrame(rows)[list(SPEC.columns)], SPEC)}


def test_a_dominated_sum_is_hidden_and_so_is_what_it_follows_from() -> None:
    frame = district()
    exact, around = tables(frame), Surroundings({"students": frame})
    marks = primary_suppression(exact["usage"].values, SPEC, RULES)
    own = exact["usage"].values.loc[marks["hours"], ["course", "mode"]].to_numpy().tolist()
    assert own == [["B", "class"]]
    assert not marks["students"].any()
    shown = protect_release(exact, RULES, around)["usage"]
    hidden = shown["hours"] == MARK
    # In a table with margins one hidden cell needs three more at least, or margins.
    assert hidden.sum() >= 4 and not (shown["students"] == MARK).any()
    released = ReleasedTable.of(
        [list(shown.columns), *map(list, shown.itertuples(index=False, name=None))], SIDECAR, exact["usage"]
    )
    attacked = attack_files({"usage": released}, RULES, around)
    found = attacked["systems"]["students: hours"]
    assert (found["measure"], found["recovered"], found["wide_enough"], found["protected"]) == ("hours", 0, 1, 1)
    level = float(protection_levels(exact["usage"].values[marks["hours"]], SPEC, "hours", RULES).iloc[0])
    assert found["narrowest_protected"] >= level
    certify({"usage": released}, {}, RULES, attacked)


SIDECAR = {"columns": {name: {} for name in SPEC.released}, "title": SPEC.title}


def test_the_attack_gets_through_where_only_the_dominated_sum_is_hidden() -> None:
    frame = district()
    exact = tables(frame)["usage"]
    marks = primary_suppression(exact.values, SPEC, RULES)
    # Sums shown with all their digits: the hidden one is what is left of the total.
    text = exact.values[SPEC.released].copy()
    text["hours"] = [
        MARK if mark else f"{hours:.4f}" for mark, hours in zip(marks["hours"], text["hours"], strict=True)
    ]
    text["students"] = text["students"].map("{:.0f}".format)
    sums = sum_cells(exact.values, marks, SPEC, RULES)
    finest = {"hours": replace(sums["hours"], steps=(0.0001,) * len(text))}
    assert SPEC.layout is not None
    system = build_system(
        frame, [DescribedTable("usage", SPEC.layout, text.astype("str"), sums=finest)], RULES, measure="hours"
    )
    bounds = attack(system)
    assert bounds.width().max() < 0.01


def test_an_edited_file_with_a_dominated_sum_is_stopped() -> None:
    frame = district()
    exact, around = tables(frame), Surroundings({"students": frame})
    shown = protect_release(exact, RULES, around)["usage"]
    place = int(
        np.flatnonzero((exact["usage"].values["course"] == "B") & (exact["usage"].values["mode"] == "class"))[0]
    )
    shown.loc[place, "hours"] = "1000"
    rows = [list(shown.columns), *map(list, shown.itertuples(index=False, name=None))]
    released = ReleasedTable.of(rows, SIDECAR, exact["usage"])
    with pytest.raises(DisclosureError, match="row 5, column hours: one or two students dominate"):
        certify({"usage": released}, {}, RULES, {})


def test_without_dominance_nothing_is_hidden_and_sums_are_coarse() -> None:
    frame = district(rare=1.0)
    frame["hours"] = np.linspace(20, 60, 120)
    exact = tables(frame)
    shown = protect_release(exact, RULES, Surroundings({"students": frame}))["usage"]
    assert not (shown["hours"] == MARK).any()
    # 2.5 SD are 7.4 in a course and mode, 14.7 in a course, 26.5 in a mode and 29.2 over all.
    steps = shown.assign(step=[10, 10, 20, 10, 10, 20, 50, 50, 50])["step"]
    for text, true, step in zip(shown["hours"], exact["usage"].values["hours"], steps, strict=True):
        assert float(text) % step == 0 and abs(float(text) - true) <= step / 2


def test_the_ratio_of_sums_is_hidden_where_one_student_dominates_either() -> None:
    columns = {
        "group": ColumnSpecification("label", "Group"),
        "n": HIDDEN,
        "pace": ColumnSpecification(
            "mean", "Activities per hour", "activities", n="n", sd="sd", numerator="made", denominator="hours"
        ),
        "made": ColumnSpecification("hidden", largest="made_1", second="made_2"),
        "hours": ColumnSpecification("hidden", largest="hours_1", second="hours_2"),
        **dict.fromkeys(("sd", "made_1", "made_2", "hours_1", "hours_2"), HIDDEN),
    }
    spec = TableSpecification("pace", "Pace", "Students", "one row per group", "estimate/x", columns, listing=True)
    parts = {"n": 30.0, "sd": 3.0, "pace": 2.0, "made": 200.0, "hours": 100.0}
    fair = {**parts, "made_1": 20.0, "made_2": 19.0, "hours_1": 9.0, "hours_2": 8.0}
    table = pd.DataFrame([fair, {**fair, "hours_1": 88.0}, {**fair, "made_1": 190.0, "made_2": 2.0}])
    table = table.assign(group=["a", "b", "c"])[list(columns)]
    assert primary_suppression(table, spec, RULES)["pace"].tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"largest": None}, "a sum needs largest"),
        ({"sd": None}, "a sum needs sd"),
        ({"second": "students"}, "second must name a column of kind hidden"),
    ],
)
def test_a_sum_that_the_rules_cannot_judge_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(DisclosureError, match=words):
        replace(SPEC, columns={**SPEC.columns, "hours": replace(SPEC.columns["hours"], **change)})


def test_a_sum_beside_the_mean_of_the_same_values_is_refused() -> None:
    mean = ColumnSpecification("mean", "Hours", "hours", n="students", sd="sd")
    with pytest.raises(DisclosureError, match="would give the number of students away"):
        replace(SPEC, columns={**SPEC.columns, "hours_mean": mean})


def test_contributions_that_are_none_are_refused() -> None:
    with pytest.raises(DisclosureError, match="negative, in the wrong order or more than the sum"):
        dominated(one(100, 80, 40), SPEC, "hours", RULES)


@pytest.mark.parametrize(("name", "value"), [("dominance_percent", 91), ("p_percent", 9)])
def test_laxer_rules_are_refused(name: str, value: float) -> None:
    with pytest.raises(DisclosureError, match=f"disclosure.{name}"):
        DisclosureRules(**{name: value})


def test_the_specification_survives_json() -> None:
    assert TableSpecification.from_json(SPEC.to_json()) == SPEC
    assert SPEC.layout is not None
    assert layout_from_dict(layout_to_dict(SPEC.layout)) == SPEC.layout
