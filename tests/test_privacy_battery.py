"""The battery on whole runs of the small demo: canaries, shuffled rows, new crosswalks, umasks, the evaluators."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from recredit.privacy.battery import (
    UMASKS,
    Battery,
    canary_figures,
    evaluator_figures,
    first_run,
    neighbour_figures,
    shuffle_figures,
)
from recredit.privacy.canaries import CANARIES, CELLS, FILE_NAME, Canary, hits, plant
from recredit.privacy.laboratory import Copy, snapshot


@pytest.fixture(scope="module")
def battery(demo_small, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Battery]:
    folder = tmp_path_factory.mktemp("battery")
    raw = demo_small.vault("demo_small") / "identified" / "raw"
    yield Battery(snapshot(repository, folder / "checkout"), raw, folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def first(battery: Battery) -> Copy:
    return first_run(battery)


@pytest.mark.slow
def test_no_canary_ends_outside_the_identified_zone_after_a_failure_or_a_success(battery: Battery) -> None:
    found = canary_figures(battery)
    assert found["planted"] >= 20
    assert found["found_where_planted"] == found["planted_in_files"] >= 20
    assert found["hits_after_failure"] == 0, found["where"]
    assert found["hits_after_success"] == 0


@pytest.mark.slow
def test_shuffled_rows_new_crosswalks_and_umasks_change_no_byte_and_open_no_file(battery: Battery, first: Copy) -> None:
    found = shuffle_figures(battery, first)
    assert found["shuffles"] == len(UMASKS) == 3
    assert found["differing_files"] == 0
    assert found["files"] > 20  # two empty folders would agree, too
    assert found["open_to_others"] == 0
    assert found["codes_shared"] == 0


@pytest.mark.slow
def test_the_evaluator_gets_the_same_bytes_without_names_or_crosswalk(battery: Battery, first: Copy) -> None:
    found = evaluator_figures(battery, first)
    assert not found["identified_zone"]
    assert not found["crosswalk"]
    assert found["differing_files"] == []
    assert found["differing_by_design"] == ["audit/gate.json", "audit/manifest.json"]


@pytest.mark.slow
def test_make_deidentify_names_one_folder_and_goes_no_further(battery: Battery) -> None:
    district = battery.copy("district")
    done = district.run("--only", "deidentify")
    assert done.returncode == 0, done.stdout + done.stderr
    handed = district.vault / "coded" / "deidentify"
    assert f"  {handed}\n" in done.stdout
    assert not district.results.exists()
    assert sorted(path.name for path in (district.vault / "coded").iterdir()) == ["deidentify"]
    crosswalk = pq.read_table(district.vault / "state" / "crosswalk.parquet")
    secret = Canary("identifier", "0")
    people = {"student", "teacher"}
    entities = zip(crosswalk["entity"].to_pylist(), crosswalk["identifier"].to_pylist(), strict=True)
    identifiers = [replace(secret, text=text) for entity, text in entities if entity in people]
    assert len(identifiers) > 1000
    assert hits([handed], identifiers) == []


@pytest.mark.slow
def test_the_scanner_finds_every_canary_where_it_is_put(battery: Battery, tmp_path: Path) -> None:
    shutil.copytree(battery.raw, tmp_path / "raw")
    assert hits([tmp_path / "raw"], CANARIES) == []
    plant(tmp_path / "raw")
    found = hits([tmp_path / "raw"], CANARIES)
    files = {canary.kind: canary.file for canary in CELLS}
    for kind, file in files.items():
        stem = Path(file).stem
        assert any(kind == each and stem in path for each, path in found), kind
    assert any(kind == FILE_NAME.kind for kind, _ in found)


def test_two_means_of_neighbouring_groups_tell_little_more_than_none() -> None:
    """At most 24%: who guesses the mean is right in 20% of cases. One decimal on an SD of 20 gives 98% away."""
    found = neighbour_figures(groups=60)
    assert found["share"] <= 0.24
    assert found["share_with_one_decimal"] > 0.9  # 98% in the long run
