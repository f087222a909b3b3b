"""Percent passed in online and in teacher-directed classes, as it is and as the comparison gives it."""

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap

from matplotlib.axes import Axes

from recredit.figures import style
from recredit.figures.points import Drawing, Points, category_axis, not_drawn, points_of, values_in_words
from recredit.figures.shown import ReleasedTable, Shown, in_order, read_shown

ARMS = ("online", "teacher-directed")


@dataclass(frozen=True)
class Pair:
    """A contrast of two percentages: what it is of, both arms with their students, the difference in words."""

    title: str
    course: str
    arms: tuple[Shown, Shown]
    students: tuple[str, str]
    difference: str

    @property
    def in_words(self) -> str:
        """The difference on one line."""
        return " ".join(self.difference.split())

    @property
    def name(self) -> str:
        """Contrast and course."""
        return f"{self.title}, {self.course}"


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


def draw_contrasts(table: ReleasedTable) -> Drawing | None:
    """A pair of bars for each contrast of percentages and course, with the difference and its interval above them.

    The arms' percentages have no interval of their own: what the comparison is sure of is their difference.
    """
    pairs = [pair for pair in map(_pair, table.rows) if pair is not None]
    if not pairs:
        return None
    figure = style.new_figure(3.4)
    axes = figure.subplots()
    for number, arm in enumerate(ARMS):
        places = [place + (number - 0.5) * 0.4 for place in range(len(pairs))]
        heights = [pair.arms[number].middle for pair in pairs]
        look = {"color": style.COLOURS[number], "hatch": style.HATCHES[number], "edgecolor": "white"}
        axes.bar(places, heights, 0.36, label=arm, **look)  # type: ignore[arg-type]
        for place, pair in zip(places, pairs, strict=True):
            axes.annotate(
                f"{pair.arms[number].text}%\nn {pair.students[number]}",
                (place, pair.arms[number].middle), xytext=(0, 2), textcoords="offset points", ha="center", size=7,
            )  # fmt: skip
    _name_pairs(axes, pairs)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2, fontsize=8)
    words = "; ".join(
        f"{pair.name}: {pair.arms[0].text}% online, {pair.arms[1].text}% teacher-directed, difference {pair.in_words}"
        for pair in pairs
    )
    title = str(table.sidecar["title"])
    return Drawing(figure, title, f"Pairs of bars. {title}. {words}.{not_drawn(table, 'estimate')}")


def _pair(row: Mapping[str, str]) -> Pair | None:
    """A contrast of percentages, or None where it compares means or is not shown."""
    names = ("online_percent", "comparison_percent", "estimate", "ci_low", "ci_high")
    shown = [read_shown(row.get(name, "")) for name in names]
    online, comparison, estimate, low, high = shown
    if online is None or comparison is None or estimate is None or low is None or high is None:
        return None
    difference = f"{estimate.text}\n({low.text} to {high.text})".replace("-", "−")
    students = (row["n_online"], row["n_comparison"])
    return Pair(row["title"], row["course"], (online, comparison), students, difference)


def _name_pairs(axes: Axes, pairs: list[Pair]) -> None:
    """Course and contrast below each pair, and the difference with its interval below them."""
    width = max(10, 92 // len(pairs))
    names = ["\n".join([pair.course, *wrap(pair.title, width), pair.difference]) for pair in pairs]
    axes.set_xticks(range(len(pairs)), names, fontsize=7)
    axes.set_ylim(0, 100)
    axes.set_ylabel("Percent")
    axes.set_xlabel("Difference in percentage points (95% confidence interval) below each pair", fontsize=8)
    style.light_grid(axes, "y")


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
