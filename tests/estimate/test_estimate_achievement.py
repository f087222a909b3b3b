"""The script `estimate_achievement` on coded tables of a small panel, and on studies that lack something."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from recredit.disclosure.specification import TableSpecification

STUDENTS, SCHOOLS, YEARS = 400, 10, (2018, 2019)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Two years of 400 students; grades fall with a lasting trait, which leads to courses online, too."""
    random = np.random.default_rng(11)
    trait = random.normal(size=STUDENTS)
    rows = pd.DataFrame({"number": np.repeat(np.arange(STUDENTS), 2), "year": np.tile(YEARS, STUDENTS)})
    online = random.binomial(2, 1 / (1 + np.exp(1 + 1.5 * trait[rows["number"]])))
    student = "s" + rows["number"].astype(str)
    taken = rows.loc[rows.index.repeat(online)]
    codes = [f"e{place}" for place in range(len(taken))]
    tables = {
        "student_years": pd.DataFrame(
            {
                "student_id": student,
                "school_year": rows["year"],
                "school_id": "h" + (rows["number"] % SCHOOLS).astype(str),
                "grade_level": rows["year"] - 2009,
                "credits_attempted": 60.0,
                "credits_earned": 60.0 - 10 * random.binomial(2, 1 / (1 + np.exp(1 + trait[rows["number"]]))),
                "gpa": 2 + 0.5 * trait[rows["number"]] + random.normal(0, 0.2, len(rows)),
                "graduated_on_time": np.where(rows["year"] == 2019, trait[rows["number"]] > -0.5, np.nan),
            }
        ),
        "enrollments": pd.DataFrame(
            {
                "enrollment_id": codes,
                "student_id": ("s" + taken["number"].astype(str)).to_numpy(),
                "section_id": ("c" + taken["year"].astype(str)).to_numpy(),
                "is_recovery": True,
            }
        ),
        "sections": pd.DataFrame({"section_id": ["c2018", "c2019"], "term_id": ["t2018", "t2019"], "mode": "online"}),
        "terms": pd.DataFrame({"term_id": ["t2018", "t2019"], "school_year": YEARS}),
        "marks": pd.DataFrame({"enrollment_id": codes, "credits_attempted": 5.0}),
    }
    for name, table in tables.items():
        table.to_parquet(tmp_path / f"{name}.parquet", index=False)
    return {name: tmp_path / f"{name}.parquet" for name in tables}


def run(load: Any, files: dict[str, Path], folder: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    made = folder / "made.parquet"
    load("estimate", "estimate_achievement").main(files=files, online_modes=["online"], folder=folder, made=made)
    listed = pd.read_parquet(made)
    return pd.read_parquet(folder / "achievement.parquet"), dict(zip(listed["analysis"], listed["why"], strict=True))


def test_the_naive_row_stands_beside_the_panel_and_agrees_with_statsmodels(
    load: Any, files: dict[str, Path], tmp_path: Path
) -> None:
    table, made = run(load, files, tmp_path)
    own = table[table["outcome"] == "Grade point average"].set_index("model")
    assert {"naive", "student_and_year"} <= set(own.index) and made["achievement_gpa"].startswith("Placebo")
    # Without tests on file there are no rows of them, and the rest goes on.
    assert "no student and year has a value" in made["event_time_math"] and "Math score" not in set(table["outcome"])
    years = pd.read_parquet(files["student_years"])
    counts = pd.read_parquet(files["enrollments"]).assign(year=lambda rows: rows["section_id"].str[1:].astype(int))
    online = 5 * counts.groupby(["student_id", "year"]).size()
    keys = pd.MultiIndex.from_frame(years[["student_id", "school_year"]])
    credits = online.reindex(keys).fillna(0).to_numpy()
    frame = years.assign(share=credits / (60 + credits) / 0.1)
    other = smf.ols("gpa ~ share + C(school_year)", frame).fit()
    assert own.loc["naive", "estimate"] == pytest.approx(other.params["share"], rel=1e-8)
    # Each student beside the own other year: the trait is gone, and with it what the naive comparison finds.
    assert own.loc["naive", "ci_high"] < -0.1
    assert abs(own.loc["student_and_year", "estimate"]) < 4 * own.loc["student_and_year", "std_error"]


def test_tables_agree_with_their_specifications(load: Any, files: dict[str, Path], tmp_path: Path) -> None:
    run(load, files, tmp_path)
    for name in ("achievement", "event_time"):
        text = (tmp_path / f"{name}.json").read_text(encoding="utf-8")
        assert list(pd.read_parquet(tmp_path / f"{name}.parquet").columns) == list(
            TableSpecification.from_json(text).columns
        )


def test_a_missing_table_is_named_and_the_tables_are_empty(load: Any, files: dict[str, Path], tmp_path: Path) -> None:
    table, made = run(load, {name: path for name, path in files.items() if name != "marks"}, tmp_path)
    assert table.empty and made == {"achievement": "the study has no table marks"}


def test_without_credits_online_nothing_is_made(load: Any, files: dict[str, Path], tmp_path: Path) -> None:
    sections = pd.read_parquet(files["sections"]).assign(mode="teacher_directed")
    sections.to_parquet(files["sections"], index=False)
    table, made = run(load, files, tmp_path)
    assert table.empty and "no credits attempted in an online course" in made["achievement"]
