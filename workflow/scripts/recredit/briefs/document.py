"""From an executed notebook to a page: the stripped source, with the outputs of the executed copy and nothing else."""

import re
from collections.abc import Collection
from copy import deepcopy
from pathlib import Path
from typing import Any

from recredit.briefs.notebook import NotebookNode
from recredit.errors import VaultError

# A Markdown cell tagged so is left out where the code cell after it shows nothing (a heading without its section).
IF_SHOWN = "if-shown"
# A Markdown cell tagged `needs:<table>` is left out where the study releases no rows in that table.
NEEDS = "needs:"
_LINK_OUTSIDE = re.compile(
    r"""<(?:script|link|iframe|object|embed)\b|\b(?:src|srcset)\s*=\s*["']?+(?!data:)|@import|url\(\s*["']?+(?!data:)""",
    re.IGNORECASE,
)


def merge_outputs(source: NotebookNode, executed: NotebookNode, made: Collection[str]) -> NotebookNode:
    """The stripped notebook `source` with the outputs that `executed` shows, cell by cell.

    Snakemake's injected cell (paths, configuration), execution times and counts and everything printed to the
    console stay behind: only what a cell displayed is taken over.

    Parameters
    ----------
    made : names of the released tables with rows; prose tagged with a need for another one is left out.

    Raises
    ------
    VaultError if the executed copy was made from another notebook.
    """
    outputs = {cell["id"]: cell.get("outputs", []) for cell in executed.cells if cell.cell_type == "code"}
    cells = [_with_outputs(cell, outputs) if cell.cell_type == "code" else cell for cell in source.cells]
    kept = [cell for place, cell in enumerate(cells) if _belongs(cells, place, made)]
    merged = deepcopy(source)
    merged.cells = kept
    return merged


def _with_outputs(cell: NotebookNode, outputs: dict[str, list[NotebookNode]]) -> NotebookNode:
    merged = deepcopy(cell)
    merged.outputs = _displayed(_outputs_of(cell["id"], outputs))
    return merged


def _belongs(cells: list[NotebookNode], place: int, made: Collection[str]) -> bool:
    """Whether the cell at `place` stays."""
    after = [cell for cell in cells[place:] if cell.cell_type == "code"]
    if IF_SHOWN in tags(cells[place]) and not (after and after[0].outputs):
        return False
    needs = {tag.removeprefix(NEEDS) for tag in tags(cells[place]) if tag.startswith(NEEDS)}
    return needs <= set(made)


def tags(cell: NotebookNode) -> list[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", []))


def _outputs_of(identity: str, outputs: dict[str, list[NotebookNode]]) -> list[NotebookNode]:
    if identity not in outputs:
        raise VaultError(
            f"The executed notebook has no cell '{identity}': the notebook was changed after it ran. Run the study "
            "again."
        )
    return outputs[identity]


def _displayed(outputs: list[NotebookNode]) -> list[NotebookNode]:
    kept = [output for output in outputs if output.output_type == "display_data"]
    return [_plain(output) for output in kept]


def _plain(output: NotebookNode) -> NotebookNode:
    """A displayed output without metadata."""
    plain = deepcopy(output)
    plain.metadata = {}
    return plain


def to_html(notebook: NotebookNode, templates: Path, words: dict[str, Any], with_code: bool) -> str:
    """The page: one file that asks for nothing outside itself, the same bytes from the same notebook.

    Parameters
    ----------
    templates : the folder that holds nbconvert template `html`.
    words : the `title` and the other `forms` of the brief (see :func:`file_forms`); `brief` in the template.
    with_code : whether the code stands above what it shows.

    Raises
    ------
    VaultError if the page would ask for something outside itself.
    """
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="html", extra_template_basedirs=[str(templates)], exclude_anchor_links=True, embed_images=False
    )
    style = (templates / "html" / "brief.css").read_text(encoding="utf-8")
    resources = {"brief": words, "with_code": with_code, "style": style}
    page, _ = exporter.from_notebook_node(notebook, resources=resources)
    check_self_contained(page)
    return page


def check_self_contained(page: str) -> None:
    """Raise VaultError if a browser that opens `page` would fetch anything, or run a script."""
    found = _LINK_OUTSIDE.search(page)
    if found:
        raise VaultError(
            f"A rendered page would ask for something outside itself ('{found.group(0)}'). Embed it as data, or leave "
            "it out."
        )


def file_forms(name: str, form: str) -> list[dict[str, str]]:
    """The other forms of brief `name` that a page in `form` ("plain" or "code") links to."""
    other = {"file": f"{name}_with_code.html", "words": "With code"}
    plain = {"file": f"{name}.html", "words": "Without code"}
    return [{"file": f"{name}.pdf", "words": "PDF"}, other if form == "plain" else plain]
