"""Which files are published, and under which path of `results/<study>`. Gate and publication read the same list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Published:
    """One file of the results.

    Attributes
    ----------
    path : where it will lie below `results/<study>`, with forward slashes.
    source : the file in the vault.
    rule : the rule that made it, such as "release/protect_tables".
    script : the script or notebook of that rule, relative to the repository.
    """

    path: str
    source: Path
    rule: str
    script: str


def _files(sources: Iterable[Path], folder: str, rule: str) -> list[Published]:
    script = f"workflow/scripts/{rule}.py"
    return [Published(f"{folder}/{source.name}", source, rule, script) for source in sources]


def published_files(
    *,
    tables: Sequence[Path],
    figures: Path,
    briefs: Sequence[Path],
    numbers: Sequence[Path],
    certificate: Path,
    determination: Path,
) -> list[Published]:
    """Every file of the results but the gate's report and the manifest, sorted by path.

    Parameters
    ----------
    tables : released CSV files; the sidecar of each lies beside it.
    figures : the folder of the released figures.
    briefs : rendered briefs and the index page.
    numbers : for each brief the CSV of the cells behind its numbers, named after the brief.
    certificate, determination : the certificate of the release, and the record of its rules and residual risk.
    """
    beside = [path for table in tables for path in (table, table.with_suffix(".json"))]
    # Snakemake keeps a hidden time stamp in a folder that is an output.
    drawn = sorted(path for path in figures.iterdir() if not path.name.startswith("."))
    pages = [path for path in briefs if path.name == "index.html"]
    files = [
        *_files(beside, "tables", "release/protect_tables"),
        *_files(drawn, "figures", "release/draw_figures"),
        *_files((path for path in briefs if path not in pages), "briefs", "report/render_brief"),
        *_files(pages, "briefs", "report/render_index"),
        *_files([certificate], "audit", "release/certify_release"),
        *_files([determination], "audit", "release/attack_tables"),
        *(
            Published(f"audit/numbers_{path.stem}.csv", path, "report/execute_brief", f"notebooks/{path.stem}.ipynb")
            for path in numbers
        ),
    ]
    return sorted(files, key=lambda file: file.path)
