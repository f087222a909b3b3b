"""The registry: atomic, append-only, and no release constrains itself."""

from pathlib import Path

import pandas as pd
import pytest

from recredit.disclosure.linked.layout import CountedColumn, TableLayout
from recredit.disclosure.linked.layout_json import layout_to_dict
from recredit.disclosure.protection import ExactTable
from recredit.disclosure.registry import (
    RegisteredRelease,
    append_release,
    earlier_releases,
    inputs_digest,
    read_registry,
    releases_before,
)
from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.errors import VaultError

LAYOUT = layout_to_dict(TableLayout({"n": CountedColumn()}, dimensions={"mode": "mode"}))
RULES = {"minimum_group": 20, "minimum_units": 3, "round_counts_to": 10}


def release(name: str, inputs: str, earlier: tuple[str, ...] = (), online: str = "50") -> RegisteredRelease:
    tables = {
        "by_mode": {"csv": f"mode,n\nonline,{online}\n", "layout": LAYOUT},
        "list": {"csv": "a\nb\n", "layout": None},
    }
    return RegisteredRelease(name, inputs, earlier, tables, {"rules": RULES})


@pytest.fixture
def bases(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "students.parquet"
    pd.DataFrame({"unit": ["u1"], "mode": ["online"]}).to_parquet(path)
    return {"students.parquet": path}


def test_a_release_is_added_once_and_never_changed(tmp_path: Path, bases: dict[str, Path]) -> None:
    registry = tmp_path / "registry"
    assert append_release(registry, release("spring", "a"), bases)
    assert not append_release(registry, release("spring", "a"), bases)
    with pytest.raises(VaultError, match="another release named spring"):
        append_release(registry, release("spring", "a", online="60"), bases)
    assert read_registry(registry) == [release("spring", "a")]
    modes = {path.name: path.stat().st_mode & 0o777 for path in registry.rglob("*")}
    assert set(modes.values()) == {0o700, 0o600}


def test_a_killed_publication_leaves_the_registry_as_it_was(tmp_path: Path, bases: dict[str, Path]) -> None:
    registry = tmp_path / "registry"
    append_release(registry, release("spring", "a"), bases)
    partial = registry / ".autumn.partial"
    partial.mkdir()
    (partial / "release.json").write_text("half of")
    assert [each.name for each in read_registry(registry)] == ["spring"]
    append_release(registry, release("autumn", "b", ("spring",)), bases)
    assert [each.name for each in read_registry(registry)] == ["spring", "autumn"]
    assert not partial.exists()


def test_a_release_is_protected_against_the_others_and_never_against_itself(
    tmp_path: Path, bases: dict[str, Path]
) -> None:
    registry = tmp_path / "registry"
    assert releases_before(registry, "a") == []
    append_release(registry, release("spring", "a"), bases)
    append_release(registry, release("autumn", "b", ("spring",)), bases)
    names = {inputs: [each.name for each in releases_before(registry, inputs)] for inputs in "abc"}
    assert names == {"a": [], "b": ["spring"], "c": ["spring", "autumn"]}
    (spring,) = earlier_releases(registry, "b")
    (table,) = spring.tables
    assert (table.release, table.text["n"].tolist()) == ("spring", ["50"])
    assert table.rules is not None and table.rules.minimum_group == 20
    assert spring.bases["students"]["unit"].tolist() == ["u1"]


def test_a_damaged_registry_is_not_passed_over(tmp_path: Path, bases: dict[str, Path]) -> None:
    append_release(tmp_path, release("spring", "a"), bases)
    (tmp_path / "spring" / "release.json").write_text("{")
    with pytest.raises(VaultError, match="release spring is damaged"):
        read_registry(tmp_path)


def test_what_a_release_is_made_from() -> None:
    columns = {"mode": ColumnSpecification("label", "Mode"), "n": ColumnSpecification("count", "n", "students")}
    spec = TableSpecification("t", "T", "all", "one row per mode", "estimate/x", columns)
    table = ExactTable(pd.DataFrame({"mode": ["online"], "n": [50.0]}), spec)
    same = ExactTable(pd.DataFrame({"mode": ["online"], "n": [50.0 + 1e-12]}), spec)
    other = ExactTable(pd.DataFrame({"mode": ["online"], "n": [51.0]}), spec)
    settings = {**RULES, "decided_by": "the board"}
    digest = inputs_digest({"t": table}, settings, [])
    assert digest == inputs_digest({"t": same}, {**settings, "decided_by": "somebody"}, [])
    changed = (
        ({"t": other}, settings, []),
        ({"t": table}, RULES | {"minimum_group": 10}, []),
        ({"t": table}, settings, ["x"]),
    )
    assert all(inputs_digest(*each) != digest for each in changed)
