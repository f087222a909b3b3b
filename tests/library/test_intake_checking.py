"""A row is sound by the quick test just when it fails no check, whatever stands in it."""

from pathlib import Path

import duckdb
import pytest

from recredit.contract import load_contract
from recredit.engine import literal, quoted
from recredit.intake.checking import rules_of, with_severities
from recredit.intake.values import SQL_TYPES, Formats, text_of, typed

FORMATS = Formats(("%Y-%m-%d",), ("%Y-%m-%dT%H:%M:%S",), "America/Los_Angeles")
TEXTS = {
    "integer": ("0", "600", "-1", "700000", "1.5"),
    "number": ("0", "59.5", "-1", "7e5", "many"),
    "timestamp": ("2018-06-18T08:00:00", "2018-06-18T08:10:00", "2018-06-17T08:00:00", "2018-06-31T08:00:00"),
    "string": ("a", "b"),
    "boolean": ("yes", "no", "perhaps"),
}
LOOKED_UP = {
    "term_begins": "TIMESTAMPTZ '2018-06-18 00:00:00-07'",
    "term_is_over": "TIMESTAMPTZ '2018-07-21 00:00:00-07'",
}


def one_of(choices: tuple[str, ...], sql_type: str) -> str:
    """SQL for one of ``choices`` (SQL texts) by chance, in the row ``n``; the first ones more often."""
    cases = " ".join(f"WHEN {number} THEN {choice}" for number, choice in enumerate(choices[1:]))
    return f"CAST(CASE floor(random() * {3 * len(choices)}) {cases} ELSE {choices[0]} END AS {sql_type})"


@pytest.mark.parametrize("name", ["sessions", "events"])
def test_sound_rows_are_those_that_fail_no_check(repository: Path, name: str) -> None:
    contract = load_contract(repository / "config" / "contract")
    table = contract[name]
    own = {name: rules_of(table, list(contract), contract, FORMATS)}
    wanted = {"sessions.time_adds_up": {"severity": "warn", "tolerance": 7}} if name == "sessions" else {}
    rules = with_severities(own, wanted)[name]
    columns = list(table.columns.values())
    texts = [
        f"{one_of((*map(literal, column.allowed or TEXTS.get(column.type, ('2018-06-18', 'x'))), 'NULL'), 'VARCHAR')} "
        f"AS {text_of(column)}"
        for column in columns
    ]
    values = [
        f"CAST({typed(text_of(column), column, FORMATS)} AS {SQL_TYPES[column.type]}) AS {quoted(column.name)}"
        for column in columns
    ]
    look_ups = {look_up.name: look_up.path.partition(".")[0] for rule in rules for look_up in rule.look_up}
    # A missing reference finds nothing.
    found = [
        f"CASE WHEN {quoted(column)} IS NOT NULL THEN {one_of((known, 'NULL'), known.split()[0])} END AS {look_up}"
        for look_up, column in look_ups.items()
        for known in [LOOKED_UP.get(look_up, "BOOLEAN 'true'")]
    ]
    sound = " AND ".join(dict.fromkeys(rule.sound for rule in rules))
    failing = " OR ".join(f"coalesce({rule.violated}, false)" for rule in rules)
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute("SELECT setseed(0.5)")
        connection.execute(f"CREATE TABLE texts AS SELECT {', '.join(texts)} FROM range(20000)")
        connection.execute(f"CREATE TABLE typed AS SELECT {', '.join(['*', *values])} FROM texts")
        counts = connection.execute(
            f"SELECT coalesce({sound}, false) AS sound, {failing} AS failing, count(*) "
            f"FROM (SELECT {', '.join(['*', *found])} FROM typed) GROUP BY ALL"
        ).fetchall()
    assert {(row[0], row[1]) for row in counts} == {(True, False), (False, True)}
    assert min(row[2] for row in counts) > 20
