"""A large table in one pass: text is typed, checked and written while it is read, and never stored as text.

A large file is read in pieces side by side (:mod:`feeding`). What goes into the table is decided row by row in the
engine; only rows with a fault are handed over (:mod:`aside`). The pass is exact or it is not used: the rows that came
out must be as many as the file has lines for, from an adapter that cannot lose one (:mod:`flow`), and of a key that
stands twice each row is looked at (:mod:`twins`). Otherwise :class:`NotStreamable` sends the table to the slow way,
which numbers every row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from duckdb.func import FunctionNullHandling, PythonUDFType

from recredit.contract import Column, LookUp, Table
from recredit.engine import literal, quoted
from recredit.intake.adapters import SPECIAL, Adapter, fixed_texts
from recredit.intake.aside import Aside
from recredit.intake.checking import DIMENSIONS, Rule
from recredit.intake.clocks import changes_of, clock, in_reach, instant
from recredit.intake.feeding import fed
from recredit.intake.lookups import create_look_ups, look_up_name, school_path
from recredit.intake.pieces import Part, create_view, lines_before, span_of
from recredit.intake.plan import Plan
from recredit.intake.reading import Reading, Reject, rejected_lines
from recredit.intake.sorting import Sorting
from recredit.intake.twins import Twins, settle_twins
from recredit.intake.values import SQL_TYPES, text_of, typed
from recredit.intake.writing import OPTIONS

MOST_CHECKS = 60
OWNER, OWNERS = "owner", "owners"
Keep = Mapping[str, Sequence[str]]


class NotStreamable(Exception):  # noqa: N818 (no fault: the slow way is taken)
    """The one pass cannot prove that it is exact."""


@dataclass(frozen=True)
class Stream:
    """A table that is read in one pass: its adapter, the adapter's columns, its files in order of ``rows_from``."""

    table: Table
    adapter: Adapter
    columns: tuple[str, ...]
    parts: tuple[Part, ...]
    sorting: Sorting

    def owned_by(self, plan: Plan) -> str | None:
        """The column whose referenced row leads to the row's school; the written table has its number as ``owner``."""
        path = school_path(self.table, [own.name for own in plan.tables], plan.contract)
        return path.partition(".")[0] if path and "." in path else None

    def own_columns(self, plan: Plan) -> list[str]:
        """Columns of the written table beyond the contract's."""
        return ["place", *([OWNER] if self.owned_by(plan) else [])]


@dataclass(frozen=True)
class Streamed:
    """What a pass found: per file the rows and rejected lines, the rows set aside, and those of a key they share."""

    readings: tuple[Reading, ...]
    aside: Aside
    twins: Twins
    kept: int


def may_stream(plan: Plan, table: Table, size: int, stream_bytes: int) -> bool:
    """Whether ``table``, whose files have ``size`` bytes, is large and of a kind that can be read in one pass."""
    between = any(rule.severity == "quarantine" for rule in plan.between[table.name])
    kind = table.name not in DIMENSIONS and not between and len(plan.rows[table.name]) <= MOST_CHECKS
    return kind and size >= stream_bytes


def run_stream(connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, keep: Keep, target: Path) -> Streamed:
    """Read, type and check the table of ``stream`` and write its kept rows to the Parquet file ``target``.

    ``target`` has up to two columns more than the contract, which no later stage reads. By ``place`` the intake finds
    a row's line. ``owner`` is the number of the row that leads to the school; the table ``owners`` has the school of
    each.

    Parameters
    ----------
    keep : columns to read of each source.

    Raises
    ------
    NotStreamable where the pass cannot prove that each line became one row, or too many have the key of another one.
    ``target`` is then to be written again.
    """
    rules = plan.rows[stream.table.name]
    quarantining = sum(1 << bit for bit, rule in enumerate(rules) if rule.severity == "quarantine")
    aside = Aside(quarantining)
    for name in ("reject_errors", "reject_scans"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    cut = [
        (number, place)
        for number, part in enumerate(stream.parts)
        for place in range(len(part.counts.pieces))
        if len(part.counts.pieces) > 1
    ]
    with fed([span_of(stream.parts[number], place) for number, place in cut]) as paths:
        fed_from = dict(zip(cut, paths, strict=True))
        _create_views(connection, plan, stream, keep, fed_from)
        try:
            _write(connection, _query(connection, plan, stream), aside, target)
        except duckdb.Error as error:
            # The slow way meets the same fault and says where it stands.
            raise NotStreamable from error
        finally:
            # The pipes are gone then, and the views are still asked for their columns.
            _create_views(connection, plan, stream, keep, {})
    readings = tuple(_reading(connection, plan, part, number, fed_from) for number, part in enumerate(stream.parts))
    return _streamed(connection, stream, target, readings, aside)


def _streamed(
    connection: duckdb.DuckDBPyConnection, stream: Stream, target: Path, readings: tuple[Reading, ...], aside: Aside
) -> Streamed:
    """What the pass found, after it was shown that each line became one row, and the rows of one key were settled."""
    written = _one(connection, f"SELECT count(*) FROM read_parquet({literal(str(target))})")
    if written + len(aside.removed) != sum(reading.rows for reading in readings):
        raise NotStreamable
    twins = settle_twins(connection, stream.table, target, written, stream.sorting)
    if twins is None:
        raise NotStreamable
    return Streamed(readings, aside, twins, written - len(twins.gone()))


def _create_views(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    stream: Stream,
    keep: Keep,
    fed_from: Mapping[tuple[int, int], str],
) -> None:
    for source in plan.rows_from[stream.table.name]:
        numbered = {number: part for number, part in enumerate(stream.parts) if part.file.source == source}
        create_view(connection, plan.sources[source], numbered, keep[source], fed_from)


def _write(connection: duckdb.DuckDBPyConnection, query: str, aside: Aside, target: Path) -> None:
    connection.create_function(
        "set_aside",
        aside,
        ["BIGINT", "BIGINT", "VARCHAR", "VARCHAR"],
        "BOOLEAN",
        type=PythonUDFType.NATIVE,
        null_handling=FunctionNullHandling.SPECIAL,
        side_effects=True,
    )
    # The engine does not know how long a CSV file is, and would build a join's table from the log and not the look-up:
    # that takes the log's size in memory.
    connection.execute("SET disabled_optimizers = 'build_side_probe_side,join_order'")
    # The pieces of a file then run side by side. Each row has its place, so that its position need not tell it.
    connection.execute("SET preserve_insertion_order = false")
    try:
        connection.execute(f"COPY ({query}) TO {literal(str(target))} ({OPTIONS})")
    finally:
        connection.execute("RESET preserve_insertion_order")
        connection.execute("RESET disabled_optimizers")
        connection.remove_function("set_aside")


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    # All rows are fetched: a result that is not read to its end keeps the connection.
    ((value,),) = connection.execute(query).fetchall()
    return int(value)


def _reading(
    connection: duckdb.DuckDBPyConnection, plan: Plan, part: Part, number: int, fed_from: Mapping[tuple[int, int], str]
) -> Reading:
    """The rows of a file, if it has no line that is neither a row nor a reject nor the header."""
    rejects = []
    for place, piece in enumerate(part.counts.pieces):
        path = fed_from.get((number, place))
        if path is None:
            rejects = rejected_lines(connection, part.scan, part.header)
        else:
            start, first = span_of(part, place).start, lines_before(part, piece) + 1
            rejects += rejected_lines(connection, part.scan, part.header, path, start, first)
    rows = part.counts.lines - part.header.lines - len(rejects)
    if any("\n" in reject.line for reject in rejects) or rows < 0 or _surplus_possible(part, rejects):
        raise NotStreamable
    return Reading(plan.files[part.file.source, part.file.number], rows, tuple(rejects))


def _surplus_possible(part: Part, rejects: Sequence[Reject]) -> bool:
    """Whether a line may have an empty column too many: not if the delimiters are just as many as the columns need."""
    own = part.counts.delimiters - sum(reject.line.count(part.delimiter) for reject in rejects)
    return part.counts.open_ended and own != (part.counts.lines - len(rejects)) * (len(part.header.names) - 1)


def _query(connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream) -> str:
    """The one query: adapter, types, look-ups, checks as bits of a number, and only sound rows out."""
    table, rules = stream.table, plan.rows[stream.table.name]
    columns = list(table.columns.values())
    own = stream.own_columns(plan)
    written = ", ".join([*map(quoted, table.columns), *own])
    given = [
        f"CAST({quoted(name) if name in stream.columns else 'NULL'} AS VARCHAR) AS {quoted(name)}"
        for name in [*SPECIAL[1:], *table.columns]
    ]
    texts = ", ".join(f"{quoted(column.name)} AS {text_of(column)}" for column in columns)
    clocks, values = _values(plan, columns)
    joins, found, school = _look_ups(connection, plan, stream, rules)
    texts_alone = {column.name for column in columns if SQL_TYPES[column.type] == "VARCHAR"}
    fixed = {name: text for name, text in fixed_texts(stream.adapter.statement).items() if name in texts_alone}
    bits = " + ".join(f"CASE WHEN {rule.violated} THEN {1 << bit} ELSE 0 END" for bit, rule in enumerate(rules))
    # Most rows fail no check: which ones a row fails is asked of the others only. What needs no look-up is asked before
    # it: behind a join the engine reaches each value through a list of places, which costs more.
    alone, looked = (_sound([rule for rule in rules if bool(rule.look_up) == after]) for after in (False, True))
    keep = 'CASE WHEN mask = 0 AND "exclude" IS NULL THEN true ELSE set_aside(place, mask, "exclude", school_found) END'
    return (
        f"WITH placed AS (SELECT CAST(source_row AS BIGINT) AS place, {', '.join(given)} "
        f"FROM ({stream.adapter.sql}\n)), "
        f"clocked AS (SELECT *{clocks} FROM placed), "
        f'typed AS (SELECT place, "exclude", {texts}, {values} FROM clocked), '
        f"asked AS (SELECT *, CASE WHEN {alone} THEN true ELSE false END AS sound_alone FROM typed), "
        f"looked AS (SELECT t.*{found}, CAST({school} AS VARCHAR) AS school_found FROM asked t {joins}), "
        f"checked AS (SELECT *, CASE WHEN sound_alone AND {looked} THEN 0 "
        f'WHEN "exclude" IS NULL THEN CAST({bits} AS BIGINT) ELSE 0 END AS mask FROM looked), '
        # A column and not a condition: the engine would compute a condition once more, before the columns.
        f"judged AS (SELECT {', '.join(_mended(column.name, rules, fixed) for column in columns)}, "
        f"{', '.join([*own, keep])} AS keep "
        "FROM checked) "
        f"SELECT {written} FROM judged WHERE keep"
    )


def _sound(rules: Sequence[Rule]) -> str:
    """SQL that is true only of rows that fail none of ``rules``, and quicker to tell than each of them."""
    return " AND ".join(dict.fromkeys(rule.sound for rule in rules)) or "true"


def _values(plan: Plan, columns: Sequence[Column]) -> tuple[str, str]:
    """Columns with the local times that are plain to read, and the typed values of all columns."""
    clocks: dict[str, str] = {}
    values = []
    changes = changes_of(plan.formats.time_zone)
    for column in columns:
        value = typed(quoted(column.name), column, plan.formats)
        local = clock(quoted(column.name), plan.formats.timestamp) if column.type == "timestamp" else None
        if local is not None:
            name = quoted(f"{column.name}__clock")
            clocks[name] = local
            value = f"CASE WHEN {in_reach(name)} THEN {instant(name, changes)} ELSE {value} END"
        values.append(f"CAST({value} AS {SQL_TYPES[column.type]}) AS {quoted(column.name)}")
    return "".join(f", {local} AS {name}" for name, local in clocks.items()), ", ".join(values)


def _look_ups(
    connection: duckdb.DuckDBPyConnection, plan: Plan, stream: Stream, rules: Sequence[Rule]
) -> tuple[str, str, str]:
    """The joins, the columns they add, and the expression for the row's school. Makes the table ``owners``."""
    table, owned_by = stream.table, stream.owned_by(plan)
    look_ups = list(dict.fromkeys(look_up for rule in rules for look_up in rule.look_up))
    found = "".join(f", {look_up.name}" for look_up in look_ups)
    path = school_path(table, [own.name for own in plan.tables], plan.contract)
    school = "NULL"
    if path is not None:
        look_ups.append(LookUp("looked_up_school", path))
        school = "looked_up_school" if "." in path else f"t.{quoted(path)}"
    joins = create_look_ups(connection, table, look_ups, plan.contract)
    if owned_by is not None:
        owners = quoted(look_up_name(table, owned_by))
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {OWNERS} AS SELECT rowid AS {OWNER}, "
            f"CAST(looked_up_school AS VARCHAR) AS school FROM {owners}"
        )
        found += f", CAST({owners}.rowid AS INTEGER) AS {OWNER}"
    return joins, found, school


def _mended(name: str, rules: Sequence[Rule], fixed: Mapping[str, str]) -> str:
    """The column, missing where a check that only warns says that the value means nothing."""
    bits = sum(1 << bit for bit, rule in enumerate(rules) if rule.severity == "warn" and rule.mends == name)
    column = quoted(name)
    if bits:
        return f"CASE WHEN mask & {bits} = 0 THEN {column} END AS {column}"
    if name in fixed:
        # As the one text of a list it is written without being looked for row by row.
        return f"CAST({literal(fixed[name])} AS ENUM({literal(fixed[name])})) AS {column}"
    return column
