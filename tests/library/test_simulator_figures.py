"""The demo's district against the published figures, one by one and all together, and its truth against the records."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import chi2

from simulator import figures
from simulator.figures import figures_of, joint_statistic
from simulator.reading import read_settings
from simulator.truth import write_district

REPOSITORY = Path(__file__).resolve().parents[2]
DEMO = REPOSITORY / "config" / "studies" / "demo" / "district.yaml"
# The demo's own seed, the default of the configuration, fixed before any figure was seen.
SEED = 20260101


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("demo")
    settings = read_settings(yaml.safe_load(DEMO.read_text(encoding="utf-8")))
    write_district(settings, SEED, made / "raw", made / "truth.json", made / "students.csv")
    return made


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return found


NAMES = [
    "schools",
    "students randomised",
    "courses taken online (more than)",
    "moonlighters' log-ins outside school",
    *(f"teachers agree, {item}, {year}" for item, year in figures.PUBLISHED_AGREED),
    *(f"{course}: students {what}" for course in figures.PUBLISHED_ANALYSED for what in ("analysed", "tested")),
    "CRS-ENGLISH-9: students answered",
    *(
        f"{course}: {what}, assigned to {mode}"
        for course in figures.PUBLISHED_RECOVERED
        for what in ("recovered", "external test")
        for mode in ("online", "teacher-directed")
    ),
    *(f"CRS-ENGLISH-9: emotional engagement, assigned to {mode}" for mode in ("online", "teacher-directed")),
]


@pytest.mark.parametrize("name", NAMES)
def test_published_figure(truth: dict[str, Any], name: str) -> None:
    figure = next(one for one in figures_of(truth) if one.name == name)
    assert figure.published is not None
    if name.startswith("courses taken online"):
        assert figure.simulated > figure.published
        return
    # What is planted is what was published: whole percent of 21 teachers; counts up to the rounding of a share.
    rounding = {"percent": 0.5, "students": 16}.get(figure.unit, 1e-9)
    assert abs(figure.planted - figure.published) <= rounding
    # 3.3 standard errors: one of some twenty figures would fall outside by chance once in 50 seeds.
    assert abs(figure.simulated - figure.planted) <= 3.3 * figure.std_error + 1e-9


def test_all_figures_together(truth: dict[str, Any]) -> None:
    statistic, df = joint_statistic(truth)
    assert df == 19
    # The test that judges the demo: its figures as a whole are no further from the truth than chance moves them,
    # nor suspiciously near.
    assert 0.001 < chi2.sf(statistic, df) < 0.999


def test_every_published_figure_of_the_domain_is_in_the_table(truth: dict[str, Any]) -> None:
    published = {one.name for one in figures_of(truth) if one.published is not None}
    assert published == set(NAMES)


def test_attrition_is_low_for_credits_and_high_for_the_survey(truth: dict[str, Any]) -> None:
    for course in truth["courses"].values():
        arms = course["simulated"].values()
        randomised = sum(arm["randomised"] for arm in arms)
        lost = [1 - sum(arm[name] for arm in arms) / randomised for name in ("analysed", "tested", "answered")]
        by_arm = [1 - arm["analysed"] / arm["randomised"] for arm in arms]
        # WWC cautious boundary at 8 to 14 percent overall: a difference of at most 6.0 points is low.
        assert 0.08 < lost[0] < 0.14 and abs(by_arm[0] - by_arm[1]) < 0.060
        assert 0.22 < lost[1] < 0.30 and lost[2] > 0.40


def test_naive_comparison_says_what_the_truth_does_not(truth: dict[str, Any]) -> None:
    assert truth["structural"]["effect_of_online_on_test"] == 0.0
    panel = truth["targets"]["achievement_panel"]
    for outcome in ("test_math", "test_reading", "credits_earned_share", "grade_point_average"):
        naive, within = panel["naive"][outcome]["target"], panel["student_and_year"][outcome]["target"]
        # Weaker students go online: the naive coefficient is far below 0, and mostly gone beside student effects.
        assert naive < -1 and abs(within) < 0.15 * abs(naive)


def test_panel_targets_are_those_of_the_credits_in_the_handed_files(folder: Path, truth: dict[str, Any]) -> None:
    """The share of credits, read off the raw files by hand, finds the naive target; a share of courses would not."""
    raw = folder / "raw"
    marks = pd.read_csv(raw / "district" / "marks.csv", usecols=["Student ID", "Class ID", "Credits Attempted"])
    classes = pd.read_csv(
        raw / "oneroster" / "classes.csv", usecols=["sourcedId", "termSourcedIds", "metadata.courseModel"]
    )
    extra = pd.read_csv(
        raw / "district" / "enrollment_supplement.csv", usecols=["Student ID", "Class ID", "Repeat Code"]
    )
    taken = marks.merge(classes, left_on="Class ID", right_on="sourcedId").merge(extra, on=["Student ID", "Class ID"])
    credits = taken["Credits Attempted"]
    taken = taken.assign(
        year=taken["termSourcedIds"].str[-4:].astype(int),
        online=credits.where(taken["metadata.courseModel"] == "Online", 0),
        recovery=credits.where(taken["Repeat Code"] == "CR", 0),
    )
    sums = taken.groupby(["Student ID", "year"])[["online", "recovery"]].sum().reset_index()
    years = pd.read_csv(raw / "district" / "student_years.csv")
    years = years.assign(year=years["School Year"].str[-4:].astype(int))
    panel = years.merge(sums, on=["Student ID", "year"], how="left").fillna({"online": 0, "recovery": 0})
    panel["share"] = panel["online"] / (panel["Credits Attempted"] + panel["recovery"])
    panel["earned"] = panel["Credits Earned"] / panel["Credits Attempted"]
    free = panel[["share", "earned", "Grade Point Average"]] - panel.groupby("year")[
        ["share", "earned", "Grade Point Average"]
    ].transform("mean")
    naive = truth["targets"]["achievement_panel"]["naive"]
    for name, column in (("credits_earned_share", "earned"), ("grade_point_average", "Grade Point Average")):
        slope = float(free["share"] @ free[column] / (free["share"] @ free["share"]))
        # 24 schools beside the 60 behind the target: the difference's error is sqrt(1 + 60 / 24) times the target's.
        assert abs(slope - naive[name]["target"]) < 4 * 1.9 * naive[name]["std_error"], name


def test_idle_rule_imitates_improvement(folder: Path, truth: dict[str, Any]) -> None:
    assert truth["structural"]["idle_rule_changed"] == 2018
    versions = {}
    for year in (2017, 2018, 2019):
        lines = (folder / "raw" / "vendor" / f"session_log_{year}.csv").read_text(encoding="utf-8").splitlines()[1:]
        versions[year] = {line.rsplit(",", 1)[1] for line in lines}
    assert versions == {2017: {"5"}, 2018: {"6"}, 2019: {"6"}}
    shares = truth["targets"]["idle_share_by_year"]
    assert shares["2018"] < shares["2017"] - 0.01


def test_rows_and_students_are_counted_as_they_are_written(folder: Path, truth: dict[str, Any]) -> None:
    for name, rows in truth["rows"].items():
        text = (folder / "raw" / name).read_bytes()
        assert text.count(b"\n") == rows + 1, name
    assert truth["rows"]["oneroster/demographics.csv"] == truth["counts"]["students"] == 30_000
    students = (folder / "students.csv").read_text(encoding="utf-8").splitlines()
    assert len(students) == 30_001
    kinds = [line.split(",")[1] for line in students[1:]]
    for name, kind in truth["user_types"].items():
        # Standard error of a share of 30,000 is at most .003.
        assert abs(kinds.count(name) / 30_000 - kind["planted_share"]) < 0.01
        assert kinds.count(name) / 30_000 == pytest.approx(kind["share_of_students"])


def test_sessions_sum_to_the_counts(folder: Path, truth: dict[str, Any]) -> None:
    import duckdb

    log = f"read_csv('{folder}/raw/vendor/session_log_*.csv', all_varchar=true)"
    seconds = "list_sum([3600 * a[1]::BIGINT + 60 * a[2]::BIGINT + a[3]::BIGINT for a in [string_split({}, ':')]])"
    faulty = sum(1 for one in truth["faults"]["ledger"] if one["file"].startswith("vendor"))
    found = duckdb.sql(
        f"""SELECT count(*), sum({seconds.format('"Active Time"')}),
        max(abs(epoch("Session End"::TIMESTAMPTZ) - epoch("Session Start"::TIMESTAMPTZ)
        - {seconds.format('"Active Time"')} - {seconds.format('"Idle Time"')}))
        FROM {log} WHERE "Session End" > "Session Start" AND "Student Name" <> 'Visitor, Test'"""
    ).fetchall()[0]
    assert (
        found[0]
        == truth["counts"]["sessions"]
        == sum(rows for name, rows in truth["rows"].items() if "session_log" in name) - faulty
    )
    assert int(found[1]) == truth["counts"]["active_seconds"]
    assert found[2] == 0
    assert truth["counts"]["sessions"] < 600_000


def test_idle_share_goes_with_grades_inside_each_type(truth: dict[str, Any]) -> None:
    for name, ladder in truth["targets"]["associations_by_type"].items():
        target = ladder["percent"]["idle_share"]
        assert target["target"] < -3 * target["std_error"], name
    # No coefficient of the structure: only latent disengagement moves grades.
    assert truth["structural"]["percent"]["idle_share"] == 0.0
    assert np.isfinite(
        truth["targets"]["associations_district"]["student_course_and_year"]["percent"]["idle_share"]["target"]
    )
