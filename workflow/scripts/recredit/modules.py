"""Which library modules a script imports, directly or through others: Snakemake does not see imports by itself."""

import ast
import json
from functools import cache
from pathlib import Path


def _source(path: Path) -> str:
    """The Python code in ``path``: all of a script, the code cells of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


@cache
def _imported_names(path: Path) -> frozenset[str]:
    """Dotted names that ``path`` imports; ``from a import b`` gives both ``a`` and ``a.b``."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(_source(path), filename=str(path))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def _module_file(library: Path, name: str) -> Path | None:
    """The file of module ``name`` below ``library``, or None where the name is a package, an attribute or foreign."""
    candidate = library.joinpath(*name.split(".")).with_suffix(".py")
    return candidate if candidate.is_file() else None


def library_modules(script: Path, library: Path) -> list[Path]:
    """Files of the modules below ``library`` that ``script`` depends on, directly or through others, sorted.

    Parameters
    ----------
    script : a Python file (a rule's script, or a module of the library itself) or a notebook.
    library : the folder that holds the packages (``workflow/scripts``).

    Raises
    ------
    SyntaxError if one of the files cannot be parsed.
    """
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        for name in _imported_names(waiting.pop()):
            file = _module_file(library, name)
            if file is not None and file not in found:
                found.add(file)
                waiting.append(file)
    return sorted(found)
