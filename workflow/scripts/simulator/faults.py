"""Faults planted in the raw files, a known number of each kind; the truth file says in which rows they stand."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.random import Generator

from simulator.settings import FaultSettings
from simulator.writers import TextTable, add_rows, take_rows

MARKS = "district/marks.csv"


def _changed(table: TextTable, values: Mapping[str, list[str]]) -> TextTable:
    return TextTable({**table.columns, **values}, table.faults)


def _log_order(table: TextTable) -> list[int]:
    """Rows in order of begin and e-mail, so that added rows stand where a vendor's export has them."""
    keys = list(zip(table.columns["Session Start"], table.columns["Student Email"], strict=True))
    return sorted(range(len(keys)), key=keys.__getitem__)


def end_before_start(generator: Generator, log: TextTable, count: int) -> TextTable:
    """``count`` more sessions whose begin and end are swapped."""
    picked = take_rows(log, generator.choice(len(log), count, replace=False).tolist())
    swapped = {
        "Session Start": list(picked.columns["Session End"]),
        "Session End": list(picked.columns["Session Start"]),
    }
    return add_rows(log, _changed(picked, swapped), "session_ends_before_start")


def without_enrollment(generator: Generator, log: TextTable, count: int) -> TextTable:
    """``count`` more sessions of accounts that are in no roster."""
    picked = take_rows(log, generator.choice(len(log), count, replace=False).tolist())
    strangers = {
        "Student Name": ["Visitor, Test"] * count,
        "Student Email": [f"test.visitor{number + 1}@students.district.example" for number in range(count)],
    }
    return add_rows(log, _changed(picked, strangers), "session_without_enrollment")


def grade_above_100(generator: Generator, marks: TextTable, count: int) -> TextTable:
    """``count`` grades typed with a digit too many."""
    percent = list(marks.columns["Final Percent"])
    graded = [row for row, value in enumerate(percent) if value and row not in marks.faults]
    rows = generator.choice(graded, count, replace=False).tolist()
    for row in rows:
        percent[row] = f"{100 + float(percent[row]):.1f}"
    changed = _changed(marks, {"Final Percent": percent})
    return TextTable(changed.columns, {**marks.faults, **dict.fromkeys(rows, "grade_above_100")})


def mark_twice(generator: Generator, marks: TextTable, count: int) -> TextTable:
    """``count`` students with a second mark for the same section that says something else; both rows are faulty."""
    graded = [row for row, value in enumerate(marks.columns["Final Percent"]) if value and row not in marks.faults]
    rows = sorted(generator.choice(graded, count, replace=False).tolist())
    second = take_rows(marks, rows)
    other = [f"{abs(float(value) - 7.5):.1f}" for value in second.columns["Final Percent"]]
    marked = TextTable(marks.columns, {**marks.faults, **dict.fromkeys(rows, "mark_twice")})
    return add_rows(marked, _changed(second, {"Final Percent": other}), "mark_twice")


def plant_faults(files: Mapping[str, TextTable], counts: FaultSettings, generator: Generator) -> dict[str, TextTable]:
    """``files`` with the faults in them; session faults are spread over the logs in turn."""
    planted = dict(files)
    logs = sorted(name for name in files if name.startswith("vendor/"))
    for place, name in enumerate(logs):
        share = slice(place, None, len(logs))
        backwards, strangers = (
            len(range(count)[share]) for count in (counts.session_ends_before_start, counts.session_without_enrollment)
        )
        log = end_before_start(generator, files[name], backwards)
        log = without_enrollment(generator, log, strangers)
        planted[name] = take_rows(log, _log_order(log))
    marks = grade_above_100(generator, files[MARKS], counts.grade_above_100)
    planted[MARKS] = mark_twice(generator, marks, counts.mark_twice)
    return planted


def fault_ledger(files: Mapping[str, TextTable]) -> list[dict[str, Any]]:
    """Each planted fault: its kind, the file, and the number of the data row (the first below the header is 1)."""
    return [
        {"fault": fault, "file": name, "row": int(row) + 1}
        for name, table in sorted(files.items())
        for row, fault in sorted(table.faults.items())
    ]


def fault_counts(ledger: list[dict[str, Any]]) -> dict[str, int]:
    """Faulty rows of each kind."""
    kinds, numbers = np.unique([entry["fault"] for entry in ledger], return_counts=True)
    return dict(zip(kinds.tolist(), numbers.tolist(), strict=True))
