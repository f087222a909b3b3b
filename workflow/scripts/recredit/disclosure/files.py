"""Exact tables and released tables as files. Paths are arguments; what is written is the same on every machine."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from recredit.disclosure.protection import ExactTable
from recredit.disclosure.specification import TableSpecification
from recredit.errors import DisclosureError


def read_exact_table(parquet: Path) -> ExactTable:
    """The exact table in `parquet` with the specification beside it.

    Raises
    ------
    DisclosureError where the file has no specification, or that of another table.
    """
    beside = parquet.with_suffix(".json")
    if not beside.is_file():
        raise DisclosureError(f"{parquet.stem}: the table has no specification ({beside.name}), so it is not released.")
    spec = TableSpecification.from_json(beside.read_text(encoding="utf-8"))
    if spec.name != parquet.stem:
        raise DisclosureError(f"{parquet.stem}: the specification beside it is that of {spec.name}.")
    return ExactTable(pd.read_parquet(parquet), spec)


def csv_text(table: pd.DataFrame) -> str:
    """A table of text as CSV: comma, line feed, quotes only where needed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.itertuples(index=False, name=None))
    return out.getvalue()


def read_csv_rows(path: Path) -> list[list[str]]:
    """The rows of a released CSV as text, header first."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def read_sidecar(path: Path) -> dict[str, Any]:
    """The JSON beside a released table or figure (`path` names either)."""
    content: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return content
