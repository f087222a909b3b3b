"""Files with a row, an entry or a point per student are refused by number."""

import io
import json

import pytest
import typst
from matplotlib.figure import Figure

from recredit.publication.per_student import MOST_SHAPES, per_student

STUDENTS = frozenset({62, 9})


def scatter(form: str, points: int) -> bytes:
    figure = Figure(figsize=(3, 3))
    axes = figure.subplots()
    axes.scatter(range(points), [place**2 % 37 for place in range(points)])
    out = io.BytesIO()
    figure.savefig(out, format=form)
    return out.getvalue()


def rows(count: int) -> bytes:
    return ("grade\n" + "".join(f"{place % 30}\n" for place in range(count))).encode()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("tables/a.csv", rows(62)),
        ("tables/a.json", json.dumps({"columns": {"x": {}}, "points": list(range(62))}).encode()),
        ("tables/a.json", json.dumps({"students": {f"s{number}": 1 for number in range(62)}}).encode()),
        ("briefs/a.html", b"<table>" + b"<tr><td>1</td></tr>" * 62 + b"</table>"),
        ("briefs/a.html", b"<ul>" + b"<li>1" * 62 + b"</ul>"),
        ("briefs/a.html", b"<ol>" + b"<li>1</li>" * 62),
        ("briefs/a.html", f"<script>plot({list(range(62))})</script>".encode()),
        ("briefs/a.html", b"<p>" + scatter("svg", 62)[39:] + b"</p>"),
        ("briefs/a.html", b'<img src="data:image/svg+xml;base64,PHN2Zy8+">'),
        ("briefs/a.pdf", scatter("pdf", 62)),
    ],
)
def test_one_a_student_is_refused(path: str, content: bytes) -> None:
    assert per_student(path, content, STUDENTS) is not None


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("tables/a.csv", rows(61)),
        ("tables/a.csv", rows(9)),  # nine students are below the least number: nothing rests on them
        ("audit/numbers_a.csv", b"sentence,printed,table,row,column\n" + b"a,1,t,r,c\n" * 62),
        ("tables/a.json", b'{"points": [1, 2, 3]}'),
        (
            "briefs/a.html",
            b"<table>" + b"<tr><td>1</td></tr>" * 40 + b"</table>" + b"<table>" + b"<tr>" * 22 + b"</table>",
        ),
        ("briefs/a.html", f"<script>plot({list(range(40))})</script>".encode()),
        ("briefs/a.pdf", bytes(typst.compile(b"#table(columns: 4, ..range(40).map(n => [#n]))"))),
        ("figures/a.png", b""),
    ],
)
def test_other_numbers_pass(path: str, content: bytes) -> None:
    assert per_student(path, content, STUDENTS) is None


def test_a_scatter_of_more_students_is_refused_whatever_the_study_counts() -> None:
    assert per_student("briefs/a.pdf", scatter("pdf", MOST_SHAPES + 1), frozenset()) is not None
