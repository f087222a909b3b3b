"""The figures of a release, each drawn from one released table; what is marked there does not appear here."""

from collections.abc import Callable, Mapping
from functools import partial

from recredit.figures import style
from recredit.figures.attrition import draw_attrition
from recredit.figures.coefficients import draw_coefficients
from recredit.figures.dose_curve import draw_dose_curve
from recredit.figures.paired_bars import draw_paired_bars
from recredit.figures.points import Drawing
from recredit.figures.shown import ReleasedTable

# Each figure of a release: the table it is drawn from, and how.
FIGURES: Mapping[str, tuple[str, Callable[[ReleasedTable], Drawing | None]]] = {
    "outcomes_by_idle": ("outcomes_by_idle", draw_dose_curve),
    "passed_by_mode": ("outcomes_by_mode", draw_paired_bars),
    "associations": ("associations", draw_coefficients),
    "attrition": ("attrition", draw_attrition),
    "impacts": ("impacts", partial(draw_coefficients, panel="title", line="course")),
    "achievement": ("achievement", partial(draw_coefficients, panel="outcome", line="title")),
    "event_time": ("event_time", partial(draw_coefficients, panel="outcome", line="years_since_start")),
}


def draw_release(tables: Mapping[str, ReleasedTable]) -> dict[str, tuple[bytes, Drawing, str]]:
    """All figures that the released tables allow.

    Returns
    -------
    By name of the figure: the PNG, the drawing and the table it was drawn from. A table without a shown value, or
    one that the study does not have, gives no figure.
    """
    drawn = {}
    with style.standard_style():
        for name, (source, draw) in FIGURES.items():
            drawing = draw(tables[source]) if source in tables and tables[source].rows else None
            if drawing is not None:
                drawn[name] = (style.png_bytes(drawing.figure), drawing, source)
    return drawn
