"""The configuration: precedence, defaults, and one clear message for each mistake."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from recredit.configuration import fill_defaults, load_study, merge, read_yaml, validate
from recredit.errors import ConfigurationError

STUDY = {
    "contract_version": 1,
    "about": {"title": "A study", "summary": "Two schools."},
    "raw": {"sources": {"log": {"files": "log.csv"}}},
    "tables": {},
}


@pytest.fixture
def checkout(tmp_path: Path, repository: Path) -> Path:
    """A checkout that holds nothing but the configuration and one study called `one`."""
    shutil.copytree(repository / "config", tmp_path / "config", ignore=shutil.ignore_patterns("studies"))
    write_study(tmp_path / "config" / "studies" / "one", STUDY)
    return tmp_path


def write_study(folder: Path, settings: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")


def test_precedence_is_schema_then_general_then_study_then_command_line(checkout: Path) -> None:
    (checkout / "config" / "config.yaml").write_text("study: one\nbuckets: 2\nseed: 2\nresources: {cores: 2}\n")
    write_study(checkout / "config" / "studies" / "one", {**STUDY, "seed": 3, "resources": {"cores": 3}})
    study = load_study(checkout, {"resources": {"cores": 4}})
    assert study.settings["quarantine_limit"] == 0.05  # the schema's
    assert study.settings["buckets"] == 2  # config.yaml's
    assert study.settings["seed"] == 3  # study.yaml's
    assert study.settings["resources"]["cores"] == 4  # the command line's
    assert study.settings["resources"]["memory_gb"] == 2  # a default beside given keys


def test_defaults_reach_named_entries(checkout: Path) -> None:
    source = load_study(checkout, {"study": "one"}).settings["raw"]["sources"]["log"]
    assert source["encoding"] == "utf-8" and source["multiline"] is False


def test_a_study_folder_outside_the_repository_is_found_by_its_path(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("district") / "mine"
    write_study(folder, STUDY)
    study = load_study(checkout, {"study": str(folder)})
    assert study.name == "mine"
    assert study.root("coded") == checkout / "vault" / "mine" / "coded"


def test_zones_may_lie_elsewhere(checkout: Path) -> None:
    study = load_study(checkout, {"study": "one", "roots": {"identified": "/secure/identified"}})
    assert study.root("identified") == Path("/secure/identified")
    assert study.root("state") == checkout / "vault" / "one" / "state"


def test_unknown_study_lists_those_there_are(checkout: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no study 'won'.*Did you mean 'one'.*Studies here: one"):
        load_study(checkout, {"study": "won"})


def test_misspelt_key_names_file_place_and_nearest_key(checkout: Path) -> None:
    write_study(checkout / "config" / "studies" / "one", {**STUDY, "disclosure": {"minimum_grup": 20}})
    with pytest.raises(ConfigurationError) as caught:
        load_study(checkout, {"study": "one"})
    message = str(caught.value)
    assert "study.yaml" in message and "'minimum_grup' in disclosure" in message
    assert "Did you mean 'minimum_group'?" in message


def test_a_rule_cannot_be_made_laxer(checkout: Path) -> None:
    write_study(checkout / "config" / "studies" / "one", {**STUDY, "disclosure": {"minimum_group": 5}})
    with pytest.raises(ConfigurationError, match=r"disclosure\.minimum_group.*less than the minimum of 10"):
        load_study(checkout, {"study": "one"})


def test_missing_key_is_named(checkout: Path) -> None:
    write_study(checkout / "config" / "studies" / "one", {**STUDY, "about": {"title": "A study"}})
    with pytest.raises(ConfigurationError, match="the key 'summary' is missing in about"):
        load_study(checkout, {"study": "one"})


def test_key_given_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text("seed: 1\nbuckets: 2\nseed: 3\n")
    with pytest.raises(ConfigurationError, match=r"line 3.*the key 'seed' stands here twice"):
        read_yaml(file)


@pytest.mark.parametrize("content", ["a: [1", "- a\n- b\n", "\tb: 1"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match=r"study\.yaml"):
        read_yaml(file)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.yaml: the file does not exist"):
        read_yaml(tmp_path / "none.yaml")


def test_another_contract_version_stops_with_the_migration(checkout: Path) -> None:
    write_study(checkout / "config" / "studies" / "one", {**STUDY, "contract_version": 99})
    with pytest.raises(ConfigurationError, match=r"written for version 99.*CHANGELOG\.md"):
        load_study(checkout, {"study": "one"})


def test_merge_leaves_its_arguments_alone() -> None:
    base, over = {"a": {"b": 1, "c": [1]}}, {"a": {"b": 2}}
    merged = merge(base, over)
    merged["a"]["c"].append(2)
    assert merged == {"a": {"b": 2, "c": [1, 2]}}
    assert base == {"a": {"b": 1, "c": [1]}} and over == {"a": {"b": 2}}


def test_every_key_of_the_schema_is_described(repository: Path) -> None:
    schema = read_yaml(repository / "config" / "config.schema.yaml")

    def undescribed(part: dict[str, object], place: str) -> list[str]:
        found = []
        for name, entry in part.get("properties", {}).items():  # type: ignore[attr-defined]
            found += [] if entry.get("description") else [f"{place}{name}"]
            found += undescribed(entry, f"{place}{name}.")
            for nested in ("items", "additionalProperties"):
                if isinstance(entry.get(nested), dict):
                    found += undescribed(entry[nested], f"{place}{name}.")
        return found

    assert undescribed(schema, "") == []


def test_the_studies_of_the_repository_are_valid(repository: Path) -> None:
    for folder in (repository / "config" / "studies").iterdir():
        load_study(repository, {"study": folder.name})


def test_fill_defaults_fills_lists() -> None:
    schema = {"items": {"properties": {"a": {"default": 1}}}}
    assert fill_defaults(schema, [{"b": 2}]) == [{"b": 2, "a": 1}]


def test_validate_shows_at_most_five_mistakes() -> None:
    schema = {"properties": {str(i): {"type": "integer"} for i in range(9)}}
    with pytest.raises(ConfigurationError) as caught:
        validate({str(i): "x" for i in range(9)}, schema, "here")
    assert len(str(caught.value).splitlines()) == 5


def test_a_schema_is_checked_without_the_grammar_of_addresses() -> None:
    lines = (
        "import sys, importlib.util as util",
        "from recredit.configuration import validate",
        "validate({}, {'type': 'object'}, 'x')",
        "assert 'jsonschema' in sys.modules and 'rfc3987_syntax' not in sys.modules",
        "print(util.find_spec('rfc3987_syntax') is not None)",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    # The package is there, for those who ask for it later.
    assert done.stdout == "True\n"
