"""The panel of students and school years: credits taken online beside test scores, credits earned and grade points."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from recredit.ordering import sort_by_content

CODES = ["student_id", "school_id", "home_school_id"]


@dataclass(frozen=True)
class PanelOutcome:
    """An outcome of the panel: words, the unit of a difference, and the coded table it comes from."""

    label: str
    unit: str
    table: str


OUTCOMES: Mapping[str, PanelOutcome] = MappingProxyType(
    {
        "math": PanelOutcome("Math score", "standard deviations", "tests"),
        "reading": PanelOutcome("Reading score", "standard deviations", "tests"),
        "credits_earned": PanelOutcome("Credits earned, of those attempted", "percentage points", "student_years"),
        "gpa": PanelOutcome("Grade point average", "grade points", "student_years"),
        "graduated_on_time": PanelOutcome("Graduated on time", "percentage points", "student_years"),
    }
)


@dataclass(frozen=True)
class Records:
    """The coded tables of the panel, in plain types."""

    student_years: pd.DataFrame
    enrollments: pd.DataFrame
    sections: pd.DataFrame
    terms: pd.DataFrame
    marks: pd.DataFrame
    tests: pd.DataFrame | None


def build_panel(records: Records, online_modes: tuple[str, ...]) -> pd.DataFrame:
    """One row per student and school year, sorted by content.

    Parameters
    ----------
    online_modes : modes of a section that count as online.

    Returns
    -------
    Columns student_id, school_id, home_school_id (that of the student's first year on file: clusters must not change),
    school_year, grade_level, `online_share` (0 to 1), the outcomes of :data:`OUTCOMES` (yes/no and shares in percent),
    and `lagged_<outcome>` and `next_online_share` from the year before and the year after.

    Notes
    -----
    The online share is credits attempted online over the credits of the year's own schedule and those attempted for
    recovery beside it, summers included. Of several tests of a subject the one with the most scores counts, so that the
    years can be compared.
    """
    years = records.student_years.copy()
    taken = credits_taken(records, online_modes)
    panel = years.merge(taken, on=["student_id", "school_year"], how="left", validate="one_to_one")
    online, recovery = panel["online_credits"].fillna(0.0), panel["recovery_credits"].fillna(0.0)
    attempted = panel["credits_attempted"] + recovery
    panel["online_share"] = (online / attempted.where(attempted > 0)).clip(upper=1.0)
    share = panel["credits_earned"] / panel["credits_attempted"].where(panel["credits_attempted"] > 0)
    panel["credits_earned"] = 100 * share
    panel["graduated_on_time"] = 100 * panel["graduated_on_time"]
    panel = panel.merge(scores(records.tests), on=["student_id", "school_year"], how="left")
    first = panel.sort_values("school_year", kind="stable").drop_duplicates("student_id").set_index("student_id")
    panel["home_school_id"] = panel["student_id"].map(first["school_id"])
    columns = [*CODES, "school_year", "grade_level", "online_share", *OUTCOMES]
    return sort_by_content(_with_neighbours(panel[columns]), CODES)


def credits_taken(records: Records, online_modes: tuple[str, ...]) -> pd.DataFrame:
    """Credits attempted online and for recovery, per student and school year."""
    taken = (
        records.enrollments[["enrollment_id", "student_id", "section_id", "is_recovery"]]
        .merge(records.sections[["section_id", "term_id", "mode"]], on="section_id")
        .merge(records.terms[["term_id", "school_year"]], on="term_id")
        .merge(records.marks[["enrollment_id", "credits_attempted"]], on="enrollment_id")
    )
    attempted = taken["credits_attempted"].fillna(0.0)
    taken["online_credits"] = attempted.where(taken["mode"].isin(online_modes), 0.0)
    taken["recovery_credits"] = attempted.where(taken["is_recovery"] == 1, 0.0)
    sums = taken.groupby(["student_id", "school_year"])[["online_credits", "recovery_credits"]].sum()
    return sums.reset_index()


def scores(tests: pd.DataFrame | None) -> pd.DataFrame:
    """Math and reading scores in standard deviations of the reference population, per student and school year."""
    wide = pd.DataFrame({"student_id": pd.Series(dtype="str"), "school_year": pd.Series(dtype="float64")})
    for subject in ("math", "reading"):
        own = None if tests is None else tests[(tests["subject"] == subject) & (tests["score_sd"] > 0)]
        if own is None or own.empty:
            wide[subject] = np.nan
            continue
        counts = own["name"].value_counts()
        name = min(counts.index[counts == counts.max()])
        chosen = own[own["name"] == name].assign(value=lambda rows: rows["score"] / rows["score_sd"])
        means = chosen.groupby(["student_id", "taken_school_year"])["value"].mean().rename(subject).reset_index()
        wide = wide.drop(columns=subject, errors="ignore").merge(
            means.rename(columns={"taken_school_year": "school_year"}), on=["student_id", "school_year"], how="outer"
        )
    return wide


def _with_neighbours(panel: pd.DataFrame) -> pd.DataFrame:
    """The panel with each outcome of the year before, and the online share of the year after."""
    found = panel
    before = panel[["student_id", "school_year", *OUTCOMES]].assign(school_year=panel["school_year"] + 1)
    found = found.merge(before, on=["student_id", "school_year"], how="left", suffixes=("", "_before"))
    found = found.rename(columns={f"{name}_before": f"lagged_{name}" for name in OUTCOMES})
    after = panel[["student_id", "school_year", "online_share"]].assign(school_year=panel["school_year"] - 1)
    after = after.rename(columns={"online_share": "next_online_share"})
    return found.merge(after, on=["student_id", "school_year"], how="left")
