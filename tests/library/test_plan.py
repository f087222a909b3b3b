"""plan.yaml: read, checked against its schema and study.yaml, and filled with defaults."""

from pathlib import Path

import pytest

from recredit.configuration import load_plan, load_study, read_yaml
from recredit.effects.plan import Plan
from recredit.errors import ConfigurationError

SETTINGS = {"contrasts": [{"name": "recovered"}], "models": [{"name": "grades"}]}


def plan_of(repository: Path, folder: Path, text: str) -> dict[str, object]:
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    return load_plan(repository, folder, SETTINGS)


def test_defaults_and_the_primary_contrast_is_confirmatory(repository: Path, tmp_path: Path) -> None:
    plan = plan_of(repository, tmp_path, "primary_contrast: recovered\n")
    assert plan["confirmatory"] == ["recovered"]
    assert (plan["governing_p"], plan["attrition_boundary"], plan["significance_level"]) == ("CR2", "cautious", 0.05)
    assert Plan.from_settings(plan).status("other") == "exploratory"


def test_a_study_without_a_plan_has_decided_nothing(repository: Path, tmp_path: Path) -> None:
    plan = Plan.from_settings(load_plan(repository, tmp_path, SETTINGS))
    assert plan.confirmatory == () and plan.governing(True) == "CR2"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("governing: wild\n", "unknown key 'governing'"),
        ("governing_p: HC1\n", "must be one of CR2, wild, permutation"),
        ("confirmatory: [recoverd]\n", "'recoverd' is none of the contrasts of study.yaml: recovered"),
        ("associations: [grade]\n", "'grade' is none of the models of study.yaml: grades"),
    ],
)
def test_what_cannot_be_meant_is_refused(repository: Path, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        plan_of(repository, tmp_path, text)


def test_characteristics_are_columns_that_can_be_one(repository: Path, tmp_path: Path) -> None:
    for name in ("race_ethnicity", "student_id", "nothing"):
        with pytest.raises(ConfigurationError, match=f"plan.yaml: subgroups: '{name}'"):
            Plan.from_settings(plan_of(repository, tmp_path, f"subgroups: [{name}]\n"))


def test_a_permutation_cannot_govern_without_a_lottery() -> None:
    plan = Plan(governing_p="permutation")
    assert (plan.governing(True), plan.governing(False)) == ("permutation", "CR2")


def test_the_demo_declares_what_it_confirms(repository: Path) -> None:
    plan = load_study(repository, {"study": "demo"}).plan
    assert plan["primary_contrast"] in plan["confirmatory"]


def test_every_key_is_described(repository: Path) -> None:
    schema = read_yaml(repository / "config" / "plan.schema.yaml")
    assert all(part.get("description") for part in schema["properties"].values())
