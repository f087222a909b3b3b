"""Adapters: one SELECT per canonical table over the views `raw.<source>`, and nothing else."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from recredit.contract import Table
from recredit.engine import literal, quoted
from recredit.errors import InputError

SPECIAL = ("source_row", "exclude")
TABLE_FUNCTIONS = {"unnest", "range", "generate_series"}
# What differs from run to run, or reaches outside the raw tables.
FORBIDDEN = {
    *("random", "setseed", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "now", "today", "nextval", "currval"),
    *("get_current_timestamp", "get_current_time", "transaction_timestamp", "current_localtime"),
    *("current_localtimestamp", "getenv", "current_setting", "getvariable", "current_date", "current_time"),
    *("current_timestamp", "localtime", "localtimestamp", "txid_current", "version"),
}
# Clock times in UTC are compared as texts in this layout; what follows the seconds does not change their order.
UTC_LAYOUT = "%Y-%m-%dT%H:%M:%S"
# A day alone ends in a hyphen and digits, too, and has no offset.
OFFSET_OF_CLOCK = ":[0-9.]+ ?([+-][0-9:]+|[Zz])$"


@dataclass(frozen=True)
class Adapter:
    """An adapter that passed the guard.

    Attributes
    ----------
    sources : raw sources it reads.
    words : every name and text in it, in lower case: a raw column that is not among them is not read.
    reads_all : whether it may read columns without naming them (``*``, NATURAL JOIN).
    statement : its syntax tree.
    """

    table: str
    file: str
    sql: str
    sources: frozenset[str]
    words: frozenset[str]
    reads_all: bool
    statement: Mapping[str, Any]


def macros(time_zone: str) -> tuple[str, ...]:
    """SQL that makes the functions which adapters may call beside the engine's own (docs/your-district.md).

    ``scaled(value, factor)``: number times factor.
    ``day_begins(day)``, ``day_ends(day)``: the first instant of an ISO day at the schools, and of the day after it, as
    a text in UTC such as ``2018-06-18T07:00:00``; missing where the day cannot be read.
    ``in_utc(clock)``: a clock time in ISO 8601, at the schools where it has no offset, as such a text.

    A text that is no number, or no clock time, stays as it is, so that typing finds and quarantines it.

    Parameters
    ----------
    time_zone : the schools' (IANA name).
    """
    zone, layout = literal(time_zone), literal(UTC_LAYOUT)
    plain = f"timezone({zone}, TRY_CAST(clock AS TIMESTAMP))"
    has_offset = f"regexp_matches(clock, {literal(OFFSET_OF_CLOCK)})"
    instant = f"CASE WHEN {has_offset} THEN TRY_CAST(clock AS TIMESTAMPTZ) ELSE {plain} END"
    return (
        "CREATE MACRO scaled(value, factor) AS CASE WHEN TRY_CAST(value AS DOUBLE) IS NULL THEN value "
        "ELSE CAST(TRY_CAST(value AS DOUBLE) * factor AS VARCHAR) END",
        f"CREATE MACRO day_begins(day) AS {_midnight(zone, 'TRY_CAST(day AS DATE)')}",
        f"CREATE MACRO day_ends(day) AS {_midnight(zone, 'TRY_CAST(day AS DATE) + 1')}",
        # Most logs are in UTC and in this layout already.
        "CREATE MACRO in_utc(clock) AS CASE WHEN ends_with(clock, 'Z') AND contains(clock, 'T') THEN clock "
        f"ELSE coalesce(strftime(timezone('UTC', {instant}), {layout}), clock) END",
    )


def _midnight(zone: str, day: str) -> str:
    """SQL of the first instant of a day as a text in UTC."""
    midnight = f"CAST({day} AS TIMESTAMP)"
    instant = f"timezone({zone}, {midnight})"
    # Where clocks go back at one to midnight (Havana), the engine takes the second midnight.
    hour_before = f"{instant} - INTERVAL 1 HOUR"
    first = f"CASE WHEN timezone({zone}, {hour_before}) >= {midnight} THEN {hour_before} ELSE {instant} END"
    return f"strftime(timezone('UTC', {first}), {literal(UTC_LAYOUT)})"


def read_adapter(connection: duckdb.DuckDBPyConnection, table: str, path: Path, sources: Iterable[str]) -> Adapter:
    """The adapter of canonical ``table`` in the SQL file ``path``.

    Raises
    ------
    InputError if it is not exactly one SELECT over ``raw.<source>`` and its own CTEs, or uses something that an
    adapter may not: a table function that opens things, TRY_CAST (it would turn a bad value into a missing one),
    sampling, or a function whose value differs from run to run.
    """
    try:
        sql = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"tables.{table}.adapter: {path.name} cannot be read. Expected an SQL file in UTF-8 in the study's folder, "
            "or <format>/<file>.sql in config/formats."
        ) from error
    query, tree = _parsed(connection, path.name, sql)
    nodes = list(_nodes(tree))
    names = {str(name).casefold() for node in nodes if "cte_map" in node for name in _cte_names(node)}
    known = sorted(sources)
    for node in nodes:
        if fault := _fault(node, names, known):
            raise InputError(f"{path.name}: {fault}")
    read = {str(node["table_name"]) for node in nodes if node.get("type") == "BASE_TABLE" and node["schema_name"]}
    texts = {text.casefold() for node in nodes for text in _texts(node)}
    reads_all = any(node.get("type") == "STAR" or node.get("ref_type") == "NATURAL" for node in nodes)
    return Adapter(table, path.name, query, frozenset(read), frozenset(texts), reads_all, tree["statements"][0]["node"])


def fixed_texts(statement: Mapping[str, Any]) -> dict[str, str]:
    """The columns of an adapter's syntax tree ``statement`` that are one text in all rows, with the text."""
    columns = statement["select_list"] if statement["type"] == "SELECT_NODE" else []
    fixed = [node for node in columns if node.get("literal", {}).get("kind") == "STRING"]
    return {str(node["alias"]): str(node["literal"]["text"]) for node in fixed}


def _parsed(connection: duckdb.DuckDBPyConnection, file: str, sql: str) -> tuple[str, Any]:
    """The one statement of ``sql`` and its syntax tree."""
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        message = str(error).splitlines()[0]
        raise InputError(f"{file}: this is not SQL that can be read ({message}). Correct it there.") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise InputError(f"{file}: expected exactly one SELECT (WITH and UNION ALL are allowed) and nothing else.")
    query = statements[0].query.strip().rstrip(";")
    row = connection.execute("SELECT json_serialize_sql(?)", [query]).fetchone()
    assert row is not None
    return query, json.loads(row[0])


def _nodes(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from _nodes(value)
    elif isinstance(part, list):
        for value in part:
            yield from _nodes(value)


def _texts(node: Mapping[str, Any]) -> Iterator[str]:
    for value in node.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (text for text in value if isinstance(text, str))


def _cte_names(node: Mapping[str, Any]) -> Iterator[str]:
    yield from (entry["key"] for entry in node["cte_map"]["map"])


def _fault(node: Mapping[str, Any], ctes: set[str], sources: Sequence[str]) -> str | None:
    """What an adapter may not do, if ``node`` of its syntax tree does it."""
    kind = node.get("type")
    if kind == "BASE_TABLE":
        return _table_fault(node, ctes, sources)
    if kind == "TABLE_FUNCTION" and (name := node["function"]["function_name"].casefold()) not in TABLE_FUNCTIONS:
        return f"the table function {name} is not allowed. Read raw.<source>; allowed: unnest, range, generate_series."
    if kind == "SHOW_REF":
        return "DESCRIBE, SHOW and SUMMARIZE are not allowed. Select from raw.<source>."
    if node.get("try_cast") or kind == "OPERATOR_TRY":
        return "TRY_CAST and TRY are not allowed: an unreadable value would become a missing one. Hand on the text."
    if node.get("sample"):
        return (
            "sampling is not allowed: each row of a source must come out. Leave out rows with `exclude` and a reason."
        )
    called = str(node.get("function_name", "")).casefold()
    column = str(node["column_names"][-1]).casefold() if kind == "COLUMN_REF" and node.get("column_names") else ""
    if called in FORBIDDEN or called.startswith("try_") or column in FORBIDDEN:
        return f"{called or column} is not allowed: an adapter's result may depend on the raw rows alone."
    return None


def _table_fault(node: Mapping[str, Any], ctes: set[str], sources: Sequence[str]) -> str | None:
    schema, name = str(node["schema_name"]), str(node["table_name"])
    if not schema and not node["catalog_name"] and name.casefold() in ctes:
        return None
    if schema != "raw" or node["catalog_name"]:
        return f"the table {name} is not allowed. Expected raw.<source> or a CTE of the adapter itself."
    if name not in sources:
        return f"there is no source '{name}' in study.yaml.{_nearest(name, sources)}"
    return None


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(known)}."


def adapter_columns(connection: duckdb.DuckDBPyConnection, adapter: Adapter, table: Table) -> list[str]:
    """Output columns of ``adapter``, found by binding it to the raw tables, which may still be empty.

    Raises
    ------
    InputError if a column it reads is in none of its files, if it gives a column that the contract does not know
    (with the nearest one), lacks ``source_row``, or does not fill a required column.
    """
    try:
        connection.execute(f"SELECT * FROM ({adapter.sql}\n) LIMIT 0")
        found = [str(entry[0]) for entry in connection.description or ()]
    except duckdb.Error as error:
        # The binder's first line names what the SQL names; the raw tables hold no row yet.
        raise InputError(
            f"{adapter.file}: {_binder_words(str(error))} Columns of a source are those of its header: correct the "
            "adapter, or the header of the file."
        ) from error
    known = [*SPECIAL, *table.columns]
    for name in found:
        if name not in known:
            raise InputError(
                f"{adapter.file}: the column '{name}' is not in the contract of {table.name}.{_nearest(name, known)}"
            )
    absent = [name for name, column in table.columns.items() if column.required and name not in found]
    for name in ["source_row"] * ("source_row" not in found) + absent:
        raise InputError(f"{adapter.file}: the adapter must give the column '{name}' of {table.name}. Add it.")
    return found


def _binder_words(message: str) -> str:
    patterns = (
        r'Referenced column "([^"]+)" not found',
        r'does not have a column named "([^"]+)"',
        r'column "([^"]+)" does not exist',
    )
    for pattern in patterns:
        if match := re.search(pattern, message):
            candidates = re.findall(r'"([^"]+)"', message.partition("Candidate bindings")[2].split("\n\n")[0])
            names = [candidate.rpartition(".")[2] for candidate in candidates]
            near = difflib.get_close_matches(match[1], names, n=1, cutoff=0.5)
            hint = f" The nearest name there is '{near[0]}'." if near else ""
            return f"the column '{match[1]}' is missing in the files it reads.{hint}"
    return f"the SQL does not fit the raw tables ({message.splitlines()[0]})."


def run_adapter(connection: duckdb.DuckDBPyConnection, adapter: Adapter, table: Table, columns: Sequence[str]) -> None:
    """Write the adapter's rows into ``adapted.<table>``: `source_row`, `exclude` and all canonical columns, as text.

    Raises
    ------
    InputError if the SQL fails on a row; the engine's own message could quote the value, so it is not shown.
    """
    names = [*SPECIAL, *table.columns]
    entries = [f"CAST({quoted(name) if name in columns else 'NULL'} AS VARCHAR) AS {quoted(name)}" for name in names]
    try:
        connection.execute(
            f"CREATE TABLE adapted.{quoted(table.name)} AS SELECT {', '.join(entries)} FROM ({adapter.sql}\n)"
        )
    except duckdb.Error as error:
        raise InputError(
            f"{adapter.file}: the SQL failed on a row of its sources ({type(error).__name__}). Expected text to be "
            "handed on as it is, since the contract reads and checks it: take the casts out of the adapter."
        ) from error
