"""One call over a whole release, the certificate, and the attacks on differences."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recredit.disclosure.linked.certificate import certificate_content, certify_system, require_passed
from recredit.disclosure.linked.differencing import lies_within, small_differences
from recredit.disclosure.linked.groups import Group, category
from recredit.disclosure.linked.layout import CountedColumn, DescribedTable, TableLayout
from recredit.disclosure.linked.neighbour import neighbour_recovery_share
from recredit.disclosure.linked.release import (
    Surroundings,
    attack_release,
    columns_outside,
    complementary_marks,
    require_layouts,
)
from recredit.disclosure.linked.shown import Interval, count_interval, percent_knowledge
from recredit.disclosure.linked.system import build_system
from recredit.disclosure.protection import as_shown
from recredit.disclosure.rounding import count_text, percent_text
from recredit.disclosure.rules import MARK, NOT_OFFERED, DisclosureRules
from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.disclosure.suppression import primary_suppression
from recredit.errors import DisclosureError


@pytest.mark.parametrize("base", [10, 20])
def test_a_shown_count_stands_for_the_counts_that_are_shown_so(base: int) -> None:
    rules = DisclosureRules(round_counts_to=base)
    least = max(rules.minimum_group, base // 2)
    for text in {count_text(count, base) for count in range(least, 400)}:
        same = [count for count in range(least, 600) if count_text(count, base) == text]
        assert count_interval(text, rules) == Interval(min(same), max(same))


def test_a_shown_percentage_stands_for_the_shares_that_are_shown_so() -> None:
    """Every numerator and denominator up to 400: the true share and number lie inside."""
    shown: dict[str, list[tuple[float, int]]] = {}
    for n in range(10, 401):
        for counted in range(n + 1):
            shown.setdefault(percent_text(100 * counted / n, n), []).append((counted / n, n))
    assert len(shown) > 100
    for text, cases in shown.items():
        said = percent_knowledge(text)
        shares, students = [share for share, _ in cases], [n for _, n in cases]
        assert said.share.low - 1e-12 <= min(shares) and max(shares) <= said.share.high + 1e-12
        # The numbers of students are those of the rule's line; not every share is a fraction of its ends.
        assert said.students.low <= min(students) and max(students) <= said.students.high
        line = max(least for least in (10, 20, 40, 100, 300) if least <= min(students))
        assert said.students.low == line


@pytest.mark.parametrize("text", ["≤7", "3.x", "abc", "-5", "", "1"])
def test_text_that_is_no_shown_percentage_is_refused(text: str) -> None:
    with pytest.raises(DisclosureError):
        percent_knowledge(text)


def test_categories_read_alike_whatever_their_type() -> None:
    assert [category(each) for each in (9, 9.0, np.int64(9), "9")] == ["9"] * 4
    assert category(True) == category(np.bool_(True)) == "yes" and category(None) == category(float("nan"))


@pytest.fixture(scope="module")
def study() -> pd.DataFrame:
    draw = np.random.default_rng(11)
    frame = pd.DataFrame(
        {
            "school": draw.choice([f"S{each:02d}" for each in range(12)], 700),
            "course": draw.choice(["Algebra 1", "English 9"], 700, p=[0.35, 0.65]),
            "mode": draw.choice(["online", "teacher_directed"], 700),
            "english_learner": draw.choice([True, False], 700, p=[0.03, 0.97]),
            "race": draw.choice(["Asian", "Black", "Latino", "White"], 700, p=[0.02, 0.2, 0.7, 0.08]),
            "recovered": draw.choice(["yes", "no"], 700, p=[0.6, 0.4]),
        }
    )
    return frame.assign(analysed=draw.random(700) < 0.9)


LABELS = {"course": "Course", "race": "Race", "english_learner": "English learner", "mode": "Mode"}


def exact_table(
    study: pd.DataFrame, name: str, columns: list[str]
) -> tuple[pd.DataFrame, TableSpecification, TableLayout]:
    """Counts and recovery rates of the analysed, as stage `estimate` would write them."""
    analysed = study[study["analysed"]].assign(done=lambda each: each["recovered"].eq("yes"))
    table = analysed.groupby(columns, as_index=False).agg(n=("done", "size"), recovered=("done", "mean"))
    table["recovered"] *= 100
    described = {each: ColumnSpecification("label", LABELS[each]) for each in columns}
    described["n"] = ColumnSpecification("count", "Students", "students")
    described["recovered"] = ColumnSpecification("percent", "Recovered", "percent", n="n")
    spec = TableSpecification(
        name, name, "analysed students", "one row per group", "estimate/describe_cohort", described, students="n"
    )
    counted = {"n": CountedColumn(), "recovered": CountedColumn(where={"recovered": ("yes",)}, among={})}
    return table, spec, TableLayout(counted, population="analysed", dimensions={each: each for each in columns})


def test_the_whole_release_in_one_call(study: pd.DataFrame, rules: DisclosureRules) -> None:
    shapes = {
        "by_race": ["course", "race"],
        "by_learner": ["course", "english_learner"],
        "by_mode": ["course", "mode"],
        "race_mode": ["mode", "race"],
    }
    exact = {name: exact_table(study, name, columns) for name, columns in shapes.items()}
    marked = {name: primary_suppression(table, spec, rules) for name, (table, spec, _) in exact.items()}
    around = Surroundings({"students": study}, insider="school", codes=["school"])

    def described() -> list[DescribedTable]:
        return [
            DescribedTable(name, layout, as_shown(table, marked[name], spec, rules))
            for name, (table, spec, layout) in exact.items()
        ]

    bare = attack_release(described(), rules, around)
    more = complementary_marks(described(), rules, around)
    assert sum(int(each.to_numpy().sum()) for each in more.values()) > 0
    for name, extra in more.items():
        assert not (extra & marked[name][extra.columns]).any(axis=None)
        marked[name][extra.columns] |= extra
    certificates = attack_release(described(), rules, around)
    require_passed(certificates)
    found = certificates["students"]
    assert bare["students"].protected == found.protected > 0
    assert (found.recovered, found.insider_recovered, found.differences_recovered) == (0, 0, 0)
    assert found.wide_enough == found.protected and found.insiders == 12
    assert (found.solver, found.tables, found.marked > bare["students"].marked) == ("HiGHS", 4, True)
    content = json.loads(json.dumps(certificate_content(certificates, ["by_race.other"])))
    assert content["verdict"] == "passed" and content["columns_outside"] == ["by_race.other"]
    specs = [replace(spec, layout=None if name == "by_mode" else layout) for name, (_, spec, layout) in exact.items()]
    assert columns_outside(specs) == ["by_mode.n", "by_mode.recovered"]
    with pytest.raises(DisclosureError, match="by_mode: counts or percentages are released, and nothing says whom"):
        require_layouts(specs)
    listed = [replace(spec, listing=True, unlinked="rows of files") if spec.layout is None else spec for spec in specs]
    require_layouts(listed)


def test_a_release_with_small_cells_hidden_alone_is_stopped(rules: DisclosureRules) -> None:
    frame = pd.DataFrame({"a": ["1"] * 3 + ["2"] * 47})
    layout = TableLayout({"n": CountedColumn(exact=True)}, dimensions={"a": "a"})
    table = DescribedTable("t", layout, pd.DataFrame({"a": ["1", "2", "all"], "n": [MARK, "47", "50"]}))
    certificates = attack_release([table], rules, Surroundings({"students": frame}))
    assert certificates["students"].recovered == 1 and not certificates["students"].passed
    with pytest.raises(DisclosureError, match="students: 1 cells recovered"):
        require_passed(certificates)


def test_not_offered_is_known_to_be_empty(rules: DisclosureRules) -> None:
    frame = pd.DataFrame({"a": ["1"] * 30 + ["2"] * 20, "b": ["x"] * 30 + ["x"] * 16 + ["y"] * 4})
    text = pd.DataFrame(
        [("1", "x", "30"), ("1", "y", NOT_OFFERED), ("2", "x", "20"), ("2", "y", MARK)], columns=["a", "b", "n"]
    )
    table = DescribedTable("t", TableLayout({"n": CountedColumn()}, dimensions={"a": "a", "b": "b"}), text)
    system = build_system(frame, [table], rules)
    assert len(system.world) == 3
    wrong = frame.assign(b="y")
    with pytest.raises(DisclosureError, match="not offered, or public as 0"):
        build_system(wrong, [table], rules)


def test_a_row_that_is_not_listed_is_known_to_be_empty(rules: DisclosureRules) -> None:
    frame = pd.DataFrame({"a": ["1"] * 30 + ["2"] * 25, "b": ["x"] * 30 + ["y"] * 25})
    text = pd.DataFrame([("1", "x", "30"), ("2", "y", "30")], columns=["a", "b", "n"])
    layout = TableLayout({"n": CountedColumn()}, dimensions={"a": "a", "b": "b"})
    listed = certify_system(build_system(frame, [DescribedTable("t", layout, text)], rules))
    silent = replace(layout, absent_rows_are_zero=False)
    unlisted = certify_system(build_system(frame, [DescribedTable("t", silent, text)], rules))
    assert (listed.listed_zeros, listed.joint_cells) == (2, 2)
    assert (unlisted.listed_zeros, unlisted.joint_cells) == (0, 4)


def test_exact_totals_of_nested_groups_give_their_difference_away(study: pd.DataFrame, rules: DisclosureRules) -> None:
    """Randomised and analysed differ by 6 in one arm: no cell says so, and two declared cells do."""
    frame = study.assign(analysed=True)
    frame.loc[frame.index[frame["mode"] == "online"][:6], "analysed"] = False
    frame.loc[frame.index[frame["mode"] == "teacher_directed"][:30], "analysed"] = False

    def table(name: str, population: str, exact: bool) -> DescribedTable:
        counts = (frame[frame[population]] if population else frame)["mode"].value_counts()
        text = pd.DataFrame({"mode": counts.index, "n": [str(n) if exact else count_text(n, 10) for n in counts]})
        layout = TableLayout({"n": CountedColumn(exact=exact)}, population=population, dimensions={"mode": "mode"})
        return DescribedTable(name, layout, text)

    exact = small_differences(build_system(frame, [table("all", "", True), table("analysed", "analysed", True)], rules))
    assert (exact.pairs, len(exact.recovered)) == (1, 1)
    rounded = build_system(frame, [table("all", "", False), table("analysed", "analysed", False)], rules)
    assert (small_differences(rounded).pairs, len(small_differences(rounded).recovered)) == (1, 0)
    assert len(small_differences(rounded, precise=True).recovered) == 1
    system = build_system(frame, [table("all", "", True), table("analysed", "analysed", True)], rules)
    with pytest.raises(DisclosureError, match="1 small differences"):
        require_passed({"students": certify_system(system)})


def test_leaving_one_school_out_is_a_nested_group(study: pd.DataFrame, rules: DisclosureRules) -> None:
    """A school of eight: everybody, and everybody but them, may not both be exact."""
    frame = study.iloc[:400].copy()
    frame["school"] = ["S00"] * 8 + ["S01"] * 192 + ["S02"] * 200
    columns = {"n": CountedColumn(exact=True)}
    everybody = DescribedTable("all", TableLayout(columns), pd.DataFrame({"n": ["400"]}))
    without = TableLayout(columns, dimensions={"left_out": "school"}, collapsed={"school": {"S00": ("S01", "S02")}})
    others = DescribedTable("without", without, pd.DataFrame({"left_out": ["S00"], "n": ["392"]}))
    assert len(small_differences(build_system(frame, [everybody, others], rules)).recovered) == 1


def test_a_group_lies_within_another_by_definition() -> None:
    assert lies_within((("a", (0,)), ("b", (1,))), (("a", (0, 2)),))
    assert not lies_within((("a", (0, 1)),), (("a", (0, 2)),))
    assert not lies_within((), (("a", (0,)),)) and lies_within((("a", (0,)),), ())


def test_the_score_of_a_missing_neighbour_stays_hidden() -> None:
    """One of 50 removed: within .25 SD in at most 24% of cases, where one decimal gives it away in nearly all."""
    draw = np.random.default_rng(5)
    coarse, fine = [], []
    for _ in range(300):
        scores = draw.normal(70, 10 ** draw.uniform(1, 2), size=50)
        coarse.append(neighbour_recovery_share(scores))
        fine.append(neighbour_recovery_share(scores, lambda each: round(float(each.mean()), 1)))
    print(f"recovered: {np.mean(coarse):.3f} under the coarse rule, {np.mean(fine):.3f} at one decimal")
    # 15,000 removals: the standard error of such a share is .3 points. A guess at the mean alone gets 20%.
    assert 0.18 < np.mean(coarse) <= 0.24
    assert np.mean(fine) >= 0.95


def test_the_rule_for_means_at_its_edge() -> None:
    """Where 2.5 SD/n is a step itself, the finest that is shown: still no more than the 24% of the bar."""
    draw = np.random.default_rng(6)
    edge = []
    for _ in range(200):
        scores = draw.normal(size=50)
        edge.append(neighbour_recovery_share(70 + (scores - scores.mean()) / scores.std(ddof=1) * 19.9))
    print(f"recovered at the edge: {np.mean(edge):.3f}")
    # 10,000 removals: the standard error is .4 points.
    assert np.mean(edge) <= 0.24


def test_stacked_characteristics_and_unknown_columns(study: pd.DataFrame, rules: DisclosureRules) -> None:
    races = study["race"].value_counts()
    rows = [("Race", race, count_text(n, 10) if n >= 10 else MARK) for race, n in races.items()]
    rows += [("Course", course, count_text(n, 10)) for course, n in study["course"].value_counts().items()]
    layout = TableLayout(
        {"n": CountedColumn()}, stacked=("what", "level"), characteristics={"Race": "race", "Course": "course"}
    )
    table = DescribedTable("stacked", layout, pd.DataFrame(rows, columns=["what", "level", "n"]))
    system = build_system(study, [table], rules)
    assert sorted(system.counts[system.counted]) == sorted([*races, *study["course"].value_counts()])
    assert system.statements[0].counted in {
        Group.of({"course": ["Algebra 1"]}),
        Group.of({"course": ["English 9"]}),
        *(Group.of({"race": [each]}) for each in races.index),
    }
    with pytest.raises(DisclosureError, match="columns that the table has not"):
        build_system(study, [replace(table, layout=replace(layout, columns={"m": CountedColumn()}))], rules)
    with pytest.raises(DisclosureError, match="lacks columns that tables are made of: race"):
        build_system(study.drop(columns="race"), [table], rules)
