"""How every figure looks: 1200 pixels wide, colours that colour-blind readers tell apart, no text in the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

WIDTH_INCHES = 6.0
DOTS_PER_INCH = 200
# Okabe and Ito (2008): distinct for the common forms of colour blindness, and dark enough on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
HATCHES = ("", "//", "..", "xx", "\\\\", "++")
MARKERS = ("o", "s", "^", "D", "v", "P")
# Set by name, so that a user's own matplotlibrc cannot change a published byte.
SETTINGS = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.0,
    "axes.titlelocation": "left",
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    # A label with two dollar signs is no formula.
    "text.parse_math": False,
}


def new_figure(height_inches: float) -> Figure:
    """An empty figure of the standard width."""
    figure = Figure(figsize=(WIDTH_INCHES, height_inches), dpi=DOTS_PER_INCH, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


@contextmanager
def standard_style() -> Iterator[None]:
    """A context in which matplotlib's defaults and the house settings hold, whatever the machine is set to."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)  # type: ignore[arg-type]
        yield


def png_bytes(figure: Figure) -> bytes:
    """The figure as PNG without text chunks, identical for identical content."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return out.getvalue()


def light_grid(axes: Axes, axis: str) -> None:
    """Thin grid lines behind the marks, along `axis` ("x" or "y")."""
    axes.set_axisbelow(True)
    axes.grid(visible=True, axis=axis, color="#DDDDDD", linewidth=0.6)  # type: ignore[arg-type]
