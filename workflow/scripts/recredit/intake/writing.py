"""The file of a large table: how it is written, and rows taken out of it again."""

from pathlib import Path

import duckdb

from recredit.engine import literal

# A column with more values than so many in a group of rows is written plainly.
DICTIONARY = 1_000
# Names of sessions hardly repeat: to look for repetition among them costs a quarter of the writing. Places and times
# take a tenth of the room if only their differences are written, which version 2 of the format can.
OPTIONS = f"FORMAT parquet, PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT {DICTIONARY}"


def take_out(connection: duckdb.DuckDBPyConnection, path: Path, places: str) -> None:
    """Write the Parquet file ``path`` again without the rows whose ``place`` the query ``places`` gives.

    It is written beside and then takes the old one's name, so that whoever looks sees the one or the other.
    """
    rest = path.with_name(f".{path.name}.partial")
    rows = f"FROM read_parquet({literal(str(path))}) t WHERE NOT EXISTS (FROM ({places}) o WHERE o.place = t.place)"
    # Each row has its place, so that its position need not tell it, and the threads need not wait for each other.
    connection.execute("SET preserve_insertion_order = false")
    try:
        connection.execute(f"COPY ({rows}) TO {literal(str(rest))} ({OPTIONS})")
        rest.replace(path)
    finally:
        connection.execute("RESET preserve_insertion_order")
        rest.unlink(missing_ok=True)
