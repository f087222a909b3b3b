"""Ten files that must never leave the vault, each put before the rule of the workflow that has to stop it."""

import base64
import importlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from recredit.disclosure.certificate import ReleasedTable, table_violations
from recredit.disclosure.protection import as_shown
from recredit.disclosure.rules import DisclosureRules
from recredit.disclosure.sidecar import sidecar_json
from recredit.disclosure.specification import ColumnSpecification, TableSpecification
from recredit.disclosure.suppression import primary_suppression
from recredit.errors import DisclosureError
from recredit.publication.gate import check_files
from recredit.publication.identifiers import Watchlist
from recredit.publication.layout import Published

STUDENTS = 62
RULES = DisclosureRules()
CODES = [f"c{number:016x}" for number in range(1, STUDENTS + 1)]
Column = ColumnSpecification
COLUMNS: dict[str, ColumnSpecification] = {
    "course": Column("label", "Course"),
    "students": Column("count", "Students"),
    "passed": Column("percent", "Passed", n="students"),
    "grade": Column("mean", "Mean grade", n="students", sd="sd"),
    "estimate": Column("estimate", "Estimate", std_error="std_error"),
    "std_error": Column("std_error", "Standard error"),
    **{name: Column("hidden") for name in ("sd", "residual_df", "smallest_cell", "max_leverage")},
}
# One group of 487 students as the rules show it; each violation changes one thing.
EXACT: dict[str, Any] = {
    "course": "Algebra 1",
    "students": 487.0,
    "passed": 62.4,
    "grade": 67.1234,
    "estimate": 0.365,
    "std_error": 0.0388,
    "sd": 12.0,
    "residual_df": 400.0,
    "smallest_cell": 40.0,
    "max_leverage": 0.1,
}


@dataclass(frozen=True)
class Violation:
    """One violation: what is planted, which rule has to stop it, and what that rule says of it (None: it passed)."""

    planted: str
    rule: str
    stopped: Callable[[Path], str | None]


def _specification(columns: Mapping[str, ColumnSpecification]) -> TableSpecification:
    return TableSpecification("planted", "Title", "Students", "one row", "estimate/planted", columns, listing=True)


def _released(exact: Mapping[str, Any], shown: Mapping[str, str]) -> str | None:
    """What the certificate says of a released row that shows `shown` in place of what the rules would show."""
    spec, table = _specification(COLUMNS), pd.DataFrame([EXACT | dict(exact)])
    row = as_shown(table, primary_suppression(table, spec, RULES), spec, RULES).iloc[0]
    rows = [spec.released, [shown.get(name, str(row[name])) for name in spec.released]]
    found = table_violations("planted", ReleasedTable(rows, json.loads(sidecar_json(spec, RULES)), table, spec), RULES)
    return next(found, None)


def _specified(column: str, kind: str) -> str | None:
    try:
        _specification({**COLUMNS, column: Column(kind, "Planted")})
    except DisclosureError as error:
        return str(error)
    return None


def _at_the_gate(folder: Path, name: str, content: bytes) -> str | None:
    """What the file gate says of one file."""
    path = folder / Path(name).name
    path.write_bytes(content)
    watched = Watchlist()
    watched.add("study code", CODES)
    files = [Published(name, path, "planted", "planted")]
    if name.startswith(("tables/", "figures/")) and not name.endswith(".json"):
        beside = path.with_suffix(".json")
        beside.write_text('{"columns": {}}', encoding="utf-8")
        files.append(Published(str(Path(name).with_suffix(".json")), beside, "planted", "planted"))
    try:
        check_files(files, watched, roster=True, populations=frozenset({STUDENTS}))
    except DisclosureError as error:
        return str(error)
    return None


def scatter_svg() -> bytes:
    """A vector picture with a point per student."""
    figure = Figure(figsize=(4, 3))
    places = np.arange(STUDENTS)
    figure.subplots().scatter(places, np.sin(places))
    out = io.BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def spreadsheet_with_hidden_sheet() -> bytes:
    """A spreadsheet whose second sheet, with a row per student, is hidden."""
    book = importlib.import_module("openpyxl").Workbook()
    hidden = book.create_sheet("students")
    hidden.sheet_state = "hidden"
    for code in CODES:
        hidden.append([code, 61.5])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def page_with_rows(with_codes: bool) -> bytes:
    """A rendered notebook that shows the first rows of its student table, or all of them without their codes."""
    rows = pd.DataFrame({"student_id": CODES, "grade": np.linspace(40, 95, STUDENTS).round(1)})
    shown = rows.head() if with_codes else rows[["grade"]]
    return f"<html><body>{shown.to_html()}</body></html>".encode()


def _first(*messages: str | None) -> str | None:
    """The first message, provided that every way was stopped."""
    return messages[0] if all(messages) else None


def _svg(folder: Path) -> str | None:
    drawn = scatter_svg()
    inside = b"<html><body>" + drawn[drawn.index(b"<svg") :] + b"</body></html>"
    embedded = b'<img src="data:image/svg+xml;base64,' + base64.b64encode(drawn) + b'">'
    return _first(
        _at_the_gate(folder, "figures/scatter.svg", drawn),
        _at_the_gate(folder, "briefs/overview.html", inside),
        _at_the_gate(folder, "briefs/index.html", embedded),
    )


def _spreadsheet(folder: Path) -> str | None:
    content = spreadsheet_with_hidden_sheet()
    assert zipfile.is_zipfile(io.BytesIO(content))
    link = b'<a href="data:application/zip;base64,' + base64.b64encode(content) + b'">table</a>'
    return _first(
        _at_the_gate(folder, "tables/outcomes.xlsx", content), _at_the_gate(folder, "briefs/overview.html", link)
    )


def _pickle(folder: Path) -> str | None:
    content = pickle.dumps(pd.DataFrame({"student_id": CODES}))
    return _first(
        _at_the_gate(folder, "tables/model.pickle", content), _at_the_gate(folder, "tables/model.csv", content)
    )


def _notebook(folder: Path) -> str | None:
    return _first(
        *(_at_the_gate(folder, "briefs/overview.html", page_with_rows(with_codes)) for with_codes in (True, False))
    )


CERTIFICATE, SPECIFICATION, GATE = "release/certify_release", "release/protect_tables", "publish/check_files"
VIOLATIONS = (
    Violation("a group of 9", CERTIFICATE, lambda _: _released({"students": 9.0}, {"students": "10"})),
    Violation("a cell of 100%", CERTIFICATE, lambda _: _released({"passed": 100.0}, {"passed": "100"})),
    Violation("a maximum", SPECIFICATION, lambda _: _specified("grade_maximum", "maximum")),
    Violation("an SVG scatter plot", GATE, _svg),
    Violation(
        "a saturated model",
        CERTIFICATE,
        lambda _: _released({"residual_df": 0.0}, {"estimate": "0.365", "std_error": "0.039"}),
    ),
    Violation("a hidden sheet", GATE, _spreadsheet),
    Violation("a pickle", GATE, _pickle),
    Violation("an exact n", CERTIFICATE, lambda _: _released({}, {"students": "487"})),
    Violation(
        "a mean with one decimal on 50 students",
        CERTIFICATE,
        lambda _: _released({"students": 50.0}, {"grade": "67.1"}),
    ),
    Violation("a notebook that shows rows", GATE, _notebook),
)


def unchanged_passes() -> bool:
    """Whether the row that the violations start from passes: what stops a violation is the violation."""
    return _released({}, {}) is None and _released({"students": 50.0}, {}) is None


def stopped_violations(folder: Path) -> dict[str, str | None]:
    """For each planted violation what the rule says that stops it, or None where it passed.

    Parameters
    ----------
    folder : an empty folder for the planted files.
    """
    return {each.planted: each.stopped(folder) for each in VIOLATIONS}
