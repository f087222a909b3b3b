"""Tables that count different students and rates over enrollments, on one base of enrollments."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from recredit.disclosure.linked.attack import attack
from recredit.disclosure.linked.layout import CountedColumn, DescribedTable, TableLayout
from recredit.disclosure.linked.system import build_system
from recredit.disclosure.rounding import count_text, percent_text
from recredit.disclosure.rules import MARK, DisclosureRules
from recredit.errors import DisclosureError

NEAR = 2e-5


def enrollments() -> pd.DataFrame:
    """Three modes with many, some and few enrollments; a student may have more than one in a mode."""
    draw = np.random.default_rng(2)
    mode = ["a"] * 80 + ["b"] * 40 + ["c"] * 7
    frame = pd.DataFrame({"student": draw.integers(0, 90, 127), "mode": mode, "passed": draw.choice([1.0, 0.0], 127)})
    return frame.assign(first_in_mode=~frame.duplicated(["student", "mode"]))


def outcomes(frame: pd.DataFrame) -> DescribedTable:
    """Different students, and the pass rate over enrollments with the tail codes of that number of students."""
    rows = []
    for mode, part in frame.groupby("mode"):
        n, share = part["student"].nunique(), 100 * part["passed"].mean()
        rows.append((mode, count_text(n, 10) if n >= 10 else MARK, percent_text(share, n) if n >= 10 else MARK))
    columns = {
        "students": CountedColumn(marks=("first_in_mode",)),
        "passed": CountedColumn(where={"passed": ("1",)}, among={}, n="students"),
    }
    layout = TableLayout(columns, dimensions={"mode": "mode"})
    return DescribedTable("outcomes", layout, pd.DataFrame(rows, columns=["mode", "students", "passed"]))


def test_enrollments_and_the_students_behind_them(reference: Any, rules: DisclosureRules) -> None:
    frame = enrollments()
    table = outcomes(frame)
    other = reference({"mode": ["a", "b", "c"], "first": ["1", "0"], "passed": ["1", "0"]})
    for row in table.text.to_dict("records"):
        of_mode = {"mode": [row["mode"]]}
        if row["students"] != MARK:
            other.count({**of_mode, "first": ["1"]}, max(int(row["students"]) - 5, 10), int(row["students"]) + 4)
            other.percent({**of_mode, "passed": ["1"]}, of_mode, {**of_mode, "first": ["1"]}, row["passed"])
    system = build_system(frame, [table], rules)
    assert len(system.hidden()) == 2
    bounds = attack(system, quantities=np.unique(system.counted))
    conditions = {"students": {"first": ["1"]}, "passed": {"passed": ["1"]}}
    for number, each in enumerate(system.statements):
        mode = table.text["mode"].iloc[each.row]
        part = frame[frame["mode"] == mode]
        exact = part["student"].nunique() if each.column == "students" else part["passed"].sum()
        assert system.counts[system.counted[number]] == exact
        expected = other.bounds({"mode": [mode], **conditions[each.column]})
        np.testing.assert_allclose(bounds.of(int(system.counted[number])), expected, atol=NEAR)


def test_marks_that_never_go_together_are_known_not_to(rules: DisclosureRules) -> None:
    """Nobody is analysed who was not randomised: the attacker knows the definitions, so the pattern has no cell."""
    frame = pd.DataFrame({"randomised": [True] * 60 + [False] * 30, "analysed": [True] * 45 + [False] * 45})
    tables = [
        DescribedTable(name, TableLayout({"n": CountedColumn()}, population=name), pd.DataFrame({"n": [shown]}))
        for name, shown in (("randomised", "60"), ("analysed", "50"))
    ]
    system = build_system(frame, tables, rules)
    assert sorted(system.world) == [15, 30, 45]
    unsure = frame.assign(analysed=frame["analysed"].where(frame["randomised"]))
    with pytest.raises(DisclosureError, match="The mark analysed is not true or false"):
        build_system(unsure, tables, rules)


def test_a_number_of_students_that_is_not_described_is_refused(rules: DisclosureRules) -> None:
    table = DescribedTable(
        "t", TableLayout({"rate": CountedColumn(among={}, n="size")}), pd.DataFrame({"rate": ["57"]})
    )
    with pytest.raises(DisclosureError, match=r"does not describe \(size\)"):
        build_system(pd.DataFrame({"a": ["1"]}), [table], rules)
