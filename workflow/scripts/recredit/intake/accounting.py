"""Each raw row comes out of its adapter exactly once: a row that is lost or multiplied stops the run."""

from collections.abc import Mapping, Sequence

import duckdb

from recredit.engine import literal, quoted
from recredit.errors import InputError
from recredit.intake.sources import RawFile

EXAMPLES = 3
LONGEST_REASON = 80
MOST_REASONS = 20

Files = Mapping[tuple[str, int], RawFile]


def position(files: Files, source_row: str) -> str:
    """``source_row`` in words: file and row (the line in the file), which are no values of a record."""
    source, number, row = source_row.split(":")
    return f"{files[source, int(number)].name}, row {row}"


def check_rows(
    connection: duckdb.DuckDBPyConnection, table: str, adapter: str, rows_from: Sequence[str], files: Files
) -> None:
    """Check ``adapted.<table>`` against the raw tables of ``rows_from``.

    Raises
    ------
    InputError with counts and up to three positions if rows were lost, came out more than once, or are not of those
    sources; also if ``exclude`` holds something else than a few short reasons.
    """
    source_rows = [f"SELECT source_row FROM raw.{quoted(source)}" for source in rows_from]
    wanted = " UNION ALL ".join(source_rows)
    adapted = f"adapted.{quoted(table)}"
    faults = {
        f"rows of {', '.join(rows_from)} are lost. Take the filter or inner join out, or leave the rows out by "
        "`exclude` with a reason": f"SELECT source_row FROM ({wanted}) ANTI JOIN {adapted} USING (source_row)",
        "rows come out more than once: a join multiplies them. Join to one row per key": (
            f"SELECT source_row FROM {adapted} WHERE source_row IS NOT NULL GROUP BY source_row HAVING count(*) > 1"
        ),
        f"rows are not of the sources in rows_from ({', '.join(rows_from)}). Hand on the `source_row` of the "
        "primary source, or correct rows_from": (
            f"SELECT coalesce(source_row, '') AS source_row FROM {adapted} ANTI JOIN ({wanted}) USING (source_row)"
        ),
    }
    for words, query in faults.items():
        _stop_if_any(connection, f"{adapter} (table {table})", words, query, files)
    _check_reasons(connection, adapter, adapted)


def _stop_if_any(connection: duckdb.DuckDBPyConnection, where: str, words: str, query: str, files: Files) -> None:
    rows = connection.execute(f"SELECT source_row FROM ({query}) ORDER BY length(source_row), source_row").fetchall()
    if rows:
        places = {f"{source}:{number}" for source, number in files}
        known = [row for (row,) in rows if row.rpartition(":")[0] in places]
        examples = "; ".join(position(files, row) for row in known[:EXAMPLES])
        raise InputError(f"{where}: {len(rows)} {words}.{f' For example: {examples}.' if examples else ''}")


def _check_reasons(connection: duckdb.DuckDBPyConnection, adapter: str, adapted: str) -> None:
    found = connection.execute(
        f'SELECT count(DISTINCT "exclude"), coalesce(max(length("exclude")), 0) FROM {adapted}'
    ).fetchone()
    assert found is not None
    if found[0] > MOST_REASONS or found[1] > LONGEST_REASON:
        raise InputError(
            f"{adapter}: `exclude` must be missing or one of a few short reasons in plain words (at most {MOST_REASONS}"
            f", each of at most {LONGEST_REASON} characters): the reasons are counted and shown. It may hold no value."
        )


def located(adapted: str, rows_from: Sequence[str]) -> str:
    """A query over ``adapted`` with the columns place_source (order in rows_from), place_file and place_row added."""
    order = " ".join(f"WHEN {literal(source)} THEN {number}" for number, source in enumerate(rows_from))
    return (
        f"SELECT *, CASE split_part(source_row, ':', 1) {order} END AS place_source, "
        "CAST(split_part(source_row, ':', 2) AS BIGINT) AS place_file, "
        f"CAST(split_part(source_row, ':', 3) AS BIGINT) AS place_row FROM {adapted}"
    )
