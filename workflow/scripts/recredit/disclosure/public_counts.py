"""Public tables of counts that a study declares: what anybody knows beside the release."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from recredit.disclosure.linked.known import KnownTable
from recredit.errors import ConfigurationError


def read_counts(entry: Mapping[str, Any], path: Path) -> pd.DataFrame:
    """The file of a public table: its labels as text, its counts as numbers.

    Parameters
    ----------
    entry : the entry of `disclosure.known`.

    Raises
    ------
    ConfigurationError for a file that is missing, no CSV, or lacks a column.
    """
    place = f"study.yaml: disclosure.known: {entry['name']}"
    try:
        table = pd.read_csv(path, dtype="str", keep_default_na=False)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{place}: {path.name} cannot be read as CSV in UTF-8. Correct `file`.") from error
    wanted = [*entry["columns"], entry["count"]]
    missing = [name for name in wanted if name not in table.columns]
    if missing:
        raise ConfigurationError(f"{place}: {path.name} has no column {', '.join(missing)}. Correct `columns`.")
    numbers = pd.to_numeric(table[entry["count"]], errors="coerce")
    if numbers.isna().any():
        row = int(numbers.isna().to_numpy().argmax()) + 2
        raise ConfigurationError(f"{place}: {path.name}, line {row}: the count is no number. Leave out unknown counts.")
    return table[wanted].assign(**{entry["count"]: numbers})


def read_known(entry: Mapping[str, Any], path: Path) -> KnownTable:
    """The public table of an entry of `disclosure.known`, for the attacker."""
    return KnownTable(
        entry["name"],
        read_counts(entry, path),
        dict(entry["columns"]),
        population=entry["population"],
        relation=entry["relation"],
        totals=tuple(entry["totals"]),
        count=entry["count"],
        counts_of=entry["counts_of"],
    )
