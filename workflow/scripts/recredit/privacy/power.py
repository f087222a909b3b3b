"""The attacker's power: what it recovers of linked tables where only small cells are hidden, and after protection."""

import time
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from recredit.disclosure.linked.attack import attack, public_attack
from recredit.disclosure.linked.certificate import certify_system
from recredit.disclosure.linked.layout import CountedColumn, DescribedTable, TableLayout
from recredit.disclosure.linked.protect import protect
from recredit.disclosure.linked.system import LinkedSystem, build_system
from recredit.disclosure.rules import MARK, DisclosureRules

RULES = DisclosureRules()
SCHOOLS, STUDENTS = 24, 1829
TOTAL = "all"
# As many small cells as the system that methods.md section 6 measured (201 of 784).
SEED = 4
# Four linked three-way tables; the columns after the first two numbers have totals.
TABLES = {
    "course_by_mode": (("school", "course", "mode"), ("course", "mode")),
    "sex_by_mode": (("school", "sex", "mode"), ("sex", "mode")),
    "grade_by_mode": (("school", "grade", "mode"), ("grade", "mode")),
    "race_by_grade": (("race", "grade", "band"), ("race", "grade", "band")),
}


def invented_students() -> pd.DataFrame:
    """Students of schools of uneven size, with categories that go together."""
    draw = np.random.default_rng(SEED)
    size = draw.gamma(2.0, 1.0, SCHOOLS)
    school = draw.choice(SCHOOLS, STUDENTS, p=size / size.sum())
    mixes = draw.dirichlet([2.0, 1.2, 0.5], SCHOOLS)
    race = [draw.choice(["Black", "Latino", "other"], p=mixes[each]) for each in school]
    grade = draw.choice(["10", "11", "9"], STUDENTS, p=[0.25, 0.1, 0.65])
    mode = draw.choice(["online", "teacher"], STUDENTS)
    draw.random(STUDENTS)  # outcomes, which these tables do not show
    columns = {"school": [f"S{each:02d}" for each in school], "race": race, "grade": grade, "mode": mode}
    columns["sex"] = draw.choice(["f", "m"], STUDENTS, p=[0.45, 0.55])
    columns["course"] = draw.choice(["Algebra 1", "English 9"], STUDENTS, p=[0.3, 0.7])
    columns["band"] = draw.choice(["high", "low", "middle"], STUDENTS, p=[0.2, 0.35, 0.45])
    return pd.DataFrame(columns)


def counted(students: pd.DataFrame, name: str, columns: Sequence[str], totals: Sequence[str]) -> DescribedTable:
    """All combinations of `columns`, with a row for all in `totals`; small counts marked, the others rounded."""
    levels = [[*sorted(students[column].unique()), *([TOTAL] if column in totals else [])] for column in columns]
    rows = []
    for labels in product(*levels):
        inside = np.ones(len(students), dtype=bool)
        for column, label in zip(columns, labels, strict=True):
            inside &= (students[column] == label).to_numpy() | (label == TOTAL)
        number = int(inside.sum())
        shown = MARK if number < RULES.minimum_group else str((number + 5) // 10 * 10)
        rows.append((*labels, shown))
    layout = TableLayout({"n": CountedColumn()}, dimensions={column: column for column in columns})
    return DescribedTable(name, layout, pd.DataFrame(rows, columns=[*columns, "n"]))


def power_figures() -> dict[str, Any]:
    """What the attacker recovers before and after protection, and how long both take.

    Notes
    -----
    He is given the exact counts of what is not hidden, as methods.md section 6 measured; rounding tells him less.
    """
    students = invented_students()
    tables = [counted(students, name, *columns) for name, columns in TABLES.items()]
    system = build_system(students, tables, RULES)
    start = time.monotonic()
    protection = protect(system)
    protected = time.monotonic()
    certificate = certify_system(protection.system)
    return {
        "tables": len(tables),
        "students": len(students),
        "schools": SCHOOLS,
        "cells": len(system.statements),
        "primary": len(system.hidden()),
        "recovered_before": recovered_cells(system),
        "recovered_after": recovered_cells(protection.system),
        "protected": certificate.protected,
        "wide_enough": certificate.wide_enough,
        "seconds_to_protect": protected - start,
        "seconds_to_attack": time.monotonic() - protected,
    }


def recovered_cells(system: LinkedSystem) -> int:
    """Hidden cells that only one whole number fits, of those that public counts do not give away."""
    bounds = attack(system, precise=True)
    recovered = np.setdiff1d(bounds.recovered(), public_attack(system, bounds.quantities).recovered())
    return int(np.isin(system.counted[system.hidden()], recovered).sum())
