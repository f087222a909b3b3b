"""Estimates with their intervals: a panel for each model or unit, and one figure for each page that they fill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

from matplotlib.axes import Axes

from recredit.figures import style
from recredit.figures.points import Drawing, not_drawn
from recredit.figures.shown import ReleasedTable, Shown, in_order, read_shown

# A taller figure would not fit a page at a size that can be read; the rest goes into a further figure.
TALLEST_INCHES = 7.2
PANEL_INCHES, LINE_INCHES, AXIS_INCHES = 0.52, 0.25, 0.35
# Beyond this many lines the alternative text says on which side of zero the intervals lie, and leaves the figures out.
LINES_IN_ALT_TEXT = 8
# Longer names of lines are broken.
LETTERS = 42
# The way of estimating whose estimates are means of a type (recredit.estimators.type_outcomes).
MEANS = "three steps"
LOTTERY, OBSERVED = "lottery", "no lottery"


@dataclass(frozen=True)
class Coefficient:
    """A shown model row: estimate and interval; `randomised` where the table says which rows rest on a lottery."""

    panel: str
    line: str
    estimate: Shown
    low: Shown
    high: Shown
    randomised: bool = True

    @property
    def side(self) -> str:
        """Where the interval lies, in words."""
        if self.high.middle < 0:
            return "below zero"
        return "above zero" if self.low.middle > 0 else "includes zero"


def draw_coefficients(table: ReleasedTable, panel: str = "", line: str = "", zero: bool = True) -> list[Drawing]:
    """Estimates with their intervals, a panel for each model since the units differ.

    Parameters
    ----------
    panel, line : label columns that name the panels and their lines; those of a table of models if empty.
    zero : whether an estimate of zero says that there is no difference, as it does not for a mean.

    Returns
    -------
    One drawing, or several where the panels would fill more than a page; none without a shown row.
    """
    rows = [row for row in (_coefficient(table, row, panel, line) for row in table.rows) if row is not None]
    pages = _pages(rows)
    return [_page(table, page, (number, len(pages)), zero) for number, page in enumerate(pages, start=1)]


def draw_type_outcomes(table: ReleasedTable) -> list[Drawing]:
    """Outcomes by type of user, by one way of estimating: means, or the difference per step of idle time in a type."""
    means = all(row["method"].startswith(MEANS) for row in table.rows)
    return draw_coefficients(table, panel="outcome", line="type", zero=not means)


def _pages(rows: Sequence[Coefficient]) -> list[list[list[Coefficient]]]:
    """The panels, packed one after another into as many figures as they need."""
    pages: list[list[list[Coefficient]]] = []
    for panel in _panels(rows):
        if pages and height([*pages[-1], panel]) <= TALLEST_INCHES:
            pages[-1].append(panel)
        else:
            pages.append([panel])
    return pages


def _panels(rows: Sequence[Coefficient]) -> list[list[Coefficient]]:
    """The rows of each panel; a panel that is too tall for one figure is cut."""
    most = int((TALLEST_INCHES - PANEL_INCHES - AXIS_INCHES) / LINE_INCHES)
    panels = []
    for name in in_order([row.panel for row in rows]):
        own = [row for row in rows if row.panel == name]
        panels += [own[first : first + most] for first in range(0, len(own), most)]
    return panels


def height(panels: Sequence[Sequence[Coefficient]]) -> float:
    """Height in inches of a figure with these panels."""
    return AXIS_INCHES + sum(PANEL_INCHES + LINE_INCHES * len(panel) for panel in panels)


def _page(table: ReleasedTable, panels: list[list[Coefficient]], place: tuple[int, int], zero: bool) -> Drawing:
    number, pages = place
    figure = style.new_figure(height(panels))
    ratios = [len(panel) + 0.6 for panel in panels]
    axes_of = figure.subplots(len(panels), 1, squeeze=False, gridspec_kw={"height_ratios": ratios})[:, 0]
    rows = [row for panel in panels for row in panel]
    for axes, panel in zip(axes_of, panels, strict=True):
        _draw_intervals(axes, panel, zero)
        axes.set_title(panel[0].panel)
    figure.supxlabel("Estimate and 95% confidence interval, in the units of each panel", fontsize=8)
    if len({row.randomised for row in rows}) > 1:
        _say_what_fills_mean(axes_of[0])
    title = str(table.sidecar["title"]) + (f" ({number} of {pages})" if pages > 1 else "")
    alt_text = (
        f"Estimates with intervals. {title}. {_in_words(panels, zero)}{not_drawn(table, *table.of_kind('estimate'))}"
    )
    return Drawing(figure, title, alt_text, part=str(number) if number > 1 else "")


def _in_words(panels: list[list[Coefficient]], zero: bool) -> str:
    if sum(map(len, panels)) <= LINES_IN_ALT_TEXT or not zero:
        return "; ".join(
            f"{row.panel}, {row.line}: {row.estimate.text} ({row.low.text} to {row.high.text}{f', {row.side}' * zero})"
            for panel in panels
            for row in panel
        ) + "."  # fmt: skip
    return " ".join(f"{panel[0].panel}: {_sides(panel)}." for panel in panels)


def _sides(panel: Sequence[Coefficient]) -> str:
    """Which intervals of a panel lie on which side of zero."""
    sides = in_order([row.side for row in panel])
    return "; ".join(f"{side}: {', '.join(row.line for row in panel if row.side == side)}" for side in sides)


def _coefficient(table: ReleasedTable, row: Mapping[str, str], panel: str, line: str) -> Coefficient | None:
    """A row of the table of models, or None where its figures are not shown."""
    names = [table.choose(kind, kind) for kind in ("estimate", "ci_low", "ci_high")]
    estimate, low, high = (read_shown(row[name]) if name else None for name in names)
    if estimate is None or low is None or high is None:
        return None
    labels = table.of_kind("label")
    of_panel = next(name for name in (panel, "title", "model", labels[0]) if name in labels)
    of_line = next(name for name in (line, "term", labels[-1]) if name in labels)
    randomised = row.get("kind", "effect") == "effect"
    return Coefficient(row[of_panel], row[of_line], estimate, low, high, randomised)


def _draw_intervals(axes: Axes, rows: Sequence[Coefficient], zero: bool) -> None:
    places = list(range(len(rows), 0, -1))
    if zero:
        axes.axvline(0, color="#666666", linewidth=0.8)
    for place, row in zip(places, rows, strict=True):
        axes.plot([row.low.middle, row.high.middle], [place, place], color=style.COLOURS[0], linewidth=1.6)
        fill_colour = style.COLOURS[0] if row.randomised else "white"
        axes.plot(row.estimate.middle, place, "o", markersize=5, color=style.COLOURS[0], markerfacecolor=fill_colour)
    axes.set_yticks(places, [fill(row.line, LETTERS) for row in rows], fontsize=7.5)
    axes.set_ylim(0.4, len(rows) + 0.6)
    _print_beside(axes, places, rows)
    style.light_grid(axes, "x")


def _print_beside(axes: Axes, places: list[int], rows: Sequence[Coefficient]) -> None:
    """The figures of each line at the right, as in a forest plot."""
    texts = [f"{row.estimate.text} ({row.low.text} to {row.high.text})".replace("-", "−") for row in rows]
    beside = axes.secondary_yaxis("right")
    beside.set_yticks(places, texts, fontsize=7.5)
    beside.tick_params(length=0)
    beside.spines["right"].set_visible(False)


def _say_what_fills_mean(axes: Axes) -> None:
    for name, colour in ((LOTTERY, style.COLOURS[0]), (OBSERVED, "white")):
        axes.plot([], [], "o", markersize=5, color=style.COLOURS[0], markerfacecolor=colour, label=name)
    axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=2, fontsize=7.5)
