"""Terms of a model, and the words for them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recredit.configuration import read_yaml
from recredit.contract import load_contract
from recredit.errors import ConfigurationError
from recredit.estimators.analysis import definitions, missing_reason, mode_label
from recredit.estimators.design import build_terms, smallest_cell
from recredit.estimators.variables import IN_THE_LOG_ALONE, VARIABLES, check_columns, value_label


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "student_id": ["a", "b", "c", "d", "d"],
            "arm": "online",
            "idle_share": [0.1, 0.2, 0.3, 0.4, 0.5],
            "grade_level": [12.0, 9.0, 10.0, 10.0, 10.0],
            "english_learner": [1.0, 0.0, 0.0, 0.0, 0.0],
            "idle_definition": ["one", "one", "two", "two", None],
        }
    )


def test_shares_go_in_steps_of_ten_points_and_the_lowest_level_is_the_base() -> None:
    terms = build_terms(frame(), ["idle_share", "grade_level", "english_learner"], {"10": "ten"})
    assert [term.label for term in terms] == [
        "Idle share (per 10 percentage points)",
        "Grade ten (against 9)",
        "Grade 12 (against 9)",
        "English learner (yes against no)",
    ]
    np.testing.assert_allclose(terms[0].values, [1, 2, 3, 4, 5])
    assert terms[1].values.tolist() == [0, 0, 1, 1, 1]


def test_smallest_cell_counts_students_and_not_enrollments() -> None:
    assert smallest_cell(frame(), ["idle_share"]) == 4
    assert smallest_cell(frame().iloc[1:], ["grade_level"]) == 1
    assert smallest_cell(frame().iloc[2:].assign(arm=["x", "y", "y"]), ["grade_level"]) == 1


def test_figures_on_idle_time_are_split_by_definition_and_others_are_not() -> None:
    assert [(name, len(part)) for name, part in definitions(frame(), ["idle_share"])] == [("one", 2), ("two", 2)]
    assert [(name, len(part)) for name, part in definitions(frame(), ["total_hours"])] == [("", 5)]
    alone = frame().iloc[[0, 1, 4]]
    assert [(name, len(part)) for name, part in definitions(alone, ["idle_share"])] == [("one", 3)]


def test_missing_reason_names_the_table_the_study_lacks() -> None:
    table = frame().assign(absence_rate=np.nan)
    assert missing_reason(table, ["idle_share"], ["sessions"]) == ""
    assert "no table attendance" in missing_reason(table, ["absence_rate"], ["sessions"])
    assert "has no value" in missing_reason(table, ["absence_rate"], ["attendance"])
    assert "no enrollment" in missing_reason(table.iloc[:0], ["idle_share"], ["sessions"])


def test_labels() -> None:
    assert value_label("two_or_more", {}) == "two or more races"
    assert value_label(9.0, {}) == "9"
    assert value_label("online", {"online": "on the platform"}) == "on the platform"
    assert mode_label("comparison", {}) == "teacher-directed"
    assert mode_label("comparison", {"teacher_directed": "in class"}) == "in class"


def test_unknown_columns_are_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'absence_rate'"):
        check_columns("models: one", ["absence_rates"])


def test_every_variable_names_tables_of_the_contract(repository: Path) -> None:
    contract = load_contract(repository / "config" / "contract")
    for name, variable in VARIABLES.items():
        assert set(variable.tables) <= set(contract), name


def test_models_and_contrasts_of_the_studies_name_known_columns(repository: Path) -> None:
    """The declared models and contrasts of the studies in the repository can be read."""
    for path in sorted((repository / "config" / "studies").glob("*/study.yaml")):
        study = read_yaml(path)
        for model in study.get("models", []):
            # Models over the whole log have some columns of their own.
            own = IN_THE_LOG_ALONE if model.get("population") == "log" else ()
            terms = [name for name in (model["outcome"], *model["terms"]) if name not in own]
            check_columns(path.parent.name, [*terms, *model.get("absorb", [])], terms=terms)
        for contrast in study.get("contrasts", []):
            check_columns(path.parent.name, [contrast["outcome"]])
