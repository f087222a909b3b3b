"""What the intake of a study has to do, taken from the merged configuration."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from recredit.contract import Contract, Table
from recredit.errors import ConfigurationError
from recredit.intake.checking import (
    Rule,
    between_rows,
    can_be_made,
    rows_of_one_key,
    rules_of,
    structure_rules,
    with_severities,
)
from recredit.intake.sources import RawFile, Source, sources_of
from recredit.intake.values import Formats


@dataclass(frozen=True)
class Plan:
    """One study's intake.

    Attributes
    ----------
    files : raw files by (source, number).
    tables : the canonical tables the study fills, referenced ones first.
    adapters, rows_from : SQL file, and primary sources, by table.
    rows, keys, between, lines : checks on rows, on the rows of one key, between kept rows and on lines, by table.
    not_made : (table, check) of the contract's checks that need a table the study does not fill.
    quarantine_limit : share of a table's rows that may be quarantined.
    """

    files: Mapping[tuple[str, int], RawFile]
    sources: Mapping[str, Source]
    tables: tuple[Table, ...]
    adapters: Mapping[str, Path]
    rows_from: Mapping[str, tuple[str, ...]]
    formats: Formats
    rows: Mapping[str, Sequence[Rule]]
    keys: Mapping[str, Sequence[Rule]]
    between: Mapping[str, Sequence[Rule]]
    lines: Mapping[str, Sequence[Rule]]
    quarantine_limit: float
    contract: Contract
    not_made: tuple[tuple[str, str], ...]


def make_plan(
    settings: Mapping[str, Any], contract: Contract, files: Sequence[RawFile], adapters: Mapping[str, Path]
) -> Plan:
    """The plan for the merged configuration ``settings``.

    Raises
    ------
    ConfigurationError for an unknown table, source or check; the nearest known one is named.
    """
    sources = sources_of(settings)
    filled = settings["tables"]
    for name in filled:
        _check_known(f"tables.{name}: there is no canonical table", name, list(contract))
        for source in filled[name]["rows_from"]:
            _check_known(f"tables.{name}.rows_from: there is no source", source, list(sources))
    tables = tuple(table for name, table in contract.items() if name in filled)
    _check_time_zone(settings["time_zone"])
    formats = Formats(tuple(settings["date_formats"]), tuple(settings["timestamp_formats"]), settings["time_zone"])
    names = [table.name for table in tables]
    kinds = {
        "rows": {table.name: rules_of(table, names, contract, formats) for table in tables},
        "keys": {table.name: rows_of_one_key(table) for table in tables},
        "between": {table.name: between_rows(table, names, contract, formats) for table in tables},
        "lines": {table.name: structure_rules() for table in tables},
    }
    return Plan(
        files={(file.source, file.number): file for file in files},
        sources=sources,
        tables=tables,
        adapters=adapters,
        rows_from={name: tuple(filled[name]["rows_from"]) for name in names},
        formats=formats,
        **_with_severities(kinds, names, settings["checks"]),
        quarantine_limit=settings["quarantine_limit"],
        contract=contract,
        not_made=tuple(_not_made(tables, names, contract)),
    )


def _not_made(tables: Sequence[Table], names: Sequence[str], contract: Contract) -> Iterator[tuple[str, str]]:
    for table in tables:
        yield from ((table.name, c.name) for c in table.checks if not can_be_made(c, table, names, contract))


def _with_severities(
    kinds: Mapping[str, Mapping[str, Sequence[Rule]]], names: Sequence[str], wanted: Mapping[str, Any]
) -> dict[str, dict[str, list[Rule]]]:
    """``kinds`` (by kind and table) with the study's severities; a name may stand for checks of several kinds."""
    judged = with_severities({name: [rule for kind in kinds.values() for rule in kind[name]] for name in names}, wanted)
    parts: dict[str, dict[str, list[Rule]]] = {}
    for kind, own in kinds.items():
        parts[kind] = {name: judged[name][: len(own[name])] for name in names}
        judged = {name: judged[name][len(own[name]) :] for name in names}
    return parts


def _check_time_zone(name: str) -> None:
    known = sorted(available_timezones())
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ConfigurationError(
            f"study.yaml: time_zone: there is no time zone '{name}'.{hint} Expected an IANA name such as Europe/Paris."
        )


def _check_known(words: str, name: str, known: list[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(known)}."
        raise ConfigurationError(f"study.yaml: {words} '{name}'. {hint}")
