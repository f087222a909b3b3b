"""Declared cells: all of them exact, or none; the certificate and the attacker know which."""

from typing import Any

import pandas as pd
import pytest

from recredit.disclosure.attacked import attack_files
from recredit.disclosure.certificate import ReleasedTable, certify
from recredit.disclosure.exact_cells import AS_DECLARED, NOTHING_DECLARED, TOO_NEAR, declare_exact
from recredit.disclosure.linked.layout import CountedColumn, RowDefinition, TableLayout
from recredit.disclosure.linked.release import Surroundings
from recredit.disclosure.protection import ExactTable, protect_release
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.sidecar import sidecar_json
from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.errors import ConfigurationError, DisclosureError

RULES = DisclosureRules()
ENTRY = {"table": "flow", "columns": ["students"], "where": {"step": ["randomised", "analysed"]}}
SPEC = TableSpecification(
    "flow",
    "Flow",
    "Students",
    "one row per step and arm",
    "estimate/x",
    {
        "step": ColumnSpecification("label", "Step"),
        "arm": ColumnSpecification("label", "Arm"),
        "students": ColumnSpecification("count", "Students", "students"),
    },
    layout=TableLayout(
        {"students": CountedColumn()},
        dimensions={"arm": "arm"},
        definitions=tuple(
            RowDefinition({"step": step}, population=(step,)) for step in ("randomised", "analysed", "moved")
        ),
    ),
)


def study(analysed: int) -> tuple[dict[str, ExactTable], dict[str, pd.DataFrame]]:
    """147 and 152 students were randomised by arm; `analysed` and 130 have an outcome, 22 and 3 moved."""
    arms = ["online"] * 147 + ["teacher"] * 152
    done = [True] * analysed + [False] * (147 - analysed) + [True] * 130 + [False] * 22
    moved = [True] * 22 + [False] * 125 + [True] * 3 + [False] * 149
    base = pd.DataFrame({"arm": arms, "randomised": True, "analysed": done, "moved": moved})
    rows = [
        (step, arm, float((base[step] & (base["arm"] == arm)).sum()))
        for step in ("randomised", "analysed", "moved")
        for arm in ("online", "teacher")
    ]
    return {"flow": ExactTable(pd.DataFrame(rows, columns=list(SPEC.columns)), SPEC)}, {"students": base}


def released(tables: Any, bases: Any) -> tuple[ReleasedTable, list[str]]:
    text = protect_release(tables, RULES, Surroundings(bases))["flow"]
    spec, sidecar = tables["flow"].specification, {"columns": SPEC.columns, "title": SPEC.title}
    rows = [list(text.columns), *map(list, text.itertuples(index=False, name=None))]
    return ReleasedTable(rows, sidecar, tables["flow"].values, spec), text["students"].tolist()


def test_declared_cells_are_published_exactly() -> None:
    tables, bases = study(analysed=131)
    declared = declare_exact(tables, [ENTRY], bases, RULES)
    assert declared.verdict == AS_DECLARED
    table, shown = released(declared.tables, bases)
    assert shown == ["147", "152", "131", "130", "20", "†"]
    attacked = attack_files({"flow": table}, RULES, Surroundings(bases))
    assert attacked["verdict"] == "passed"
    certify({"flow": table}, {}, RULES, attacked, declared.verdict)
    assert "exact by declaration where: step 'randomised'; step 'analysed'" in sidecar_json(table.specification, RULES)
    rounded = [[*row[:2], "150"] if row[2] == "147" else row for row in table.rows]
    wrong = ReleasedTable(rounded, table.sidecar, table.exact, table.specification)
    with pytest.raises(DisclosureError, match="row 1, column students: a count that is declared to be exact is not"):
        certify({"flow": wrong}, {}, RULES, {})


def test_a_difference_of_fewer_than_the_minimum_leaves_all_rounded() -> None:
    """147 randomised and 140 analysed would say that 7 were lost."""
    tables, bases = study(analysed=140)
    declared = declare_exact(tables, [ENTRY], bases, RULES)
    assert declared.verdict == TOO_NEAR
    _, shown = released(declared.tables, bases)
    assert shown[:4] == ["150", "150", "140", "130"]


def test_no_difference_at_all_is_no_obstacle() -> None:
    tables, bases = study(analysed=147)
    assert declare_exact(tables, [ENTRY], bases, RULES).verdict == AS_DECLARED
    assert declare_exact(tables, [], bases, RULES).verdict == NOTHING_DECLARED


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"table": "flaw"}, "there is no such table of students"),
        ({"columns": ["arm"]}, "arm: `columns` names counts"),
        ({"where": {"stop": ["analysed"]}}, "stop: `columns` names counts, `where` names labels"),
    ],
)
def test_a_declaration_that_names_nothing_is_refused(entry: dict[str, Any], words: str) -> None:
    tables, bases = study(analysed=131)
    with pytest.raises(ConfigurationError, match=words):
        declare_exact(tables, [{**ENTRY, **entry}], bases, RULES)
