"""The configuration of a run: schema defaults < config.yaml < study.yaml < command line, unknown keys refused."""

import difflib
import os
from collections.abc import Hashable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml

from recredit.errors import ConfigurationError
from recredit.imports import SLOW_FORMATS, without_module

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Settings = dict[str, Any]


@dataclass(frozen=True)
class Study:
    """One study, resolved.

    Attributes
    ----------
    name : the study's name; folders of the vault and of the results carry it.
    folder : the folder with ``study.yaml`` and the study's own adapters.
    repository : the folder of the checkout; relative paths of the configuration start here.
    settings : the merged configuration, with every default filled in.
    plan : what was decided before the results were seen (plan.yaml), with every default filled in.
    """

    name: str
    folder: Path
    repository: Path
    settings: Settings
    plan: Settings = field(default_factory=dict)

    def root(self, zone: str) -> Path:
        """Absolute folder of ``zone``: 'vault', 'identified', 'coded', 'state' or 'results'."""
        roots = self.settings["roots"]
        if zone in ("vault", "results"):
            return self.repository / str(roots[zone]) / self.name
        own = roots[zone]
        return self.repository / str(own) if own else self.root("vault") / zone

    @property
    def raw_folder(self) -> Path:
        """Absolute folder of the raw files."""
        folder = self.settings["raw"]["folder"]
        return self.repository / os.path.expandvars(folder) if folder else self.root("identified") / "raw"

    @property
    def closed_to_coded_stages(self) -> list[Path]:
        """What no stage after `deidentify` may read: the identified zone, the raw files and the crosswalk.

        A raw folder that holds the checkout or the coded zone cannot be closed; it is left to the rules, which do not
        name it.
        """
        closed = [self.root("identified"), self.root("state") / "crosswalk.parquet"]
        if self.settings.get("raw"):
            raw = self.raw_folder.resolve()
            needed = (self.repository, self.folder, self.root("coded"), self.root("results"))
            if not any(path.resolve().is_relative_to(raw) for path in needed):
                closed.append(raw)
        return closed

    def adapter(self, table: str) -> Path:
        """The SQL file that fills canonical table ``table``."""
        name = str(self.settings["tables"][table]["adapter"])
        return self.repository / "config" / "formats" / name if "/" in name else self.folder / name


def read_yaml(path: Path) -> Settings:
    """The mapping in YAML file ``path``.

    Raises
    ------
    ConfigurationError if the file is missing, is no YAML, names a key twice, or holds something else than a mapping.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path}: the file does not exist. Make it, or correct the path.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "this is not YAML in UTF-8"
        raise ConfigurationError(f"{path}{place}: {problem}. Correct the file there.") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: expected keys with values (`key: value`). Write the file as a YAML mapping.")
    return content


class _UniqueKeyLoader(yaml.SafeLoader):
    """Plain YAML takes the last of two equal keys without a word; a study must not be guessed at."""


def _unique_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key '{key}' stands here twice", key_node.start_mark
            )
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> Settings:
    """``base`` with the keys of ``over`` put over it; mappings are merged key by key, everything else replaced."""
    merged = deepcopy(dict(base))
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = deepcopy(value)
    return merged


def fill_defaults(schema: Mapping[str, Any], value: Any) -> Any:
    """``value`` with every default of ``schema`` filled in, also inside lists and named entries."""
    if isinstance(value, Mapping):
        filled = dict(value)
        for key, part in schema.get("properties", {}).items():
            if key not in filled and "default" in part:
                filled[key] = deepcopy(part["default"])
            if key in filled:
                filled[key] = fill_defaults(part, filled[key])
        named = schema.get("additionalProperties")
        if isinstance(named, Mapping):
            known = schema.get("properties", {})
            filled.update({key: fill_defaults(named, filled[key]) for key in filled if key not in known})
        return filled
    if isinstance(value, list) and "items" in schema:
        return [fill_defaults(schema["items"], item) for item in value]
    return deepcopy(value)


def _optional(schema: Mapping[str, Any]) -> Settings:
    """``schema`` without its required keys: a single file need not hold all of the merged configuration."""
    relaxed = {key: value for key, value in schema.items() if key not in ("required", "minProperties")}
    relaxed["properties"] = {key: _optional(part) for key, part in schema.get("properties", {}).items()}
    return relaxed


def _explained(error: "ValidationError") -> str:
    """One violation of the schema in words."""
    place = ".".join(str(part) for part in error.absolute_path) or "the top level"
    expected: Any = error.validator_value
    if error.validator == "additionalProperties":
        known = sorted(cast(Settings, error.schema)["properties"])
        unknown = sorted(set(cast(Settings, error.instance)) - set(known))
        near = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        return f"unknown key '{unknown[0]}' in {place}.{hint} Known keys: {', '.join(known)}."
    if error.validator == "required":
        missing = [key for key in expected if key not in cast(Settings, error.instance)]
        return f"the key '{missing[0]}' is missing in {place}. Add it."
    if error.validator == "enum":
        return f"{place}: the value must be one of {', '.join(map(str, expected))}."
    if error.validator == "type":
        return f"{place}: expected {expected}. Correct the value."
    return f"{place}: {error.message}. See config/config.schema.yaml."


def validate(settings: Mapping[str, Any], schema: Mapping[str, Any], origin: str) -> None:
    """Check ``settings`` against ``schema``.

    Raises
    ------
    ConfigurationError naming ``origin``, the key, what was expected and, for a misspelt key, the nearest known one.
    """
    # Jobs read the contract with this module and check no schema.
    with without_module(SLOW_FORMATS):
        from jsonschema import Draft202012Validator

    errors = sorted(Draft202012Validator(schema).iter_errors(settings), key=lambda error: list(map(str, error.path)))
    if errors:
        raise ConfigurationError("\n".join(f"{origin}: {_explained(error)}" for error in errors[:5]))


def study_names(repository: Path) -> Iterator[str]:
    """Names of the studies in the repository."""
    yield from sorted(path.parent.name for path in (repository / "config" / "studies").glob("*/study.yaml"))


def find_study(repository: Path, study: str) -> Path:
    """The folder of ``study``, which is a name in config/studies or the path of a folder.

    Raises
    ------
    ConfigurationError if there is no such study; the message lists those there are.
    """
    inside = repository / "config" / "studies" / study
    outside = Path(study).expanduser()
    for folder in (inside, outside if outside.is_absolute() else repository / outside):
        if (folder / "study.yaml").is_file():
            return folder.resolve()
    names = list(study_names(repository))
    near = difflib.get_close_matches(study, names, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise ConfigurationError(
        f"There is no study '{study}'.{hint} Studies here: {', '.join(names)}. A study of your own is named by the "
        "path of its folder, which holds a study.yaml (docs/your-district.md)."
    )


def load_study(repository: Path, command_line: Mapping[str, Any] | None = None) -> Study:
    """The study of this run with its merged configuration.

    Parameters
    ----------
    repository : folder of the checkout.
    command_line : keys given for this run; they win over every file.

    Raises
    ------
    ConfigurationError for an unknown study or key, a value out of its range, or another version of the contract.
    """
    repository = repository.resolve()
    schema = read_yaml(repository / "config" / "config.schema.yaml")
    general = read_yaml(repository / "config" / "config.yaml")
    given = dict(command_line or {})
    validate(general, _optional(schema), "config/config.yaml")
    validate(given, _optional(schema), "the command line")
    chosen = str(merge(general, given).get("study", schema["properties"]["study"]["default"]))
    folder = find_study(repository, chosen)
    own = read_yaml(folder / "study.yaml")
    validate(own, _optional(schema), f"{chosen}: study.yaml")
    settings = fill_defaults(schema, merge(merge(general, own), given))
    validate(settings, schema, f"study {chosen}")
    _check_contract_version(repository, folder, settings)
    plan = load_plan(repository, folder, settings)
    return Study(name=folder.name, folder=folder, repository=repository, settings=settings, plan=plan)


def load_plan(repository: Path, folder: Path, settings: Mapping[str, Any]) -> Settings:
    """The plan of analysis in ``folder``, with every default; a study without the file has decided nothing before.

    Raises
    ------
    ConfigurationError for an unknown key, a value out of its range, or a contrast or model that study.yaml lacks.
    """
    schema = read_yaml(repository / "config" / "plan.schema.yaml")
    path = folder / "plan.yaml"
    plan: Settings = fill_defaults(schema, read_yaml(path) if path.is_file() else {})
    validate(plan, schema, f"{folder.name}: plan.yaml")
    for kind, names in {
        "contrasts": [plan["primary_contrast"], *plan["confirmatory"]],
        "models": [plan["primary_model"], *plan["associations"]],
    }.items():
        known = [entry["name"] for entry in settings[kind]]
        for name in names:
            if name is not None and name not in known:
                raise ConfigurationError(
                    f"{folder.name}: plan.yaml: '{name}' is none of the {kind} of study.yaml: {', '.join(known)}."
                )
    if not plan["confirmatory"] and plan["primary_contrast"]:
        plan["confirmatory"] = [plan["primary_contrast"]]
    return plan


def _check_contract_version(repository: Path, folder: Path, settings: Settings) -> None:
    current = int((repository / "config" / "contract" / "version").read_text(encoding="utf-8"))
    written_for = settings.get("contract_version")
    if written_for != current:
        raise ConfigurationError(
            f"{folder.name}: study.yaml was written for version {written_for} of the contract, and this is version "
            f"{current}. Bring the adapters in line with config/contract (CHANGELOG.md, section 'Contract', lists "
            f"each change), then set contract_version: {current}."
        )
