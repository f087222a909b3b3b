"""Small multiples: what each type of user did, and how it changed from school year to school year."""

import math
from collections.abc import Sequence
from textwrap import fill

from matplotlib.axes import Axes

from recredit.figures import style
from recredit.figures.points import Drawing, not_drawn
from recredit.figures.shown import ReleasedTable, Shown, in_order, read_shown

PANELS_BESIDE = 3
# Figures that rest on a definition of idle time: a change of the definition breaks their line.
ON_IDLE = ("activities_per_active_hour_mean", "idle_share_mean")
# What the panels over the years show, and the row over all types.
OVER_YEARS = ("sessions_to_completion_mean", "activities_per_day_mean", "activities_per_active_hour_mean")
ALL = "all"


def draw_types(table: ReleasedTable) -> Drawing | None:
    """A panel for each measure, a bar for each type of user and definition of idle time."""
    measures = [name for name in table.of_kind("mean") if any(read_shown(row[name]) for row in table.rows)]
    if not measures:
        return None
    types = in_order([row["type"] for row in table.rows])
    definitions = in_order([row["idle_definition"] for row in table.rows])
    rows = -(-len(measures) // PANELS_BESIDE)
    bars = len(types) * len(definitions)
    figure = style.new_figure(0.5 + rows * (0.55 + 0.17 * bars))
    grid = figure.subplots(rows, min(PANELS_BESIDE, len(measures)), squeeze=False, sharey=True)
    for axes, name in zip(grid.flat, measures, strict=False):
        _draw_bars(axes, table, name, types, definitions)
    for axes in list(grid.flat)[len(measures) :]:
        axes.set_visible(False)
    if len(definitions) > 1:
        legend = grid.flat[0].get_legend_handles_labels()
        figure.legend(*legend, loc="outside upper left", fontsize=7, title="Definition of idle time", title_fontsize=7)
    title = str(table.sidecar["title"])
    words = " ".join(_in_words(table, name) for name in measures)
    return Drawing(figure, title, f"Bars by type of user. {title}. {words}{not_drawn(table, *measures)}")


def _draw_bars(axes: Axes, table: ReleasedTable, name: str, types: list[str], definitions: list[str]) -> None:
    width = 0.8 / len(definitions)
    for number, definition in enumerate(definitions):
        own = [(row, read_shown(row[name])) for row in table.where("idle_definition", definition).rows]
        shown = [(types.index(row["type"]) + (number + 0.5) * width - 0.4, value) for row, value in own if value]
        colour, hatch = style.COLOURS[number % len(style.COLOURS)], style.HATCHES[number % len(style.HATCHES)]
        places, lengths = [place for place, _ in shown], [value.middle for _, value in shown]
        look = {"color": colour, "hatch": hatch, "edgecolor": "white"}
        axes.barh(places, lengths, width * 0.9, label=definition, **look)  # type: ignore[arg-type]
        for place, value in shown:
            axes.annotate(
                value.text, (value.middle, place), xytext=(2, 0), textcoords="offset points", va="center", fontsize=6.8
            )
    axes.set_yticks(range(len(types)), types, fontsize=7.5)
    axes.set_ylim(len(types) - 0.5, -0.5)
    axes.set_title(fill(table.axis_label(name), 24), fontsize=8)
    axes.margins(x=0.28)
    axes.tick_params(axis="x", labelsize=7)


def _in_words(table: ReleasedTable, name: str) -> str:
    """The type with the least and the one with the greatest value, under each definition."""
    texts = []
    for definition in in_order([row["idle_definition"] for row in table.rows]):
        own = [(row["type"], read_shown(row[name])) for row in table.where("idle_definition", definition).rows]
        shown = [(kind, value) for kind, value in own if value is not None]
        if shown:
            texts.append(_ends(shown))
    return f"{table.label(name)}: {'; '.join(dict.fromkeys(texts))}."


def _ends(shown: Sequence[tuple[str, Shown]]) -> str:
    low, high = (choose(shown, key=lambda one: one[1].middle) for choose in (min, max))
    return f"least {low[0]} {low[1].text}, most {high[0]} {high[1].text}"


def draw_years(table: ReleasedTable) -> Drawing | None:
    """A row of panels for each measure, a panel for each type, a line over the school years."""
    measures = [
        name
        for name in OVER_YEARS
        if name in table.of_kind("mean") and any(read_shown(row[name]) for row in table.rows)
    ]
    years, types = (in_order([row[name] for row in table.rows]) for name in ("school_year", "type"))
    if not measures or len(years) < 2:
        return None
    figure = style.new_figure(0.4 + 1.45 * len(measures))
    grid = figure.subplots(len(measures), len(types), squeeze=False, sharex=True, sharey="row")
    for line, name in enumerate(measures):
        for column, kind in enumerate(types):
            _draw_line(grid[line, column], table.where("type", kind), name, years)
        grid[line, 0].set_ylim(0, 1.15 * max(value.middle for row in table.rows if (value := read_shown(row[name]))))
        grid[line, 0].set_ylabel(table.axis_label(name).replace(" (", "\n("), fontsize=7)
    for axes, kind in zip(grid[0], types, strict=True):
        axes.set_title("all types" if kind == ALL else kind.replace(" ", "\n", 1), fontsize=7.5)
    figure.supxlabel(table.label("school_year"), fontsize=8)
    title = str(table.sidecar["title"])
    words = " ".join(_over_years(table.where("type", kind), kind, measures) for kind in types)
    return Drawing(figure, title, f"Lines over the school years. {title}. {words}{not_drawn(table, *measures)}")


def _draw_line(axes: Axes, table: ReleasedTable, name: str, years: list[str]) -> None:
    """One measure of one type; where it rests on idle time, a new definition begins a new line."""
    groups = in_order([row["idle_definition"] for row in table.rows]) if name in ON_IDLE else [""]
    for number, group in enumerate(groups):
        rows = table.where("idle_definition", group).rows if group else table.rows
        found = {row["school_year"]: value.middle for row in rows if (value := read_shown(row[name])) is not None}
        heights = [found.get(year, math.nan) for year in years]
        face = style.COLOURS[0] if number == 0 else "white"
        look = {
            "color": style.COLOURS[0],
            "markersize": 4.0,
            "markerfacecolor": face,
            "marker": style.MARKERS[number % 6],
        }
        axes.plot(range(len(years)), heights, **look)  # type: ignore[arg-type]
    axes.set_xticks(range(len(years)), years, fontsize=7)
    axes.set_xlim(-0.4, len(years) - 0.6)
    axes.tick_params(axis="y", labelsize=7)
    style.light_grid(axes, "y")


def _over_years(table: ReleasedTable, kind: str, measures: Sequence[str]) -> str:
    """From the first to the last year that is shown, one definition of idle time at a time."""
    texts = []
    for name in measures:
        rows = [(row, value) for row in table.rows if (value := read_shown(row[name])) is not None]
        if name in ON_IDLE and rows:
            rows = [one for one in rows if one[0]["idle_definition"] == rows[-1][0]["idle_definition"]]
        if len(rows) > 1:
            (first, before), (last, after) = rows[0], rows[-1]
            words = table.label(name).lower()
            texts.append(f"{words} {before.text} in {first['school_year']}, {after.text} in {last['school_year']}")
    return f"{'All types' if kind == ALL else kind.capitalize()}: {'; '.join(texts)}." if texts else ""
