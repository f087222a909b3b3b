"""Shapes of published files: what passes, what is refused and why, and which text is handed to the search."""

import base64
import io
import struct
import zlib

import pytest
import typst
from matplotlib.figure import Figure
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from recredit.errors import DisclosureError
from recredit.publication.shapes import PNG_SIGNATURE, text_to_search


def picture(**metadata: str) -> bytes:
    out = io.BytesIO()
    Figure(figsize=(1, 1)).savefig(out, format="png", metadata={"Software": None, **metadata})
    return out.getvalue()


def pdf(attach: bool = False, script: bool = False, **metadata: str) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=100, height=100)
    writer.add_metadata({f"/{key}": value for key, value in metadata.items()})
    if attach:
        writer.add_attachment("rows.csv", b"id,grade")
    if script:
        action = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x")}
        )
        writer.root_object[NameObject("/OpenAction")] = action
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PAGE = "<!DOCTYPE html><html><head><style>p {{ color: #123456 }}</style></head><body>{}</body></html>"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("tables/a.csv", b"course,students\nAlgebra 1,570\n"),
        ("tables/a.json", b'{"title": "A"}'),
        ("figures/a.png", picture()),
        ("briefs/a.html", PAGE.format('<a href="https://example.org">source</a><script>let x = 1</script>').encode()),
        ("briefs/a.pdf", pdf(Title="A brief")),
    ],
)
def test_files_of_known_shape_pass(path: str, content: bytes) -> None:
    assert text_to_search(path, content).startswith(path)


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("tables/a.xlsx", b"PK", "only .csv, .json, .png, .html, .pdf files"),
        ("tables/model.pickle", b"\x80\x04", "only .csv"),
        ("figures/a.svg", b"<svg/>", "only .csv"),
        ("tables/a.csv", b"a,b\n1\n", "its rows differ in length"),
        ("tables/a.csv", b"a,a\n1,2\n", "a column without a name or with the name of another"),
        ("tables/a.csv", b"", "it has no header"),
        ("tables/a.csv", b'a,b\n"1,2\n', "cannot be read as comma-separated"),
        ("tables/a.csv", b"a\n\xff\n", "it is not text in UTF-8"),
        ("tables/a.json", b"[1, 2]", "it is no JSON object"),
        ("tables/a.json", b"{", "cannot be read as JSON"),
        ("figures/a.png", b"GIF89a", "it is no PNG"),
        ("figures/a.png", picture(Author="Ada"), "the picture carries text"),
        ("figures/a.png", picture() + b"more", "something follows it"),
        ("figures/a.png", picture()[:-4], "cut off"),
        ("figures/a.png", PNG_SIGNATURE + chunk(b"eXIf", b"place"), "the picture carries text"),
        ("briefs/a.html", PAGE.format('<script src="x.js"></script>').encode(), "loads a script"),
        ("briefs/a.html", PAGE.format('<img src="https://x.org/p.png">').encode(), "ask another server"),
        ("briefs/a.html", PAGE.format('<link href="//x.org/s.css" rel="stylesheet">').encode(), "ask another server"),
        ("briefs/a.html", PAGE.format("<style>@import 'x.css'</style>").encode(), "a style of the page would fetch"),
        (
            "briefs/a.html",
            PAGE.format('<p style="background: url(x.png)">').encode(),
            "a style of the page would fetch",
        ),
        ("briefs/a.html", PAGE.format("<iframe></iframe>").encode(), "may fetch from elsewhere (iframe)"),
        ("briefs/a.html", PAGE.format("<script>fetch('/x')</script>").encode(), "a script of the page would ask"),
        ("briefs/a.pdf", b"hello", "it is no PDF"),
        ("briefs/a.pdf", b"%PDF-1.7 broken", "the PDF cannot be read"),
        ("briefs/a.pdf", pdf(Author="Ada"), "metadata that it does not need (/Author)"),
        ("briefs/a.pdf", pdf(CreationDate="D:20260101"), "metadata that it does not need (/CreationDate)"),
        ("briefs/a.pdf", pdf(attach=True), "the PDF carries a file"),
        ("briefs/a.pdf", pdf(script=True), "the PDF carries a file, a form or a program"),
    ],
)
def test_other_files_are_refused_with_the_reason(path: str, content: bytes, words: str) -> None:
    with pytest.raises(DisclosureError) as refused:
        text_to_search(path, content)
    assert str(refused.value).startswith(path)
    assert words in str(refused.value)


def test_a_picture_with_text_inside_a_page_is_refused() -> None:
    inside = base64.b64encode(picture(Comment="Ada")).decode()
    with pytest.raises(DisclosureError, match="the picture carries text"):
        text_to_search("briefs/a.html", PAGE.format(f'<img src="data:image/png;base64,{inside}">').encode())


def test_the_text_of_a_page_with_its_hidden_places() -> None:
    embedded = base64.b64encode(b"embedded words").decode()
    body = (
        '<p title="an attribute">Ada</b> <b>Love</b><b>lace</b><!-- a comment --> &eacute;t&eacute;</p>'
        f'<a href="data:text/csv;base64,{embedded}">file</a><script>var inScript = 1</script>'
    )
    text = text_to_search("briefs/a.html", PAGE.format(body).encode())
    for words in ("an attribute", "a comment", "été", "Lovelace", "embedded words", "inScript"):
        assert words in text
    assert "123456" not in text


def test_json_escapes_and_pdf_metadata_are_searched() -> None:
    assert "été" in text_to_search("tables/a.json", b'{"title": "\\u00e9t\\u00e9"}')
    assert "Ada Lovelace" in text_to_search("briefs/a.pdf", pdf(Title="Ada Lovelace"))


def test_the_words_of_a_typeset_pdf_are_searched_also_where_a_line_divides_them() -> None:
    page = '#set page(width: 3cm)\n#set text(hyphenate: true, lang: "en")'
    source = f"{page}\n#set document(date: none)\n= Ada Lovelace\nthe district's incomprehensibility"
    text = text_to_search("briefs/a.pdf", typst.compile(source.encode()))
    assert "Ada Lovelace" in " ".join(text.split())
    assert "incomprehensibility" in text
