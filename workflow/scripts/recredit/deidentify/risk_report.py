"""The risk of the coded zone in figures and words, with the students who make it risky; it stays in the vault."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recredit.contract import Column, Contract, Table
from recredit.deidentify.risk import Risk, measure_risk
from recredit.deidentify.treatment import treat

STUDENT = "student_id"
# Whoever knows a student knows the school, and a large school's code can be told by its size: so the school, or the
# block that stands for it, is counted as a quasi-identifier wherever a table leads to one.
SCHOOL = "school_id"
NUMBERS = ("integer", "number")
SIZES = ((1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (50, None))
NOTE = (
    "A class is the students who agree in every quasi-identifier of a table. Day-by-day work in the platform is not "
    "among them: few students share a whole trajectory, so none leaves the vault."
)


@dataclass(frozen=True)
class CodedTable:
    """A coded table with the quasi-identifiers of its students beside its own."""

    name: str
    rows: pd.DataFrame
    quasi: tuple[str, ...]
    sensitive: tuple[str, ...]
    ordered: tuple[str, ...]


def coded_tables(tables: Mapping[str, pd.DataFrame], contract: Contract) -> Iterator[CodedTable]:
    """The tables of the coded zone that lead to students and have quasi-identifiers or sensitive columns.

    Parameters
    ----------
    tables : coded tables by name; what is not in the coded zone of this study is left out.
    """
    for name, rows in tables.items():
        reached = _with_student(rows, tables)
        if reached is None:
            continue
        reached = _with_school(reached, tables)
        quasi, sensitive = _present(contract[name], rows, "quasi"), _present(contract[name], rows, "sensitive")
        own = [column for column in quasi if column != STUDENT]
        if name != "students" and "students" in tables:
            general = _present(contract["students"], tables["students"], "quasi")
            more = [column for column in general if column not in reached.columns]
            reached = reached.merge(tables["students"][[STUDENT, *more]], on=STUDENT, how="left")
            own = [*general, *(column for column in own if column not in general)]
        if own and SCHOOL in reached.columns and reached[SCHOOL].notna().any():
            own.append(SCHOOL)
        if own and (quasi or sensitive):
            numbers = [column.name for column in contract[name].columns.values() if column.type in NUMBERS]
            ordered = [column for column in sensitive if column in numbers]
            yield CodedTable(name, reached, tuple(own), tuple(sensitive), tuple(ordered))


def _with_student(rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame | None:
    """`rows` with the student's code, by way of the enrollment where they have none; None where nothing leads there."""
    if STUDENT in rows.columns:
        return rows
    if "enrollment_id" in rows.columns and "enrollments" in tables:
        return rows.merge(tables["enrollments"][["enrollment_id", STUDENT]], on="enrollment_id", how="left")
    return None


def _with_school(rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """`rows` with the code of the school, or of its block, by way of section and enrollment; as they are elsewhere."""
    for key, table, needed in (("enrollment_id", "enrollments", "section_id"), ("section_id", "sections", SCHOOL)):
        if SCHOOL in rows.columns or needed in rows.columns or key not in rows.columns or table not in tables:
            continue
        if needed in tables[table].columns:
            rows = rows.merge(tables[table][[key, needed]], on=key, how="left")
    return rows


def _present(table: Table, rows: pd.DataFrame, privacy_class: str) -> list[str]:
    """Coded names of the columns of a class that hold at least one value."""
    return [
        name
        for column in table.columns.values()
        if column.privacy_class == privacy_class and (name := _coded_name(column)) is not None
        if name in rows.columns and rows[name].notna().any()
    ]


def tells_of_people(table: Table) -> bool:
    """Whether a table has anything that the report is about; logs, which can be larger than the memory, have not."""
    return any(
        column.privacy_class in ("quasi", "sensitive") or column.entity == "school" for column in table.columns.values()
    )


def _coded_name(column: Column) -> str | None:
    treated = treat(column)
    return None if treated is None else treated.name


def risks(tables: Mapping[str, pd.DataFrame], contract: Contract) -> dict[str, tuple[CodedTable, Risk]]:
    """The risk of each table that has one, by its name."""
    return {
        each.name: (each, measure_risk(each.rows, STUDENT, each.quasi, each.sensitive, each.ordered))
        for each in coded_tables(tables, contract)
    }


def risk_figures(found: Mapping[str, tuple[CodedTable, Risk]], minimum: int) -> dict[str, Any]:
    """k, l and t by table as they are written to JSON; exact counts, so for the vault only."""
    return {
        "minimum": minimum,
        "note": NOTE,
        "tables": {name: _figures(*pair, minimum) for name, pair in found.items()},
    }


def _figures(table: CodedTable, risk: Risk, minimum: int) -> dict[str, Any]:
    students = table.rows[STUDENT].nunique()
    below = table.rows.loc[risk.rare(minimum), STUDENT].nunique()
    sensitive = {
        name: {
            "distinct_l": one.distinct,
            "entropy_l": round(one.entropy, 4),
            "t": round(one.closeness, 4),
            "distance": "ordered" if name in table.ordered else "equal",
            "classes_with_one_value": int(one.same_value.sum()),
        }
        for name, one in risk.sensitive.items()
    }
    return {
        "quasi_identifiers": list(risk.quasi),
        "students": students,
        "classes": len(risk.sizes),
        "k": risk.smallest,
        "classes_by_size": _by_size(risk),
        "students_below_minimum": below,
        "sensitive": sensitive,
    }


def _by_size(risk: Risk) -> dict[str, int]:
    def label(low: int, high: int | None) -> str:
        return f"{low} and more" if high is None else str(low) if low == high else f"{low} to {high}"

    return {
        label(low, high): int(np.sum((risk.sizes >= low) & (risk.sizes <= (np.inf if high is None else high))))
        for low, high in SIZES
    }


def risky_rows(found: Mapping[str, tuple[CodedTable, Risk]], minimum: int) -> pd.DataFrame:
    """The students in classes below the minimum, by study code.

    Returns
    -------
    Columns table, student_id, students_alike (students in the class) and same_value_of (sensitive columns in which all
    of the class agree, so that who knows the class knows the value), sorted; one row per table, student and class.
    """
    parts = [_risky(name, *pair, minimum) for name, pair in found.items()]
    names = ["table", STUDENT, "students_alike", "same_value_of"]
    empty = pd.DataFrame({name: pd.Series(dtype="int64" if name == "students_alike" else "str") for name in names})
    return pd.concat([empty, *parts]).drop_duplicates().sort_values(names, ignore_index=True)


def _risky(name: str, table: CodedTable, risk: Risk, minimum: int) -> pd.DataFrame:
    rare = risk.rare(minimum)
    classes = risk.classes[rare]
    agreed = [", ".join(one for one in risk.sensitive if risk.sensitive[one].same_value[number]) for number in classes]
    students = table.rows.loc[rare, STUDENT].astype("str").to_numpy()
    columns = {"table": name, STUDENT: students, "students_alike": risk.sizes[classes], "same_value_of": agreed}
    return pd.DataFrame(columns).astype({"table": "str", STUDENT: "str", "same_value_of": "str"})


def risk_page(figures: Mapping[str, Any]) -> str:
    """The figures in words, as Markdown."""
    minimum = figures["minimum"]
    lines = ["# How easily a student could be told from the coded tables", "", figures["note"], ""]
    lines += ["Confidential: exact counts stand here. This page goes with the coded zone and is never published.", ""]
    if not figures["tables"]:
        return "\n".join([*lines, "No table of this study has quasi-identifiers or sensitive columns.", ""])
    for name, table in figures["tables"].items():
        lines += [f"## {name}", "", f"Quasi-identifiers: {', '.join(table['quasi_identifiers'])}.", ""]
        lines += [
            f"{table['students']} students in {table['classes']} classes; the smallest class has {table['k']} "
            f"(k = {table['k']}); {table['students_below_minimum']} students are in classes of fewer than {minimum}.",
            "",
            *_grid(["students in a class", "classes"], list(table["classes_by_size"].items())),
        ]
        if table["sensitive"]:
            head = ["sensitive column", "distinct l", "entropy l", "t", "distance", "classes with one value"]
            lines += _grid(head, [[column, *values.values()] for column, values in table["sensitive"].items()])
    lines += ["The students in small classes stand, by study code, in `reidentification_risk.parquet`.", ""]
    return "\n".join(lines)


def _grid(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    body = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *body, ""]
