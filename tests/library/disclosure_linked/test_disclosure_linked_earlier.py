"""Earlier releases whose rows have changed since: what each cell counts, and what the two give away together."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recredit.disclosure.linked.certificate import require_passed
from recredit.disclosure.linked.earlier import NOW, EarlierRelease, join_earlier
from recredit.disclosure.linked.layout import CountedColumn, DescribedTable, TableLayout
from recredit.disclosure.linked.release import Surroundings, attack_release, complementary_marks
from recredit.disclosure.rules import MARK, DisclosureRules
from recredit.errors import DisclosureError

LAYOUT = TableLayout({"n": CountedColumn(marks=("first",))}, dimensions={"mode": "mode"}, counts_of="enrollments")


def base(modes: dict[str, int], start: int = 0) -> pd.DataFrame:
    units = [(f"u{start + number:04d}", mode) for number, mode in enumerate(np.repeat([*modes], [*modes.values()]))]
    return pd.DataFrame(units, columns=["unit", "mode"], dtype="str").assign(first=True)


def table(rows: list[tuple[str, str]], release: str = "") -> DescribedTable:
    return DescribedTable("by_mode", LAYOUT, pd.DataFrame(rows, columns=["mode", "n"]), release=release)


def test_each_cell_counts_the_rows_and_values_of_its_time() -> None:
    """Since spring five rows came, two went and one changed its mode: spring's cells still say what they said."""
    spring = base({"online": 30, "teacher": 25})
    now = pd.concat([spring.iloc[2:], base({"online": 5}, start=100)], ignore_index=True)
    now.loc[now["unit"] == "u0040", "mode"] = "online"
    release = EarlierRelease("spring", [table([("online", "30")], "spring")], {"enrollments": spring})
    joined = join_earlier("enrollments", now, [release], ["student_id"])
    assert len(joined.frame) == 60 and joined.frame[NOW].sum() == 58
    layout = joined.earlier[0].layout
    assert layout.dimensions == {"mode": "mode (spring)"}
    assert layout.columns["n"].marks == ("first",)
    frame = joined.frame[joined.frame["in release spring"]]
    assert frame["mode (spring)"].value_counts().to_dict() == {"online": 30, "teacher": 25}
    assert joined.frame.loc[joined.frame[NOW], "mode"].value_counts().to_dict() == {"online": 34, "teacher": 24}


def test_unchanged_columns_are_shared() -> None:
    spring = base({"online": 30, "teacher": 25})
    now = pd.concat([spring, base({"virtual": 20}, start=100)], ignore_index=True)
    release = EarlierRelease("spring", [table([("online", "30")], "spring")], {"enrollments": spring})
    joined = join_earlier("enrollments", now, [release], [])
    assert set(joined.frame.columns) == {"unit", "mode", "first", NOW, "in release spring"}
    assert joined.earlier[0].layout.dimensions == {"mode": "mode"}


def test_new_study_codes_are_refused() -> None:
    release = EarlierRelease("spring", [], {"enrollments": base({"online": 30})})
    with pytest.raises(DisclosureError, match="No row of the earlier release spring is known any more"):
        join_earlier("enrollments", base({"online": 30}, start=500), [release], [])


def test_a_release_is_protected_against_one_with_other_rows(rules: DisclosureRules) -> None:
    """Spring showed all modes but a small one; now rows came, and the small one must stay hidden in both."""
    spring = base({"online": 40, "teacher": 60, "virtual": 6})
    now = pd.concat([spring, base({"online": 20, "teacher": 15}, start=300)], ignore_index=True)
    before = table([("online", "40"), ("teacher", MARK), ("virtual", MARK), ("all", "110")], "spring")
    around = Surroundings({"enrollments": now}, earlier=[EarlierRelease("spring", [before], {"enrollments": spring})])
    shown = table([("online", "60"), ("teacher", "80"), ("virtual", MARK), ("all", "140")])
    certificate = attack_release([shown], rules, around)["enrollments"]
    more = complementary_marks([shown], rules, around)["by_mode"]["n"]
    assert more.any()
    hidden = table(
        [(mode, MARK if mark else n) for (mode, n), mark in zip(shown.text.itertuples(index=False), more, strict=True)]
    )
    certificates = attack_release([hidden], rules, around)
    require_passed(certificates)
    assert certificates["enrollments"].protected == certificate.protected == 2


def test_what_an_earlier_release_gives_away_stops_the_run(rules: DisclosureRules) -> None:
    frame = base({"online": 15, "teacher": 60})
    before = replace(table([("online", "20"), ("teacher", "60")], "spring"), rules=rules)
    strict = DisclosureRules(minimum_group=20)
    around = Surroundings({"enrollments": frame}, earlier=[EarlierRelease("spring", [before], {"enrollments": frame})])
    with pytest.raises(DisclosureError, match=r"1 small groups .* an earlier release \(spring\)"):
        complementary_marks([table([("online", MARK), ("teacher", "60")])], strict, around)
