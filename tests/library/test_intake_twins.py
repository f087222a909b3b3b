"""Keys that stand twice are found, in one part or in several, by one thread or by two."""

from pathlib import Path

import duckdb
import numpy as np
import pytest

from recredit.intake import sorting, twins
from recredit.intake.sorting import Sorting, sorted_keys


@pytest.mark.parametrize("most_keys", [10, 1000, 20_000_000])
@pytest.mark.parametrize(("rows", "twice"), [("range(1000)", False), ("(FROM range(1000) UNION ALL SELECT 417)", True)])
def test_a_key_that_stands_twice(tmp_path: Path, most_keys: int, rows: str, twice: bool) -> None:
    path = tmp_path / "rows.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 'k' || range AS a, range % 3 AS b FROM {rows}) TO '{path}' (FORMAT parquet)")
        assert twins.has_twins(connection, ["a", "b"], path, 1000 + twice, Sorting(most_keys, 2)) is twice
        assert twins.has_twins(connection, ["b"], path, 1000 + twice, Sorting(most_keys, 2))


def test_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 1 AS a WHERE false) TO '{path}' (FORMAT parquet)")
        assert not twins.has_twins(connection, ["a"], path, 0, Sorting(10, 2))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_keys_come_in_order(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    monkeypatch.setattr(sorting, "LEAST_KEYS", 10)
    monkeypatch.setattr(sorting, "BATCH", 7)
    wanted = np.random.default_rng(1).integers(-(2**62), 2**62, 1000)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE numbers AS SELECT unnest(?) AS n", [wanted.tolist()])
        found = sorted_keys(connection, "SELECT n FROM numbers", 2000, threads)
    assert (found == np.sort(wanted)).all()
