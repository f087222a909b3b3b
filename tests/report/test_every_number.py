"""No orphan number in any brief: text, tables and the words of the figures are all traced to released cells."""

import csv
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from recredit.briefs.page_check import check_numbers, orphan_numbers, traced_numbers
from recredit.briefs.released import Released
from recredit.errors import DisclosureError

BRIEFS = ("overview", "algebra_1", "english_9", "patterns_of_engagement", "achievement")
# Figures of the words of a picture that are no results: the limits of the handbook on baseline equivalence.
CONVENTIONS = {"0.05", "0.25"}
# A number with its sign; a dash between two numbers is a range.
NUMBER = re.compile(r"(?<![\d.–-])-?(?:\d+(?:\.\d+)?|\.\d+)")
# A figure that fills more than a page says which part it is.
PART = re.compile(r"\(\d+ of \d+\)")


def numbers_in(text: str) -> set[str]:
    return set(NUMBER.findall(text.replace("−", "-").replace(",", "")))


class Tables(HTMLParser):
    """The rows of each released table that a page shows, and the words of its pictures."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[tuple[str, list[str]]] = []
        self.words: list[tuple[str, str]] = []
        self._table = self._figure = ""
        self._body = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._table = found.get("data-table") or self._table
        self._figure = found.get("data-figure") or self._figure
        if tag == "tbody" or tag == "thead":
            self._body = tag == "tbody"
        if tag == "tr" and self._body:
            self.rows.append((self._table, []))
        if tag in ("td", "th") and self._body:
            self.rows[-1][1].append("")
        if tag == "img":
            self.words.append((self._figure, found.get("alt") or ""))

    def handle_endtag(self, tag: str) -> None:
        self._body = self._body and tag != "table"

    def handle_data(self, data: str) -> None:
        if self._body and self.rows and self.rows[-1][1]:
            self.rows[-1][1][-1] += data


def table_orphans(page: str, released: Path) -> list[str]:
    """Rows of the page's tables with a number that no one released row holds."""
    orphans = []
    for name, cells in Tables(page).rows:
        # A table of the page may set the rows of two files beside each other.
        rows = [numbers_in(" ; ".join(row)) for one in name.split() for row in released_rows(released, one)]
        # Courses and classes shown side by side: a row of the page is several of the file.
        wide = name.startswith(("sample_flow", "student_characteristics"))
        sources = [set().union(*rows)] if wide else rows
        found = numbers_in(" ; ".join(cells))
        if not any(found <= source for source in sources):
            orphans.append(f"{name}: {cells}")
    return orphans


def released_rows(released: Path, name: str) -> Iterator[list[str]]:
    with (released / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    yield from rows


def picture_orphans(page: str, released: Path) -> list[str]:
    """Numbers in the words of a picture that its source table does not hold."""
    orphans = []
    for name, words in Tables(page).words:
        figure = Released(released).figure(name)
        assert figure is not None
        rows = [row for table in figure.source_tables for row in released_rows(released, table)]
        held = set().union(*(numbers_in(" ; ".join(row)) for row in rows))
        more = CONVENTIONS if name.startswith("balance") else set()
        orphans += [f"{name}: {number}" for number in numbers_in(PART.sub("", words)) - held - more]
    return orphans


@pytest.mark.parametrize("brief", BRIEFS)
def test_every_number_of_a_brief_stands_in_a_released_cell(brief: str, drawn: Path, render: Callable) -> None:
    rendered = render(drawn, brief=brief)
    assert orphan_numbers(rendered.text) == []
    assert table_orphans(rendered.text, drawn) == []
    assert picture_orphans(rendered.text, drawn) == []
    assert check_numbers(rendered.text, Released(drawn)) == len(traced_numbers(rendered.text)) > 20
    with rendered.numbers.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    traced = {(row["printed"], f"tables/{row['table']}.csv | {row['row']} | {row['column']}") for row in rows}
    assert {(number.printed, number.address) for number in traced_numbers(rendered.text)} == traced


@pytest.mark.parametrize("brief", BRIEFS)
def test_an_orphan_anywhere_in_a_brief_is_noticed(brief: str, drawn: Path, render: Callable) -> None:
    page = render(drawn, brief=brief).text
    assert orphan_numbers(page.replace("</main>", "<p>About 57 percent did.</p></main>")) == ["About 57 percent did."]
    numbers = list(re.finditer(r'<span class="number"[^>]*>([^<]+)</span>', page))
    place = numbers[len(numbers) // 2]
    changed = page[: place.start(1)] + "8.7654" + page[place.end(1) :]
    with pytest.raises(DisclosureError, match=r"prints '8\.7654'"):
        check_numbers(changed, Released(drawn))
    row = re.search(r'<td class="number">([^<†]+)</td>', page)
    assert row is not None
    assert len(table_orphans(page[: row.start(1)] + "8.7654" + page[row.end(1) :], drawn)) == 1
    assert picture_orphans(page.replace('alt="', 'alt="About 8.7654 percent. ', 1), drawn)


def test_the_figures_of_a_course_are_those_of_its_brief(drawn: Path, render: Callable) -> None:
    shown = {brief: {name for name, _ in Tables(render(drawn, brief, brief).text).words} for brief in BRIEFS[1:3]}
    assert {"impacts_algebra_1", "attrition_algebra_1", "balance_algebra_1"} <= shown["algebra_1"]
    assert {"impacts_english_9", "attrition_english_9", "balance_english_9"} <= shown["english_9"]
    assert not shown["algebra_1"] & shown["english_9"]


def test_no_picture_is_cut_by_its_page(drawn: Path, render: Callable) -> None:
    """Every picture of a PDF lies inside its page: tall ones were cut at the top and at the bottom."""
    import pypdf

    pages = [page for brief in BRIEFS for page in pypdf.PdfReader(render(drawn, brief, brief).pdf).pages]
    spans = [span for page in pages for span in picture_spans(page)]
    assert len(spans) > len(BRIEFS)
    # The foot of a page begins 68 points above its end, and a letter page is 792 points high.
    assert all(68 < low < high < 792 for low, high in spans)


def picture_spans(page: Any) -> list[tuple[float, float]]:
    """Bottom and top of each picture of a PDF page, in points: the transformation in force where it is painted."""
    spans: list[tuple[float, float]] = []

    def note(operator: bytes, operands: Any, matrix: Any, _: Any) -> None:
        if operator == b"Do" and page["/Resources"]["/XObject"][operands[0]]["/Subtype"] == "/Image":
            bottom, top = sorted((matrix[5], matrix[5] + matrix[3]))
            spans.append((bottom, top))

    page.extract_text(visitor_operand_before=note)
    return spans
