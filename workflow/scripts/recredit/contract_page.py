"""The contract as a page for people: docs/contract.md is this text, made from config/contract."""

from collections.abc import Iterator

from recredit.contract import Check, Column, Contract, Table
from recredit.intake.checking import DIMENSIONS

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


def contract_page(contract: Contract, version: int) -> str:
    """The whole page as Markdown, the tables in the order in which they reference each other."""
    *first, last = (f"`{name}`" for name in DIMENSIONS)
    head = HEAD.format(version=version, dimensions=f"{', '.join(first)} and {last}")
    return "\n\n".join([head, *(_table_section(table) for table in contract.values())]) + "\n"


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
