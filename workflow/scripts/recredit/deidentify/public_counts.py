"""Schools in public tables of counts: from the district's identifiers to study codes."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from recredit.deidentify.crosswalk import read_crosswalk

# Columns of the counted tables that hold codes, with the entity of the crosswalk.
ENTITIES = {"school_id": "school"}


def code_counts(table: pd.DataFrame, columns: Mapping[str, str], crosswalk: Path, totals: list[str]) -> pd.DataFrame:
    """A public table with study codes for its schools.

    Parameters
    ----------
    table : one row per published cell.
    columns : column of the table -> column of the counted table.
    totals : labels that stand for all categories; they keep their words.

    Returns
    -------
    The table without the rows of schools that the records do not name: nobody in the study goes there.
    """
    known = read_crosswalk(crosswalk).to_pandas()
    coded = table.copy()
    for column, target in columns.items():
        if target in ENTITIES:
            own = known[known["entity"] == ENTITIES[target]]
            codes = dict(zip(own["identifier"], own["code"], strict=True)) | {total: total for total in totals}
            coded[column] = coded[column].map(codes)
            coded = coded[coded[column].notna()]
    return coded.reset_index(drop=True)
