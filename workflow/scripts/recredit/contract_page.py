"""The contract as a page for people: docs/contract.md is this text, made from config/contract."""

from collections.abc import Iterator

from recredit.contract import Check, Column, Contract, Table
from recredit.intake.checking import DIMENSIONS
from recredit.measures.definitions import FROM_CLICKS_TOO, MEASURES

HEAD = """# The contract: what each canonical table holds

Made from `config/contract` by `make docs`; do not edit it here. An adapter fills a table by giving its columns as text;
the intake reads and checks each value. A study names the version it was written for: this is version {version}.

- **Type**: `string` is kept as it is; `category` is one of the allowed words; `integer`, `number` (decimal point),
  `boolean` (true, yes, y, t, 1 and their opposites), `date`, `time` and `timestamp` are read in the study's formats.
- **Class** decides what leaves the identified zone: `identifier` becomes a random study code or is dropped, `quasi` is
  coarsened where it is a date or clock time, `sensitive`, `measure` and `public` go on as they are. But a `string` that
  is not `public` stays only where ten students share it, and is missing elsewhere: what somebody typed of one student
  can hold a name. No row of any class is released: tables of many students alone are.
- A row without a required value goes to quarantine. So does one with a value that cannot be read, is not allowed, is
  out of range, or names no row of the table it references (a study can set these checks to `warn` where the column is
  not required: the value is then missing).
- **Checks** have a severity: `stop` ends the run, `quarantine` sets the row aside, `warn` keeps it and counts it. A
  study changes it under `checks:` by the check's name, `<name>` or `<table>.<name>`, and the tolerance where there is
  one: `time_adds_up: {{severity: quarantine, tolerance: 120}}`.
- Every column has checks by its name too: `<column>_missing`, `<column>_unreadable`, `<column>_not_allowed`,
  `<column>_out_of_range`, `<column>_unresolved`, and in {dimensions} `<column>_contradictory`."""


MEASURES_HEAD = """# What is computed from sessions, clicks and totals

Made from `recredit/measures/definitions.py`. Each measure has this one definition; a column of that name holds it
wherever it is given: by student and course, by program week of a course, by student and school year. `idle_definition`
travels with every figure on idle time: figures under two definitions are never pooled.

Where a study has sessions of the vendor, the vendor's seconds count. With a click stream alone, sessions and pauses are
computed from it; with both, the figures from clicks stand beside as `<name>_from_clicks` ({beside}).

**From clicks** (`measures.session_timeout_minutes`, `measures.idle_minutes`; in microseconds, since clicks can have
fractions of seconds):

- The clicks of an enrollment are put in the order of their times, in whatever order they arrived. A session is a
  longest run of clicks with no gap over the time-out; a gap of just the time-out does not end it.
- A gap over the idle threshold inside a session is idle time, all of it; one of just the threshold is active time. The
  length of a session is the time from its first click to its last: active and idle time add up to it. What comes after
  the last click is not known and not counted; a session of one click has no length.
- A session belongs to the local day on which it began, also over midnight. Lengths are time that passed, also while the
  clocks change; days and bells are local time.
- The same click twice: one with the same identifier is merged by the intake; two clicks at one instant are two clicks
  with no gap between them, and change no length.
- A clock that jumps back puts later clicks among earlier ones: that time counts once, and no gap is below zero. A clock
  that jumps ahead by more than the time-out ends the session.
- Courses that overlap each keep their time: an enrollment's figures do not depend on other enrollments. Overlapping
  sessions of one enrollment in a vendor's log are counted as they stand, and reported (`sessions_do_not_overlap`).
- A click of an enrollment that is not on file stops the stage; the intake sets such clicks aside before."""


def contract_page(contract: Contract, version: int) -> str:
    """The whole page as Markdown, the tables in the order in which they reference each other."""
    *first, last = (f"`{name}`" for name in DIMENSIONS)
    head = HEAD.format(version=version, dimensions=f"{', '.join(first)} and {last}")
    tables = [_table_section(table) for table in contract.values()]
    return "\n\n".join([head, *tables, _measures_section()]) + "\n"


def _measures_section() -> str:
    head = MEASURES_HEAD.format(beside=", ".join(f"`{name}`" for name in FROM_CLICKS_TOO))
    rows = [
        [f"`{one.name}`", one.label, one.unit, one.formula, ", ".join(one.levels), one.source]
        for one in MEASURES.values()
    ]
    return f"{head}\n\n{_grid(['Measure', 'Label', 'Unit', 'Formula', 'Given by', 'Source'], rows)}"


def _table_section(table: Table) -> str:
    enables = ", ".join(table.enables) or "nothing by itself"
    parts = [
        f"## {table.name}\n\n{' '.join(table.description.split())}",
        f"Key: {', '.join(f'`{name}`' for name in table.key)}. Enables: {enables}. {_several_rows(table)}",
        _grid(["Column", "Type", "Class", "What it holds"], [_column_row(column) for column in table.columns.values()]),
    ]
    if table.checks:
        rows = [_check_row(check) for check in table.checks]
        parts.append(_grid(["Check", "Severity", "A row fails if", "Compared with"], rows))
    return "\n\n".join(parts)


def _several_rows(table: Table) -> str:
    if table.name in DIMENSIONS:
        return "Rows of one key merge; a column that contradicts itself between them is set to missing and reported."
    return "Equal rows of one key merge; different ones are all set aside (`contradicting_rows`)."


def _column_row(column: Column) -> list[str]:
    return [f"`{column.name}`", column.type, column.privacy_class, " ".join(_column_words(column))]


def _column_words(column: Column) -> Iterator[str]:
    if column.required:
        yield "**Required.**"
    yield column.description
    if column.unit:
        yield f"Unit: {column.unit}."
    if column.allowed:
        yield f"One of {', '.join(f'`{word}`' for word in column.allowed)}."
    bounds = [
        f"{word} {value:g}"
        for word, value in (("at least", column.minimum), ("at most", column.maximum))
        if value is not None
    ]
    if bounds:
        yield f"{' and '.join(bounds).capitalize()}."
    if column.references:
        yield f"References `{column.references}`."
    yield _treatment(column)


def _treatment(column: Column) -> str:
    if column.privacy_class == "identifier":
        return f"Becomes a study code ({column.entity})." if column.entity else "Dropped before any analysis."
    if column.coarsen:
        return f"Coarsened: {column.coarsen.replace('_', ' ')}."
    return "Coarsened: program day and order." if column.type == "timestamp" else ""


def _check_row(check: Check) -> list[str]:
    message = check.message.replace("{tolerance}", f"{check.tolerance:g}" if check.tolerance is not None else "")
    others = sorted({f"`{name}`" for name in check.needs} | {f"`{look_up.path}`" for look_up in check.look_up})
    between = ["the other rows"] if check.between_rows else []
    return [f"`{check.name}`", check.severity, message, ", ".join([*between, *others]) or "the row itself"]


def _grid(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.strip() for cell in line) + " |" for line in lines)
