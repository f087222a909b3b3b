"""The whole way from released tables to pages, for a study with a lottery and for one with hours and grades only."""

import csv
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from pypdf import PdfReader

from recredit.briefs import overview
from recredit.briefs.page_check import orphan_numbers, traced_numbers
from recredit.errors import DisclosureError


class Structure(HTMLParser):
    """Elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.words)).replace("\u00a0", " ")


def headings(page: str) -> list[str]:
    return [re.sub(r"<[^>]+>", "", text) for text in re.findall(r"<h[1-3][^>]*>(.*?)</h[1-3]>", page, re.DOTALL)]


def test_the_notebook_is_stripped_and_has_fixed_ids(repository: Path) -> None:
    for path in sorted((repository / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert notebook.metadata["language_info"]["name"] == "python"
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert not [cell for cell in code if cell.outputs or cell.execution_count is not None]
        identities = [cell["id"] for cell in notebook.cells]
        assert len(set(identities)) == len(identities)


def test_static_prose_holds_no_result(repository: Path) -> None:
    for path in sorted((repository / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                assert orphan_numbers(f"<p>{cell.source}</p>") == [], cell["id"]


def test_the_anatomy_of_a_brief(make_demo: Callable, render: Callable) -> None:
    found = headings(render(make_demo()).text)
    order = ["About this brief", "Key findings", "Study overview", "Findings", "What this does not show"]
    places = [found.index(name) for name in [*order, "Implications", "Notes"]]
    assert places == sorted(places)
    assert "Context" not in found  # the study has no words for it


def test_a_simulated_study_says_so_first(make_demo: Callable, render: Callable) -> None:
    rendered = render(make_demo())
    masthead = rendered.text.split("<header", 1)[1]
    assert re.sub(r"<[^>]+>", "", masthead.split(">", 1)[1]).strip().startswith("This study is simulated")
    # The heading of each page's frame aside, the first line of the PDF.
    assert PdfReader(rendered.pdf).pages[0].extract_text().lstrip().startswith("This study is simulated")


def test_claims_follow_the_released_rows(make_demo: Callable, render: Callable, difference_row: Callable) -> None:
    found = headings(render(make_demo()).text)
    assert "Online classes lowered the pass rate in English 9" in found
    assert "The effect of online classes on the pass rate is uncertain in Algebra 1" in found
    assert "More idle time is associated with a lower final grade and pass rate" in found
    turned = [difference_row("recovered", "Course passed", "English 9", "16.4", "<.001", "10.7", "22.1")]
    found = headings(render(make_demo(differences=turned), "turned").text)
    assert "Online classes raised the pass rate in English 9" in found
    assert not [text for text in found if "lowered" in text]


def test_each_number_is_traced_to_its_cell(make_demo: Callable, render: Callable) -> None:
    rendered = render(make_demo())
    assert orphan_numbers(rendered.text) == []
    with rendered.numbers.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    traced = {(row["printed"], f"tables/{row['table']}.csv | {row['row']} | {row['column']}") for row in rows}
    assert {(number.printed, number.address) for number in traced_numbers(rendered.text)} == traced
    assert ("16.4", "tables/differences.csv | contrast=recovered; course=English 9 | estimate") in traced
    assert all(row["printed"] in row["sentence"] for row in rows)


def test_a_figure_typed_into_an_output_stops_the_rendering(
    make_demo: Callable, render: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "show_protection", lambda brief: brief.show({"text/markdown": "About 57 percent."}))
    with pytest.raises(DisclosureError, match="read from no released table: 'About 57 percent"):
        render(make_demo())


def test_a_study_with_hours_and_grades_only(make_science: Callable, render: Callable) -> None:
    page = render(make_science()).text
    text = Structure(page).text
    found = headings(page)
    assert "More time in the platform is associated with a higher final grade" in found
    assert "For each hour more in the platform, the final grade was 0.365 points of 100 higher" in text
    assert "“credit recovery”: the mean final grade is not shown, to protect students" in text
    assert "In 580 of 580 students: sex contradicts itself for a student and was set to missing." in text
    assert "What could not be made, and which table is missing" in found
    assert "Outcomes by idle share: the study has no table sessions, which idle share comes from." in text
    assert not [heading for heading in found if "online classes" in heading.lower() or "idle" in heading]
    # Prose on what the study does not have stays out, too.
    assert "In a teacher-directed class" not in text and "The platform counts time as idle" not in text


def test_nothing_of_the_injected_cell_or_the_run_is_rendered(
    make_demo: Callable, render: Callable, tmp_path: Path
) -> None:
    rendered = render(make_demo())
    assert str(tmp_path) in rendered.executed.read_text(encoding="utf-8")
    for path in (rendered.plain, rendered.code, rendered.pdf):
        assert str(tmp_path).encode() not in path.read_bytes()
        assert b"os.chdir" not in path.read_bytes()


def test_code_stands_in_one_of_the_two_pages_only(make_demo: Callable, render: Callable) -> None:
    rendered = render(make_demo())
    code = rendered.code.read_text(encoding="utf-8")
    assert "key_findings" in Structure(code).text
    assert "key_findings" not in Structure(rendered.text).text
    links = [attributes.get("href") for attributes in Structure(rendered.text).all("a")]
    assert {"index.html", "overview.pdf", "overview_with_code.html"} <= set(links)


def test_a_page_can_be_read_without_seeing_it(make_demo: Callable, render: Callable) -> None:
    page = Structure(render(make_demo()).text)
    assert page.all("html") == [{"lang": "en"}]
    assert {"header", "main", "nav", "footer"} <= {tag for tag, _ in page.found}
    assert page.all("a")[0] == {"class": "skip", "href": "#content"}
    assert page.all("main") == [{"id": "content"}]
    assert [image["alt"] for image in page.all("img")] == ["Passing falls."]
    assert len(page.all("caption")) == len(page.all("table")) > 0
    assert all(heading.get("scope") in ("col", "row") for heading in page.all("th"))
    levels = [int(tag[1]) for tag, _ in page.found if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    identities = [attributes["id"] for _, attributes in page.found if attributes.get("id")]
    assert len(set(identities)) == len(identities)


def test_the_pages_ask_for_nothing_outside(make_demo: Callable, render: Callable) -> None:
    rendered = render(make_demo())
    for path in (rendered.plain, rendered.code):
        page = Structure(path.read_text(encoding="utf-8"))
        assert not page.all("script") and not page.all("link") and not page.all("iframe")
        assert all(str(image["src"]).startswith("data:image/png;base64,") for image in page.all("img"))
        assert not re.findall(r"https?://", re.sub(r'href="[^"]*"', "", path.read_text(encoding="utf-8")))


def test_two_renderings_give_the_same_bytes(make_demo: Callable, render: Callable) -> None:
    first, second = render(make_demo(), "one"), render(make_demo(), "a-folder-with-another-name")
    for name in ("numbers", "plain", "code", "pdf"):
        assert getattr(first, name).read_bytes() == getattr(second, name).read_bytes(), name


def test_the_pdf_says_what_the_page_says(make_demo: Callable, render: Callable) -> None:
    rendered = render(make_demo())
    pdf = re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(rendered.pdf).pages))
    for heading in headings(rendered.text):
        assert re.sub(r"\s+", "", heading) in pdf, heading
    for number in traced_numbers(rendered.text):
        assert re.sub(r"\s+", "", number.printed) in pdf, number


def test_a_changed_release_is_noticed(make_demo: Callable, render: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are read again while rendering: an executed copy of an older release is refused."""
    released = make_demo()

    def tampered(_: object) -> None:
        path = released / "tables" / "differences.csv"
        path.write_text(path.read_text().replace("-16.4", "-17.4"))

    monkeypatch.setattr(overview, "show_protection", tampered)
    with pytest.raises(DisclosureError, match=r"prints '16\.4'"):
        render(released)


def test_engagement_without_kinds_of_user_says_what_is_missing(make_science: Callable, render: Callable) -> None:
    page = render(make_science(), brief="patterns_of_engagement").text
    found = headings(page)
    assert "More time in the platform is associated with a higher final grade" in found
    for absent in ("Kinds of user", "Results by kind of user", "Pace over the school years", "Where idle time begins"):
        assert absent not in found


def test_engagement_names_its_own_missing_analyses_only(released: Path, render: Callable) -> None:
    text = Structure(render(released, brief="patterns_of_engagement").text).text
    missing = text.split("What could not be made, and which table is missing")[1].split("Implications")[0]
    assert "Idle time under other thresholds: the study has no table events." in missing
    assert "number of earlier attempts" not in missing


def test_kinds_of_user_are_told_under_one_definition_of_idle_time(released: Path, render: Callable) -> None:
    text = Structure(render(released, brief="patterns_of_engagement").text).text
    findings = text.split("Students used the platform in 4 ways")[1].split("How sure we are of the kinds")[0]
    assert "Engaged users: 19.63 percent of the time." in findings
    assert "22.84" not in findings  # the same kind under the other definition


def test_a_course_brief_holds_the_other_methods_in_its_notes(released: Path, render: Callable) -> None:
    page = render(released, brief="english_9").text
    main, notes = page.split("<footer", 1)
    assert "Lee bounds" in notes and "Lee bounds" not in main
    assert "p, wild bootstrap" in notes and "p, permutation" in notes
    assert "Smallest difference it could find" in main and "Spread between schools" in main
