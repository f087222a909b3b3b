"""What a table of stage `estimate` says about itself: `release` decides from this what may be shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Self

from recredit.disclosure.linked.layout import TableLayout
from recredit.disclosure.linked.layout_json import layout_from_dict, layout_to_dict
from recredit.errors import DisclosureError

MODEL_KINDS = ("estimate", "ci_low", "ci_high", "std_error", "p_value", "df")
KINDS = ("label", "count", "units", "percent", "mean", "sum", *MODEL_KINDS, "hidden")
# Hidden columns that every table with a model figure carries; the model rules read them.
MODEL_COLUMNS = ("residual_df", "smallest_cell", "max_leverage")


@dataclass(frozen=True)
class ColumnSpecification:
    """One column of a table.

    Attributes
    ----------
    kind : one of :data:`KINDS`. `label` is released as it is; `count` is a number of students or rows; `units`
        a number of schools, teachers or sections; `sum` a total over students of something that is never negative,
        such as hours; `hidden` is used by the rules and never released.
    label : the heading for readers; every kind but `hidden` has one.
    unit : the unit of the figure, such as "students", "percent" or "points of 100".
    n : the column with the number of students behind a `percent`, a `mean` or (optional) an estimate.
    sd : the column with the standard deviation of the values behind a `mean` or (optional, with `n`) an
        estimate, which is then shown no finer than a mean would be.
    std_error : the column with the standard error of an `estimate`, `ci_low` or `ci_high`.
    not_offered : a hidden boolean column, true where the cell is empty by design (a course that a school does
        not give). Only there a zero is shown, as "not offered"; elsewhere a count below the minimum is marked.
    largest, second : for a `sum`, or a hidden one, the columns with the two largest contributions of one student each.
    numerator, denominator : for a `mean` that is a ratio of two sums, their columns; it is hidden where one or two
        students dominate either.
    left_out : for a `hidden` column that the study leaves out of its release: the kind that it would be shown as.
    """

    kind: str
    label: str = ""
    unit: str | None = None
    n: str | None = None
    sd: str | None = None
    std_error: str | None = None
    not_offered: str | None = None
    largest: str | None = None
    second: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    left_out: str | None = None

    @property
    def released(self) -> bool:
        """Whether the column stands in the released table."""
        return self.kind != "hidden"

    @property
    def refers_to(self) -> dict[str, str]:
        """The columns this one names, by role (`n`, `sd`, `std_error`, `not_offered`, `largest`, ...)."""
        roles = {role: getattr(self, role) for role in _ROLE_KINDS}
        return {role: name for role, name in roles.items() if name is not None}

    def to_dict(self) -> dict[str, str]:
        """The specification as JSON writes it, without what is not set."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, "")}


@dataclass(frozen=True)
class TableSpecification:
    """One table.

    Attributes
    ----------
    name, title, population, unit : what a reader needs: "one row per course and mode" is a unit.
    rule : the rule that made the table, such as "estimate/describe_cohort".
    columns : specifications by column, in the order of the released table.
    schools, teachers, students : the column with the number of those behind a row, or None where the study has
        none. Rows with too few are marked; where the column is missing, the rule does not apply to the row.
    listing : true for a list of separate facts (quality findings, analyses made): its labels are no categories
        that could be collapsed, so the limits on dimensions and on the share of lost cells do not apply.
    layout : whom the released counts and percentages count, for the attack over all tables together; the release
        refuses a table with such columns that has neither this nor `unlinked`.
    unlinked : for a listing: why its counts are no counts of students, so that nothing links them to other tables.
    """

    name: str
    title: str
    population: str
    unit: str
    rule: str
    columns: Mapping[str, ColumnSpecification]
    schools: str | None = None
    teachers: str | None = None
    students: str | None = None
    listing: bool = False
    layout: TableLayout | None = None
    unlinked: str = ""

    def __post_init__(self) -> None:
        """Refuse what the rules could not be applied to.

        Raises
        ------
        DisclosureError naming the table, the column and what is wrong with it.
        """
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))
        problems = [*_table_problems(self)]
        for name, column in self.columns.items():
            problems.extend(f"column {name}: {problem}" for problem in _column_problems(column, self.columns))
        if problems:
            raise DisclosureError(f"{self.name}: the table's specification cannot be used: {'; '.join(problems)}.")

    def of_kind(self, *kinds: str) -> list[str]:
        """Names of the columns of ``kinds``, in their order."""
        return [name for name, column in self.columns.items() if column.kind in kinds]

    @property
    def released(self) -> list[str]:
        """Names of the released columns, in their order."""
        return [name for name, column in self.columns.items() if column.released]

    def to_json(self) -> str:
        """The specification as JSON text, ending with a line break."""
        entry: dict[str, Any] = {name: getattr(self, name) for name in ("name", "title", "population", "unit", "rule")}
        entry["columns"] = {name: column.to_dict() for name, column in self.columns.items()}
        entry |= {name: getattr(self, name) for name in ("schools", "teachers", "students", "listing", "unlinked")}
        entry["layout"] = None if self.layout is None else layout_to_dict(self.layout)
        return json.dumps(entry, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The specification in JSON ``text``.

        Raises
        ------
        DisclosureError for text that is no such JSON, an unknown or missing key, or a useless specification.
        """
        try:
            entry = json.loads(text)
            columns = {name: ColumnSpecification(**column) for name, column in entry.pop("columns").items()}
            layout = entry.pop("layout", None)
            return cls(columns=columns, layout=None if layout is None else layout_from_dict(layout), **entry)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DisclosureError(
                f"This is no specification of a table ({error}). See recredit.disclosure.specification."
            ) from error


def _table_problems(table: TableSpecification) -> list[str]:
    problems = [
        f"{name} is empty" for name in ("name", "title", "population", "unit", "rule") if not getattr(table, name)
    ]
    for name in ("schools", "teachers", "students"):
        column = getattr(table, name)
        if column is not None and column not in table.columns:
            problems.append(f"{name} names a column that is not described ({column})")
    if table.of_kind(*MODEL_KINDS):
        missing = [name for name in MODEL_COLUMNS if name not in table.columns]
        problems.extend(f"a table with model figures needs the hidden column {name}" for name in missing)
    if table.of_kind("units") and table.students is None:
        problems.append("a table with a number of units names the column with the students behind a row")
    problems.extend(_sum_problems(table))
    if not table.released:
        problems.append("no column is released")
    if table.unlinked and not (table.listing and table.layout is None):
        problems.append("only a listing without a layout can say why it is unlinked")
    return [*problems, *(_layout_problems(table, table.layout) if table.layout else [])]


def _sum_problems(table: TableSpecification) -> list[str]:
    problems = []
    for name, column in table.columns.items():
        for part in (column.numerator, column.denominator):
            if (
                part is not None
                and part in table.columns
                and None in (table.columns[part].largest, table.columns[part].second)
            ):
                problems.append(f"column {name}: {part} does not name its two largest contributions")
    spread = {table.columns[name].sd for name in table.of_kind("sum")}
    both = [name for name in table.of_kind("mean") if table.columns[name].sd in spread]
    if both:
        problems.append(f"the sum beside the mean {both[0]} of the same values would give the number of students away")
    return problems


def _layout_problems(table: TableSpecification, layout: TableLayout) -> list[str]:
    counted, labels = set(table.of_kind("count", "percent")), set(table.of_kind("label"))
    if set(layout.sums) != set(table.of_kind("sum")):
        return ["the layout describes other sums than the table has"]
    odd = sorted({*layout.columns} - counted)
    problems = [f"the layout describes {name}, which is no count or percent" for name in odd]
    problems += [f"the layout does not describe {name}" for name in sorted(counted - {*layout.columns})]
    return problems + [f"the layout names {name}, which is no label" for name in sorted({*layout.labels} - labels)]


# What each kind cannot do without.
_NEEDS = {
    "percent": ("n",),
    "mean": ("n", "sd"),
    "sum": ("n", "sd", "largest", "second"),
    "estimate": ("std_error",),
    "ci_low": ("std_error",),
    "ci_high": ("std_error",),
}
# The kinds a column may have that plays a role for another one.
_ROLE_KINDS = {
    "n": ("count", "hidden"),
    "sd": ("hidden",),
    "std_error": ("std_error", "hidden"),
    "not_offered": ("hidden",),
    "largest": ("hidden",),
    "second": ("hidden",),
    "numerator": ("sum", "hidden"),
    "denominator": ("sum", "hidden"),
}


def _column_problems(column: ColumnSpecification, columns: Mapping[str, ColumnSpecification]) -> list[str]:
    if column.kind not in KINDS:
        return [f"the kind '{column.kind}' is none of {', '.join(KINDS)}"]
    problems = [
        f"a {column.kind} needs {role}" for role in _NEEDS.get(column.kind, ()) if getattr(column, role) is None
    ]
    if column.released and not column.label:
        problems.append("a released column needs a label")
    for role, name in column.refers_to.items():
        if name not in columns:
            problems.append(f"{role} names a column that is not described ({name})")
        elif columns[name].kind not in _ROLE_KINDS[role]:
            problems.append(f"{role} must name a column of kind {' or '.join(_ROLE_KINDS[role])}, and {name} is none")
    return problems
