"""A page is the stripped notebook with what its executed copy displayed, and asks for nothing outside itself."""

import nbformat
import pytest
from nbformat import NotebookNode

from recredit.briefs.document import check_self_contained, merge_outputs
from recredit.errors import VaultError

ABSENT = "/home/somebody/vault"


def code(identity: str, source: str, *outputs: NotebookNode) -> NotebookNode:
    return nbformat.v4.new_code_cell(source, id=identity, outputs=list(outputs))


def prose(identity: str, *tags: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(identity, id=identity, metadata={"tags": list(tags)})


def notebook(*cells: NotebookNode) -> NotebookNode:
    return nbformat.v4.new_notebook(cells=list(cells), metadata={"language_info": {"name": "python"}})


def shown(text: str) -> NotebookNode:
    return nbformat.v4.new_output("display_data", {"text/markdown": text}, metadata={"path": ABSENT})


def test_only_what_was_displayed_is_taken_over() -> None:
    preamble = code("abc", f"import os; os.chdir('{ABSENT}')")
    printed = nbformat.v4.new_output("stream", name="stderr", text=ABSENT)
    value = nbformat.v4.new_output("execute_result", {"text/plain": ABSENT})
    executed = notebook(preamble, code("one", "changed", shown("text"), printed, value))
    executed.cells[1].metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00"}
    executed.cells[1]["execution_count"] = 7
    merged = merge_outputs(notebook(code("one", "f()")), executed, [])
    assert [cell.source for cell in merged.cells] == ["f()"]
    assert [output.data for output in merged.cells[0].outputs] == [{"text/markdown": "text"}]
    assert ABSENT not in nbformat.writes(merged) and "2026" not in nbformat.writes(merged)
    assert merged.cells[0].execution_count is None


def test_a_heading_goes_with_its_section() -> None:
    source = notebook(prose("kept", "if-shown"), code("one", "f()"), prose("gone", "if-shown"), code("two", "g()"))
    executed = notebook(code("one", "f()", shown("text")), code("two", "g()"))
    assert [cell["id"] for cell in merge_outputs(source, executed, []).cells] == ["kept", "one", "two"]


def test_prose_goes_with_its_table() -> None:
    source = notebook(prose("kept", "needs:a"), prose("gone", "needs:a", "needs:b"), prose("always"))
    assert [cell["id"] for cell in merge_outputs(source, notebook(), ["a"]).cells] == ["kept", "always"]


def test_an_executed_copy_of_another_notebook_is_refused() -> None:
    with pytest.raises(VaultError, match=r"has no cell 'two'.*Run the study again"):
        merge_outputs(notebook(code("two", "f()")), notebook(code("one", "f()")), [])


@pytest.mark.parametrize(
    "content",
    [
        '<script>alert("x")</script>',
        '<script src="https://cdn.example/mathjax.js"></script>',
        '<link rel="stylesheet" href="https://fonts.example/x.css">',
        '<img alt="" src="https://example.org/x.png">',
        '<img alt="" src=figure.png>',
        "<style>@import 'x.css';</style>",
        "<style>p { background: url(https://example.org/x.png) }</style>",
    ],
)
def test_whatever_a_browser_would_fetch_is_refused(content: str) -> None:
    with pytest.raises(VaultError, match="outside itself"):
        check_self_contained(content)


def test_embedded_data_and_links_to_click_are_fine() -> None:
    check_self_contained('<img alt="" src="data:image/png;base64,AA=="><a href="https://example.org">x</a>')
