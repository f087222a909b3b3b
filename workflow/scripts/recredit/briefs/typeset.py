"""From the merged notebook to a tagged PDF: Markdown becomes blocks, and a typst template sets them."""

import base64
import html
import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mistune

from recredit.briefs.blocks import BLOCK, Block
from recredit.briefs.notebook import NotebookNode
from recredit.errors import VaultError

Inline = dict[str, Any]
# The formatting that inline Markdown keeps in the PDF; any other element keeps its text.
_STYLES = {"strong": "strong", "emphasis": "emphasis", "codespan": "code"}
_DECLARED = re.compile(r"^</?(?:span|p|div)\b[^>]*>$")


def notebook_blocks(notebook: NotebookNode) -> tuple[list[Block], dict[str, bytes]]:
    """All that a merged notebook shows, as blocks in order, and the figures by file name."""
    blocks: list[Block] = []
    figures: dict[str, bytes] = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            blocks.extend(markdown_blocks(cell.source))
        for output in cell.get("outputs", []):
            blocks.extend(_output_blocks(output.data))
            if "image/png" in output.data:
                figures[f"{output.data[BLOCK]['name']}.png"] = base64.b64decode(output.data["image/png"])
    return blocks, figures


def _output_blocks(data: dict[str, Any]) -> list[Block]:
    if BLOCK not in data:
        return markdown_blocks(data["text/markdown"])
    block = dict(data[BLOCK])
    if block["kind"] == "box":
        block["items"] = [_only_inline(item) for item in block["items"]]
    return [block]


def _only_inline(text: str) -> list[Inline]:
    (block,) = markdown_blocks(text)
    inline: list[Inline] = block["inline"]
    return inline


def markdown_blocks(text: str) -> list[Block]:
    """Markdown `text` as blocks: headings, paragraphs, lists. Anything else is refused, so that nothing gets lost.

    Raises
    ------
    VaultError for Markdown that the PDF template has no place for.
    """
    parse = mistune.create_markdown(renderer="ast")
    tokens = parse(text)
    assert isinstance(tokens, list)
    return [block for token in tokens for block in _block(token)]


def _block(token: Inline) -> list[Block]:
    kind = token["type"]
    if kind == "blank_line":
        return []
    if kind == "block_html":
        return markdown_blocks(re.sub(r"</?(?:p|div)\b[^>]*>", "", token["raw"]))
    if kind == "heading":
        return [{"kind": "heading", "level": token["attrs"]["level"], "inline": _inline(token["children"])}]
    if kind in ("paragraph", "block_text"):
        return [{"kind": "paragraph", "inline": _inline(token["children"])}]
    if kind == "list":
        items = [_item(item) for item in token["children"]]
        return [{"kind": "list", "ordered": token["attrs"]["ordered"], "items": items}]
    raise VaultError(
        f"A brief holds Markdown that the PDF has no form for ('{kind}'). Use headings, paragraphs or lists."
    )


def _item(token: Inline) -> list[Inline]:
    return [piece for child in token["children"] for piece in _inline(child.get("children", []))]


def _inline(tokens: Sequence[Inline], style: str = "plain") -> list[Inline]:
    pieces: list[Inline] = []
    for token in tokens:
        kind = token["type"]
        if kind == "inline_html":
            _check_known(token["raw"])
        elif kind in ("linebreak", "softbreak"):
            pieces.append({"style": style, "text": " "})
        elif kind == "link":
            text = "".join(piece["text"] for piece in _inline(token["children"]))
            pieces.append({"style": "link", "text": text, "url": token["attrs"]["url"]})
        elif "children" in token:
            pieces.extend(_inline(token["children"], _STYLES.get(kind, style)))
        else:
            pieces.append({"style": _STYLES.get(kind, style), "text": html.unescape(token["raw"])})
    return pieces


def _check_known(raw: str) -> None:
    if not _DECLARED.match(raw):
        raise VaultError("A brief holds HTML inside its Markdown that the PDF has no form for. Use plain Markdown.")


def to_pdf(blocks: Sequence[Block], figures: dict[str, bytes], template: Path) -> bytes:
    """The brief as a tagged PDF (PDF/UA-1), the same bytes on each machine: the compiler's own fonts, no date.

    Parameters
    ----------
    blocks, figures : from :func:`notebook_blocks`; the first block is the masthead, which gives the document its title.
    template : the typst file; it reads `brief.json` and the figures beside it.

    Raises
    ------
    VaultError if typst refuses the document, for instance a figure without a text for those who cannot see it.
    """
    import typst

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in figures.items():
            (folder / file).write_bytes(content)
        (folder / "brief.json").write_text(json.dumps({"words": blocks[0], "blocks": list(blocks)}), encoding="utf-8")
        (folder / "main.typ").write_bytes(template.read_bytes())
        try:
            return bytes(
                typst.compile(
                    folder / "main.typ",
                    root=folder,
                    format="pdf",
                    pdf_standards=["ua-1"],
                    timestamp=0,
                    ignore_system_fonts=True,
                )
            )
        except typst.TypstError as error:
            raise VaultError(f"The PDF could not be set: {error.message}.") from error
