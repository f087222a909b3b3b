"""What a reader loses at several minimum groups."""

import pandas as pd
import pytest

from recredit.disclosure.linked.layout import CountedColumn, TableLayout
from recredit.disclosure.linked.losses import ALL_TABLES, suppression_shares
from recredit.disclosure.linked.release import Surroundings
from recredit.disclosure.protection import ExactTable
from recredit.disclosure.specification import ColumnSpecification, TableSpecification


def test_shares_by_table_and_minimum() -> None:
    """Groups of 40, 15, 7, 3 and 0 with a total: at 10 two are small, and hiding both is enough; at 5 one is."""
    base = pd.DataFrame({"mode": ["a"] * 40 + ["b"] * 15 + ["c"] * 7 + ["d"] * 3})
    spec = TableSpecification(
        "modes",
        "Modes",
        "Students",
        "one row per mode",
        "estimate/x",
        {
            "mode": ColumnSpecification("label", "Mode"),
            "n": ColumnSpecification("count", "n", "students"),
            "double": ColumnSpecification("mean", "Twice", n="n", sd="sd"),
            "sd": ColumnSpecification("hidden"),
        },
        layout=TableLayout({"n": CountedColumn()}, dimensions={"mode": "mode"}),
    )
    rows = [("a", 40.0), ("b", 15.0), ("c", 7.0), ("d", 3.0), ("e", 0.0), ("all", 65.0)]
    values = pd.DataFrame([(*row, 2 * row[1], 1.0) for row in rows], columns=list(spec.columns))
    shares = suppression_shares({"modes": ExactTable(values, spec)}, Surroundings({"students": base}))
    found = shares.set_index(["table", "minimum_group"])
    assert found["figures"].unique().tolist() == [10]
    # Two figures a row: those of c and d at 10, d alone at 5, b to d at 20.
    assert found.loc["modes", "lost_primary"].to_dict() == {5: 2, 10: 4, 20: 6}
    assert found.loc[("modes", 5), "lost"] == 3 and found.loc[("modes", 20), "lost"] == 6
    assert found.loc[("modes", 10), "share_lost"] == pytest.approx(found.loc[("modes", 10), "lost"] / 10)
    assert found.loc[ALL_TABLES, "lost"].to_dict() == found.loc["modes", "lost"].to_dict()
