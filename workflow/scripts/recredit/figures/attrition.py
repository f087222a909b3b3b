"""Attrition of each outcome as a point beside the boundary of the What Works Clearinghouse."""

from matplotlib.axes import Axes

from recredit.figures import style
from recredit.figures.points import Drawing, not_drawn
from recredit.figures.shown import ReleasedTable, read_shown
from recredit.standards.wwc import boundary_table


def draw_attrition(table: ReleasedTable) -> Drawing | None:
    """Overall against differential attrition, a point per contrast and course, with both boundaries of the handbook."""
    shown = [(row, read_shown(row["overall"]), read_shown(row["differential"])) for row in table.rows]
    points = [(row, overall, gap) for row, overall, gap in shown if overall is not None and gap is not None]
    if not points:
        return None
    figure = style.new_figure(3.6)
    axes = figure.subplots()
    _draw_boundaries(axes)
    words = []
    for number, (row, overall, gap) in enumerate(points, start=1):
        axes.plot(overall.middle, gap.middle, marker="o", markersize=6, color=style.COLOURS[0], zorder=3)
        axes.annotate(
            str(number), (overall.middle, gap.middle), xytext=(5, 4), textcoords="offset points", fontsize=7.5
        )
        name = f"{row['title']}, {row['course']}"
        words.append(f"{number} {name}: {overall.text}% lost, {gap.text} points between the classes ({row['verdict']})")
    axes.set_xlabel("Lost in both classes together (percent)")
    axes.set_ylabel("Differential (percentage points)")
    axes.set_ylim(bottom=0)
    axes.legend(loc="upper right", fontsize=7.5, frameon=False)
    style.light_grid(axes, "y")
    title = str(table.sidecar["title"])
    alt_text = f"Points beside two falling boundaries. {title}. {'; '.join(words)}.{not_drawn(table, 'differential')}"
    return Drawing(figure, title, alt_text)


def _draw_boundaries(axes: Axes) -> None:
    """The highest differential that counts as low, by overall attrition."""
    boundary = boundary_table()
    overall = [float(value) for value in boundary.overall]
    for name, values, line in (("cautious", boundary.cautious, "-"), ("optimistic", boundary.optimistic, "--")):
        axes.plot(overall, [float(value) for value in values], line, color="#666666", label=f"{name} boundary")
