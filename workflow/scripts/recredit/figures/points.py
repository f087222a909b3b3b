"""The shown values of a released table as a figure draws them, and in words for the alternative text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from recredit.figures.shown import MARK, ReleasedTable, Shown, in_order, read_shown

# About so many letters fit side by side below a figure of the standard width.
LETTERS_BESIDE = 90
# Beyond this many values the alternative text gives the range of each series instead of all of them.
VALUES_IN_ALT_TEXT = 16


@dataclass(frozen=True)
class Drawing:
    """A drawn figure with its title, and the alternative text that says what it shows.

    Attributes
    ----------
    part : words for the file's name where a table gives several figures.
    shows : the labels that all rows it is drawn from share: a brief on one course shows the figures on that course.
    """

    figure: Figure
    title: str
    alt_text: str
    part: str = ""
    shows: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Point:
    """A shown value of a series: its category on the axis, and the number of students behind it as shown."""

    series: str
    category: str
    value: Shown
    students: str


Points = list[Point]


def points_of(table: ReleasedTable, value: str, category: list[str], series: list[str]) -> Points:
    """The shown values of column `value`, in the order of the table."""
    counts = table.choose("count", "students")
    points = []
    for row in table.rows:
        shown = read_shown(row[value])
        if shown is not None:
            names = [", ".join(row[name] for name in columns if row[name]) for columns in (series, category)]
            points.append(Point(names[0], names[1], shown, row[counts] if counts else ""))
    return points


def values_in_words(points: Points, unit: str) -> str:
    """What a reader of the figure would take from it."""
    texts = []
    for series in in_order([point.series for point in points]):
        own = [point for point in points if point.series == series]
        opening = f"{series}: " if series else ""
        if len(points) <= VALUES_IN_ALT_TEXT:
            texts.append(opening + ", ".join(f"{point.category} {point.value.text}{unit}" for point in own))
        else:
            lowest, highest = (choose(own, key=lambda point: point.value.middle) for choose in (min, max))
            texts.append(
                f"{opening}from {lowest.value.text}{unit} ({lowest.category}) to "
                f"{highest.value.text}{unit} ({highest.category})"
            )
    return "; ".join(texts) + "."


def not_drawn(table: ReleasedTable, *columns: str) -> str:
    """A sentence on the values of `columns` that the table marks, empty where there are none."""
    marked = any(row[name] == MARK for row in table.rows for name in columns)
    return " Values that are marked in the table are not drawn." if marked else ""


def category_axis(axes: Axes, points: Points, categories: list[str], counts: bool) -> None:
    """Categories below the axis, with the number of students where there is one series only."""
    students = {point.category: point.students for point in points}
    width = max(8, LETTERS_BESIDE // max(1, len(categories)))
    names = []
    for name in categories:
        below = [f"n {students[name] or '–'}"] if counts and name in students else []
        lines = wrap(name.replace(" percent", "%"), width)
        names.append("\n".join([*lines, *below, *([] if name in students else ["(not shown)"])]))
    axes.set_xticks(range(len(categories)), names, fontsize=7.5)
    axes.set_xlim(-0.6, len(categories) - 0.4)
