"""Whom the rows of the tables of associations count: marks and categories on the bases of enrollments."""

from collections.abc import Sequence

import pandas as pd

from recredit.associations.models import Use
from recredit.associations.parts import EVERYBODY
from recredit.disclosure.linked.layout import CountedColumn, RowDefinition, TableLayout
from recredit.estimators.bases import UNIT, first_mark, first_units, marks_frame
from recredit.estimators.type_layouts import LOG_BASE
from recredit.estimators.variables import value_label

# Categories that the base of the log has from the tables of types.
_IN_BASE = ("type", "school_year")


def association_base(uses: Sequence[Use]) -> tuple[pd.DataFrame, list[RowDefinition]]:
    """What the models of the cohort add to the base of enrollments, and which rows count whom.

    A group of the cohort has marks of its own, and so has each range of a dose curve.
    """
    marks: dict[str, pd.Series] = {}
    definitions = []
    for use in uses:
        for term, rows in _pieces(use):
            name = " ".join(filter(None, (f"used in {use.model.name}", use.part.definition, _group(use), term)))
            first = first_mark(name)
            marks |= {name: rows["enrollment_id"], first: first_units(rows)}
            definitions.append(RowDefinition(_labels(use, term), {"students": (first,), "enrollments": (name,)}))
    return marks_frame(marks), definitions


def _group(use: Use) -> str:
    return "" if use.part.group == EVERYBODY else use.part.group


def _pieces(use: Use) -> list[tuple[str, pd.DataFrame]]:
    """The enrollments of the rows of a use: all of them, or by the range that a row is about."""
    used, ranges = use.fitted.used, use.fitted.ranges
    if ranges is None:
        return [("", used)]
    return [(str(term), used[ranges == term]) for term in ranges.unique()]


def _labels(use: Use, term: str) -> dict[str, str]:
    labels = {"model": use.model.name, "group": use.part.group, "idle_definition": use.part.definition}
    return {**labels, "term": term} if term else labels


def log_base(frame: pd.DataFrame, uses: Sequence[Use]) -> tuple[pd.DataFrame, list[RowDefinition]]:
    """What the models of the log add to its base, and which rows count whom.

    Groups by type, school year or course are categories of the base, not marks: marks of many groups would multiply
    the kinds of enrollment that the attacker's programs are about.
    """
    marks: dict[str, set[str]] = {}
    categories: dict[str, pd.Series] = {}
    definitions = []
    for use in uses:
        mark = " ".join(filter(None, (f"used in {use.model.name}", use.part.definition, use.part.by)))
        marks.setdefault(mark, set()).update(use.fitted.used["enrollment_id"].tolist())
        own = {use.part.by: (use.part.value,)} if use.part.by else {}
        for term, _ in _pieces(use):
            column = f"range of {use.model.name} {use.part.definition}"
            where = {**own, **({column: (term,)} if term else {})}
            definitions.append(
                RowDefinition(_labels(use, term), {"enrollments": (mark,)}, where={"enrollments": where})
            )
        if use.fitted.ranges is not None:
            ranges = use.fitted.ranges
            categories[column] = pd.Series(ranges.to_numpy(), index=use.fitted.used["enrollment_id"].to_numpy())
    return _with_categories(frame, marks_frame(marks), categories, uses), definitions


def _with_categories(
    frame: pd.DataFrame, marked: pd.DataFrame, categories: dict[str, pd.Series], uses: Sequence[Use]
) -> pd.DataFrame:
    """The marks with the categories that a row definition names and the base has not."""
    place = frame.set_index("enrollment_id")
    columns = {name: marked[UNIT].map(values) for name, values in categories.items()}
    for by in sorted({use.part.by for use in uses} - {"", *_IN_BASE}):
        values = {use.part.value for use in uses if use.part.by == by}
        texts = place[by].reindex(marked[UNIT].to_numpy()).map(lambda value: value_label(value, {}), na_action="ignore")
        columns[by] = pd.Series(texts.to_numpy(), index=marked.index).where(texts.isin(values).to_numpy())
    return marked.assign(**{name: column.astype("str") for name, column in columns.items()})


def log_layout(definitions: Sequence[RowDefinition]) -> TableLayout:
    """The layout of the table of the log: each row counts the enrollments that its model used."""
    return TableLayout(
        {"enrollments": CountedColumn()},
        # A model that could not be fitted has no row: a missing row says nothing.
        absent_rows_are_zero=False,
        counts_of=LOG_BASE,
        definitions=tuple(definitions),
    )
