"""A simulated coded zone with a planted truth, taken through cohort and measure to the analysis table."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recredit.effects.impacts import Draws
from recredit.effects.specifications import EFFECT_SPECIFICATIONS
from recredit.measures.bucket import BucketFiles
from recredit.measures.combine import Work
from recredit.measures.plans import Plans
from recredit.measures.sums import Calendar

SCHOOLS, PER_BLOCK = 20, 30
# What the simulated grades depend on: points of 100 per whole share, per whole rate, per grade level above 9.
TRUTH = {"idle_share": -40.0, "absence_rate": -60.0, "grade_10": 5.0, "online": -4.0}

COHORT = {
    "courses": ["ENG9", "ALG1"],
    "recovery_only": True,
    "minimum_first_attempt_percent": None,
    "lottery_required": False,
    "online_modes": ["online"],
    "comparison_modes": ["teacher_directed"],
    "labels": {},
}
TABLES = ["students", "terms", "courses", "sections", "enrollments", "marks", "attendance", "sessions"]
MODEL = {
    "name": "grade_on_engagement",
    "title": "Final grade of online students",
    "outcome": "percent",
    "terms": ["idle_share", "absence_rate", "grade_level"],
    "absorb": ["course_id", "school_year"],
    "cluster": "school_id",
    "mode": "online",
}
CONTRAST = {
    "name": "grade_by_assignment",
    "title": "Final grade",
    "outcome": "percent",
    "randomised": True,
    "cluster": "school_id",
}

PLAN = {
    "confirmatory": ["grade_by_assignment"],
    "governing_p": "CR2",
    "significance_level": 0.05,
    "attrition_boundary": "cautious",
    "baseline": ["absence_rate", "earlier_attempts"],
    "subgroups": [],
    "districts": 1,
}


@dataclass
class Zone:
    """The files of a simulated coded zone, and what the scripts of the stage need beside them."""

    folder: Path
    load: Callable[[str, str], ModuleType]
    tables: list[str] = field(default_factory=lambda: list(TABLES))
    cohort_settings: dict[str, Any] = field(default_factory=lambda: dict(COHORT))

    def file(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def describe(self) -> None:
        self.load("estimate", "describe_cohort").main(
            cohort=self.file("cohort.parquet"),
            flow=self.file("flow.parquet"),
            flow_rows=self.file("flow_rows.parquet"),
            measures=self.file("measures.parquet"),
            quality=self.file("quality.parquet"),
            folder=self.file("estimate/x").parent,
            made=self.file("made/describe_cohort.parquet"),
            base=self.file("estimate/bases/enrollments/describe_cohort.parquet"),
            settings=self.cohort_settings,
            minimum_minutes=30,
            tables=self.tables,
        )

    def associations(self, *models: dict[str, Any], table: str = "associations") -> pd.DataFrame:
        """One of the tables of associations; `give_types` comes first where a model is about types of user."""
        names = ("online", "types", "enrollments", "sections", "courses", "terms", "marks", "attendance")
        for base in ("enrollments", "log"):
            self.file(f"estimate/bases/{base}/estimate_associations.parquet")
        self.load("estimate", "estimate_associations").main(
            cohort=self.file("cohort.parquet"),
            measures=self.file("measures.parquet"),
            log={name: self.file(f"{name}.parquet") for name in names},
            weeks=[self.file("weeks.parquet")],
            folder=self.file("estimate/x").parent,
            made=self.file("made/estimate_associations.parquet"),
            models=models,
            settings=self.cohort_settings,
            tables=self.tables,
            definition="computed from clicks",
        )
        return pd.read_parquet(self.file(f"estimate/{table}.parquet"))

    def give_types(self) -> None:
        """Two types of user by the idle share, in place of those that the stage measure finds."""
        online = pd.read_parquet(self.file("online.parquet"))
        kinds = np.where(online["idle_share"] < online["idle_share"].median(), "engaged users", "nominal exerters")
        types = pd.DataFrame({"enrollment_id": online["enrollment_id"], "type": kinds})
        types.to_parquet(self.file("types.parquet"), index=False)

    def differences(self, *contrasts: dict[str, Any]) -> pd.DataFrame:
        table = self.file("estimate/differences.parquet")
        self.load("estimate", "estimate_differences").main(
            cohort=self.file("cohort.parquet"),
            measures=self.file("measures.parquet"),
            table=table,
            made=self.file("made/estimate_differences.parquet"),
            base=self.file("estimate/bases/enrollments/estimate_differences.parquet"),
            contrasts=contrasts,
            settings=self.cohort_settings,
            tables=self.tables,
        )
        return pd.read_parquet(table)

    def effects(self, *contrasts: dict[str, Any], school_blocks: bool = False, **plan: Any) -> dict[str, pd.DataFrame]:
        """The tables of the comparison under a plan; few draws, since the tests look at what they are fed with."""
        folder = self.file("estimate/x").parent
        self.load("estimate", "estimate_effects").main(
            cohort=self.file("cohort.parquet"),
            measures=self.file("measures.parquet"),
            enrollments=self.file("enrollments.parquet"),
            survey=None,
            folder=folder,
            made=self.file("made/estimate_effects.parquet"),
            base=self.file("estimate/bases/enrollments/estimate_effects.parquet"),
            contrasts=contrasts,
            plan={**PLAN, **plan},
            draws=Draws(seed=1, bootstrap=199, permutation=199, bounds=19),
            settings=self.cohort_settings,
            tables=self.tables,
            school_blocks=school_blocks,
        )
        return {name: pd.read_parquet(folder / f"{name}.parquet") for name in EFFECT_SPECIFICATIONS}

    def made(self, rule: str) -> dict[str, str]:
        """Why each analysis of a rule was not made; empty text where it was."""
        table = pd.read_parquet(self.file(f"made/{rule}.parquet"))
        return dict(zip(table["analysis"], table["why"], strict=True))

    def change_cohort(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        path = self.file("cohort.parquet")
        change(pd.read_parquet(path)).to_parquet(path, index=False)

    def change_measures(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        path = self.file("measures.parquet")
        change(pd.read_parquet(path)).to_parquet(path, index=False)


def simulate(seed: int = 20260101) -> dict[str, pd.DataFrame]:
    """Coded tables of two summers in 20 schools: a lottery in each school, course and summer."""
    random = np.random.default_rng(seed)
    cells = [("ENG9", 2018), ("ENG9", 2019), ("ALG1", 2019)]
    frame = pd.DataFrame(
        [
            (f"{school:02d}", course, year, number)
            for school in range(SCHOOLS)
            for course, year in cells
            for number in range(PER_BLOCK)
        ],
        columns=["school", "course", "year", "number"],
    )
    n = len(frame)
    frame["online"] = frame["number"] % 2 == 0
    frame["taken_online"] = np.where(random.uniform(size=n) < 0.05, ~frame["online"], frame["online"]).astype(bool)
    frame["idle"] = random.beta(4, 8, n)
    frame["absence"] = random.integers(0, 54, n)
    frame["grade_level"] = random.choice([9, 10], n)
    shock = random.normal(0, 3, SCHOOLS)[frame["school"].astype(int)]
    frame["percent"] = (
        80
        + np.where(frame["taken_online"], TRUTH["idle_share"] * frame["idle"], TRUTH["idle_share"] / 3)
        + TRUTH["absence_rate"] * frame["absence"] / 180
        + TRUTH["grade_10"] * (frame["grade_level"] == 10)
        + TRUTH["online"] * frame["taken_online"]
        + np.where(frame["course"] == "ALG1", -3, 0)
        + shock
        + random.normal(0, 8, n)
    ).clip(0, 100)
    frame["no_show"] = random.uniform(size=n) < 0.08
    return coded(frame, random)


def coded(frame: pd.DataFrame, random: np.random.Generator) -> dict[str, pd.DataFrame]:
    names = [f"{number:05d}" for number in random.permutation(len(frame))]
    mode = np.where(frame["taken_online"], "online", "teacher_directed")
    section = frame["school"] + frame["course"] + frame["year"].astype(str) + mode
    enrollments = pd.DataFrame(
        {
            "enrollment_id": ["e" + name for name in names],
            "student_id": ["s" + name for name in names],
            "section_id": section,
            "grade_level": frame["grade_level"],
            "is_recovery": True,
            "enrollment_reason": np.where(frame["number"] < 20, "failed the course", "missed credits"),
            "status": np.where(frame["no_show"], "dropped", "enrolled"),
            "assigned_mode": np.where(frame["online"], "online", "teacher_directed"),
            "earlier_attempts": 1 + np.arange(len(frame)) % 2,
            "lottery_block": frame["school"] + frame["course"] + frame["year"].astype(str),
        }
    )
    sections = pd.DataFrame(
        {
            "section_id": section,
            "course_id": frame["course"],
            "school_id": "h" + frame["school"],
            "term_id": "su" + frame["year"].astype(str),
            "teacher_id": "t" + section,
            "mode": mode,
        }
    ).drop_duplicates()
    present = ~frame["no_show"].to_numpy()
    marks = pd.DataFrame(
        {
            "enrollment_id": enrollments["enrollment_id"],
            "percent": frame["percent"].round(2),
            "completed": frame["percent"] >= 50,
            "passed": frame["percent"] >= 60,
        }
    )[present]
    attendance = pd.DataFrame(
        {
            "student_id": enrollments["student_id"],
            "school_year": frame["year"],
            "days_enrolled": 180,
            "days_absent": frame["absence"],
        }
    )
    log = enrollments.loc[present & frame["taken_online"].to_numpy(), ["enrollment_id"]].copy()
    idle = (frame.loc[log.index, "idle"] * 3600).round().astype("int64")
    sessions = pd.concat(
        [log.assign(idle_seconds=idle, active_seconds=3600 - idle, program_day=day) for day in range(1, 6)]
    ).assign(
        activities_completed=4, idle_definition="vendor A", duration_seconds=3600, outside_school_day=False,
        idle_seconds_at_least=np.nan, idle_seconds_at_most=np.nan, program_week=1, school_year=2018
    )  # fmt: skip
    students = pd.DataFrame(
        {
            "student_id": enrollments["student_id"],
            "sex": np.where(random.uniform(size=len(frame)) < 0.5, "female", "male"),
        }
    )
    return {
        "enrollments": enrollments,
        "sections": sections,
        "marks": marks,
        "attendance": attendance,
        "students": students,
        "sessions": sessions,
        "courses": pd.DataFrame(
            {"course_id": ["ENG9", "ALG1"], "title": ["English 9", "Algebra 1"], "subject": ["english", "math"]}
        ),
        "terms": pd.DataFrame(
            {
                "term_id": ["su2018", "su2019"],
                "title": ["Summer 2018", "Summer 2019"],
                "kind": "summer",
                "starts_on": pd.to_datetime(["2018-06-18", "2019-06-17"]),
                "school_year": [2018, 2019],
            }
        ),
        "quality": pd.DataFrame(
            [
                ("marks", "percent_in_range", "warn", "grades above 100", "rows", 3, 1800),
                ("terms", "term_ends_after_start", "warn", "the term ends before it starts", "rows", 0, 2),
            ],
            columns=["table", "check", "severity", "what", "unit", "count", "checked"],
        ),
    }


def build_zone(zone: Zone, tables: dict[str, pd.DataFrame]) -> Zone:
    """Writes the coded tables and runs the stages `cohort` and `measure` over them."""
    for name, table in tables.items():
        table.to_parquet(zone.file(f"{name}.parquet"), index=False)
    inputs = {name: zone.file(f"{name}.parquet") for name in zone.tables if name != "sessions"}
    zone.load("cohort", "build_cohort").main(
        tables=inputs,
        cohort=zone.file("cohort.parquet"),
        flow=zone.file("flow.parquet"),
        flow_rows=zone.file("flow_rows.parquet"),
        settings=zone.cohort_settings,
        memory_gb=1,
        threads=1,
    )
    zone.load("measure", "measure_bucket").main(
        sessions=zone.file("sessions.parquet"),
        files=BucketFiles(zone.file("0000.parquet"), zone.file("weeks.parquet"), zone.file("years.parquet")),
        days=Calendar(),
        minimum_minutes=30,
        memory_gb=1,
        threads=1,
    )
    zone.load("measure", "combine_measures").main(
        cohort=zone.file("cohort.parquet"),
        work=Work([zone.file("0000.parquet")]),
        plans=Plans(),
        measures=zone.file("measures.parquet"),
        online=zone.file("online.parquet"),
        minimum_minutes=30,
        target_minutes=45,
        memory_gb=1,
        threads=1,
    )
    return zone


@pytest.fixture(scope="session")
def load(repository: Path) -> Callable[[str, str], ModuleType]:
    """Loads a script by its stage and its rule's name."""

    def by_name(stage: str, rule: str) -> ModuleType:
        path = repository / "workflow" / "scripts" / stage / f"{rule}.py"
        specification = importlib.util.spec_from_file_location(f"{rule}_script", path)
        assert specification is not None and specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        return module

    return by_name


@pytest.fixture(scope="session")
def simulated() -> dict[str, pd.DataFrame]:
    return simulate()


@pytest.fixture(scope="session")
def district(
    load: Callable[[str, str], ModuleType], simulated: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> Zone:
    """The simulated district; tests that change it ask for `own_district`."""
    return build_zone(Zone(tmp_path_factory.mktemp("district"), load), simulated)


@pytest.fixture
def own_district(load: Callable[[str, str], ModuleType], simulated: dict[str, pd.DataFrame], tmp_path: Path) -> Zone:
    return build_zone(Zone(tmp_path, load), simulated)


@pytest.fixture
def model() -> dict[str, Any]:
    return dict(MODEL)


@pytest.fixture
def contrast() -> dict[str, Any]:
    return dict(CONTRAST)


@pytest.fixture
def truth() -> dict[str, float]:
    return dict(TRUTH)


@pytest.fixture
def recode(load: Callable[[str, str], ModuleType], simulated: dict[str, pd.DataFrame], tmp_path: Path) -> Zone:
    """The same district with fresh random study codes and shuffled rows."""
    random = np.random.default_rng(5)
    names = ("enrollment_id", "student_id", "school_id", "section_id", "teacher_id", "lottery_block")
    fresh: dict[str, dict[str, str]] = {name: {} for name in names}
    tables = {}
    for table, frame in simulated.items():
        changed = frame.sample(frac=1, random_state=3) if table not in ("quality", "courses", "terms") else frame.copy()
        for name in set(names) & set(changed.columns):
            for code in changed[name].unique():
                fresh[name].setdefault(code, f"{random.integers(1 << 62):x}")
            changed[name] = changed[name].map(fresh[name])
        tables[table] = changed
    return build_zone(Zone(tmp_path / "recoded", load), tables)
