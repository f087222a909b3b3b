"""Released tables as figures see them: text cells, read back into numbers only as far as they were shown."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

# U+2020 is the mark of a cell that is not shown; it and an empty cell have no place in a figure.
MARK = "†"
_NUMBER = re.compile(r"-?\d*\.?\d+")


@dataclass(frozen=True)
class Shown:
    """A cell that is shown: `text` as printed, and the range of values it stands for."""

    text: str
    low: float
    high: float

    @property
    def middle(self) -> float:
        """Where the figure puts it: a bound at the bound, a bin in its middle."""
        return (
            self.low
            if self.text.startswith("≥")
            else self.high
            if self.text.startswith("≤")
            else (self.low + self.high) / 2
        )


def read_shown(text: str) -> Shown | None:
    """The shown cell in `text` ("57", "≤5", "≥95", "60-69", "-0.12"), or None where nothing is shown."""
    if _NUMBER.fullmatch(text):
        return Shown(text, float(text), float(text))
    if tail := re.fullmatch(r"([≤≥])(\d+)", text):
        bound = float(tail.group(2))
        return Shown(text, 0.0, bound) if tail.group(1) == "≤" else Shown(text, bound, 100.0)
    if span := re.fullmatch(r"(\d+)-(\d+)", text):
        return Shown(text, float(span.group(1)), float(span.group(2)))
    return None


@dataclass(frozen=True)
class ReleasedTable:
    """A released table: its name, its rows (column: text) and its sidecar."""

    name: str
    rows: Sequence[Mapping[str, str]]
    sidecar: Mapping[str, Any]

    def of_kind(self, kind: str) -> list[str]:
        """Names of the columns of `kind`."""
        return [name for name, column in self.sidecar["columns"].items() if column["kind"] == kind]

    def varying(self, columns: Sequence[str]) -> list[str]:
        """Those of `columns` that are not the same in all rows: the others belong to the title, not to the marks."""
        return [name for name in columns if len({row[name] for row in self.rows}) > 1]

    def where(self, column: str, value: str) -> "ReleasedTable":
        """The rows whose `column` is `value`."""
        return replace(self, rows=[row for row in self.rows if row[column] == value])

    def label(self, column: str) -> str:
        """The heading of a column."""
        return str(self.sidecar["columns"][column]["label"])

    def axis_label(self, column: str) -> str:
        """The heading of a column with its unit."""
        unit = self.sidecar["columns"][column].get("unit")
        return f"{self.label(column)} ({unit})" if unit else self.label(column)

    def choose(self, kind: str, *preferred: str) -> str | None:
        """The first of `preferred` that is a column of `kind`, else the first column of that kind, else None."""
        columns = self.of_kind(kind)
        return next((name for name in preferred if name in columns), columns[0] if columns else None)


def in_order(values: Sequence[str]) -> list[str]:
    """The different values in the order of their first appearance, which is the order of the table."""
    return list(dict.fromkeys(values))
