"""The click stream laid apart: read once, packed into integers, and put into parts of buckets of students.

A part holds the clicks of some enrollments of one bucket, and is small enough for any memory. Its file is a row of
64-bit integers (:class:`recredit.deidentify.click_runs.Packing`): to write it and read it again costs a tenth of what
reading the stream does.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from recredit.columns import Integers, to_integers
from recredit.deidentify.click_runs import BYTES_PER_CLICK, Packing, make_packing
from recredit.engine import literal
from recredit.errors import ConfigurationError, VaultError

ENROLLMENTS, LAYOUT = "enrollments.parquet", "layout.json"
# Parts of this size, on average, fit a processor's cache well enough, and keep two threads busy in a small log.
CLICKS_A_PART = 1_000_000
# A batch is cut into the parts that its clicks belong to: so many clicks a part pay for opening its file.
CLICKS_A_CUT = 1 << 12
LEAST_BATCH, LARGEST_BATCH = 1 << 16, 1 << 22
AHEAD_MB = 32
LOST = (
    "deidentify: clicks were lost or doubled on the way to their buckets. The intake's tables do not fit each other: "
    "run the intake again."
)
TOO_LARGE = (
    "deidentify: {clicks:,} clicks lie in one group of enrollments, which takes {needed:.1f} GB. Give "
    "resources.memory_gb more than that."
)
# Integers sort and join several times as fast as texts, so that each enrollment gets a number in its bucket, in the
# order of the random codes: no order of the district's files is left in what follows it.
_NUMBERED = """
CREATE TEMP TABLE numbered AS
WITH students AS (
  SELECT identifier, CAST(md5_number_lower(code) % {buckets} AS INTEGER) AS bucket FROM crosswalk
  WHERE entity = 'student'
), placed AS (
  SELECT e.enrollment_id AS identifier, k.code AS enrollment_id, e.school_id, e.starts_on, e.school_year, s.bucket
  FROM enrollment_terms e
  JOIN crosswalk k ON k.entity = 'enrollment' AND k.identifier = e.enrollment_id
  JOIN students s ON s.identifier = e.student_id
)
SELECT row_number() OVER (PARTITION BY bucket ORDER BY enrollment_id) - 1 AS number, placed.* FROM placed
"""
_PARTS = """
CREATE TEMP TABLE parts AS
SELECT identifier, CAST(dense_rank() OVER (ORDER BY bucket, number // {size}) - 1 AS INTEGER) AS part, bucket,
  number // {size} AS of_bucket, (number % {size}) * {unit} - 2 * {earliest} AS origin
FROM numbered
"""
_PACKED = """
SELECT p.part, p.origin + 2 * epoch_us(c."at") + CAST({completed} AS BIGINT) AS click
FROM events c JOIN parts p ON p.identifier = c.enrollment_id
"""


def lay_clicks_apart(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    buckets: int,
    completed_kinds: Sequence[str],
    clicks_a_part: int = CLICKS_A_PART,
) -> None:
    """Write the enrollments with their numbers below ``folder``, and the clicks as ``bucket=<bucket>/<part>.int64``.

    Parameters
    ----------
    connection : holds the views and tables that :func:`recredit.deidentify.coding.open_tables` makes.
    buckets : number of buckets; a student's clicks all lie in one, that of the student's sessions.
    clicks_a_part : how many clicks a part is to hold on average.

    Raises
    ------
    VaultError if a click belongs to no enrollment, or to several.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    connection.execute(_NUMBERED.format(buckets=buckets))
    connection.execute(f"COPY numbered TO {literal(str(folder / ENROLLMENTS))} (FORMAT parquet)")
    clicks, packing = _packing(connection, clicks_a_part)
    (folder / LAYOUT).write_text(json.dumps(asdict(packing)), encoding="utf-8")
    if clicks != _write_parts(connection, folder, packing, completed_kinds):
        raise VaultError(LOST)


def _packing(connection: duckdb.DuckDBPyConnection, clicks_a_part: int) -> tuple[int, Packing]:
    """The number of clicks, and how they are packed."""
    query = 'SELECT count(*), epoch_us(min("at")), epoch_us(max("at")), (SELECT count(*) FROM numbered) FROM events'
    ((clicks, earliest, latest, enrollments),) = connection.execute(query).fetchall()
    return clicks, make_packing(earliest or 0, latest or 0, enrollments * clicks_a_part // max(clicks, 1))


def _write_parts(
    connection: duckdb.DuckDBPyConnection, folder: Path, packing: Packing, completed_kinds: Sequence[str]
) -> int:
    """Write the clicks to the files of their parts, and return their number."""
    sizes = {"size": packing.enrollments, "unit": packing.place_unit, "earliest": packing.earliest}
    connection.execute(_PARTS.format(**sizes))
    paths = []
    for bucket, part in connection.execute("SELECT DISTINCT bucket, of_bucket FROM parts ORDER BY ALL").fetchall():
        paths.append(_bucket(folder, bucket) / f"{part}.int64")
        paths[-1].parent.mkdir(exist_ok=True)
    # The rows may come in any order, since each part is sorted before anything is counted.
    connection.execute("SET preserve_insertion_order = false")
    # Reading goes on while a batch is put into its parts.
    connection.execute(f"SET streaming_buffer_size = '{AHEAD_MB}MB'")
    written = 0
    completed = f"c.kind IN ({', '.join(map(literal, completed_kinds))})" if completed_kinds else "false"
    rows = min(max(LEAST_BATCH, CLICKS_A_CUT * len(paths)), LARGEST_BATCH)
    for batch in connection.sql(_PACKED.format(completed=completed)).to_arrow_reader(rows):
        _append(batch, paths)
        written += batch.num_rows
    return written


def _append(batch: pa.RecordBatch, paths: Sequence[Path]) -> None:
    parts = to_integers(batch.column("part")).astype(np.min_scalar_type(len(paths)))
    # Integers of 16 bits are put in order by counting, not by comparing.
    order = np.argsort(parts, kind="stable")
    clicks, parts = to_integers(batch.column("click"))[order], parts[order]
    borders = np.flatnonzero(np.diff(parts, prepend=parts[:1] + 1))
    for begin, end in zip(borders, [*borders[1:], len(parts)], strict=True):
        with paths[parts[begin]].open("ab") as file:
            clicks[begin:end].tofile(file)


def _bucket(folder: Path, bucket: int) -> Path:
    return folder / f"bucket={bucket}"


def read_packing(folder: Path) -> Packing:
    """How the clicks below ``folder`` are packed."""
    return Packing(**json.loads((folder / LAYOUT).read_text(encoding="utf-8")))


def read_parts(folder: Path, bucket: int, memory_gb: float) -> Iterator[tuple[int, Integers]]:
    """The parts of a bucket: the number of its first enrollment, and its clicks, packed and in any order.

    Raises
    ------
    ConfigurationError where the sessions of a part cannot be found in ``memory_gb``.
    """
    size = read_packing(folder).enrollments
    for path in sorted(_bucket(folder, bucket).glob("*.int64"), key=lambda path: int(path.stem)):
        clicks = path.stat().st_size // 8
        needed = clicks * BYTES_PER_CLICK / 1e9
        if needed > memory_gb:
            raise ConfigurationError(TOO_LARGE.format(clicks=clicks, needed=needed))
        yield int(path.stem) * size, np.fromfile(path, np.int64)
