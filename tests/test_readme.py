"""README: its rule graph is the workflow's, its links lead somewhere, its commands exist."""

import re
import subprocess
import sys
from pathlib import Path


def rule_graph(repository: Path, folder: Path) -> str:
    """The rule graph as Snakemake prints it, between its first and last line of Mermaid."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "snakemake",
            "--snakefile",
            str(repository / "Snakefile"),
            "--rulegraph",
            "mermaid-js",
            "--forceall",
            "--config",
            "study=demo",
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    return graph_of(done.stdout)


def graph_of(text: str) -> str:
    """The edges of a Mermaid flow chart, sorted, with the rules' names in place of numbers."""
    labels = dict(re.findall(r"(id\d+)\[(?:\"|')?([a-z_]+)(?:\"|')?\]", text))
    edges = re.findall(r"(id\d+) --> (id\d+)", text)
    return "\n".join(sorted({f"{labels[a]} --> {labels[b]}" for a, b in edges}))


def test_the_rule_graph_is_the_workflow_s(repository: Path, tmp_path: Path) -> None:
    readme = (repository / "README.md").read_text()
    drawn = re.search(r"```mermaid\n(.*?)```", readme, flags=re.DOTALL)
    assert drawn is not None
    expected = rule_graph(repository, tmp_path)
    assert expected
    assert "\n".join(sorted(re.findall(r"^ *([a-z_]+ --> [a-z_]+)$", drawn[1], flags=re.MULTILINE))) == expected


def test_links_lead_to_files(repository: Path) -> None:
    for page in [repository / "README.md", repository / "CONTRIBUTING.md", *(repository / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_commands_named_are_targets(repository: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (repository / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"`?\bmake ([a-z][a-z-]+)\b(?=[ `=]|$)", (repository / "README.md").read_text()))
    assert {"study", "test", "audit"} <= named
    assert named - targets <= {"alone"}
