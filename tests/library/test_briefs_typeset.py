"""Markdown becomes blocks without loss, and blocks a tagged PDF with the same bytes each time."""

from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from recredit.briefs.typeset import markdown_blocks, to_pdf
from recredit.errors import VaultError

MASTHEAD = {
    "kind": "masthead",
    "simulated": "Invented.",
    "series": "S · brief 1 of 1",
    "title": "A title",
    "question": "Q?",
}


def plain(inline: list[dict[str, Any]]) -> str:
    return "".join(piece["text"] for piece in inline)


def test_headings_paragraphs_and_lists_are_kept() -> None:
    heading, paragraph, points = markdown_blocks("### A claim\n\nText with *stress* and\na break.\n\n- one\n- **two**")
    assert (heading["kind"], heading["level"], plain(heading["inline"])) == ("heading", 3, "A claim")
    assert plain(paragraph["inline"]) == "Text with stress and a break."
    assert [piece["style"] for piece in paragraph["inline"]][:3] == ["plain", "emphasis", "plain"]
    assert [plain(item) for item in points["items"]] == ["one", "two"]


def test_the_marks_of_traced_numbers_vanish_and_their_text_stays() -> None:
    text = 'Passed: <span class="number" data-cell="tables/t.csv &#124; a=b &#124; c">p &lt; .001</span> \\*'
    (block,) = markdown_blocks(text)
    assert plain(block["inline"]) == "Passed: p < .001 *"


@pytest.mark.parametrize("text", ["> a quotation", "```\ncode\n```", "---", "Text <b>bold</b>"])
def test_markdown_without_a_form_in_the_pdf_is_refused(text: str) -> None:
    with pytest.raises(VaultError, match="the PDF has no form for"):
        markdown_blocks(text)


@pytest.fixture
def template(repository: Path) -> Path:
    return repository / "workflow" / "report" / "pdf" / "brief.typ"


def test_the_pdf_is_tagged_titled_and_the_same_each_time(template: Path, tmp_path: Path) -> None:
    table = {
        "kind": "table",
        "name": "t",
        "label": "Table 1",
        "title": "T",
        "headings": ["Course", "Students"],
        "numeric": [False, True],
        "rows": [["Algebra 1", "490"]],
        "notes": ["Who: all."],
    }
    blocks = [MASTHEAD, *markdown_blocks("## One\n\nText with `code` and [a link](https://example.org)."), table]
    first, second = (to_pdf(blocks, {}, template) for _ in range(2))
    assert first == second
    (tmp_path / "x.pdf").write_bytes(first)
    reader = PdfReader(tmp_path / "x.pdf")
    catalog = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"].startswith("en")
    assert b"pdfuaid" in catalog["/Metadata"].get_data()
    assert reader.metadata is not None and reader.metadata.title == "A title"
    assert reader.metadata.creation_date is None
    text = reader.pages[0].extract_text()
    assert "Algebra 1" in text and "Invented." in text


def test_a_figure_without_words_is_refused(template: Path) -> None:
    blank = {"kind": "figure", "name": "missing", "label": "Figure 1", "title": "F", "alt": "A line."}
    with pytest.raises(VaultError, match="The PDF could not be set"):
        to_pdf([MASTHEAD, blank], {}, template)


def test_a_picture_taller_than_a_page_is_made_to_fit(template: Path, tmp_path: Path) -> None:
    """A tall figure was set as wide as the text, and cut at the top and at the bottom of the page."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(1, 3), dpi=40)
    FigureCanvasAgg(drawn)
    drawn.savefig(tmp_path / "tall.png")
    block = {"kind": "figure", "name": "tall", "label": "Figure 1", "title": "Tall", "alt": "A grey field."}
    content = to_pdf([MASTHEAD, block], {"tall.png": (tmp_path / "tall.png").read_bytes()}, template)
    (tmp_path / "tall.pdf").write_bytes(content)
    sizes: list[tuple[float, float]] = []

    def note(operator: bytes, _: object, matrix: list[float], __: object) -> None:
        if operator == b"Do":
            sizes.append((abs(matrix[0]), abs(matrix[3])))

    for page in PdfReader(tmp_path / "tall.pdf").pages:
        page.extract_text(visitor_operand_before=note)
    # 7.9 inches high, three times as high as wide: the picture keeps its shape.
    assert [(round(width), round(height)) for width, height in sizes] == [(190, 569)]
