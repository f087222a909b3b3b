"""Declared cells: all of them exact, or none; the certificate and the attacker know which."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from recredit.disclosure.attacked import attack_files
from recredit.disclosure.certificate import ReleasedTable, certify
from recredit.disclosure.exact_cells import (
    AS_DECLARED,
    GIVEN_UP,
    NOTHING_DECLARED,
    TOO_NEAR,
    declare_exact,
    rates_only,
)
from recredit.disclosure.fall_back import protect_or_fall_back
from recredit.disclosure.leaving_out import still_declared
from recredit.disclosure.linked.layout import CountedColumn, RowDefinition, TableLayout
from recredit.disclosure.linked.release import Surroundings
from recredit.disclosure.protection import ExactTable, protect_release
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.sidecar import sidecar_json
from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.disclosure.surroundings import Release
from recredit.errors import ConfigurationError, DisclosureError, UnprotectableError

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


def entangled() -> tuple[dict[str, ExactTable], list[dict[str, Any]], dict[str, pd.DataFrame]]:
    """Of 100 students 20 moved and 20 were ill, 65 neither: so 5 did both, though no two exact cells are near."""
    base = pd.DataFrame(
        [(True, True)] * 5 + [(True, False)] * 15 + [(False, True)] * 15 + [(False, False)] * 65,
        columns=["moved", "ill"],
    ).assign(all=True)
    base["neither"] = ~base["moved"] & ~base["ill"]
    steps = {**{name: (name,) for name in ("all", "moved", "ill", "neither")}, "both": ("ill", "moved")}
    rows = [(step, float(base[list(marks)].all(axis=1).sum())) for step, marks in steps.items()]
    columns = {name: column for name, column in SPEC.columns.items() if name != "arm"}
    definitions = tuple(RowDefinition({"step": step}, population=marks) for step, marks in steps.items())
    spec = replace(SPEC, columns=columns, layout=TableLayout({"students": CountedColumn()}, definitions=definitions))
    entries = [{**ENTRY, "where": {"step": ["all", "moved", "ill", "neither"]}}]
    return {"flow": ExactTable(pd.DataFrame(rows, columns=list(columns)), spec)}, entries, {"students": base}


def test_exact_cells_that_give_a_small_group_away_fall_back_to_rates_and_say_so() -> None:
    tables, entries, bases = entangled()
    declared = declare_exact(tables, entries, bases, RULES)
    assert declared.verdict == AS_DECLARED
    around = Surroundings(bases)
    with pytest.raises(UnprotectableError, match="flow"):
        protect_release(declared.tables, RULES, around)
    release, shown = protect_or_fall_back(Release(around, declared, rates_only(tables, entries), ""), RULES)
    assert release.declared.verdict == GIVEN_UP
    assert release.declared.rates_only == ("flow: students, where step all or moved or ill or neither",)
    text = shown["flow"]["students"].tolist()
    assert text[4] == "†" and text.count("†") > 1 and not {"100", "20", "65"} >= set(text) - {"†"}
    spec = release.tables["flow"].specification
    rows = [list(shown["flow"].columns), *map(list, shown["flow"].itertuples(index=False, name=None))]
    table = ReleasedTable(rows, {}, release.tables["flow"].values, spec)
    assert attack_files({"flow": table}, RULES, around)["verdict"] == "passed"


def test_where_the_rounded_release_is_the_same_the_run_stops() -> None:
    tables, entries, bases = entangled()
    declared = declare_exact(tables, entries, bases, RULES)
    release = Release(Surroundings(bases), declared, rates_only(declared.tables, []), "")
    with pytest.raises(UnprotectableError, match=r"They lie in flow.*disclosure\.leave_out"):
        protect_or_fall_back(release, RULES)


def test_what_is_left_out_is_no_longer_declared() -> None:
    entries = [{"table": "flow", "columns": ["students", "enrolled"], "where": {}}, {**ENTRY, "table": "gone"}]
    assert still_declared(entries, ["gone", "flow.enrolled"]) == [{**entries[0], "columns": ["students"]}]
    assert still_declared(entries, ["gone", "flow.enrolled", "flow.students"]) == []
