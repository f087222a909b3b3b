"""Associations over the whole log: idle time by group, after the first two weeks, and range by range with n."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from textwrap import wrap

from matplotlib.axes import Axes

from recredit.figures import style
from recredit.figures.coefficients import draw_coefficients
from recredit.figures.points import Drawing, not_drawn
from recredit.figures.shown import MARK, ReleasedTable, in_order, read_shown

# The groups that models are fitted in, as their labels begin (recredit.associations.parts).
GROUPS = ("Type of user", "School year", "Course")
# School years differ in their definition of idle time: each is shown under its own.
UNDER_ALL_DEFINITIONS = ("School year",)
IDLE, ALL, LINEAR, RANGES, LANDMARK = "Idle share", "All", "linear", "ranges", "landmark"
PANEL_INCHES = 2.4
# About so many letters fit side by side below a figure of the standard width.
LETTERS_BESIDE = 72
Row = Mapping[str, str]


def draw_district(table: ReleasedTable) -> list[Drawing]:
    """Idle time and results: a figure for each kind of group, for the first two weeks, and for ranges of idle time."""
    largest = _largest_definition(table)
    drawn = []
    for kind in GROUPS:
        rows = [row for row in table.rows if row["group"].startswith(f"{kind}: ") and _is_idle(row)]
        own = [row for row in rows if kind in UNDER_ALL_DEFINITIONS or row["idle_definition"] == largest]
        lines = [{**row, "line": row["group"].removeprefix(f"{kind}: ")} for row in own]
        drawn += _coefficients(table, lines, f"by {kind.lower()}", {"group": kind})
    rows = [row for row in table.rows if row["idle_definition"] == largest]
    early = [{**row, "line": row["term"]} for row in rows if LANDMARK in row["form"] and "two weeks" in row["term"]]
    drawn += _coefficients(table, early, "by the first two weeks", {"form": LANDMARK})
    ranges = [row for row in rows if RANGES in row["form"] and row["term"].startswith(IDLE)]
    return drawn + _draw_ranges(replace(table, rows=ranges))


def _largest_definition(table: ReleasedTable) -> str:
    """The definition of idle time with most enrollments; two of them are never mixed."""
    shown = [(int(row["enrollments"]), row["idle_definition"]) for row in table.rows if row["enrollments"].isdigit()]
    return max(shown, key=lambda one: one[0])[1] if shown else ""


def _is_idle(row: Row) -> bool:
    return row["form"] == LINEAR and row["term"].startswith(f"{IDLE} (per ")


def _coefficients(table: ReleasedTable, rows: Sequence[Row], words: str, shows: Row) -> list[Drawing]:
    """Coefficient plots with a panel for each outcome, said to be of `words`."""
    columns = table.sidecar["columns"] | {"line": {"kind": "label", "label": "Line"}}
    title = f"{table.sidecar['title']}: idle time, {words}"
    part = ReleasedTable(table.name, rows, {**table.sidecar, "title": title, "columns": columns})
    drawings = draw_coefficients(part, panel="outcome", line="line")
    return [replace(one, part=f"{words} {one.part}", shows=shows) for one in drawings]


def _draw_ranges(table: ReleasedTable) -> list[Drawing]:
    """Estimates by range of the idle share, held against the lowest range, with the enrollments in each."""
    outcomes = [name for name in in_order([row["outcome"] for row in table.rows]) if _has_curve(table, name)]
    if not outcomes:
        return []
    figure = style.new_figure(PANEL_INCHES * len(outcomes))
    panels = figure.subplots(len(outcomes), 1, squeeze=False)[:, 0]
    words = [_draw_curve(axes, table.where("outcome", name).rows) for axes, name in zip(panels, outcomes, strict=True)]
    for axes, name in zip(panels, outcomes, strict=True):
        axes.set_title(name)
    title = f"{table.sidecar['title']}: by range of the idle share"
    alt_text = f"Curve with intervals. {title}. {' '.join(words)}{not_drawn(table, 'estimate')}"
    return [Drawing(figure, title, alt_text, "by range", {"form": RANGES})]


def _has_curve(table: ReleasedTable, outcome: str) -> bool:
    return any(read_shown(row["estimate"]) for row in table.where("outcome", outcome).rows)


def _draw_curve(axes: Axes, rows: Sequence[Row]) -> str:
    """One outcome's curve, and what it says in words; the lowest range is the zero that the others are held against."""
    names, words = [], []
    for place, row in enumerate(rows):
        estimate, low, high = (read_shown(row[name]) for name in ("estimate", "ci_low", "ci_high"))
        name = row["term"].split(" (")[0].removeprefix(f"{IDLE} ")
        against = row["estimate"] == ""
        if estimate and low and high:
            axes.plot([place, place], [low.middle, high.middle], color=style.COLOURS[0], linewidth=1.6)
            axes.plot(place, estimate.middle, "o", markersize=5, color=style.COLOURS[0])
            text, spot = estimate.text.replace("-", "−"), (place, estimate.middle)
            axes.annotate(text, spot, xytext=(6, 0), textcoords="offset points", va="center", size=7)
            words.append(f"{name}: {estimate.text} ({low.text} to {high.text})")
        elif against:
            axes.plot(place, 0, "o", markersize=5, color=style.COLOURS[0], markerfacecolor="white")
            words.append(f"held against {name}")
        shown = "(not shown)" if row["estimate"] == MARK else f"n {row['enrollments']}"
        words_below = [*wrap(name, LETTERS_BESIDE // len(rows)), "(held against)" * against, shown]
        names.append("\n".join(filter(None, words_below)))
    axes.axhline(0, color="#666666", linewidth=0.8)
    axes.set_xticks(range(len(rows)), names, fontsize=7)
    axes.set_xlim(-0.5, len(rows) - 0.4)
    axes.set_ylabel(f"Difference ({rows[0]['unit']})", fontsize=7.5)
    style.light_grid(axes, "y")
    return f"{rows[0]['outcome']}: {'; '.join(words)}."
