"""Who is analysed and who is not, as a diagram: boxes from top to bottom, those left out beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from recredit.figures import style
from recredit.figures.points import Drawing, not_drawn
from recredit.figures.shown import MARK, ReleasedTable, in_order, read_shown

LEFT_OUT, PART = "Left out: ", "Of those analysed: "
# More lines in a box than this are a table and no diagram.
MOST_LINES = 8
LINE_INCHES, GAP_INCHES = 0.14, 0.13
LETTERS = 44
LINE_COLOUR = "#444444"


@dataclass(frozen=True)
class Box:
    """A step of the flow: its heading, and the students of each course and class as a line."""

    step: str
    lines: tuple[str, ...]

    @property
    def beside(self) -> bool:
        """Whether the students of this step leave the flow, or are a part of it."""
        return self.step.startswith((LEFT_OUT, PART))

    @property
    def heading(self) -> list[str]:
        """The step's words, broken into lines."""
        text = self.step.removeprefix(PART)
        return wrap(text[:1].upper() + text[1:], LETTERS)

    @property
    def inches(self) -> float:
        """Height of the box."""
        return LINE_INCHES * (len(self.heading) + len(self.lines)) + 0.11


def draw_flow(table: ReleasedTable) -> Drawing | None:
    """The sample's flow from the enrollments on file to the students analysed, by course and class."""
    boxes = [_box(table, step) for step in in_order([row["step"] for row in table.rows])]
    if len(boxes) < 2 or max(len(box.lines) for box in boxes) > MOST_LINES:
        return None
    if not any(read_shown(row["students"]) for row in table.rows):
        return None
    height = sum(box.inches + GAP_INCHES for box in boxes)
    figure = style.new_figure(height)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, style.WIDTH_INCHES)
    axes.set_ylim(0, height)
    axes.axis("off")
    _draw_boxes(axes, boxes, height)
    title = str(table.sidecar["title"])
    words = " ".join(f"{box.step}: {', '.join(box.lines)}." for box in boxes if not box.step.startswith(PART))
    return Drawing(figure, title, f"Flow diagram. {title}. {words}{not_drawn(table, 'students')}")


def _box(table: ReleasedTable, step: str) -> Box:
    rows = table.where("step", step).rows
    varying = table.varying(["course", "mode"])
    lines = []
    for course in in_order([row["course"] for row in rows]):
        own = [row for row in rows if row["course"] == course]
        counts = [f"{row['mode']} " * ("mode" in varying) + _count(row["students"]) for row in own]
        lines.append(f"{course}: {', '.join(counts)}" if "course" in varying else _students(counts))
    return Box(step, tuple(lines))


def _students(counts: Sequence[str]) -> str:
    """The counts of a box without courses, with their noun."""
    text = ", ".join(counts)
    return f"{text} students" if text[-1].isdigit() else text


def _count(text: str) -> str:
    if text == MARK:
        return "not shown"
    return f"{int(text):,}" if read_shown(text) and text.isdigit() else text


def _draw_boxes(axes: Axes, boxes: Sequence[Box], height: float) -> None:
    """Main boxes at the left with arrows between them; the others at the right, each on a branch of the flow."""
    width, left, right = 2.88, 0.05, 3.07
    middle, top = left + width / 2, height - GAP_INCHES / 2
    flow = top
    for box in boxes:
        bottom = top - box.inches
        if box.beside:
            branch = top - box.inches / 2
            axes.plot([middle, middle, right], [flow, branch, branch], color=LINE_COLOUR, linewidth=0.8)
            flow = branch
        else:
            if box is not boxes[0]:
                arrow = {"arrowstyle": "-|>", "color": LINE_COLOUR, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0}
                axes.annotate("", (middle, top), (middle, flow), arrowprops=arrow)
            flow = bottom
        _draw_box(axes, box, (right if box.beside else left, bottom), width)
        top = bottom - GAP_INCHES


def _draw_box(axes: Axes, box: Box, corner: tuple[float, float], width: float) -> None:
    face = "white" if box.beside else "#E6EFF5"
    shape = "round,pad=0,rounding_size=0.04"
    axes.add_patch(
        FancyBboxPatch(corner, width, box.inches, boxstyle=shape, facecolor=face, edgecolor=LINE_COLOUR, linewidth=0.8)
    )
    top = corner[1] + box.inches - 0.06
    for number, line in enumerate([*box.heading, *box.lines]):
        weight = "bold" if number < len(box.heading) else "normal"
        axes.text(corner[0] + 0.07, top - LINE_INCHES * number, line, va="top", fontsize=6.8, fontweight=weight)
