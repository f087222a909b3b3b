"""One order for student-level tables: by content. Study codes are random, so an order by code would be random too."""

import pandas as pd


def sort_by_content(frame: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
    """Rows of ``frame`` in an order that does not depend on the study codes.

    Parameters
    ----------
    frame : (n, k) table; one row a student, an enrollment or another small unit.
    codes : columns that hold random study codes. They break ties last, so rows that tie before them hold the same
        content and their order cannot change a result that is computed from the content.

    Returns
    -------
    A copy with a fresh index from 0.

    Raises
    ------
    KeyError if a name in ``codes`` is no column of ``frame``.
    """
    missing = [name for name in codes if name not in frame.columns]
    if missing:
        raise KeyError(f"columns {missing} are not in the table")
    content = [name for name in frame.columns if name not in codes]
    return frame.sort_values(content + codes, kind="stable", na_position="last", ignore_index=True)
