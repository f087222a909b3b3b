"""The contract: what each canonical table holds. Checks, treatment and documentation all come from config/contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from recredit.configuration import read_yaml
from recredit.errors import ConfigurationError

TYPES = ("string", "integer", "number", "boolean", "date", "time", "timestamp", "category")
CLASSES = ("identifier", "quasi", "sensitive", "measure", "public")
ENTITIES = ("student", "teacher", "school", "section", "enrollment", "block", "school_block")
COARSENINGS = ("age_years", "program_day", "school_year")
SEVERITIES = ("stop", "quarantine", "warn")


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Attributes
    ----------
    type : one of :data:`TYPES`.
    privacy_class : one of :data:`CLASSES`; what `deidentify` does follows from it and the type, never from the name.
    entity : whose random study code replaces an identifier; an identifier without an entity is dropped.
    references : the table whose key the value must be.
    coarsen : what a quasi-identifying date becomes, one of :data:`COARSENINGS`.
    """

    name: str
    type: str
    privacy_class: str
    description: str
    required: bool = False
    unit: str | None = None
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    entity: str | None = None
    references: str | None = None
    coarsen: str | None = None


@dataclass(frozen=True)
class LookUp:
    """A value of a referenced row, as a check names it.

    Attributes
    ----------
    path : columns from the row on, each but the last a reference: ``enrollment_id.section_id.term_id.starts_on``.
    sql : what the check sees of it, with ``value`` for the value found; made once per referenced row.
    """

    name: str
    path: str
    sql: str = "value"


@dataclass(frozen=True)
class Check:
    """A rule over the typed columns of one row; `sql` is true (or missing) where the row is in order.

    In ``sql``, ``message`` and the look-ups ``{tolerance}`` stands for the tolerance and ``{time_zone}`` for the
    schools' time zone (an SQL text).

    Attributes
    ----------
    look_up : values of referenced rows that ``sql`` names.
    needs : other tables that ``sql`` reads as ``kept.<table>``; the check is made only where the study fills them.
    between_rows : whether ``sql`` compares the kept rows of the table with each other by window functions.
    tolerance : a study can set another one, in the unit that the message names.
    intervals : three required columns, for a check between rows that a row can only fail if its time (from the second
        column to the third) overlaps with that of another row of the same value in the first column. In a large table
        only such rows are then compared.
    """

    name: str
    sql: str
    columns: tuple[str, ...]
    severity: str
    message: str
    look_up: tuple[LookUp, ...] = ()
    needs: tuple[str, ...] = ()
    between_rows: bool = False
    tolerance: float | None = None
    intervals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One canonical table."""

    name: str
    description: str
    enables: tuple[str, ...]
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    checks: tuple[Check, ...]


Contract = Mapping[str, Table]


def _column(table: str, name: str, entry: Mapping[str, Any]) -> Column:
    known = set(Column.__dataclass_fields__) - {"name", "privacy_class"} | {"class"}
    if unknown := set(entry) - known:
        raise ConfigurationError(f"config/contract/{table}.yaml: {name}: unknown keys {sorted(unknown)}.")
    column = Column(
        name=name,
        type=entry["type"],
        privacy_class=entry["class"],
        allowed=tuple(entry.get("allowed", ())),
        **{key: value for key, value in entry.items() if key not in ("type", "class", "allowed")},
    )
    wrong = [
        column.type not in TYPES,
        column.privacy_class not in CLASSES,
        column.entity not in (None, *ENTITIES),
        column.coarsen not in (None, *COARSENINGS),
        column.type == "category" and not column.allowed,
        column.privacy_class == "quasi" and column.type == "date" and column.coarsen is None,
        column.entity is not None and column.privacy_class != "identifier",
    ]
    if any(wrong):
        raise ConfigurationError(
            f"config/contract/{table}.yaml: {name}: type, class, entity or coarsening is not valid."
        )
    return column


def _check(table: str, entry: Mapping[str, Any]) -> Check:
    if entry["severity"] not in SEVERITIES:
        raise ConfigurationError(
            f"config/contract/{table}.yaml: {entry['name']}: severity must be one of {SEVERITIES}."
        )
    if unknown := set(entry) - set(Check.__dataclass_fields__):
        raise ConfigurationError(f"config/contract/{table}.yaml: {entry['name']}: unknown keys {sorted(unknown)}.")
    look_up = tuple(
        LookUp(name, **(value if isinstance(value, Mapping) else {"path": value}))
        for name, value in entry.get("look_up", {}).items()
    )
    lists = {"columns": tuple(entry["columns"]), "needs": tuple(entry.get("needs", ())), "look_up": look_up}
    check = Check(**{**entry, **lists, "intervals": tuple(entry.get("intervals", ()))})
    if check.intervals and not (check.between_rows and len(check.intervals) == len(("owner", "begin", "end"))):
        raise ConfigurationError(
            f"config/contract/{table}.yaml: {check.name}: intervals are three columns of a check between rows."
        )
    return check


def _table(path: Path) -> Table:
    entry = read_yaml(path)
    columns = {name: _column(path.stem, name, column) for name, column in entry["columns"].items()}
    if unknown := set(entry["key"]) - set(columns):
        raise ConfigurationError(f"{path}: key columns {sorted(unknown)} are not described.")
    return Table(
        name=entry["table"],
        description=entry["description"],
        enables=tuple(entry["enables"]),
        key=tuple(entry["key"]),
        columns=MappingProxyType(columns),
        checks=tuple(_check(path.stem, check) for check in entry.get("checks", ())),
    )


def load_contract(folder: Path) -> Contract:
    """All canonical tables described in ``folder``, in an order in which references point backwards.

    Raises
    ------
    ConfigurationError for a description that is not valid or refers to an unknown table.
    """
    tables = {table.name: table for table in map(_table, sorted(folder.glob("*.yaml")))}
    ordered: dict[str, Table] = {}
    while len(ordered) < len(tables):
        ready = [name for name in tables if name not in ordered and _references(tables[name]) <= set(ordered) | {name}]
        if not ready:
            raise ConfigurationError(f"{folder}: tables refer to each other in a circle or to an unknown table.")
        ordered.update({name: tables[name] for name in ready})
    for table in ordered.values():
        for check in table.checks:
            _check_intervals(table, check)
            for look_up in check.look_up:
                look_up_tables(ordered, table, look_up)
    return MappingProxyType(ordered)


def _check_intervals(table: Table, check: Check) -> None:
    for name in check.intervals:
        if name not in table.columns or not table.columns[name].required:
            raise ConfigurationError(
                f"config/contract/{table.name}.yaml: {check.name}: intervals: '{name}' is no required column."
            )


def look_up_tables(contract: Contract, table: Table, look_up: LookUp) -> list[str]:
    """The tables that ``look_up`` leads through, beginning with the one that a column of ``table`` references.

    Raises
    ------
    ConfigurationError if the path names an unknown column or leads over a column that references nothing.
    """
    *steps, last = look_up.path.split(".")
    tables: list[str] = []
    here = table
    for step in steps:
        target = here.columns[step].references if step in here.columns else None
        if target is None:
            raise ConfigurationError(f"config/contract/{table.name}.yaml: {look_up.path}: {step} references no table.")
        here = contract[target]
        tables.append(target)
    if not steps or last not in here.columns:
        raise ConfigurationError(f"config/contract/{table.name}.yaml: {look_up.path}: {last} is no column there.")
    return tables


def _references(table: Table) -> set[str]:
    needed = {name for check in table.checks for name in check.needs}
    return needed | {column.references for column in table.columns.values() if column.references}
