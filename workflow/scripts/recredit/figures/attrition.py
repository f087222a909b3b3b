"""Attrition of each outcome as a point beside the boundary of the What Works Clearinghouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from recredit.figures import style
from recredit.figures.points import Drawing, not_drawn
from recredit.figures.shown import ReleasedTable, Shown, read_shown
from recredit.standards.wwc import boundary_table


@dataclass(frozen=True)
class Lost:
    """A contrast's losses: overall in percent, the gap between the classes in percentage points."""

    row: Mapping[str, str]
    overall: Shown
    gap: Shown


def draw_attrition(table: ReleasedTable) -> Drawing | None:
    """Overall against differential attrition, a point per contrast and course, with both boundaries of the handbook."""
    points = [point for point in map(_lost, table.rows) if point is not None]
    if not points:
        return None
    figure = style.new_figure(3.4)
    axes = figure.subplots()
    _draw_boundaries(axes)
    for number, point in enumerate(points):
        colour, marker = (choices[number % len(choices)] for choices in (style.COLOURS, style.MARKERS))
        label = _name(table, point.row)
        axes.plot(point.overall.middle, point.gap.middle, marker, markersize=6, color=colour, zorder=3, label=label)
    axes.set_xlabel("Lost in both classes together (percent)")
    axes.set_ylabel("Gap between the classes\n(percentage points)")
    axes.set_ylim(bottom=-0.2)
    style.light_grid(axes, "y")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper", fontsize=7.5)
    title = str(table.sidecar["title"])
    alt_text = f"Points beside two falling boundaries. {title}. {_in_words(table, points)}{not_drawn(table, 'overall')}"
    return Drawing(figure, title, alt_text)


def _lost(row: Mapping[str, str]) -> Lost | None:
    overall, gap = read_shown(row["overall"]), read_shown(row["differential"])
    return None if overall is None or gap is None else Lost(row, overall, gap)


def _name(table: ReleasedTable, row: Mapping[str, str]) -> str:
    """The contrast, with its course where the figure shows several."""
    return f"{row['title']}, {row['course']}" if table.varying(["course"]) else row["title"]


def _in_words(table: ReleasedTable, points: Sequence[Lost]) -> str:
    texts = [
        f"{_name(table, point.row)}: {point.overall.text}% lost, {point.gap.text} points between the classes, "
        f"attrition {point.row['verdict']}"
        for point in points
    ]
    return "; ".join(texts) + "."


def _draw_boundaries(axes: Axes) -> None:
    """The highest differential that counts as low, by overall attrition; what lies below counts as low."""
    boundary = boundary_table()
    overall = [float(value) for value in boundary.overall]
    for name, values, line in (("cautious", boundary.cautious, "-"), ("optimistic", boundary.optimistic, "--")):
        axes.plot(overall, [float(value) for value in values], line, color="#666666", label=f"{name} boundary")
    axes.fill_between(overall, [float(value) for value in boundary.cautious], color="#009E73", alpha=0.12, linewidth=0)
    axes.annotate("low", (4, 0.4), fontsize=8, color="#00573F")
    axes.annotate("high", (4, max(map(float, boundary.optimistic)) + 0.8), fontsize=8, color="#555555")
