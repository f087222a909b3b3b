"""Exact tables as files: Parquet with the specification beside it, and the list of what was made and what was not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recredit.disclosure.rules import LEFT_OUT
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


def all_analyses(
    made: Sequence[pd.DataFrame], entries: Sequence[str], specifications: Mapping[str, TableSpecification]
) -> pd.DataFrame:
    """The list of analyses of all rules, with what the study leaves out of its release.

    Parameters
    ----------
    made : lists by rule (:func:`made_table`).
    entries : "table" or "table.column" (`disclosure.leave_out`). specifications : of the tables that they name.
    """
    left_out = []
    for entry in entries:
        table, _, column = entry.partition(".")
        spec = specifications.get(table)
        # What names nothing is refused where the release is made, in words of its own.
        if spec is not None and (not column or column in spec.columns):
            title = f"{spec.title}: {spec.columns[column].label}" if column else spec.title
            left_out.append(Made(entry, title, LEFT_OUT))
    listed = pd.concat(list(made), ignore_index=True)
    shown = listed[~listed["analysis"].isin([one.analysis for one in left_out])]
    return pd.concat([shown, made_table(left_out)], ignore_index=True)
