"""A piece of a raw file opened for planting faults: lists of texts, and which rows are no longer clean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from numpy.random import Generator

from simulator.texts import plain
from simulator.writers import Fault, Piece


@dataclass
class Draft:
    """Rows of one raw file of one school, changed in place; ``faults`` has at most one fault a row."""

    columns: dict[str, list[str]]
    faults: dict[int, Fault] = field(default_factory=dict)

    @classmethod
    def of(cls, piece: Piece) -> "Draft":
        """A draft of ``piece``."""
        return cls({name: column.to_pylist() for name, column in piece.columns.items()})

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def piece(self) -> Piece:
        """The rows with their faults, as they are written."""
        columns = {name: plain(column) for name, column in self.columns.items()}
        return Piece(columns, tuple(self.faults[row] for row in sorted(self.faults)))

    def clean(self, generator: Generator, count: int, fits: Callable[[dict[str, str]], bool] = bool) -> list[int]:
        """Up to ``count`` different rows without a fault that fit, in a random order."""
        found: list[int] = []
        for row in generator.permutation(len(self)).tolist():
            if len(found) == count:
                break
            if row not in self.faults and fits(self.row(row)):
                found.append(row)
        return found

    def row(self, row: int) -> dict[str, str]:
        """The texts of a row by column."""
        return {name: column[row] for name, column in self.columns.items()}

    def change(self, row: int, values: dict[str, str], kind: str, fate: str) -> None:
        """Put ``values`` into a row and mark it."""
        for name, value in values.items():
            self.columns[name][row] = value
        self.faults[row] = Fault(row, kind, fate)

    def add(self, values: dict[str, str], kind: str, fate: str) -> None:
        """Add a row below and mark it."""
        for name, column in self.columns.items():
            column.append(values[name])
        self.faults[len(self) - 1] = Fault(len(self) - 1, kind, fate)

    def remove(self, rows: Sequence[int]) -> list[dict[str, str]]:
        """Take rows without a fault out and return them; marks move with their rows."""
        gone = set(rows)
        taken = [self.row(row) for row in rows]
        kept = [row for row in range(len(self)) if row not in gone]
        self.columns = {name: [column[row] for row in kept] for name, column in self.columns.items()}
        moved = [(place, self.faults[row]) for place, row in enumerate(kept) if row in self.faults]
        self.faults = {place: Fault(place, fault.kind, fault.fate) for place, fault in moved}
        return taken
