"""Several rows of one key: equal ones merge, contradicting ones are found."""

from collections.abc import Sequence

import duckdb

from recredit.contract import Contract, Table
from recredit.engine import literal, quoted
from recredit.intake.checking import CONTRADICTING, DIMENSIONS, Rule
from recredit.intake.lookups import create_look_ups

ORDER = "ORDER BY place_source, place_file, place_row"


def merge_rows(
    connection: duckdb.DuckDBPyConnection, table: Table, rules: Sequence[Rule], quarantining: Sequence[int]
) -> dict[str, int]:
    """Make ``merged.<table>`` from the rows of ``judged.<table>`` that fail no check in ``quarantining``.

    ``merged`` has the typed columns, the place of each row, and ``fate``: 'kept' for the first row of its key,
    'merged' for the others, or the name of the check between rows that quarantines it.

    Returns
    -------
    Number of keys that contradict themselves, by name of the check in ``rules``.
    """
    name, key = quoted(table.name), ", ".join(map(quoted, table.key))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE candidates AS SELECT * EXCLUDE (failed), "
        f"count(*) OVER (PARTITION BY {key}) AS copies, row_number() OVER (PARTITION BY {key} {ORDER}) AS copy "
        f"FROM judged.{name} WHERE NOT list_has_any(failed, {list(quarantining)}::INTEGER[])"
    )
    if table.name in DIMENSIONS:
        return _merge_dimension(connection, table, rules)
    return _merge_facts(connection, table, rules)


def _columns(table: Table) -> str:
    return ", ".join(map(quoted, table.columns))


def differing(table: Table) -> str:
    """SQL that is true of a group of rows of ``table`` if they are not equal in all columns; missing equals missing."""
    row = ", ".join(f"{literal(name)}: {quoted(name)}" for name in table.columns)
    return f"count(DISTINCT {{{row}}}) > 1"


def _merge_facts(connection: duckdb.DuckDBPyConnection, table: Table, rules: Sequence[Rule]) -> dict[str, int]:
    key = ", ".join(map(quoted, table.key))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE contradicting AS SELECT {key} FROM candidates WHERE copies > 1 "
        f"GROUP BY ALL HAVING {differing(table)}"
    )
    same = " AND ".join(f"c.{name} IS NOT DISTINCT FROM d.{name}" for name in map(quoted, table.key))
    connection.execute(
        f"CREATE TABLE merged.{quoted(table.name)} AS SELECT c.*, CASE WHEN EXISTS (SELECT 1 FROM contradicting d "
        f"WHERE {same}) THEN {literal(CONTRADICTING)} WHEN copy = 1 THEN 'kept' ELSE 'merged' END AS fate "
        "FROM candidates c"
    )
    return {CONTRADICTING: _count(connection, "contradicting")} if rules else {}


def _merge_dimension(connection: duckdb.DuckDBPyConnection, table: Table, rules: Sequence[Rule]) -> dict[str, int]:
    """One row per key: of each attribute the one value given, missing where there are several."""
    key = ", ".join(map(quoted, table.key))
    attributes = [name for name in table.columns if name not in table.key]
    values = ", ".join(
        f"CASE WHEN count(DISTINCT {name}) = 1 THEN min({name}) END AS {name}" for name in map(quoted, attributes)
    )
    several = {rule.name: f"count(DISTINCT {quoted(rule.columns[0])}) > 1" for rule in rules}
    flags = ", ".join(f"{condition} AS {quoted(name)}" for name, condition in several.items())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE described AS SELECT {', '.join(filter(None, [key, values, flags]))} "
        f"FROM candidates WHERE copies > 1 GROUP BY {key}"
    )
    fates = [f"WHEN {quoted(rule.name)} THEN {literal(rule.name)}" for rule in rules if rule.severity == "quarantine"]
    row = "source_row, place_source, place_file, place_row"
    # Most keys have one row, which need not be described.
    connection.execute(
        f"CREATE TABLE merged.{quoted(table.name)} AS SELECT {row}, {_columns(table)}, 'kept' AS fate "
        f"FROM candidates WHERE copies = 1 UNION ALL SELECT {row}, {_columns(table)}, "
        f"CASE {' '.join(fates)} WHEN copy = 1 THEN 'kept' ELSE 'merged' END "
        f"FROM (SELECT {key}, {row}, copy FROM candidates WHERE copies > 1) JOIN described USING ({key})"
    )
    return {name: _count(connection, f"described WHERE {quoted(name)}") for name in several}


def _count(connection: duckdb.DuckDBPyConnection, what: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {what}").fetchone()
    assert row is not None
    return int(row[0])


def compare_rows(
    connection: duckdb.DuckDBPyConnection, table: Table, rules: Sequence[Rule], contract: Contract
) -> dict[str, int]:
    """Make ``compared`` ("check", source_row): the kept rows of ``merged.<table>`` that fail a check between rows.

    Where the check quarantines, such a row's fate becomes the name of the check.

    Returns
    -------
    Number of rows by name of the check.
    """
    connection.execute('CREATE OR REPLACE TEMP TABLE compared ("check" VARCHAR, source_row VARCHAR)')
    counts = {}
    for rule in rules:
        joins = create_look_ups(connection, table, rule.look_up, contract)
        # A window function may not stand in WHERE, so the comparison is a column first.
        connection.execute(
            f"INSERT INTO compared SELECT {literal(rule.name)}, source_row FROM (SELECT source_row, {rule.violated} "
            f"AS violated FROM merged.{quoted(table.name)} t {joins} WHERE fate = 'kept') WHERE violated"
        )
        counts[rule.name] = _count(connection, f'compared WHERE "check" = {literal(rule.name)}')
        if rule.severity == "quarantine":
            connection.execute(
                f"UPDATE merged.{quoted(table.name)} SET fate = {literal(rule.name)} WHERE fate = 'kept' AND "
                f'source_row IN (SELECT source_row FROM compared WHERE "check" = {literal(rule.name)})'
            )
    return counts
