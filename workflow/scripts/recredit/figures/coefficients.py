"""Associations with their intervals."""

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes

from recredit.figures import style
from recredit.figures.points import Drawing, not_drawn
from recredit.figures.shown import ReleasedTable, Shown, in_order, read_shown


@dataclass(frozen=True)
class Coefficient:
    """A shown model row: estimate and interval."""

    model: str
    term: str
    estimate: Shown
    low: Shown
    high: Shown


def draw_coefficients(table: ReleasedTable, panel: str = "", line: str = "") -> Drawing | None:
    """Estimates with their intervals, a panel for each model since the units differ.

    Parameters
    ----------
    panel, line : label columns that name the panels and their lines; those of a table of models if empty.
    """
    rows = [row for row in (_coefficient(table, row, panel, line) for row in table.rows) if row is not None]
    if not rows:
        return None
    models = in_order([row.model for row in rows])
    sizes = [sum(row.model == model for row in rows) for model in models]
    figure = style.new_figure(0.8 * len(models) + 0.2 + 0.28 * sum(sizes))
    panels = figure.subplots(len(models), 1, squeeze=False, gridspec_kw={"height_ratios": [size + 1 for size in sizes]})
    for axes, model in zip(panels[:, 0], models, strict=True):
        _draw_intervals(axes, [row for row in rows if row.model == model])
        axes.set_title(model)
    figure.supxlabel("Estimate and 95% confidence interval, in the units of each outcome", fontsize=8)
    title = str(table.sidecar["title"])
    words = [f"{row.model}, {row.term}: {row.estimate.text} ({row.low.text} to {row.high.text})" for row in rows]
    alt_text = f"Coefficient plot. {title}. {'; '.join(words)}.{not_drawn(table, *table.of_kind('estimate'))}"
    return Drawing(figure, title, alt_text)


def _coefficient(table: ReleasedTable, row: Mapping[str, str], panel: str, line: str) -> Coefficient | None:
    """A row of the table of models, or None where its figures are not shown."""
    estimate, low, high = (table.choose(kind, kind) for kind in ("estimate", "ci_low", "ci_high"))
    if estimate is None or low is None or high is None:
        return None
    labels = table.of_kind("label")
    model = next(name for name in (panel, "title", "model", labels[0]) if name in labels)
    term = next(name for name in (line, "term", labels[-1]) if name in labels)
    shown = [read_shown(row[name]) for name in (estimate, low, high)]
    if any(value is None for value in shown):
        return None
    return Coefficient(row[model], row[term], *(value for value in shown if value is not None))


def _draw_intervals(axes: Axes, rows: list[Coefficient]) -> None:
    places = range(len(rows), 0, -1)
    axes.axvline(0, color="#666666", linewidth=0.8)
    for place, row in zip(places, rows, strict=True):
        axes.plot([row.low.middle, row.high.middle], [place, place], color=style.COLOURS[0], linewidth=1.6)
        axes.plot(row.estimate.middle, place, marker="o", markersize=5, color=style.COLOURS[0])
    axes.set_yticks(list(places), [row.term for row in rows])
    axes.set_ylim(0.4, len(rows) + 0.6)
    style.light_grid(axes, "x")
