"""Library modules of a script are found from its imports, so that an edit re-runs just what depends on it."""

import json
from pathlib import Path

from recredit.modules import library_modules


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_direct_and_indirect_imports_are_found(tmp_path: Path) -> None:
    write(tmp_path, "recredit/__init__.py", "")
    a = write(tmp_path, "recredit/a.py", "from recredit.b import f\n")
    b = write(tmp_path, "recredit/b.py", "import recredit.sub.c as c\n")
    c = write(tmp_path, "recredit/sub/c.py", "import os\n")
    write(tmp_path, "recredit/unused.py", "")
    script = write(tmp_path, "stage/script.py", "import pandas\nfrom recredit import a\n")
    assert library_modules(script, tmp_path) == [a, b, c]


def test_imports_inside_functions_count(tmp_path: Path) -> None:
    late = write(tmp_path, "recredit/late.py", "")
    script = write(tmp_path, "s.py", "def main():\n    from recredit.late import x\n")
    assert library_modules(script, tmp_path) == [late]


def test_imports_of_a_notebook_are_found_in_its_code_cells(tmp_path: Path) -> None:
    used = write(tmp_path, "recredit/used.py", "")
    write(tmp_path, "recredit/named.py", "")
    cells = [
        {"cell_type": "markdown", "source": ["import recredit.named"]},
        {"cell_type": "code", "source": ["import os\n", "from recredit import used"]},
    ]
    notebook = write(tmp_path, "brief.ipynb", json.dumps({"cells": cells}))
    assert library_modules(notebook, tmp_path) == [used]


def test_a_circle_of_imports_ends(tmp_path: Path) -> None:
    a = write(tmp_path, "recredit/a.py", "import recredit.b\n")
    b = write(tmp_path, "recredit/b.py", "import recredit.a\n")
    assert library_modules(a, tmp_path) == [a, b]


def test_recredit_never_imports_the_simulator(repository: Path) -> None:
    scripts = repository / "workflow" / "scripts"
    for module in sorted((scripts / "recredit").rglob("*.py")):
        found = library_modules(module, scripts)
        assert not [path for path in found if "simulator" in path.relative_to(scripts).parts], module


def test_packages_have_empty_init_files(repository: Path) -> None:
    for file in (repository / "workflow" / "scripts").rglob("__init__.py"):
        assert file.read_text() == "", file
