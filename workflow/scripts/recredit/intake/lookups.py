"""Values of referenced rows that a check needs, such as the first day of the term a session belongs to."""

from collections.abc import Iterable, Sequence

import duckdb

from recredit.contract import Contract, LookUp, Table, look_up_tables
from recredit.engine import quoted


def made(table: Table, look_ups: Sequence[LookUp], filled: Iterable[str], contract: Contract) -> bool:
    """Whether the study fills all tables that ``look_ups`` of ``table`` lead through."""
    needed = {name for look_up in look_ups for name in look_up_tables(contract, table, look_up)}
    return needed <= set(filled)


def school_path(table: Table, filled: Sequence[str], contract: Contract) -> str | None:
    """The shortest way from a row of ``table`` to its school, as a path of columns, or None where there is none."""
    if table.name == "schools":
        return table.key[0]
    ways: list[tuple[str, Table]] = [("", table)]
    seen = {table.name}
    while ways:
        way, here = ways.pop(0)
        for column in here.columns.values():
            if column.references == "schools":
                return way + column.name
            if column.references in filled and column.references not in seen:
                seen.add(str(column.references))
                ways.append((f"{way}{column.name}.", contract[str(column.references)]))
    return None


def create_look_ups(
    connection: duckdb.DuckDBPyConnection, table: Table, look_ups: Sequence[LookUp], contract: Contract
) -> str:
    """Make one small table per reference column that ``look_ups`` start from; the joins to them, as SQL text.

    The values of a whole path are found once per referenced row, so that a log of any size is joined once and to a
    table that fits into memory. A row ``t`` of ``table`` keeps its number and order: a key stands in it once.
    """
    joins = []
    for column in dict.fromkeys(look_up.path.partition(".")[0] for look_up in look_ups if "." in look_up.path):
        own = [look_up for look_up in look_ups if look_up.path.startswith(f"{column}.")]
        name = look_up_name(table, column)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {_values(table, column, own, contract)}")
        joins.append(f"LEFT JOIN {quoted(name)} ON {quoted(name)}.look_up_key = t.{quoted(column)}")
    return " ".join(joins)


def look_up_name(table: Table, column: str) -> str:
    """The small table of the rows that ``column`` of ``table`` references."""
    return f"look_up_{table.name}_{column}"


def _values(table: Table, column: str, look_ups: Sequence[LookUp], contract: Contract) -> str:
    """A query with ``look_up_key`` and one column per look-up, over the rows that ``column`` references."""
    first = contract[str(table.columns[column].references)]
    joins: dict[str, str] = {}
    values = []
    for look_up in look_ups:
        _, *steps, last = look_up.path.split(".")
        here, alias = first, "first_row"
        for depth, step in enumerate(steps):
            target = contract[str(here.columns[step].references)]
            after = "_".join(["row", *steps[: depth + 1]])
            joins[after] = (
                f"LEFT JOIN kept.{quoted(target.name)} AS {quoted(after)} "
                f"ON {quoted(after)}.{quoted(target.key[0])} = {quoted(alias)}.{quoted(step)}"
            )
            here, alias = target, after
        found = f"(SELECT {look_up.sql} FROM (SELECT {quoted(alias)}.{quoted(last)} AS value))"
        values.append(f"{found if look_up.sql != 'value' else f'{quoted(alias)}.{quoted(last)}'} AS {look_up.name}")
    return (
        f"SELECT first_row.{quoted(first.key[0])} AS look_up_key, {', '.join(values)} "
        f"FROM kept.{quoted(first.name)} AS first_row {' '.join(joins.values())}"
    )
