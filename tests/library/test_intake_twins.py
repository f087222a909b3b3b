"""Keys that stand twice are found, in one part or in several."""

from pathlib import Path

import duckdb
import pytest

from recredit.intake import twins


@pytest.mark.parametrize("part", [10, 1000, 20_000_000])
@pytest.mark.parametrize(("rows", "twice"), [("range(1000)", False), ("(FROM range(1000) UNION ALL SELECT 417)", True)])
def test_a_key_that_stands_twice(tmp_path: Path, monkeypatch, part: int, rows: str, twice: bool) -> None:
    monkeypatch.setattr(twins, "PART", part)
    path = tmp_path / "rows.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 'k' || range AS a, range % 3 AS b FROM {rows}) TO '{path}' (FORMAT parquet)")
        assert twins.has_twins(connection, ["a", "b"], path, 1000 + twice) is twice
        assert twins.has_twins(connection, ["b"], path, 1000 + twice)


def test_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 1 AS a WHERE false) TO '{path}' (FORMAT parquet)")
        assert not twins.has_twins(connection, ["a"], path, 0)
