"""The figures of a release, each drawn from one released table; what is marked there does not appear here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from recredit.figures import style
from recredit.figures.attrition import draw_attrition
from recredit.figures.coefficients import draw_coefficients, draw_type_outcomes
from recredit.figures.district import draw_district
from recredit.figures.dose_curve import draw_dose_curve
from recredit.figures.flow import draw_flow
from recredit.figures.love_plot import draw_love_plot
from recredit.figures.multiples import draw_types, draw_years
from recredit.figures.paired_bars import draw_contrasts, draw_paired_bars
from recredit.figures.points import Drawing
from recredit.figures.shown import ReleasedTable, in_order

Draw = Callable[[ReleasedTable], list[Drawing]]


def alone(draw: Callable[[ReleasedTable], Drawing | None]) -> Draw:
    """A way of drawing that gives one figure at most."""

    def drawn(table: ReleasedTable) -> list[Drawing]:
        drawing = draw(table)
        return [] if drawing is None else [drawing]

    return drawn


def for_each(column: str, draw: Draw) -> Draw:
    """Figures of their own for each value of the label `column`: nobody has to pick out the points of one course."""

    def drawn(table: ReleasedTable) -> list[Drawing]:
        return [
            replace(one, title=f"{one.title}: {value}", part=f"{value} {one.part}", shows={column: value})
            for value in in_order([row[column] for row in table.rows])
            for one in draw(table.where(column, value))
        ]

    return drawn


# Each figure of a release: the table it is drawn from, and how.
FIGURES: Mapping[str, tuple[str, Draw]] = {
    "sample_flow": ("sample_flow", alone(draw_flow)),
    "outcomes_by_idle": ("outcomes_by_idle", alone(draw_dose_curve)),
    "outcomes_by_attempt": ("outcomes_by_attempt", alone(draw_dose_curve)),
    "passed_by_mode": ("outcomes_by_mode", alone(draw_paired_bars)),
    "contrasts": ("differences", alone(draw_contrasts)),
    "associations": ("associations", draw_coefficients),
    "associations_district": ("associations_district", draw_district),
    "attrition": ("attrition", for_each("course", alone(draw_attrition))),
    "balance": ("baseline_equivalence", for_each("course", alone(draw_love_plot))),
    "impacts": ("impacts", for_each("course", partial(draw_coefficients, panel="unit", line="title"))),
    "achievement": ("achievement", partial(draw_coefficients, panel="outcome", line="title")),
    "event_time": ("event_time", partial(draw_coefficients, panel="outcome", line="years_since_start")),
    "engagement_types": ("engagement_types", alone(draw_types)),
    "types_outcomes": ("types_outcomes", for_each("method", draw_type_outcomes)),
    "efficiency_by_year": ("efficiency_by_year", alone(draw_years)),
}


def draw_release(tables: Mapping[str, ReleasedTable]) -> dict[str, tuple[bytes, Drawing, str]]:
    """All figures that the released tables allow.

    Returns
    -------
    By name of the figure: the PNG, the drawing and the table it was drawn from. A table without a shown value, or
    one that the study does not have, gives no figure.
    """
    drawn: dict[str, tuple[bytes, Drawing, str]] = {}
    with style.standard_style():
        for name, (source, draw) in FIGURES.items():
            for drawing in draw(tables[source]) if source in tables and tables[source].rows else []:
                drawn[_file_name(name, drawing.part, drawn)] = (style.png_bytes(drawing.figure), drawing, source)
    return drawn


def _file_name(name: str, part: str, taken: Mapping[str, object]) -> str:
    """`name` with the part's words, and a number where two parts come to the same letters."""
    words = re.sub(r"[^a-z0-9]+", "_", part.lower()).strip("_")[:40].rstrip("_")
    wanted = f"{name}_{words}" if words else name
    names = (wanted, *(f"{wanted}_{number}" for number in range(2, 1000)))
    return next(one for one in names if one not in taken)
