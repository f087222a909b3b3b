"""DuckDB as every stage uses it: no network, no progress bar, bounded memory, a fixed time zone."""

from pathlib import Path

import duckdb

from recredit.errors import ConfigurationError


def connect(
    *, memory_gb: float, threads: int, scratch: Path, database: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """An open DuckDB connection.

    Parameters
    ----------
    memory_gb : limit in GB; what does not fit is spilled to ``scratch``.
    threads : number of threads.
    scratch : a folder inside the zone the data belong to, since spilled rows are as confidential as the rows.
    database : a file for the tables, or None for a database in memory.

    Raises
    ------
    ConfigurationError if the limit is not above zero.
    """
    if memory_gb <= 0 or threads < 1:
        raise ConfigurationError("resources.memory_gb must be above 0 and resources.cores at least 1.")
    connection = duckdb.connect(str(database) if database else ":memory:")
    scratch.mkdir(parents=True, exist_ok=True)
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET memory_limit = '{memory_gb}GB'")
    connection.execute(f"SET threads = {threads}")
    connection.execute("SET temp_directory = ?", [str(scratch)])
    return connection


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """``text`` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def write_parquet(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    """Write table or view ``table`` of ``connection`` to the Parquet file ``path``."""
    connection.execute(f"COPY (FROM {quoted(table)}) TO {literal(str(path))} (FORMAT parquet)")
