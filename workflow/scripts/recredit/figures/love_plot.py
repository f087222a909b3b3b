"""How alike the two groups were before the course: a point per characteristic beside the limits of the handbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

from matplotlib.axes import Axes

from recredit.figures import style
from recredit.figures.points import Drawing, not_drawn
from recredit.figures.shown import ReleasedTable, Shown, in_order, read_shown

# What Works Clearinghouse, baseline equivalence: satisfied up to the first limit, with adjustment up to the second.
ALIKE, ADJUSTABLE = 0.05, 0.25
# The kinds of difference: as it is, inside blocks, and under weights where there was no lottery.
KINDS = {
    "effect_size_unadjusted": "as it is",
    "effect_size": "inside blocks",
    "effect_size_weighted": "under overlap weights",
}
PANELS_BESIDE = 3


@dataclass(frozen=True)
class Balance:
    """A shown difference of a characteristic in standard deviations."""

    title: str
    characteristic: str
    kind: str
    value: Shown


def draw_love_plot(table: ReleasedTable) -> Drawing | None:
    """Differences before the course in standard deviations, a panel for each contrast, with both limits."""
    points = [point for row in table.rows for point in _points(row)]
    if not points:
        return None
    titles = in_order([point.title for point in points])
    names = in_order([point.characteristic for point in points])
    rows = -(-len(titles) // PANELS_BESIDE)
    figure = style.new_figure(0.6 + rows * (0.55 + 0.25 * len(names)))
    grid = figure.subplots(rows, min(PANELS_BESIDE, len(titles)), squeeze=False, sharex=True, sharey=True)
    for axes, title in zip(grid.flat, titles, strict=False):
        _draw_panel(axes, [point for point in points if point.title == title], names)
        axes.set_title(fill(title, 26), fontsize=8)
    for axes in list(grid.flat)[len(titles) :]:
        axes.set_visible(False)
    for axes in list(grid.flat)[: len(titles)]:
        axes.tick_params(labelsize=7.5, labelbottom=True)
    _finish(grid.flat[0], names)
    figure.supxlabel("Difference in standard deviations, online minus teacher-directed", fontsize=8)
    handles = grid.flat[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper left", ncols=4, fontsize=7.5)
    title = str(table.sidecar["title"])
    return Drawing(figure, title, f"Love plot. {title}. {_in_words(points)}{not_drawn(table, *KINDS)}")


def _points(row: Mapping[str, str]) -> list[Balance]:
    shown = {kind: read_shown(row.get(kind, "")) for kind in KINDS}
    return [
        Balance(row["title"], row["characteristic"], kind, value) for kind, value in shown.items() if value is not None
    ]


def _draw_panel(axes: Axes, points: Sequence[Balance], names: list[str]) -> None:
    axes.axvspan(-ALIKE, ALIKE, color="#009E73", alpha=0.15, linewidth=0)
    for limit in (-ADJUSTABLE, ADJUSTABLE):
        axes.axvline(limit, color="#666666", linestyle="--", linewidth=0.8)
    axes.axvline(0, color="#666666", linewidth=0.8)
    for number, (kind, words) in enumerate(KINDS.items()):
        own = [point for point in points if point.kind == kind]
        places = [len(names) - names.index(point.characteristic) for point in own]
        values = [point.value.middle for point in own]
        colour, face = style.COLOURS[number], "white" if number == 0 else style.COLOURS[number]
        marker = style.MARKERS[number]
        axes.plot(values, places, marker, markersize=5, color=colour, markerfacecolor=face, label=words)
    style.light_grid(axes, "y")


def _finish(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names), 0, -1), [fill(name, 22) for name in names])
    axes.set_ylim(0.4, len(names) + 0.6)
    widest = max(abs(limit) for limit in axes.get_xlim())
    axes.set_xlim(-max(widest, 0.3), max(widest, 0.3))


def _in_words(points: Sequence[Balance]) -> str:
    """Which characteristics lie inside which limits, contrast by contrast, inside blocks."""
    texts = []
    for title in in_order([point.title for point in points]):
        own = [point for point in points if point.title == title and point.kind == "effect_size"]
        beyond = [point for point in own if abs(point.value.middle) > ALIKE]
        far = ", ".join(f"{point.characteristic} {point.value.text}" for point in beyond)
        texts.append(f"{title}: {far} beyond {ALIKE}" if far else f"{title}: all within {ALIKE}")
    return "Inside blocks, " + "; ".join(texts) + f". The further limit is {ADJUSTABLE}."
