"""What the intake of a study has to do, taken from the merged configuration."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recredit.contract import Contract, Table
from recredit.errors import ConfigurationError
from recredit.intake.checking import Rule, between_rows, rules_of, structure_rules, with_severities
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
    rows, keys, lines : checks on single rows, between rows and on lines, by table.
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
    lines: Mapping[str, Sequence[Rule]]
    quarantine_limit: float


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
    formats = Formats(tuple(settings["date_formats"]), tuple(settings["timestamp_formats"]), settings["time_zone"])
    names = [table.name for table in tables]
    wanted = settings["checks"]
    every = {table.name: [rules_of(table, names, contract, formats), between_rows(table)] for table in tables}
    all_rules = {name: [*rows, *keys, *structure_rules()] for name, (rows, keys) in every.items()}
    judged = with_severities(all_rules, wanted)
    ends = {name: (len(rows), len(rows) + len(keys)) for name, (rows, keys) in every.items()}
    return Plan(
        files={(file.source, file.number): file for file in files},
        sources=sources,
        tables=tables,
        adapters=adapters,
        rows_from={name: tuple(filled[name]["rows_from"]) for name in names},
        formats=formats,
        rows={name: judged[name][: ends[name][0]] for name in names},
        keys={name: judged[name][ends[name][0] : ends[name][1]] for name in names},
        lines={name: judged[name][ends[name][1] :] for name in names},
        quarantine_limit=settings["quarantine_limit"],
    )


def _check_known(words: str, name: str, known: list[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(known)}."
        raise ConfigurationError(f"study.yaml: {words} '{name}'. {hint}")
