"""Released tables as a brief sees them: text cells, found by table, row labels and column. Nothing else is read."""

import csv
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from recredit.errors import VaultError

MARK = "†"
SUPPRESSED = "not shown, to protect students"
MISSING = "not recorded"
NOT_OFFERED = "not offered"


@dataclass(frozen=True)
class Column:
    """What the sidecar says of a column: its kind (see `recredit.disclosure.specification`), heading and unit."""

    name: str
    kind: str
    label: str
    unit: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell of a released table.

    Attributes
    ----------
    table, row, column : where it stands; `row` holds the label columns that tell its row from all others.
    text : the cell as released; empty where there is no value, a mark where it is suppressed.
    """

    table: str
    row: Mapping[str, str]
    column: Column
    text: str

    @property
    def suppressed(self) -> bool:
        """Whether the disclosure rules hide the value."""
        return self.text == MARK

    @property
    def missing(self) -> bool:
        """Whether there is no value at all."""
        return self.text == ""

    @property
    def shown(self) -> bool:
        """Whether the cell holds a value that a sentence may print."""
        return not (self.suppressed or self.missing or self.text == NOT_OFFERED)

    @property
    def instead(self) -> str:
        """The defined wording for a cell without a value to print."""
        if self.suppressed:
            return SUPPRESSED
        return NOT_OFFERED if self.text == NOT_OFFERED else MISSING

    @property
    def row_key(self) -> str:
        """The row in words: `course=Algebra 1; arm=online`."""
        return "; ".join(f"{name}={value}" for name, value in self.row.items())

    @property
    def address(self) -> str:
        """Where a reader finds the cell: `tables/x.csv | row | column`."""
        return f"tables/{self.table}.csv | {self.row_key} | {self.column.name}"


def value_of(cell: Cell) -> float:
    """The number of a shown cell.

    Raises
    ------
    ValueError for a cell that is shown as a range or a limit ("60-69", "≤2").
    """
    return float(cell.text.replace("−", "-"))


@dataclass(frozen=True)
class Row:
    """One row of a released table; `row["students"]` is its cell in column `students`."""

    table: str
    columns: Mapping[str, Column]
    values: Mapping[str, str]
    key: Mapping[str, str]

    def __getitem__(self, column: str) -> Cell:
        if column not in self.columns:
            raise VaultError(
                f"tables/{self.table}.csv has no column '{column}' (it has {', '.join(self.columns)}). "
                "The notebook asks for a column that the stage `estimate` does not make."
            )
        return Cell(self.table, self.key, self.columns[column], self.values[column])

    def __contains__(self, column: object) -> bool:
        return column in self.columns

    def label(self, column: str) -> str:
        """The text of a label column."""
        return self[column].text


@dataclass(frozen=True)
class ReleasedTable:
    """A released table: its words from the sidecar and its rows as text."""

    name: str
    title: str
    population: str
    unit: str
    columns: Mapping[str, Column]
    values: tuple[Mapping[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.values)

    @cached_property
    def rows(self) -> list[Row]:
        """All rows in the order of the file.

        The key of a row is its label columns, and only those of them that are needed to tell the rows apart, so that
        an address stays short; where they cannot, all of them and the row's number.
        """
        names = self._key_columns
        keys = [{name: values[name] for name in names} for values in self.values]
        texts = [tuple(key.values()) for key in keys]
        return [
            Row(self.name, self.columns, values, key if texts.count(text) == 1 else {**key, "row": str(number)})
            for number, (values, key, text) in enumerate(zip(self.values, keys, texts, strict=True), start=1)
        ]

    @property
    def _key_columns(self) -> list[str]:
        labels = [name for name, column in self.columns.items() if column.kind == "label"]
        needed = labels
        for name in reversed(labels):
            fewer = [other for other in needed if other != name]
            if fewer and len({tuple(values[other] for other in fewer) for values in self.values}) == len(self.values):
                needed = fewer
        return needed

    def only(self, keep: Callable[[Row], bool]) -> "ReleasedTable":
        """The table with those rows that `keep` says."""
        return replace(self, values=tuple(row.values for row in self.rows if keep(row)))

    def rows_where(self, **labels: str) -> list[Row]:
        """Rows whose label columns have the values given."""
        return [row for row in self.rows if all(row.label(name) == value for name, value in labels.items())]

    def row(self, **labels: str) -> Row:
        """The one row with these labels.

        Raises
        ------
        VaultError if no row, or more than one, has them: a sentence must never rest on a guess.
        """
        found = self.rows_where(**labels)
        if len(found) != 1:
            wanted = ", ".join(f"{name}={value}" for name, value in labels.items())
            raise VaultError(
                f"tables/{self.name}.csv has {len(found)} rows with {wanted}; the brief needs exactly one. "
                "Name more label columns in the notebook."
            )
        return found[0]


@dataclass(frozen=True)
class Released:
    """The released tables and figures of one study, in `folder`/tables and `folder`/figures."""

    folder: Path

    def table(self, name: str) -> ReleasedTable:
        """Released table `name`; one without rows (and false) where the study releases no such table.

        Raises
        ------
        VaultError if the table and its sidecar do not agree.
        """
        path = self.folder / "tables" / f"{name}.csv"
        if not path.is_file():
            return ReleasedTable(name, name, "", "", {}, ())
        sidecar = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        columns, gone = (_columns(sidecar.get(part, {})) for part in ("columns", "left_out"))
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = tuple(dict(row) for row in reader)
        if list(reader.fieldnames or []) != list(columns):
            raise VaultError(f"tables/{name}.csv and its sidecar name other columns. Run the stage `release` again.")
        # What the study leaves out is to a brief as a column of which no cell is shown.
        rows = tuple({**row, **dict.fromkeys(gone, MARK)} for row in rows)
        return ReleasedTable(name, sidecar["title"], sidecar["population"], sidecar["unit"], {**columns, **gone}, rows)

    def table_names(self) -> list[str]:
        """Names of all released tables, sorted."""
        return sorted(path.stem for path in (self.folder / "tables").glob("*.csv"))

    def made(self) -> list[str]:
        """Names of the released tables with at least one row, sorted."""
        return [name for name in self.table_names() if self.table(name)]

    def figure_names(self) -> list[str]:
        """Names of all released figures, sorted."""
        return sorted(path.stem for path in (self.folder / "figures").glob("*.png"))

    def figure(self, name: str) -> "Figure | None":
        """Released figure `name`, or None where the study has none of that name."""
        path = self.folder / "figures" / f"{name}.png"
        if not path.is_file():
            return None
        sidecar = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        words = sidecar["title"], sidecar["alt_text"], tuple(sidecar["source_tables"])
        return Figure(name, *words, path.read_bytes(), sidecar.get("shows", {}))

    def figures_of(self, table: str, **labels: str) -> list["Figure"]:
        """The released figures that were drawn from `table`, by name; not those of rows with other `labels`."""
        figures = (self.figure(name) for name in self.figure_names())
        return [
            figure
            for figure in figures
            if figure is not None
            and table in figure.source_tables
            and all(figure.shows.get(column, value) == value for column, value in labels.items())
        ]


def _columns(entries: Mapping[str, Mapping[str, str | None]]) -> dict[str, Column]:
    """The columns that a sidecar describes."""
    return {
        name: Column(name, str(entry["kind"]), str(entry["label"]), entry.get("unit") or "")
        for name, entry in entries.items()
    }


@dataclass(frozen=True)
class Figure:
    """A released figure: title, text for those who cannot see it, tables it was drawn from, the PNG file's bytes.

    `shows` holds the labels that all rows it is drawn from share (a course, a way of estimating).
    """

    name: str
    title: str
    alt_text: str
    source_tables: tuple[str, ...]
    png: bytes
    shows: Mapping[str, str] = field(default_factory=dict)

    @property
    def base64(self) -> str:
        """The PNG as a notebook holds it."""
        return b64encode(self.png).decode("ascii")
