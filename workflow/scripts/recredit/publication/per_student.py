"""Files with a row, a point or an entry for each student: refused by their number alone, whatever stands in them."""

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import PurePosixPath
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ContentStream

# Our tables and rules need few shapes; a picture with a point per student needs many.
MOST_SHAPES = 30
# Below this many students a table of the study's own cells may be as long by chance; figures rest on 10 at least.
LEAST_STUDENTS = 10
# In a list of figures in a script, or in a table of a page.
_FIGURES = re.compile(r"\[\s*(?:-?[\d.eE+]+|null|NaN)(?:\s*,\s*(?:-?[\d.eE+]+|null|NaN)){8,}\s*,?\s*\]")
_SVG_SHAPES = {"circle", "ellipse", "rect", "path", "use", "polygon", "polyline", "line", "image"}
_PDF_SHAPES = {b"c", b"v", b"y", b"re", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"Do", b"sh"}
# One row a printed number, naming the released cell it stands for; written by the report and searched like all else.
NUMBERS_HEADER = ["sentence", "printed", "table", "row", "column"]


def csv_series(content: bytes) -> Iterator[int]:
    """The number of rows below the header."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    if rows and rows[0] != NUMBERS_HEADER:
        yield len(rows) - 1


def json_series(content: bytes) -> Iterator[int]:
    """The lengths of all lists and mappings in it."""
    yield from _lengths(json.loads(content))


def _lengths(value: Any) -> Iterator[int]:
    if isinstance(value, (list, dict)):
        yield len(value)
        for one in value.values() if isinstance(value, dict) else value:
            yield from _lengths(one)


class _Counter(HTMLParser):
    """Counts rows of tables, entries of lists and figures in scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, int]] = []
        self.lengths: list[int] = []
        self.shapes = 0
        self.vectors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("table", "ul", "ol", "select"):
            self.open.append((tag, 0))
        elif tag in ("tr", "li", "option") and self.open:
            name, count = self.open.pop()
            self.open.append((name, count + 1))
        self.shapes += tag in _SVG_SHAPES or tag == "canvas"
        self.vectors += [value for _, value in attrs if value and value.startswith("data:image/svg")]

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1][0] == tag:
            # With and without a row of headings.
            count = self.open.pop()[1]
            self.lengths += [count, count - 1]

    def handle_data(self, data: str) -> None:
        self.lengths += [match.group().count(",") + 1 for match in _FIGURES.finditer(data)]


def html_series(content: bytes) -> Iterator[int]:
    """Rows of each table, entries of each list, figures of each list in a script or a text."""
    reader = _Counter()
    reader.feed(content.decode("utf-8"))
    reader.close()
    yield from reader.lengths
    yield from (one for _, count in reader.open for one in (count, count - 1))


def html_shapes(content: bytes) -> int:
    """Drawn shapes of a page; an embedded vector picture counts as too many."""
    reader = _Counter()
    reader.feed(content.decode("utf-8"))
    reader.close()
    return MOST_SHAPES + 1 if reader.vectors else reader.shapes


def pdf_shapes(content: bytes) -> int:
    """Drawn shapes on the page that has most of them: curves, rectangles, filled areas and placed pictures."""
    reader = PdfReader(io.BytesIO(content))
    counts = [0]
    for page in reader.pages:
        drawn = page.get_contents()
        operations = ContentStream(drawn, reader).operations if drawn is not None else []
        counts.append(sum(name in _PDF_SHAPES for _, name in operations))
    return max(counts)


SERIES: Mapping[str, Callable[[bytes], Iterator[int]]] = {
    ".csv": csv_series,
    ".json": json_series,
    ".html": html_series,
}
SHAPES: Mapping[str, Callable[[bytes], int]] = {".html": html_shapes, ".pdf": pdf_shapes}


def per_student(path: str, content: bytes, populations: Collection[int]) -> str | None:
    """Why a file looks as if it showed each student, in words that follow its name; None where it does not.

    Parameters
    ----------
    populations : numbers of students, enrollments and other rows per student of the study.
    """
    suffix = PurePosixPath(path).suffix
    counted = {number for number in populations if number >= LEAST_STUDENTS}
    if suffix in SERIES and counted & set(SERIES[suffix](content)):
        return "a table or list in it is as long as there are students or enrollments in the study"
    if suffix in SHAPES and SHAPES[suffix](content) > MOST_SHAPES:
        return "it draws so many shapes that they may be points of single students; figures are published as PNG"
    return None
