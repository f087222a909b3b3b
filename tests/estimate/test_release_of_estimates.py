"""Exact tables, their layouts and their bases on the way into the release: nothing hangs on codes or row order."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recredit.disclosure.files import csv_text
from recredit.disclosure.linked.losses import suppression_shares
from recredit.disclosure.linked.release import attack_release
from recredit.disclosure.protection import ExactTable, described_tables, primary_marks, protect_release
from recredit.disclosure.rules import MARK, DisclosureRules
from recredit.disclosure.surroundings import Release, read_release
from recredit.errors import DisclosureError
from recredit.estimators.layouts import DESCRIPTIVE_LAYOUTS

DISCLOSURE: dict[str, Any] = {
    **{"minimum_group": 10, "minimum_units": 3, "round_counts_to": 10, "insiders": "schools"},
    **{"known": [], "leave_out": [], "exact_cells": [], "decided_by": "", "reasons": {}},
}


def release_of(zone: Any, model: dict[str, Any], contrast: dict[str, Any], **settings: Any) -> Release:
    """The release of a simulated district's tables."""
    zone.describe()
    zone.associations(model)
    zone.differences(contrast, {**contrast, "name": "recovered", "outcome": "passed"})
    return read_release(*files_of(zone), {**DISCLOSURE, **settings}, {}, Path("no registry"))


def files_of(zone: Any) -> tuple[list[Path], list[Path]]:
    """Tables and bases of these three rules; other tests of the same district leave theirs in the folder, too."""
    folder = zone.file("estimate/x").parent
    tables = [folder / f"{name}.parquet" for name in (*DESCRIPTIVE_LAYOUTS, "associations", "differences")]
    rules = ("describe_cohort", "estimate_associations", "estimate_differences")
    return tables, [folder / "bases" / "enrollments" / f"{rule}.parquet" for rule in rules]


@pytest.fixture
def release(district: Any, model: dict[str, Any], contrast: dict[str, Any]) -> Release:
    return release_of(district, model, contrast)


def shown(release: Release, rules: DisclosureRules) -> dict[str, str]:
    return {name: csv_text(table) for name, table in protect_release(release.tables, rules, release.around).items()}


def test_the_same_bytes_with_new_codes_and_shuffled_rows(
    release: Release, recode: Any, model: dict[str, Any], contrast: dict[str, Any]
) -> None:
    """At 40 students the cells that are hidden for others' sake are chosen from many."""
    again, rules = release_of(recode, model, contrast), DisclosureRules(minimum_group=40)
    assert again.inputs == release.inputs
    first = shown(release, rules)
    assert first == shown(again, rules)
    primary = primary_marks(release.tables, rules)
    small = sum(int(marks[list(spec.columns)].to_numpy().sum()) for marks, spec in _layouts(release, primary))
    assert sum(text.count(MARK) for text in first.values()) > small


def _layouts(release: Release, primary: dict[str, pd.DataFrame]) -> list[tuple[pd.DataFrame, Any]]:
    layouts = {name: table.specification.layout for name, table in release.tables.items()}
    return [(primary[name], layout) for name, layout in layouts.items() if layout is not None]


def test_no_estimate_is_lost_at_ten(release: Release) -> None:
    tables = protect_release(release.tables, DisclosureRules(), release.around)
    for name in ("associations", "differences"):
        assert len(tables[name]) and tables[name][["estimate", "ci_low", "ci_high", "p_value"]].ne(MARK).all(axis=None)
    shares = suppression_shares(release.tables, release.around).set_index(["table", "minimum_group"])
    for minimum in (5, 10):
        assert shares.loc[("associations", minimum), "lost"] == shares.loc[("differences", minimum), "lost"] == 0
    lost = shares["share_lost"]["all tables"]
    assert 0 <= lost[5] <= lost[10] <= lost[20] < 0.5


def test_the_layouts_describe_the_very_enrollments_that_the_tables_count(release: Release) -> None:
    """Building the joint system compares each cell with the base; a base without some enrollments is refused."""
    rules = DisclosureRules()
    tables = described_tables(release.tables, primary_marks(release.tables, rules), rules)
    assert {each.name for each in tables} >= {"sample_flow", "outcomes_by_mode", "associations", "differences"}
    found = attack_release(tables, rules, release.around)["enrollments"]
    assert found.insiders == 20 and found.cells > 80
    wrong = release.tables["outcomes_by_mode"]
    changed = wrong.values.assign(students=wrong.values["students"] + 30)
    edited = {**release.tables, "outcomes_by_mode": ExactTable(changed, wrong.specification)}
    tables = described_tables(edited, primary_marks(edited, rules), rules)
    with pytest.raises(DisclosureError, match="outcomes_by_mode, row 3, column students: the cell and"):
        attack_release(tables, rules, release.around)


def test_two_definitions_and_a_study_without_a_lottery_fit_their_base(
    own_district: Any, model: dict[str, Any], contrast: dict[str, Any]
) -> None:
    """Idle time under two definitions, models with and without it, and contrasts by the class taken."""

    def second(measures: pd.DataFrame) -> pd.DataFrame:
        known = measures["idle_definition"].notna() & (measures["enrollment_id"].rank() % 2 == 0)
        return measures.assign(idle_definition=measures["idle_definition"].mask(known, "vendor B"))

    own_district.change_measures(second)
    taken = {**contrast, "name": "taken", "outcome": "completed", "randomised": False}
    pooled = {**model, "name": "pooled", "terms": ["absence_rate"], "mode": "all"}
    release_of(own_district, model, taken)
    own_district.associations(model, pooled)
    release = read_release(*files_of(own_district), DISCLOSURE, {}, Path("no registry"))
    associations, differences = (release.tables[name].values for name in ("associations", "differences"))
    assert sorted(associations["idle_definition"].unique()) == ["", "vendor A", "vendor B"]
    assert differences["contrast"].tolist() == ["taken"] * 3 + ["recovered"] * 3
    rules = DisclosureRules()
    tables = described_tables(release.tables, primary_marks(release.tables, rules), rules)
    assert attack_release(tables, rules, release.around)["enrollments"].cells > 100
