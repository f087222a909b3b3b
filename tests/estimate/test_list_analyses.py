"""The script `list_analyses`: the lists of all rules one below another, with a reason for each that was not made."""

from pathlib import Path
from typing import Any

import pandas as pd

from recredit.disclosure.specification import TableSpecification
from recredit.estimators.exact import Made, made_table
from recredit.estimators.specifications import SPECIFICATIONS


def test_all_lists_in_their_order_with_reasons(load: Any, tmp_path: Path) -> None:
    lists = {
        "first": [Made("flow", "Who is analysed"), Made("costs", "What it costs", "the study has no table costs")],
        "second": [Made("types", "Types of user", "nobody is in the log")],
    }
    paths = []
    for name, made in lists.items():
        paths.append(tmp_path / f"{name}.parquet")
        made_table(made).to_parquet(paths[-1], index=False)
    load("estimate", "list_analyses").main(made=paths, left_out=[], described={}, table=tmp_path / "analyses.parquet")
    table = pd.read_parquet(tmp_path / "analyses.parquet")
    assert table.to_dict("records") == [
        {"analysis": "flow", "title": "Who is analysed", "made": "yes", "why": ""},
        {"analysis": "costs", "title": "What it costs", "made": "no", "why": "the study has no table costs"},
        {"analysis": "types", "title": "Types of user", "made": "no", "why": "nobody is in the log"},
    ]
    text = (tmp_path / "analyses.json").read_text(encoding="utf-8")
    # Facts, not counts: no row of it stands for students, so nothing of it is hidden or linked.
    assert TableSpecification.from_json(text).listing


def test_a_study_in_which_everything_was_made(load: Any, tmp_path: Path) -> None:
    made_table([Made("flow", "Who is analysed")]).to_parquet(tmp_path / "one.parquet", index=False)
    made_table([]).to_parquet(tmp_path / "none.parquet", index=False)
    paths = [tmp_path / "one.parquet", tmp_path / "none.parquet"]
    load("estimate", "list_analyses").main(made=paths, left_out=[], described={}, table=tmp_path / "analyses.parquet")
    assert pd.read_parquet(tmp_path / "analyses.parquet")["made"].tolist() == ["yes"]


def test_what_is_left_out_is_listed_once_as_not_made(load: Any, tmp_path: Path) -> None:
    made_table([Made("analyses", "Analyses")]).to_parquet(tmp_path / "one.parquet", index=False)
    described = tmp_path / "analyses_described.json"
    described.write_text(SPECIFICATIONS["analyses"].to_json(), encoding="utf-8")
    load("estimate", "list_analyses").main(
        made=[tmp_path / "one.parquet"],
        left_out=["analyses", "analyses.why", "analyses.nothing", "nothing"],
        described={"analyses": described},
        table=tmp_path / "analyses.parquet",
    )
    table = pd.read_parquet(tmp_path / "analyses.parquet")
    assert table[["analysis", "made"]].values.tolist() == [["analyses", "no"], ["analyses.why", "no"]]
