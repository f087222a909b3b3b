"""Notebooks as nbformat reads them."""

from pathlib import Path

from recredit.imports import SLOW_FORMATS, without_module

with without_module(SLOW_FORMATS):
    from nbformat import NotebookNode as NotebookNode
    from nbformat import read


def read_notebook(path: Path) -> NotebookNode:
    """The notebook in the file ``path``, in version 4 of the format."""
    notebook: NotebookNode = read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook
