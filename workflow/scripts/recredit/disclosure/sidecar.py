"""The JSON beside each released table: what it shows, of whom, from which rule, and what was done to each column."""

import json

from recredit.disclosure.rules import MARK, MARK_MEANING, NOT_OFFERED, DisclosureRules
from recredit.disclosure.specification import ColumnSpecification, TableSpecification


def sidecar_json(spec: TableSpecification, rules: DisclosureRules) -> str:
    """The sidecar of a released table, as JSON text. It depends on the specification and the rules alone."""
    columns = {}
    for name in spec.released:
        column = spec.columns[name]
        entry = {"label": column.label, "unit": column.unit, "kind": column.kind}
        columns[name] = {**entry, "disclosure": disclosure_in_words(column, rules) + _exactly(spec, name)}
    marks = {MARK: MARK_MEANING, "": "not measured, or not applicable"}
    if any(spec.columns[name].not_offered for name in spec.released):
        marks[NOT_OFFERED] = "does not exist by design"
    content = {
        "name": spec.name,
        "title": spec.title,
        "population": spec.population,
        "unit": spec.unit,
        "source_rule": spec.rule,
        "columns": columns,
        "rows_marked_when": _row_rules(spec, rules),
        "marks": marks,
    }
    left_out = {
        name: {"label": column.label, "unit": column.unit, "kind": column.left_out}
        for name, column in spec.columns.items()
        if column.left_out
    }
    # Only where there is one: a table without them reads as ever.
    content |= {"left_out": left_out} if left_out else {}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _exactly(spec: TableSpecification, name: str) -> str:
    """What a reader is told of cells that the study declares to be published exactly."""
    if spec.layout is None or not any(name in each.exact for each in spec.layout.definitions):
        return ""
    rows = [each.labels for each in spec.layout.definitions if name in each.exact]
    where = "; ".join(", ".join(f"{column} '{label}'" for column, label in row.items()) for row in rows)
    return f"; exact by declaration where: {where}" if any(rows) else "; exact by declaration"


def _row_rules(spec: TableSpecification, rules: DisclosureRules) -> list[str]:
    """The rules that mark a whole row."""
    words = []
    if spec.students:
        words.append(f"fewer than {rules.minimum_group} students")
    if spec.schools:
        words.append(f"fewer than {rules.minimum_units} schools")
    if spec.teachers:
        words.append(f"fewer than {rules.minimum_units} teachers")
    return words


def disclosure_in_words(column: ColumnSpecification, rules: DisclosureRules) -> str:
    """The disclosure rule that was applied to a column."""
    group = rules.minimum_group
    model = (
        f"marked unless the model keeps at least 10 residual degrees of freedom, at least {group} students in each "
        "category and every leverage below 0.5"
    )
    coarse = ", and no finer than a mean of the group would be" if column.sd else ""
    words = {
        "label": "shown as it is",
        "count": f"to the nearest {rules.round_counts_to}; marked below {group}",
        "units": (
            f"exact, or to the nearest {rules.round_counts_to} where fewer than three students stand behind each; "
            f"marked below {rules.minimum_units}"
        ),
        "percent": (
            "whole percentages, coded at the ends by the number of students (10-19: 20 and 80, in bins of ten; "
            "20-39: 10 and 90; 40-99: 5 and 95; 100-299: 2 and 98; 300 or more: 1 and 99); "
            f"marked below {group} students"
        ),
        "mean": (
            "rounded to a step of 1, 2 or 5 of at least 2.5 standard deviations divided by the number of students, and "
            "no finer than the power of ten at or below a fiftieth of a standard deviation; "
            f"marked below {group} students"
        ),
        "sum": (
            "rounded to a step of 1, 2 or 5 of at least 2.5 standard deviations of the students' values; marked below "
            f"{group} students, and where two students have {rules.dominance_percent:g}% of it or the second largest "
            f"part would give the largest away to {rules.p_percent:g}%"
        ),
        "std_error": f"two significant digits; {model}",
        "p_value": f"two significant digits, not below .001; {model}",
        "df": f"whole; residual degrees of freedom to the nearest {rules.round_counts_to}; {model}",
    }
    estimate = f"to the decimal of the second significant digit of the standard error{coarse}; {model}"
    return words.get(column.kind, estimate)
