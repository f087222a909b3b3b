"""Rules for sentences on means without a test: who has the least and the most, and what changed over the years.

They say what the released cells say, and no more: where two cells are equal as shown, nobody has the most.
"""

from collections.abc import Sequence
from typing import Literal

from recredit.briefs.numbers import Phrase, Sentence, compose, opening, printed
from recredit.briefs.released import SUPPRESSED, Cell, Row, value_of
from recredit.briefs.wording import Direction, unit_words

Change = Literal["fewer", "more", "equal", "mixed", "unknown"]


def extremes(rows: Sequence[Row], column: str) -> tuple[Row, Row] | None:
    """The rows with the least and the greatest value of `column`, where all are shown and no other row equals them."""
    if len(rows) < 2 or not all(row[column].shown for row in rows):
        return None
    ordered = sorted(rows, key=lambda row: value_of(row[column]))
    values = [value_of(row[column]) for row in ordered]
    return (ordered[0], ordered[-1]) if values[0] < values[1] and values[-2] < values[-1] else None


def with_unit(cell: Cell) -> Sentence:
    """A mean with its unit: "22.8 percent", "10.5 sessions"; the one wording where it is hidden."""
    unit = f" {cell.column.unit}" if cell.shown and cell.column.unit else ""
    return compose("{value}{unit}", value=printed(cell), unit=unit_words(unit, cell))


def least_and_most(low: Row, high: Row, by: str, what: Phrase) -> Sentence:
    """The claim on both ends: "Engaged users had the least idle time, incompatible strugglers the most"."""
    return compose(
        "{low} had the least {what}, {high} the most", low=opening(low[by]), high=printed(high[by]), what=what
    )


def change(before: Cell, after: Cell) -> Change:
    """Whether a mean fell or rose from one cell to another; "unknown" where one of them is not shown."""
    if not (before.shown and after.shown):
        return "unknown"
    first, last = value_of(before), value_of(after)
    return "equal" if first == last else "fewer" if last < first else "more"


def changes(found: Sequence[Change]) -> Change:
    """What several changes have in common."""
    known = {one for one in found if one != "unknown"}
    if not known:
        return "unknown"
    return known.pop() if len(known) == 1 and "unknown" not in found else "mixed"


def change_claim(common: Change, what: str) -> Sentence:
    """The heading over changes of `what` ("sessions to complete a course") from year to year."""
    if common == "unknown":
        return compose(f"How the {what} changed over the school years is {SUPPRESSED}")
    if common == "equal":
        return compose(f"The {what} stayed as they were over the school years")
    if common == "mixed":
        return compose(f"The {what} changed in different ways over the school years")
    return compose(f"All kinds of user needed {common} {what} in later school years")


def change_sentence(before: Row, after: Row, column: str, group: Phrase) -> Sentence:
    """From the first to the last school year: "Moonlighters: 13.4 sessions in 2017, 12.2 in 2019"."""
    return compose(
        "{group}: {before} in {first}, {after} in {last}.",
        group=group,
        before=with_unit(before[column]),
        first=printed(before["school_year"]),
        after=printed(after[column]),
        last=printed(after["school_year"]),
    )


def apart(low: Row, high: Row) -> Direction:
    """Whether the interval of `high` lies above that of `low`; "unknown" where one is not shown."""
    cells = (low["ci_high"], high["ci_low"])
    if not all(cell.shown for cell in cells):
        return "unknown"
    return "higher" if value_of(cells[1]) > value_of(cells[0]) else "equal"
