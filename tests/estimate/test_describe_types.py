"""Tables of types of user, efficiency and idle thresholds, over a log whose figures are known."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recredit.disclosure.files import read_bases, read_exact_table
from recredit.disclosure.linked.release import Surroundings, attack_release
from recredit.disclosure.protection import described_tables, primary_marks
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.specification import TableSpecification
from recredit.errors import DisclosureError
from recredit.estimators.type_outcomes import Resampling
from recredit.estimators.type_specifications import TYPE_TABLES
from recredit.measures.typology.find import FITS

ROWS, SCHOOLS = 600, 12
DEFINITIONS = ("before", "after")


def write(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    frame.to_parquet(folder / f"{name}.parquet", index=False)
    return folder / f"{name}.parquet"


@pytest.fixture
def zone(tmp_path: Path) -> dict[str, Any]:
    """600 enrollments of 300 students in 12 schools; grades fall by 3 points per 10 points of idle share."""
    generator = np.random.default_rng(5)
    number = np.arange(ROWS)
    codes = pd.Series([f"c{one:04d}" for one in number], dtype="str")
    kind = number % 2
    idle = np.clip(0.2 + 0.3 * kind + 0.05 * generator.standard_normal(ROWS), 0.01, 0.9)
    year = np.where(number < ROWS // 2, 2018, 2019)
    online = pd.DataFrame(
        {
            "enrollment_id": codes, "sessions": 10 + 5 * kind, "days": 9, "active_hours": 10 * (1 - idle),
            "idle_hours": 10 * idle, "total_hours": 10.0, "idle_share": idle, "activities": 60 - 30 * kind,
            "activities_per_day": 6.0, "minutes_per_session": 40.0, "share_outside_school_day": 0.25,
            "activities_per_active_hour": np.where(year == 2018, 5.0, 6.0), "sessions_to_completion": 9.0,
            "idle_definition": [DEFINITIONS[int(one == 2019)] for one in year],
            "idle_share_from_clicks": idle + 0.02, "active_hours_from_clicks": 8.0,
        }
    )  # fmt: skip
    types = pd.DataFrame({"enrollment_id": codes, "type": np.array(["engaged", "idle"])[kind],
                          "probability_1": 1.0 - kind, "probability_2": 1.0 * kind})  # fmt: skip
    school = number % SCHOOLS
    tables = {
        "online": online,
        "types": types,
        "enrollments": pd.DataFrame({"enrollment_id": codes, "student_id": [f"s{one % 300}" for one in number],
                                     "section_id": [f"x{one}-{y}" for one, y in zip(school, year, strict=True)],
                                     "grade_level": 9 + number % 4}),
        "marks": pd.DataFrame({"enrollment_id": codes, "percent": 80 - 30 * idle + generator.standard_normal(ROWS),
                               "completed": kind == 0, "passed": number % 3 > 0}),
        "teacher_ratings": pd.DataFrame({"enrollment_id": codes, "item": "personal_discipline", "rating": 4 - kind}),
        "courses": pd.DataFrame({"course_id": ["m"], "title": ["Algebra 1"], "subject": ["math"]}),
        "terms": pd.DataFrame({"term_id": ["2018", "2019"], "school_year": [2018, 2019]}),
    }  # fmt: skip
    sections = [(f"x{one}-{y}", f"h{one}", f"t{one}", "m", str(y)) for one in range(SCHOOLS) for y in (2018, 2019)]
    names = ["section_id", "school_id", "teacher_id", "course_id", "term_id"]
    tables["sections"] = pd.DataFrame(sections, columns=names)
    clicks = pd.DataFrame({"enrollment_id": codes, "total_microseconds": 36_000_000_000})
    clicks["idle_microseconds_by_threshold"] = [[18_000_000_000, 9_000_000_000]] * ROWS
    fits = pd.DataFrame([(2, 10.0, 0.99, 0.5, 0.05, 0.9, True, True)], columns=list(FITS))
    files = {name: write(tmp_path, name, table) for name, table in tables.items()}
    return {"files": files, "clicks": [write(tmp_path, "clicks", clicks)], "fits": write(tmp_path, "fits", fits)}


@pytest.fixture
def script(repository: Path) -> ModuleType:
    path = repository / "workflow" / "scripts" / "estimate" / "describe_types.py"
    specification = importlib.util.spec_from_file_location("describe_types_script", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def tables(script: ModuleType, zone: dict[str, Any], folder: Path) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    out = folder / "out"
    (out / "bases").mkdir(parents=True, exist_ok=True)
    files = {"made": out / "made.parquet", "base": out / "bases" / "log.parquet"}
    script.main(
        **zone, **files, folder=out, thresholds=(2, 5), resampling=Resampling(30, 1), minimum_minutes=30
    )  # fmt: skip
    found = {name: pd.read_parquet(out / f"{name}.parquet") for name in TYPE_TABLES}
    for name, table in found.items():
        assert list(table) == list(TableSpecification.from_json((out / f"{name}.json").read_text()).columns), name
    return found, pd.read_parquet(out / "made.parquet").set_index("analysis")


def test_figures_by_type_year_and_threshold(script: ModuleType, zone: dict[str, Any], tmp_path: Path) -> None:
    found, made = tables(script, zone, tmp_path)
    assert set(made["made"]) == {"yes"}
    types = found["engagement_types"].set_index(["type", "idle_definition"])
    assert set(types.index) == {(kind, name) for kind in ("engaged", "idle") for name in DEFINITIONS}
    assert (types["students"] == 150).all() and (types["math_percent"] == 100).all()
    # Grades 9 to 12 go round in fours and types in twos: of each type half is in grade 9 or 10.
    assert (types["low_grade_level_percent"] == 50).all()
    assert (types.loc["engaged", "idle_share_mean"].sub(20).abs() < 2).all()
    years = found["efficiency_by_year"].set_index(["school_year", "type"])["activities_per_active_hour_mean"]
    assert years["2018", "all"] == 5 and years["2019", "idle"] == 6
    # 5 and 2.5 of 10 hours.
    assert found["idle_thresholds"]["idle_share_mean"].tolist() == [50, 25]
    assert found["idle_thresholds"]["threshold"].tolist() == ["2 minutes", "5 minutes"]
    assert found["idle_agreement"]["difference_mean"].tolist() == pytest.approx([2, 2])
    assert found["type_ratings"].set_index("type")["rating_mean"].to_dict() == {"engaged": 4, "idle": 3}


def test_outcomes_by_type_and_idle_time_inside_a_type(script: ModuleType, zone: dict[str, Any], tmp_path: Path) -> None:
    rows = tables(script, zone, tmp_path)[0]["types_outcomes"]
    grade = rows[rows["outcome"] == "Final grade"].set_index(["type", "method"])
    # Certain classes: the corrected mean is the mean, 80 - 30 x .2 and 80 - 30 x .5; the slope -3 per 10 points.
    assert grade["estimate"].to_numpy() == pytest.approx([74, 65, -3, -3], abs=0.6)
    assert (grade["ci_low"] < grade["estimate"]).all() and (grade["estimate"] < grade["ci_high"]).all()
    assert (rows["residual_df"] == SCHOOLS - 1).all()


def test_without_types_and_clicks_the_rest_is_made(script: ModuleType, zone: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, "types", pd.DataFrame({"enrollment_id": [], "type": []}, dtype="str"))
    write(tmp_path, "fits", pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in FITS.items()}))
    found, made = tables(script, {**zone, "clicks": []}, tmp_path)
    assert len(found["efficiency_by_year"]) == 2 and not len(found["engagement_types"])
    assert made["why"]["idle_thresholds"] == "the study has no table events"
    assert "typology.types" in made["why"]["engagement_types"]


def test_other_codes_and_another_order_change_no_figure(
    script: ModuleType, zone: dict[str, Any], tmp_path: Path
) -> None:
    first, _ = tables(script, zone, tmp_path)
    base = marks_of_base(tmp_path)
    for name in ("online", "enrollments", "marks", "types", "sections", "teacher_ratings"):
        table = pd.read_parquet(zone["files"][name]).sample(frac=1, random_state=3)
        for column in ("student_id", "school_id"):
            if column in table:
                table[column] = "z" + table[column].str[::-1]
        table.to_parquet(zone["files"][name], index=False)
    again, _ = tables(script, zone, tmp_path)
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, again[name], check_exact=True)
    # Which of a student's two equal ratings counts as the first is decided by content, too.
    pd.testing.assert_frame_equal(base, marks_of_base(tmp_path))


def marks_of_base(folder: Path) -> pd.DataFrame:
    base = pd.read_parquet(folder / "out" / "bases" / "log.parquet")
    return base.drop(columns=["student_id", "school_id"]).sort_values("unit", ignore_index=True)


def test_the_layouts_describe_the_very_enrollments_that_the_tables_count(
    script: ModuleType, zone: dict[str, Any], tmp_path: Path
) -> None:
    """Building the joint system compares each cell with the base: one enrollment more or less is refused."""
    tables(script, zone, tmp_path)
    rules, exact = (
        DisclosureRules(),
        {name: read_exact_table(tmp_path / "out" / f"{name}.parquet") for name in TYPE_TABLES},
    )
    bases = read_bases([tmp_path / "out" / "bases" / "log.parquet"])
    described = described_tables(exact, primary_marks(exact, rules), rules)
    counting = {"engagement_types", "type_ratings", "efficiency_by_year", "idle_thresholds", "types_outcomes"}
    assert {each.name for each in described} >= counting
    assert attack_release(described, rules, Surroundings(bases))["log"].cells > 20
    fewer = Surroundings({"log": bases["log"].drop(index=range(30))})
    with pytest.raises(DisclosureError, match="disagree"):
        attack_release(described, rules, fewer)
