"""The checks of a canonical table: each row is kept, or goes to quarantine with a reason in words."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from recredit.contract import SEVERITIES, Check, Column, Contract, LookUp, Table
from recredit.engine import literal, quoted
from recredit.errors import ConfigurationError
from recredit.intake.accounting import located
from recredit.intake.lookups import create_look_ups, made
from recredit.intake.reading import STRAY_QUOTE, TOO_LONG, WRONG_NUMBER
from recredit.intake.values import SQL_TYPES, Formats, text_of, typed, unreadable

# In these tables rows of one key are one thing described several times: a contradiction spoils the attribute only.
DIMENSIONS = ("students", "schools", "courses", "terms", "sections")
CONTRADICTING = "contradicting_rows"
WITH_TOLERANCE = ("violated", "sound", "reason")
STRUCTURE = (WRONG_NUMBER, STRAY_QUOTE, TOO_LONG)


@dataclass(frozen=True)
class Rule:
    """One check of one table.

    Attributes
    ----------
    name : name of the check; a study changes its severity by this name, or by ``<table>.<name>``.
    violated : SQL over a typed row, true where the row fails. Empty for checks between rows.
    sound : SQL that is true only where the row does not fail, and that is quicker to tell; the same for several checks
        of one column. It need not be true for every row that does not fail.
    reason : why a row is quarantined, without any value of it.
    columns : the columns concerned.
    mends : the column that is set to missing where the check only warns; None where the value stays.
    can_warn : False where a row that fails cannot be kept at all.
    listed : whether a count of zero is reported too.
    look_up : values of referenced rows that ``violated`` names.
    between : whether ``violated`` compares the kept rows with each other by window functions.
    tolerance : what ``{tolerance}`` in ``violated`` and ``reason`` stands for.
    intervals : columns of owner, begin and end, where only rows that overlap in time can fail (see the contract).
    """

    name: str
    violated: str
    reason: str
    columns: tuple[str, ...]
    severity: str = "quarantine"
    mends: str | None = None
    can_warn: bool = True
    listed: bool = False
    look_up: tuple[LookUp, ...] = ()
    between: bool = False
    tolerance: float | None = None
    intervals: tuple[str, ...] = ()
    sound: str = "false"


def rules_of(table: Table, filled: Sequence[str], contract: Contract, formats: Formats) -> list[Rule]:
    """All checks of ``table`` on single rows, in the order in which they name the reason of a quarantined row.

    Parameters
    ----------
    filled : tables the study fills; a reference to another one cannot be checked.
    """
    rules: list[Rule] = []
    references = [column for column in table.columns.values() if column.references in filled]
    for column in table.columns.values():
        if column.required and column not in references:
            name, missing = column.name, f"{text_of(column)} IS NULL"
            reason = f"no value in column {name}"
            rules.append(Rule(f"{name}_missing", missing, reason, (name,), can_warn=False, sound=_sound(column)))
        rules += _value_rules(column, column.name in table.key, formats)
    rules += [_reference_rule(table, column, contract) for column in references]
    rules += [
        _contract_rule(check, formats)
        for check in table.checks
        if not check.between_rows and can_be_made(check, table, filled, contract)
    ]
    return rules


def can_be_made(check: Check, table: Table, filled: Sequence[str], contract: Contract) -> bool:
    """Whether the study fills all tables that ``check`` of ``table`` needs."""
    return set(check.needs) <= set(filled) and made(table, check.look_up, filled, contract)


def _contract_rule(check: Check, formats: Formats) -> Rule:
    zone = literal(formats.time_zone)
    look_up = tuple(replace(entry, sql=entry.sql.replace("{time_zone}", zone)) for entry in check.look_up)
    in_order = check.sql.replace("{time_zone}", zone)
    return Rule(
        check.name,
        # A missing value cannot violate a rule, and gives no true here; the contract says which values must be there.
        f"NOT ({in_order})",
        check.message,
        check.columns,
        check.severity,
        listed=True,
        look_up=look_up,
        between=check.between_rows,
        tolerance=check.tolerance,
        intervals=check.intervals,
        # True or not known, at half the cost of asking for both.
        sound=f"({in_order}) IS DISTINCT FROM false",
    )


def _sound(column: Column) -> str:
    """SQL that is true only where no check of the column's value fails, and a required value is there."""
    value = quoted(column.name)
    parts = [f"{value} IN ({', '.join(map(literal, column.allowed))})"] if column.allowed else []
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        parts.append(f"{value} BETWEEN {low} AND {high}")
    elif low is not None or high is not None:
        parts.append(f"{value} >= {low}" if high is None else f"{value} <= {high}")
    known = " AND ".join(parts) or f"{value} IS NOT NULL"
    return f"({known})" if column.required else f"(({known}) OR {text_of(column)} IS NULL)"


def _value_rules(column: Column, in_key: bool, formats: Formats) -> list[Rule]:
    name, value, text = column.name, quoted(column.name), text_of(column)
    mendable = not (column.required or in_key)
    mends = name if mendable else None
    rules = []
    if column.type not in ("string", "category"):
        broken = f"{text} IS NOT NULL AND {value} IS NULL"
        rules.append(
            Rule(f"{name}_unreadable", broken, unreadable(column, formats), (name,), mends=mends, can_warn=mendable)
        )
    if column.allowed:
        outside = f"{value} NOT IN ({', '.join(map(literal, column.allowed))})"
        reason = f"value not allowed in column {name}, expected one of {', '.join(column.allowed)}"
        rules.append(Rule(f"{name}_not_allowed", outside, reason, (name,), mends=mends, can_warn=mendable))
    if bounds := _bounds(column):
        violated, words = bounds
        reason = f"value out of range in column {name}, expected {words}{f' {column.unit}' if column.unit else ''}"
        rules.append(Rule(f"{name}_out_of_range", violated, reason, (name,)))
    return [replace(rule, sound=_sound(column)) for rule in rules]


def _bounds(column: Column) -> tuple[str, str] | None:
    value, low, high = quoted(column.name), column.minimum, column.maximum
    if low is None and high is None:
        return None
    if low is None or high is None:
        sign, bound, words = ("<", low, "at least") if low is not None else (">", high, "at most")
        return f"{value} {sign} {bound}", f"{words} {bound}"
    return f"{value} NOT BETWEEN {low} AND {high}", f"{low} to {high}"


def _reference_rule(table: Table, column: Column, contract: Contract) -> Rule:
    target = contract[str(column.references)]
    value = quoted(column.name)
    found = LookUp(f"{column.name}__found", f"{column.name}.{target.key[0]}", "value IS NOT NULL")
    sound = f"{found.name} IS NOT NULL" if column.required else f"({found.name} IS NOT NULL OR {value} IS NULL)"
    violated = f"{value} IS NOT NULL AND {found.name} IS NULL"
    reason = f"column {column.name} names no row of {target.name}, or one that is itself quarantined"
    if column.required:
        # An adapter looks ids up by a join, so "no such enrollment" can arrive as a missing id.
        violated = f"({value} IS NULL OR {violated})"
        reason = f"column {column.name} is missing or names no row of {target.name} that was kept"
    if target.name == "enrollments":
        one = table.name.removesuffix("s").replace("_", " ")
        reason = f"a {one} of a student without enrollment: {reason}"
    name, mendable = f"{column.name}_unresolved", not (column.required or column.name in table.key)
    mends = column.name if mendable else None
    rule = Rule(name, violated, reason, (column.name,), mends=mends, can_warn=mendable, listed=True)
    return replace(rule, look_up=(found,), sound=sound)


def between_rows(table: Table, filled: Sequence[str], contract: Contract, formats: Formats) -> list[Rule]:
    """The checks of ``table`` between the rows that were kept, such as sessions that overlap."""
    own = [check for check in table.checks if check.between_rows and can_be_made(check, table, filled, contract)]
    return [_contract_rule(check, formats) for check in own]


def rows_of_one_key(table: Table) -> list[Rule]:
    """The checks of ``table`` between rows of one key."""
    key = ", ".join(table.key)
    one = key.removesuffix("_id") if len(table.key) == 1 else key
    if table.name not in DIMENSIONS:
        what = "rows" if len(table.key) > 1 or table.name.startswith(one) else table.name
        reason = f"two different {what} for one {one}, expected one row per {key}"
        return [Rule(CONTRADICTING, "", reason, table.key, can_warn=False, listed=True)]
    rules = []
    for column in table.columns.values():
        if column.name not in table.key:
            reason = f"column {column.name} contradicts itself between the rows of one {one}"
            severity = "quarantine" if column.required else "warn"
            name, can_warn = f"{column.name}_contradictory", not column.required
            rules.append(Rule(name, "", reason, (column.name,), severity, can_warn=can_warn))
    return rules


def structure_rules() -> list[Rule]:
    """The checks on lines that could not be split into columns."""
    return [Rule(name, "", "", (), can_warn=False) for name in STRUCTURE]


def with_severities(rules: Mapping[str, Sequence[Rule]], wanted: Mapping[str, Any]) -> dict[str, list[Rule]]:
    """``rules`` by table, with the severities and tolerances of the study put over the contract's.

    Parameters
    ----------
    wanted : by ``<check>`` or ``<table>.<check>`` a severity, or a mapping with ``severity`` and ``tolerance``.

    Raises
    ------
    ConfigurationError for an unknown check (the nearest one is named), one that cannot only warn, or a tolerance for
    a check that has none.
    """
    known = {name for table, own in rules.items() for rule in own for name in (rule.name, f"{table}.{rule.name}")}
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ConfigurationError(f"study.yaml: checks: there is no check '{name}'.{hint}")
    return {table: [_with_severity(table, rule, wanted) for rule in own] for table, own in rules.items()}


def _with_severity(table: str, rule: Rule, wanted: Mapping[str, Any]) -> Rule:
    entry = wanted.get(f"{table}.{rule.name}", wanted.get(rule.name, rule.severity))
    own = entry if isinstance(entry, Mapping) else {"severity": entry}
    severity, tolerance = own.get("severity", rule.severity), own.get("tolerance", rule.tolerance)
    assert severity in SEVERITIES
    if severity == "warn" and not rule.can_warn:
        raise ConfigurationError(
            f"study.yaml: checks: '{rule.name}' of {table} cannot be 'warn', since the row cannot be kept without the "
            "value. Expected stop or quarantine."
        )
    if "tolerance" in own and rule.tolerance is None:
        raise ConfigurationError(f"study.yaml: checks: '{rule.name}' of {table} has no tolerance. Take it out.")
    if tolerance is None:
        return replace(rule, severity=severity)
    texts = {name: getattr(rule, name).replace("{tolerance}", f"{tolerance:g}") for name in WITH_TOLERANCE}
    return replace(rule, severity=severity, tolerance=tolerance, **texts)


def judge(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    rules: Sequence[Rule],
    rows_from: Sequence[str],
    formats: Formats,
    contract: Contract,
) -> None:
    """Make ``judged.<table>``: typed columns, the row's place, and ``failed``, the indices into ``rules`` it fails.

    Rows that the adapter excludes are not in it.
    """
    names = table.columns.values()
    texts = ", ".join(f"{quoted(column.name)} AS {text_of(column)}" for column in names)
    values = ", ".join(
        f"CAST({typed(quoted(column.name), column, formats)} AS {SQL_TYPES[column.type]}) AS {quoted(column.name)}"
        for column in names
    )
    cases = ", ".join(f"CASE WHEN {rule.violated} THEN {number} END" for number, rule in enumerate(rules))
    mended = ", ".join(_mended(column, rules) for column in names)
    places = "source_row, place_source, place_file, place_row"
    look_ups = list(dict.fromkeys(look_up for rule in rules for look_up in rule.look_up))
    joins = create_look_ups(connection, table, look_ups, contract)
    found = "".join(f", {look_up.name}" for look_up in look_ups)
    connection.execute(
        f"CREATE TABLE judged.{quoted(table.name)} AS "
        f"WITH placed AS ({located(f'adapted.{quoted(table.name)}', rows_from)}), "
        f'typed AS (SELECT {places}, {texts}, {values} FROM placed WHERE "exclude" IS NULL), '
        f"looked AS (SELECT t.*{found} FROM typed t {joins}), "
        f"checked AS (SELECT *, list_filter(CAST([{cases}] AS INTEGER[]), lambda n: n IS NOT NULL) AS failed "
        "FROM looked) "
        f"SELECT {places}, failed, {mended} FROM checked"
    )


def _mended(column: Column, rules: Sequence[Rule]) -> str:
    """The column, missing where a check that only warns says that the value means nothing."""
    name = quoted(column.name)
    spoiled = [n for n, rule in enumerate(rules) if rule.severity == "warn" and rule.mends == column.name]
    if not spoiled:
        return name
    return f"CASE WHEN NOT list_has_any(failed, {spoiled}) THEN {name} END AS {name}"
