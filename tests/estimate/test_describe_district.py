"""The script `describe_district`: the students in the study beside the district, against sums made in another way."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from recredit.context.specification import STUDY_SCHOOLS
from recredit.context.study_schools import Limits
from recredit.disclosure.files import csv_text, read_bases, read_exact_table
from recredit.disclosure.linked.joining import CountedTable, join_tables
from recredit.disclosure.linked.release import Surroundings, attack_release
from recredit.disclosure.protection import described_tables, primary_marks, protect_release
from recredit.disclosure.rules import MARK, DisclosureRules
from recredit.disclosure.surroundings import CODES

LIMITS = Limits(minimum_group=10, minimum_units=3)


def district_tables(zone: Any, seed: int = 5, other_schools: int = 6) -> dict[str, pd.DataFrame]:
    """School years of the students in the study, and of as many and a half in other schools or in theirs."""
    random = np.random.default_rng(seed)
    cohort = pd.read_parquet(zone.file("cohort.parquet")).drop_duplicates("student_id")
    theirs = cohort[["student_id", "school_id", "school_year"]].assign(inside=True)
    number = round(1.5 * len(theirs))
    places = [f"other {place}" for place in range(other_schools)] + sorted(theirs["school_id"].unique())[:4]
    others = pd.DataFrame(
        {
            "student_id": [f"outside {place:05d}" for place in range(number)],
            "school_id": random.choice(places, number),
            "school_year": random.choice([2018, 2019], number),
            "inside": False,
        }
    )
    # The year after the study, and one long before, must not count.
    later = theirs.sample(200, random_state=1).assign(school_year=2020)
    both = others.sample(100, random_state=1).assign(school_year=lambda rows: 4037 - rows["school_year"])
    years = pd.concat([theirs, others, later, both], ignore_index=True)
    years["gpa"] = np.where(years["inside"], 1.5, 2.5) + random.normal(0, 0.5, len(years)) + years["school_year"] % 2
    years["credits_attempted"], years["credits_earned"] = 60.0, random.choice([30.0, 45.0, 60.0], len(years))
    students = years[["student_id"]].drop_duplicates()
    students = students.assign(
        sex=random.choice(["female", "male"], len(students)), english_learner=random.uniform(size=len(students)) < 0.2
    )
    return {"student_years": years.drop(columns="inside"), "students": students}


def describe(zone: Any, tables: dict[str, pd.DataFrame], limits: Limits = LIMITS) -> pd.DataFrame:
    files = {}
    for name, table in tables.items():
        files[name] = zone.file(f"district/{name}.parquet")
        table.to_parquet(files[name], index=False)
    zone.load("estimate", "describe_district").main(
        cohort=zone.file("cohort.parquet"),
        measures=zone.file("measures.parquet"),
        files=files,
        table=zone.file("estimate/study_schools.parquet"),
        made=zone.file("made/describe_district.parquet"),
        base=zone.file("estimate/bases/district/describe_district.parquet"),
        settings=zone.cohort_settings,
        limits=limits,
    )
    return pd.read_parquet(zone.file("estimate/study_schools.parquet"))


def once(zone: Any, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Each student once, in the year in the study or the last of 2018 and 2019: found student by student."""
    cohort = pd.read_parquet(zone.file("cohort.parquet"))
    in_study = cohort.groupby("student_id")["school_year"].min().to_dict()
    rows = []
    for student, own in tables["student_years"].groupby("student_id"):
        within = own[own["school_year"].isin([2018, 2019])]
        if len(within):
            year = in_study.get(student, within["school_year"].max())
            rows.append(within[within["school_year"] == year].iloc[0].to_dict() | {"inside": student in in_study})
    frame = pd.DataFrame(rows).merge(tables["students"], on="student_id")
    return frame.assign(study_school=frame["school_id"].isin(set(cohort["school_id"])))


def test_the_table_is_that_of_another_way_of_counting(district: Any) -> None:
    tables = district_tables(district)
    table, frame = describe(district, tables), once(district, tables)
    assert district.made("describe_district") == {"study_schools": ""}
    shown = table.set_index(["characteristic", "category"])
    parts = {"study": frame[frame["inside"]], "study_schools": frame[frame["study_school"]], "district": frame}
    for group in ("study_schools", "district"):
        assert (table[f"students_{group}"] == len(parts[group])).all()
        females = shown.loc[("Sex", "female"), f"percent_{group}"]
        assert females == pytest.approx(100 * (parts[group]["sex"] == "female").mean())
        learners = shown.loc[("English learner", "yes"), f"percent_{group}"]
        assert learners == pytest.approx(100 * parts[group]["english_learner"].mean())
    for group, part in parts.items():
        assert shown.loc[("Grade point average", "mean"), f"mean_{group}"] == pytest.approx(part["gpa"].mean())
        assert shown.loc[("Grade point average", "mean"), f"sd_{group}"] == pytest.approx(part["gpa"].std())
        earned = shown.loc[("Credits earned, of those attempted", "mean"), f"mean_{group}"]
        assert earned == pytest.approx((100 * part["credits_earned"] / 60).mean())
    assert shown.loc[("Grade point average", "mean"), "mean_study"] < table["mean_district"].dropna().iloc[0]
    assert (table["schools_study"] == frame.loc[frame["study_school"], "school_id"].nunique()).all()
    assert (table["schools_district"] == frame["school_id"].nunique()).all()
    # Nothing is said of what the study has no table for.
    assert not set(table["characteristic"]) & {"Math test score", "Days absent, of those enrolled", "Grade level"}


@pytest.mark.parametrize("other_schools", [0, 2])
def test_study_schools_stand_alone_only_beside_enough_others(district: Any, other_schools: int) -> None:
    table = describe(district, district_tables(district, other_schools=other_schools))
    assert table[["students_study_schools", "percent_study_schools", "mean_study_schools"]].isna().all(axis=None)
    assert table["schools_district"].iloc[0] - table["schools_study"].iloc[0] == other_schools


def test_a_mean_is_left_out_where_few_stand_outside_of_its_group(district: Any) -> None:
    tables = district_tables(district)
    cohort = pd.read_parquet(district.file("cohort.parquet"))
    outside = ~tables["student_years"]["student_id"].isin(cohort["student_id"])
    known = tables["student_years"].index[outside][:9]
    tables["student_years"].loc[outside & ~tables["student_years"].index.isin(known), "gpa"] = np.nan
    row = describe(district, tables).set_index("characteristic").loc["Grade point average"]
    assert np.isfinite(row["mean_district"]) and np.isnan(row["mean_study"])


def test_a_district_that_is_little_more_than_the_study_is_not_described(district: Any) -> None:
    tables = district_tables(district)
    cohort = pd.read_parquet(district.file("cohort.parquet"))
    inside = tables["student_years"]["student_id"].isin(cohort["student_id"])
    few = pd.concat([tables["student_years"][inside], tables["student_years"][~inside].head(500)])
    assert describe(district, {**tables, "student_years": few}).empty
    assert "too few students outside the study" in district.made("describe_district")["study_schools"]


def test_without_school_years_the_missing_table_is_named(district: Any) -> None:
    assert describe(district, {"students": district_tables(district)["students"]}).empty
    assert district.made("describe_district") == {"study_schools": "the study has no table student_years"}


def release(zone: Any) -> tuple[dict[str, Any], Surroundings]:
    tables = {"study_schools": read_exact_table(zone.file("estimate/study_schools.parquet"))}
    bases = read_bases([zone.file("estimate/bases/district/describe_district.parquet")])
    return tables, Surroundings(bases, codes=CODES, insider="school_id")


@pytest.mark.parametrize("minimum", [10, 2000])
def test_what_is_shown_withstands_the_attack_on_the_very_students_it_counts(district: Any, minimum: int) -> None:
    describe(district, district_tables(district))
    tables, around = release(district)
    rules = DisclosureRules(minimum_group=minimum)
    shown = protect_release(tables, rules, around)
    assert (shown["study_schools"] == MARK).any(axis=None) == (minimum > 10)
    marks = {"study_schools": shown["study_schools"] == MARK}
    described = described_tables(tables, {name: _whole(mark, tables[name]) for name, mark in marks.items()}, rules)
    (certificate,) = attack_release(described, rules, around).values()
    assert certificate.recovered == certificate.insider_recovered == certificate.differences_recovered == 0
    assert primary_marks(tables, rules)["study_schools"].to_numpy().any() == (minimum > 10)


def _whole(mark: pd.DataFrame, table: Any) -> pd.DataFrame:
    """Marks for all columns of the exact table, the hidden ones without."""
    return mark.reindex(columns=list(table.values.columns), fill_value=False)


def test_students_of_the_study_tie_the_district_to_the_tables_of_the_cohort(district: Any) -> None:
    describe(district, district_tables(district))
    base = pd.read_parquet(district.file("estimate/bases/district/describe_district.parquet"))
    cohort = pd.read_parquet(district.file("cohort.parquet"))
    tied = base.merge(cohort, left_on="unit", right_on="enrollment_id", suffixes=("", " (cohort)"))
    assert tied["student_id"].is_unique and set(tied["student_id"]) == set(cohort["student_id"])
    assert base["unit"].is_unique and len(base) > len(tied)
    counted = cohort[["enrollment_id", "course"]].rename(columns={"enrollment_id": "unit"})
    joined = join_tables({"district": CountedTable(base, ()), "enrollments": CountedTable(counted, ())}, CODES)
    assert list(joined) == ["district and enrollments"]


def test_the_same_bytes_with_new_codes_and_shuffled_rows(district: Any) -> None:
    first = describe(district, district_tables(district))
    tables = district_tables(district)
    names = {code: f"x{number:05d}" for number, code in enumerate(tables["students"]["student_id"].sample(frac=1))}
    cohort = pd.read_parquet(district.file("cohort.parquet"))
    renamed = {
        name: table.assign(student_id=table["student_id"].map(names)).sample(frac=1, random_state=3)
        for name, table in tables.items()
    }
    try:
        district.change_cohort(lambda rows: rows.assign(student_id=rows["student_id"].map(names)))
        again = describe(district, renamed)
    finally:
        cohort.to_parquet(district.file("cohort.parquet"), index=False)
    assert csv_text(again.astype("str")) == csv_text(first.astype("str"))
    assert list(first.columns) == list(STUDY_SCHOOLS.columns)
