"""Percent passed in online and in teacher-directed classes."""

from matplotlib.axes import Axes

from recredit.figures import style
from recredit.figures.points import Drawing, Points, category_axis, not_drawn, points_of, values_in_words
from recredit.figures.shown import ReleasedTable, in_order


def draw_paired_bars(table: ReleasedTable) -> Drawing | None:
    """Percent passed by course, a bar for each mode, with the printed figure and n on it."""
    value = table.choose("percent", "passed_percent", "recovered_percent")
    if value is None:
        return None
    labels = table.of_kind("label")
    arm = next((name for name in ("arm", "mode") if name in labels), labels[-1])
    points = points_of(table, value, [name for name in table.varying(labels) if name != arm] or labels[:1], [arm])
    if not points:
        return None
    categories = in_order([point.category for point in points])
    figure = style.new_figure(3.4)
    axes = figure.subplots()
    _draw_bars(axes, points, categories)
    axes.set_ylim(0, 100)
    axes.set_ylabel(table.axis_label(value))
    title = f"{table.label(value)} by course and mode of the class, of students with a final result"
    alt_text = f"Bar chart. {title}: {values_in_words(points, '%')}{not_drawn(table, value)}"
    return Drawing(figure, title, alt_text)


def _draw_bars(axes: Axes, points: Points, categories: list[str]) -> None:
    all_series = in_order([point.series for point in points])
    width = 0.8 / len(all_series)
    for number, series in enumerate(all_series):
        own = [point for point in points if point.series == series]
        x = [categories.index(point.category) + (number - (len(all_series) - 1) / 2) * width for point in own]
        colour, hatch = (choices[number % len(choices)] for choices in (style.COLOURS, style.HATCHES))
        heights = [point.value.middle for point in own]
        axes.bar(x, heights, width * 0.92, color=colour, hatch=hatch, edgecolor="white", label=series)
        for place, point in zip(x, own, strict=True):
            text = f"{point.value.text}%\nn {point.students}" if point.students.isdigit() else f"{point.value.text}%"
            axes.annotate(
                text, (place, point.value.middle), xytext=(0, 2), textcoords="offset points", ha="center", size=7
            )
    style.light_grid(axes, "y")
    category_axis(axes, points, categories, counts=False)
    axes.figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=3, fontsize=8)
