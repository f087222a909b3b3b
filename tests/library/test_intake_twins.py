"""Rows of one key are found, merged and taken out of a file as by hand, in one part or in several."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recredit.contract import Column, Table
from recredit.intake import sorting, twins
from recredit.intake.sorting import Sorting, sorted_keys
from recredit.intake.twins import repeated_hashes, settle_twins

Row = tuple[str, int, str | None]
TABLE = Table(
    "things",
    "Things.",
    enables=(),
    checks=(),
    key=("a", "b"),
    columns={
        "a": Column("a", "string", "public", "First."),
        "b": Column("b", "integer", "public", "Second."),
        "c": Column("c", "string", "public", "Third."),
    },
)
ROWS = st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 2), st.sampled_from(["u", "v", None])), max_size=25)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("twins") / "things.parquet"


def by_hand(rows: Sequence[Row]) -> tuple[list[int], list[int], int]:
    """Places of merged and of contradicting rows, and the number of keys that contradict themselves."""
    values: dict[tuple[str, int], list[str | None]] = {}
    for a, b, c in rows:
        values.setdefault((a, b), []).append(c)
    torn = {key for key, found in values.items() if len(set(found)) > 1}
    contradicting = [place for place, (a, b, _) in enumerate(rows) if (a, b) in torn]
    seen: set[Row] = set()
    merged = []
    for place, row in enumerate(rows):
        if row in seen and row[:2] not in torn:
            merged.append(place)
        seen.add(row)
    return merged, contradicting, len(torn)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from([3, 1000]), st.sampled_from([1, 1 << 63]))
def test_as_by_hand(connection: duckdb.DuckDBPyConnection, path: Path, rows: list[Row], keys: int, coarse: int) -> None:
    connection.execute("CREATE OR REPLACE TABLE things (a VARCHAR, b BIGINT, c VARCHAR, place BIGINT)")
    for place, row in reversed(list(enumerate(rows))):
        connection.execute("INSERT INTO things VALUES (?, ?, ?, ?)", [*row, place])
    connection.execute(f"COPY things TO '{path}' (FORMAT parquet)")
    with pytest.MonkeyPatch.context() as patch:
        exact = twins.hashed
        # A coarse hash has two values, so that nearly all keys share theirs with others.
        patch.setattr(twins, "hashed", lambda key: f"({exact(key)} // {coarse})")
        patch.setattr(twins, "KEYS_OF_TEXT", 0)
        found = settle_twins(connection, TABLE, path, len(rows), Sorting(keys, 2))
    assert found is not None
    merged, contradicting, torn = by_hand(rows)
    assert (found.merged.tolist(), found.contradicting.tolist(), found.keys) == (merged, contradicting, torn)
    left = connection.execute(f"SELECT place, a, b, c FROM '{path}' ORDER BY place").fetchall()
    gone = {*merged, *contradicting}
    assert left == [(place, *row) for place, row in enumerate(rows) if place not in gone]


@pytest.mark.parametrize("most_keys", [10, 1000, 20_000_000])
def test_a_hash_that_stands_twice(
    connection: duckdb.DuckDBPyConnection, path: Path, most_keys: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "(FROM range(1000) UNION ALL SELECT 417)"
    connection.execute(f"COPY (SELECT 'k' || range AS a, range % 3 AS b FROM {rows}) TO '{path}' (FORMAT parquet)")
    (wanted,) = connection.execute("SELECT hash('k417', 0::BIGINT)").fetchall()
    found = repeated_hashes(connection, ["a", "b"], path, 1001, Sorting(most_keys, 2))
    assert found is not None and found.tolist() == list(wanted)
    thrice = repeated_hashes(connection, ["b"], path, 1001, Sorting(most_keys, 2))
    assert thrice is not None and len(thrice) == 3
    monkeypatch.setattr(twins, "FEW_ROWS", 900)
    assert repeated_hashes(connection, ["b"], path, 1001, Sorting(most_keys, 2)) is None


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_keys_come_in_order(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    monkeypatch.setattr(sorting, "LEAST_KEYS", 10)
    monkeypatch.setattr(sorting, "BATCH", 7)
    wanted = np.random.default_rng(1).integers(-(2**62), 2**62, 1000)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE numbers AS SELECT unnest(?) AS n", [wanted.tolist()])
        found = sorted_keys(connection, "SELECT n FROM numbers", 2000, threads)
    assert (found == np.sort(wanted)).all()
