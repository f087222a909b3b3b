"""Exact tables and released tables as files. Paths are arguments; what is written is the same on every machine."""

import csv
import io
import json
from collections.abc import Sequence
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


def read_bases(paths: Sequence[Path]) -> dict[str, pd.DataFrame]:
    """The counted tables by name, as the stage `estimate` wrote them.

    Parameters
    ----------
    paths : Parquet files `bases/<counts_of>.parquet`, or several of one base in `bases/<counts_of>/<rule>.parquet`.
        These are joined by their column `unit`: the first by path has every row, the others add columns: marks, which
        are false where a file does not name a row, and categories, which are missing there.

    Raises
    ------
    DisclosureError for a column that two files of a base have, or a row that the first does not know.
    """
    bases: dict[str, pd.DataFrame] = {}
    for path in sorted(paths):
        name = path.stem if path.parent.name == "bases" else path.parent.name
        part = pd.read_parquet(path)
        bases[name] = part if name not in bases else _joined(bases[name], part, name)
    return bases


def _joined(base: pd.DataFrame, part: pd.DataFrame, name: str) -> pd.DataFrame:
    twice = sorted(set(base.columns) & set(part.columns) - {"unit"})
    # Plain strings: pandas looks an Arrow string up a hundred times as slowly.
    place = pd.Index(part["unit"].to_numpy(dtype=object)).get_indexer(base["unit"].to_numpy(dtype=object))
    if twice or int((place >= 0).sum()) != len(part):
        raise DisclosureError(f"The base of {name}: two files do not go together ({', '.join(twice) or 'other rows'}).")
    own = part.drop(columns="unit")
    marks = {
        each: (place >= 0) & own[each].to_numpy()[place] if len(own) else place >= 0 for each in own.select_dtypes(bool)
    }
    categories = own.select_dtypes(exclude=bool).reset_index(drop=True).reindex(place).reset_index(drop=True)
    return pd.concat([base.reset_index(drop=True), pd.DataFrame(marks), categories], axis=1)


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
