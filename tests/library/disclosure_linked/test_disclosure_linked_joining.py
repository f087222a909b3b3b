"""Counted tables with rows in common are one system: what one says of a student bounds the cells of the other."""

from dataclasses import replace

import pandas as pd
import pytest

from recredit.disclosure.linked.earlier import EarlierRelease
from recredit.disclosure.linked.joining import CountedTable, join_tables
from recredit.disclosure.linked.known import KnownTable
from recredit.disclosure.linked.layout import CountedColumn, DescribedTable, RowDefinition, TableLayout
from recredit.disclosure.linked.release import Surroundings, attack_release, complementary_marks
from recredit.disclosure.rules import MARK, DisclosureRules

# 45 enrollments on file; 20 were measured online, and just these are in the log: 17 of one type, 3 of another.
UNITS = [f"c{number:02d}" for number in range(45)]
FILE = pd.DataFrame({"unit": UNITS, "measured": [True] * 20 + [False] * 25, "course": ["A"] * 12 + ["B"] * 33})
LOG = pd.DataFrame({"unit": UNITS[:20], "type": ["steady"] * 17 + ["rare"] * 3, "course": ["A"] * 12 + ["B"] * 8})


def flow(*shown: str) -> DescribedTable:
    """The numbers on file and measured online, declared to be exact so that rounding plays no part."""
    layout = TableLayout(
        {"n": CountedColumn(exact=True)},
        definitions=(RowDefinition({"step": "measured"}, population=("measured",)),),
        counts_of="enrollments",
    )
    return DescribedTable("flow", layout, pd.DataFrame({"step": ["on file", "measured"], "n": list(shown)}))


def types(*shown: str) -> DescribedTable:
    layout = TableLayout(
        {"n": CountedColumn(exact=MARK not in shown[:1])},
        dimensions={"type": "type"},
        counts_of="log",
        absent_rows_are_zero=False,
    )
    rare = [text == MARK for text in shown]
    text = pd.DataFrame({"type": ["steady", "rare"], "n": list(shown)})
    exact = RowDefinition({"type": "steady"}, exact=("n",))
    layout = replace(layout, columns={"n": CountedColumn()}, definitions=(exact,) if shown[0] != MARK else ())
    return DescribedTable("types", layout, text, pd.DataFrame({"n": [False, rare[1]]}))


def around(file: pd.DataFrame = FILE, log: pd.DataFrame = LOG) -> Surroundings:
    return Surroundings({"enrollments": file, "log": log})


def test_a_cell_of_the_log_follows_from_the_cohort_only_if_both_are_one_system(rules: DisclosureRules) -> None:
    """20 were measured, all in the log, 17 of them steady: at most 3 are rare. Neither table alone tells."""
    tables = [flow("45", "20"), types("17", MARK)]
    joined = attack_release(tables, rules, around())
    assert list(joined) == ["enrollments and log"]
    found = joined["enrollments and log"]
    assert (found.narrowest, found.protected, found.wide_enough, found.passed) == (3.0, 1, 0, False)
    strangers = LOG.assign(unit=[f"x{number}" for number in range(20)])
    apart = attack_release(tables, rules, around(log=strangers))
    assert list(apart) == ["enrollments", "log"]
    assert all(each.passed for each in apart.values()) and apart["log"].narrowest is None


def test_the_protection_hides_across_the_tables(rules: DisclosureRules) -> None:
    """Alone the log's table would show 17 (as 20): in one system with the cohort it must not."""
    shown = replace(types("20", MARK), layout=replace(types("20", MARK).layout, definitions=()))
    strangers = LOG.assign(unit=[f"x{number}" for number in range(20)])
    assert not complementary_marks([flow("45", "20"), shown], rules, around(log=strangers))["types"].any(axis=None)
    assert complementary_marks([flow("45", "20"), shown], rules, around())["types"]["n"].tolist() == [True, False]
    hidden = replace(shown, text=shown.text.assign(n=[MARK, MARK]))
    assert attack_release([flow("45", "20"), hidden], rules, around())["enrollments and log"].passed


def test_columns_that_say_the_same_are_one_and_others_keep_apart() -> None:
    file = FILE.assign(idle=["x"] * 45)
    log = LOG.assign(idle=["y"] * 20)
    parts = {"enrollments": CountedTable(file, ()), "log": CountedTable(log, ())}
    joined = join_tables(parts, [])["enrollments and log"]
    assert sorted(joined.frame.columns) == sorted(
        [
            *["unit", "course", "idle (enrollments)", "idle (log)", "type (log)"],
            *["measured (enrollments)", "in enrollments", "in log"],
        ]
    )
    assert len(joined.frame) == 45 and joined.frame["in log"].sum() == 20
    assert joined.frame["course"].tolist() == FILE["course"].tolist()
    assert joined.families is not None and len(set(joined.families.values())) == 2


@pytest.mark.parametrize("population", ["", "measured"])
def test_public_counts_go_with_the_table_that_they_count(rules: DisclosureRules, population: str) -> None:
    number = 20 if population else 45
    known = KnownTable("public", pd.DataFrame({"count": [number]}), {}, population=population, counts_of="enrollments")
    around_it = replace(around(), known=[known])
    assert attack_release([flow("45", "20"), types(MARK, MARK)], rules, around_it)["enrollments and log"].cells == 4


def test_what_an_earlier_release_said_of_the_cohort_binds_the_log(rules: DisclosureRules) -> None:
    """20 measured were published in spring; now the log alone is: 17 steady would leave at most 3 of them."""
    spring = EarlierRelease("spring", [replace(flow("45", "20"), release="spring")], {"enrollments": FILE, "log": LOG})
    found = attack_release([types("17", MARK)], rules, replace(around(), earlier=[spring]))
    assert list(found) == ["enrollments and log"]
    assert (found["enrollments and log"].tables, found["enrollments and log"].wide_enough) == (1, 0)
    alone = attack_release([types("17", MARK)], rules, around())
    assert list(alone) == ["log"] and alone["log"].passed


def test_a_public_count_of_the_cohort_binds_the_log(rules: DisclosureRules) -> None:
    known = KnownTable("public", pd.DataFrame({"count": [20]}), {}, population="measured", counts_of="enrollments")
    found = attack_release([types("17", MARK)], rules, replace(around(), known=[known]))
    # What is public is known anyway: the rare type can be 0 to 3, and the release adds that it is not more than 3.
    assert list(found) == ["enrollments and log"] and found["enrollments and log"].narrowest == 3.0
