"""Tables of texts and the files they become."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TextTable:
    """One raw file: columns of texts by header, all of one length.

    ``faults`` names the planted fault of a row by its position from 0; it stands in the truth file, never in the raw.
    """

    columns: Mapping[str, Sequence[str]]
    faults: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len({len(column) for column in self.columns.values()}) > 1:
            raise ValueError("columns of one table differ in length")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


def write_table(path: Path, table: TextTable) -> None:
    """Write ``table`` as CSV in UTF-8 with a header, line feeds, and quotes where a value needs them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(zip(*table.columns.values(), strict=True))


def write_truth(path: Path, truth: Mapping[str, Any]) -> None:
    """Write ``truth`` as JSON with sorted keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(truth, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def take_rows(table: TextTable, rows: Sequence[int]) -> TextTable:
    """The rows of ``table`` at positions ``rows``, in that order, their faults with them."""
    columns = {name: [column[row] for row in rows] for name, column in table.columns.items()}
    faults = {place: table.faults[row] for place, row in enumerate(rows) if row in table.faults}
    return TextTable(columns, faults)


def add_rows(table: TextTable, rows: TextTable, fault: str | None = None) -> TextTable:
    """``rows`` put below ``table``, each marked with ``fault``."""
    columns = {name: [*column, *rows.columns[name]] for name, column in table.columns.items()}
    planted = {len(table) + place: fault for place in range(len(rows))} if fault else {}
    return TextTable(columns, {**table.faults, **planted})
