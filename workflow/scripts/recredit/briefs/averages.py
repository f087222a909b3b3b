"""The two arms' plain averages beside a difference that is adjusted: set against each other, or set right.

A difference compares students of one lottery (or course and term) and takes what is known from before into account, so
it is not the one average less the other. Where the shown averages tell another story, a sentence says why.
"""

from recredit.briefs.numbers import Sentence, compose
from recredit.briefs.released import Cell, Row, value_of

# Where the difference is zero as shown, and where it is not.
_LOOK_DIFFERENT = (
    " The two averages look different, since they leave out how the students differed before and where they were."
)
_DO_NOT_SHOW = (
    " The two averages alone do not show this difference, since they leave out how the students differed before and "
    "where they were."
)
# How much of the difference the averages may miss, or add, before the reader is told why.
NOTABLE_SHARE = 0.5


def arms_of(row: Row) -> tuple[Cell, Cell] | None:
    """The averages of the online arm and the other (both percentages or both means), where both are shown."""
    for kind in ("percent", "mean"):
        places = ("{arm}_{kind}", "{kind}_{arm}")
        place = next(name for name in places if name.format(arm="online", kind=kind) in row)
        online, comparison = (row[place.format(arm=arm, kind=kind)] for arm in ("online", "comparison"))
        if online.shown and comparison.shown:
            return online, comparison
    return None


def against(row: Row, before: str, after: str) -> Sentence:
    """The arms' averages set against each other, between two bits of text; empty where one is not shown."""
    arms = arms_of(row)
    if arms is None:
        return compose("")
    template = f"{before}{{online}} online against {{comparison}} in teacher-directed classes{after}"
    return compose(template, online=arms[0], comparison=arms[1])


def tell_another_story(row: Row) -> bool:
    """Whether the averages as shown differ in another direction, or by another size, than the difference does.

    Another size is one that is off by more than half of the difference, and by more than rounding can explain. A
    percentage that is shown as a range or a limit ("60-69", "≤2") says nothing against the difference.
    """
    arms = arms_of(row)
    if arms is None or not row["estimate"].shown:
        return False
    cells = (*arms, row["estimate"])
    try:
        online, comparison, estimate = map(value_of, cells)
    except ValueError:
        return False
    off = abs(online - comparison - estimate)
    rounding = sum(0.5 * 10.0 ** -len(cell.text.partition(".")[2]) for cell in cells)
    return off > max(rounding + 1e-9, NOTABLE_SHARE * abs(estimate))


def note(row: Row) -> Sentence:
    """Why the averages tell another story, as a sentence of its own; empty where they do not."""
    if not tell_another_story(row):
        return compose("")
    return compose(_DO_NOT_SHOW if value_of(row["estimate"]) else _LOOK_DIFFERENT)
