"""Parquet files as CSV: the values as text, whole numbers without a fraction."""

from pathlib import Path, PurePosixPath

import duckdb

from recredit.engine import connect, literal, quoted
from recredit.errors import InputError
from recredit.intake.sources import Source

FRACTIONAL = ("DOUBLE", "FLOAT")


def convert_parquet(path: Path, name: str, source: Source, target: Path, memory_gb: float, threads: int) -> None:
    """Write the Parquet file ``path`` to the CSV file ``target``.

    Parameters
    ----------
    name : its path below the raw folder; its folders ``<column>=<value>`` give the columns ``source.partitions``.

    Raises
    ------
    InputError if it is no Parquet file, or a declared partition is not in its path.
    """
    parts = _partitions(name, source)
    scratch = target.with_suffix(".spill")
    try:
        with connect(memory_gb=memory_gb, threads=threads, scratch=scratch) as connection:
            rows = f"read_parquet({literal(str(path))}, hive_partitioning = false)"
            described = connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
            own = {theirs: ours for ours, theirs in source.names.items()}
            columns = [f"{_text(quoted(one[0]), one[1])} AS {quoted(own.get(one[0], one[0]))}" for one in described]
            columns += [f"{literal(value)} AS {quoted(own.get(key, key))}" for key, value in parts.items()]
            connection.execute(
                f"COPY (SELECT {', '.join(columns)} FROM {rows}) TO {literal(str(target))} "
                "(FORMAT csv, HEADER true, DELIMITER ',', QUOTE '\"', ESCAPE '\"')"
            )
    except duckdb.Error as error:
        raise InputError(f"{name}: the file cannot be read as Parquet. Copy or export it again.") from error
    if scratch.is_dir():
        scratch.rmdir()


def _partitions(name: str, source: Source) -> dict[str, str]:
    found = dict(part.split("=", 1) for part in PurePosixPath(name).parts[:-1] if "=" in part)
    for column in source.partitions:
        if column not in found:
            raise InputError(
                f"{name}: no folder '{column}=...' is in the path. Correct raw.sources.{source.name}.partitions."
            )
    return {column: found[column] for column in source.partitions}


def _text(column: str, kind: str) -> str:
    """SQL for the text of ``column``: identifiers kept as floating-point numbers would else end in `.0`."""
    if kind not in FRACTIONAL:
        return f"CAST({column} AS VARCHAR)"
    whole = f"{column} = trunc({column}) AND abs({column}) < 1e15"
    return f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
