"""Released folders as the stage `release` lays them down, small and written by hand, for two kinds of study."""

import csv
import importlib.util
import json
import shutil
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import nbformat
import pytest

Columns = dict[str, tuple[str, str, str]]


def write_table(folder: Path, name: str, title: str, columns: Columns, rows: Sequence[Sequence[str]]) -> None:
    """A released table with its sidecar; `columns` gives kind, label and unit by name."""
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    with (folder / "tables" / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([list(columns), *rows])
    described = {
        column: {"label": label, "unit": unit or None, "kind": kind, "disclosure": "shown as it is"}
        for column, (kind, label, unit) in columns.items()
    }
    sidecar = {
        "name": name,
        "title": title,
        "population": "Students of the study",
        "unit": "one row per line",
        "source_rule": "estimate/any",
        "columns": described,
        "rows_marked_when": [],
        "marks": {"†": "not shown, to protect students"},
    }
    (folder / "tables" / f"{name}.json").write_text(json.dumps(sidecar, ensure_ascii=False), encoding="utf-8")


def png(width: int = 4, height: int = 3) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + b"\x88" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def write_figure(folder: Path, name: str, title: str, alt_text: str, source: str) -> None:
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    (folder / "figures" / f"{name}.png").write_bytes(png())
    sidecar = {"name": name, "title": title, "alt_text": alt_text, "source_tables": [source]}
    (folder / "figures" / f"{name}.json").write_text(json.dumps(sidecar), encoding="utf-8")


LABEL = ("label", "", "")
ESTIMATES: Columns = {
    "estimate": ("estimate", "Difference", ""),
    "std_error": ("std_error", "Standard error", ""),
    "df": ("df", "Degrees of freedom", ""),
    "p_value": ("p_value", "p", ""),
    "ci_low": ("ci_low", "Interval from", ""),
    "ci_high": ("ci_high", "Interval to", ""),
    "students": ("count", "Students", "students"),
}
DIFFERENCES: Columns = {
    "contrast": ("label", "Contrast", ""),
    "title": ("label", "Title", ""),
    "kind": ("label", "Kind", ""),
    "outcome": ("label", "Outcome", ""),
    "course": ("label", "Course", ""),
    "unit": ("label", "Unit", ""),
    "n_online": ("count", "Online students", "students"),
    "n_comparison": ("count", "Teacher-directed students", "students"),
    "online_percent": ("percent", "Online", "percent"),
    "comparison_percent": ("percent", "Teacher-directed", "percent"),
    "online_mean": ("mean", "Mean, online", ""),
    "comparison_mean": ("mean", "Mean, teacher-directed", ""),
    **ESTIMATES,
}
ASSOCIATIONS: Columns = {
    "model": ("label", "Model", ""),
    "title": ("label", "Model", ""),
    "outcome": ("label", "Outcome", ""),
    "idle_definition": ("label", "Definition of idle time", ""),
    "unit": ("label", "Unit", ""),
    "term": ("label", "Term", ""),
    **ESTIMATES,
}
ANALYSES: Columns = {
    "analysis": ("label", "Analysis", ""),
    "title": ("label", "Title", ""),
    "made": ("label", "Made", ""),
    "why": ("label", "Why not", ""),
}
QUALITY: Columns = {
    "table": ("label", "Table", ""),
    "check": ("label", "Check", ""),
    "what": ("label", "What was found", ""),
    "unit": ("label", "Unit", ""),
    "count": ("count", "Count", ""),
    "checked": ("count", "Checked", ""),
}


def difference(contrast: str, outcome: str, course: str, *figures: str, kind: str = "effect") -> list[str]:
    """A row of `differences` with figures for estimate, p and the interval."""
    estimate, p_value, low, high = figures
    points = "percentage points" if outcome == "Course passed" else "points of 100"
    arms = ["490", "480", "51", "67", "", ""] if outcome == "Course passed" else ["480", "470", "", "", "58", "63"]
    words = [contrast, contrast, kind, outcome, course, points]
    return [*words, *arms, estimate, "2.5", "22", p_value, low, high, "970"]


def association(model: str, outcome: str, term: str, *figures: str) -> list[str]:
    """A row of `associations` with figures for estimate, p and the interval."""
    estimate, p_value, low, high = figures
    unit = "points of 100" if outcome == "Final grade" else "percentage points"
    return [model, f"Model of {model}", outcome, "vendor", unit, term, estimate, ".21", "23", p_value, low, high, "850"]


@pytest.fixture
def make_demo(tmp_path: Path) -> Callable[..., Path]:
    """Makes the released folder of a study with a lottery and a session log; `differences` may be given."""

    def make(differences: Sequence[Sequence[str]] | None = None) -> Path:
        folder = tmp_path / "demo"
        flow: Columns = {
            "step": ("label", "Step", ""),
            "course": ("label", "Course", ""),
            "mode": ("label", "Class", ""),
            "students": ("count", "Students", "students"),
        }
        write_table(
            folder,
            "sample_flow",
            "Students at each step",
            flow,
            [["in the lottery", "Algebra 1", "online", "680"], ["no result", "Algebra 1", "online", "†"]],
        )
        rows = differences or [
            difference("recovered", "Course passed", "English 9", "-16.4", "<.001", "-22.1", "-10.7"),
            difference("recovered", "Course passed", "Algebra 1", "-8.9", ".061", "-18.2", "0.4"),
            difference("grade", "Final grade", "English 9", "-5.1", ".004", "-8.3", "-1.9"),
        ]
        write_table(folder, "differences", "Online against teacher-directed classes", DIFFERENCES, rows)
        write_table(
            folder,
            "associations",
            "What goes with results of online students",
            ASSOCIATIONS,
            [
                association(
                    "grade", "Final grade", "Idle share (per 10 percentage points)", "-2.11", "<.001", "-2.53", "-1.69"
                ),
                association(
                    "grade", "Final grade", "Absence rate (per 10 percentage points)", "-3.0", ".012", "-5.2", "-0.8"
                ),
                association(
                    "passing", "Course passed", "Idle share (per 10 percentage points)", "-5.3", "<.001", "-6.9", "-3.7"
                ),
            ],
        )
        bins: Columns = {
            "idle_share": ("label", "Idle share", ""),
            "students": ("count", "Students", "students"),
            "passed_percent": ("percent", "Passed", "percent"),
        }
        write_table(folder, "outcomes_by_idle", "Passing by idle share", bins, [["0 to 20%", "230", "81"]])
        write_figure(folder, "outcomes_by_idle", "Passing by idle share", "Passing falls.", "outcomes_by_idle")
        write_table(folder, "enrollment_reasons", "Reasons", {"reason": LABEL}, [])
        write_table(folder, "analyses", "Analyses", ANALYSES, [["hours", "Grade on hours", "yes", ""]])
        write_table(folder, "data_quality", "Faults in the records", QUALITY, [])
        return folder

    return make


@pytest.fixture
def make_science(tmp_path: Path) -> Callable[[], Path]:
    """Makes the released folder of a study without comparison and sessions: hours, grades, reasons, one fault."""

    def make() -> Path:
        folder = tmp_path / "science"
        write_table(folder, "differences", "Online against teacher-directed classes", DIFFERENCES, [])
        write_table(
            folder,
            "associations",
            "What goes with final grades",
            ASSOCIATIONS,
            [
                association(
                    "hours", "Final grade", "Hours in the platform (per hour)", "0.365", "<.001", "0.289", "0.441"
                )
            ],
        )
        reasons: Columns = {
            "reason": ("label", "Reason", ""),
            "students": ("count", "Students", "students"),
            "grade_mean": ("mean", "Mean grade", "points of 100"),
        }
        write_table(
            folder,
            "enrollment_reasons",
            "Why students enrolled",
            reasons,
            [["course unavailable at school", "440", "76"], ["credit recovery", "†", "†"]],
        )
        write_table(
            folder,
            "analyses",
            "Analyses",
            ANALYSES,
            [["idle", "Outcomes by idle share", "no", "the study has no table sessions, which idle share comes from"]],
        )
        write_table(
            folder,
            "data_quality",
            "Faults in the records",
            QUALITY,
            [
                [
                    "students",
                    "sex",
                    "sex contradicts itself for a student and was set to missing",
                    "students",
                    "580",
                    "580",
                ]
            ],
        )
        return folder

    return make


@pytest.fixture
def about() -> dict[str, object]:
    return {
        "title": "Online and teacher-directed credit recovery",
        "series": "Findings on online credit recovery",
        "summary": "Students in 24 high schools took part.\n\nA lottery placed them.",
        "model": "Online: a vendor's platform.",
        "context": "",
        "funding": "Paid for by nobody.",
        "disclaimer": "Ours alone.",
        "data_statement": "Made up.",
        "references": ["A book, 2019."],
        "simulated": True,
    }


@pytest.fixture
def rules() -> dict[str, int]:
    return {"minimum_group": 10, "minimum_units": 3, "round_counts_to": 10}


@pytest.fixture(scope="session")
def drawn_once(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's released tables with the figures that the stage `release` draws from them."""
    folder = Path(shutil.copytree(Path(__file__).parent / "released", tmp_path_factory.mktemp("drawn") / "released"))
    script = load_script(repository, "draw_figures", "release")
    script.main(sorted((folder / "tables").glob("*.csv")), folder / "figures")
    return folder


@pytest.fixture
def drawn(drawn_once: Path, tmp_path: Path) -> Path:
    """A copy of the sample's released tables and figures."""
    return Path(shutil.copytree(drawn_once, tmp_path / "drawn"))


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A copy of tests/report/released: the demo's released tables, the long ones cut, that the briefs read."""
    return Path(shutil.copytree(Path(__file__).parent / "released", tmp_path / "released"))


@pytest.fixture
def difference_row() -> Callable[..., list[str]]:
    return difference


def load_script(repository: Path, name: str, stage: str = "report") -> ModuleType:
    """A script of the stage as a module; Snakemake runs scripts, so they are in no package."""
    path = repository / "workflow" / "scripts" / stage / f"{name}.py"
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def script(repository: Path) -> Callable[[str], ModuleType]:
    return lambda name: load_script(repository, name)


@dataclass(frozen=True)
class Rendered:
    """What the stage makes of a released folder."""

    executed: Path
    numbers: Path
    plain: Path
    code: Path
    pdf: Path

    @property
    def text(self) -> str:
        return self.plain.read_text(encoding="utf-8")


@pytest.fixture
def render(
    repository: Path,
    tmp_path: Path,
    about: dict[str, object],
    rules: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Rendered]:
    """Runs the notebook's own code on a released folder and renders it, without a kernel."""

    def run(released: Path, name: str = "out", brief: str = "overview") -> Rendered:
        folder = tmp_path / name
        folder.mkdir()
        source = repository / "notebooks" / f"{brief}.ipynb"
        executed, numbers = folder / "executed.ipynb", folder / "numbers.csv"
        notebook = nbformat.read(source, as_version=4)
        job = SimpleNamespace(
            params=SimpleNamespace(released=str(released), about=about, rules=rules, briefs=[brief]),
            wildcards=SimpleNamespace(brief=brief),
            output=SimpleNamespace(numbers=str(numbers)),
        )
        _execute(notebook, {"snakemake": job}, monkeypatch)
        # Snakemake puts such a cell before all others.
        notebook.cells.insert(0, nbformat.v4.new_code_cell(f"import os; os.chdir('{folder}')"))
        nbformat.write(notebook, executed)
        pages = {"plain": folder / f"{brief}.html", "code": folder / f"{brief}_with_code.html"}
        pages["pdf"] = folder / f"{brief}.pdf"
        load_script(repository, "render_brief").main(
            source, executed, repository / "workflow" / "report", released, brief, pages
        )
        return Rendered(executed, numbers, **pages)

    return run


def _execute(notebook: Any, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the code cells in turn, each output put under its cell."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            shown: list[dict[str, Any]] = []
            monkeypatch.setattr("IPython.display.display", lambda bundle, shown=shown, **_: shown.append(bundle))
            exec(compile(cell.source, cell["id"], "exec"), names)
            cell.outputs = [nbformat.v4.new_output("display_data", bundle) for bundle in shown]
