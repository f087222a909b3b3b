"""Schools in public tables of counts: from the district's identifiers to study codes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from recredit.deidentify.blocks import SCHOOL, SCHOOL_BLOCK
from recredit.deidentify.crosswalk import read_crosswalk

# Column of the counted tables that holds codes of schools.
SCHOOLS = "school_id"


def school_codes(crosswalk: Path, schools: Path | None = None) -> dict[str, str]:
    """The code that stands for each school in the coded zone.

    Parameters
    ----------
    schools : the canonical table of schools, where their blocks stand for them; None where they have codes themselves.
    """
    known = read_crosswalk(crosswalk).to_pandas()
    codes = {entity: dict(zip(own["identifier"], own["code"], strict=True)) for entity, own in known.groupby("entity")}
    if schools is None:
        return codes.get(SCHOOL, {})
    table = pd.read_parquet(schools, columns=["school_id", "block"])
    return {
        school: codes[SCHOOL_BLOCK][block]
        for school, block in zip(table["school_id"], table["block"], strict=True)
        if block in codes.get(SCHOOL_BLOCK, {})
    }


def code_counts(table: pd.DataFrame, entry: Mapping[str, Any], codes: Mapping[str, str]) -> pd.DataFrame:
    """A public table with study codes for its schools.

    Parameters
    ----------
    table : one row per published cell.
    entry : its entry of `disclosure.known`: `columns` (column of the table -> column of the counted table), `totals`
        (labels that stand for all categories; they keep their words) and `count`.
    codes : the code of each school, or of its block.

    Returns
    -------
    The table without the rows of schools that the records do not name: nobody in the study goes there. Where several
    schools have one code, their counts are added.
    """
    coded = table.copy()
    for column, target in entry["columns"].items():
        if target == SCHOOLS:
            coded[column] = coded[column].map({**codes, **{total: total for total in entry["totals"]}})
            coded = coded[coded[column].notna()]
    if len(set(codes.values())) < len(codes):
        labels = list(entry["columns"])
        coded = coded.groupby(labels, sort=False, as_index=False)[entry["count"]].sum()
    return coded.reset_index(drop=True)
