"""Exact tables as files: Parquet with the specification beside it, and the list of what was made and what was not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recredit.disclosure.specification import TableSpecification

Cell = str | float


@dataclass(frozen=True)
class Made:
    """Whether an analysis was made; ``why`` says why not, in words."""

    analysis: str
    title: str
    why: str = ""


def exact_table(rows: Sequence[Mapping[str, Cell]], specification: TableSpecification) -> pd.DataFrame:
    """``rows`` as a table with the columns of ``specification``: labels as text, everything else as float64.

    Raises
    ------
    KeyError if a row lacks a column.
    """
    columns = {}
    for name, column in specification.columns.items():
        values = [row[name] for row in rows]
        columns[name] = pd.Series(values, dtype="str" if column.kind == "label" else "float64")
    return pd.DataFrame(columns)


def write_exact(table: pd.DataFrame, specification: TableSpecification, parquet: Path) -> None:
    """Write ``table`` to ``parquet`` and its specification beside it as JSON."""
    table.to_parquet(parquet, index=False)
    parquet.with_suffix(".json").write_text(specification.to_json(), encoding="utf-8")


def made_table(made: Sequence[Made]) -> pd.DataFrame:
    """The list of analyses as a table: analysis, title, made (yes or no), why (empty where made)."""
    rows = [(one.analysis, one.title, "no" if one.why else "yes", one.why) for one in made]
    return pd.DataFrame(rows, columns=["analysis", "title", "made", "why"], dtype="str")
