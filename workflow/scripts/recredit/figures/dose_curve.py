"""Outcomes by the share of time that was idle."""

import math

from matplotlib.axes import Axes

from recredit.figures import style
from recredit.figures.points import Drawing, Points, category_axis, not_drawn, points_of, values_in_words
from recredit.figures.shown import ReleasedTable, in_order

# Students whose idle share is not known have no place on the curve: their mark stands beside it.
RESIDUAL = "not known"


def draw_dose_curve(table: ReleasedTable) -> Drawing | None:
    """Outcomes by bin of idle share: percent passed, and the mean grade beside it, with n per bin."""
    labels = table.of_kind("label")
    across = next((name for name in ("idle_share", "idle_share_bin", "bin") if name in labels), labels[-1])
    series = [name for name in table.varying(labels) if name != across]
    values = [name for name in (table.choose("percent", "passed_percent"), table.choose("mean", "grade_mean")) if name]
    panels = {name: points for name in values if (points := points_of(table, name, [across], series))}
    if not panels:
        return None
    bins = in_order([row[across] for row in table.rows])
    figure = style.new_figure(2.6 * len(panels))
    alt = []
    for axes, (name, points) in zip(figure.subplots(len(panels), 1, squeeze=False)[:, 0], panels.items(), strict=True):
        _draw_lines(axes, points, bins)
        axes.set_xlabel(table.label(across))
        axes.set_ylabel(table.axis_label(name))
        if name in table.of_kind("percent"):
            axes.set_ylim(0, 105)
        axes.set_title(f"{table.label(name)} by {table.label(across).lower()}")
        alt.append(f"{table.label(name)}: {values_in_words(points, '%' if name in table.of_kind('percent') else '')}")
    title = str(table.sidecar["title"])
    return Drawing(figure, title, f"Line chart. {title}. {' '.join(alt)}{not_drawn(table, *panels)}")


def _draw_lines(axes: Axes, points: Points, categories: list[str]) -> None:
    all_series = in_order([point.series for point in points])
    for number, series in enumerate(all_series):
        own = [point for point in points if point.series == series]
        style_of = {
            "color": style.COLOURS[number % len(style.COLOURS)],
            "marker": style.MARKERS[number % len(style.MARKERS)],
            "markersize": 5.0,
        }
        heights = {point.category: point.value.middle for point in own}
        # A bin that is not shown breaks the line: a bridge over it would suggest a value.
        in_line = [math.nan if RESIDUAL in name else heights.get(name, math.nan) for name in categories]
        apart = [heights.get(name, math.nan) if RESIDUAL in name else math.nan for name in categories]
        axes.plot(range(len(categories)), in_line, label=series, **style_of)  # type: ignore[arg-type]
        axes.plot(range(len(categories)), apart, linestyle="none", **style_of)  # type: ignore[arg-type]
        for point in own:
            text = point.value.text if len(all_series) == 1 else f"n {point.students}"
            axes.annotate(
                text,
                (categories.index(point.category), point.value.middle),
                xytext=(0, 6),
                textcoords="offset points",
                ha="center",
                size=7,
            )
    style.light_grid(axes, "y")
    axes.margins(y=0.2)
    category_axis(axes, points, categories, counts=len(all_series) == 1)
    if len(all_series) > 1:
        axes.legend(fontsize=7)
