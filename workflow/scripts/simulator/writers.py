"""Raw files written piece by piece, so that a district of any size needs the memory of one school."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import pyarrow as pa
import pyarrow.compute as pc

from simulator.texts import Texts, plain

NEEDS_QUOTES = '[",\r\n]'


@dataclass(frozen=True)
class Fault:
    """A planted fault: the position of its row in a piece (from 0), its kind, and what should become of the row."""

    row: int
    kind: str
    fate: str


@dataclass(frozen=True)
class Piece:
    """Rows of one raw file: columns of texts by header, all of one length, with the faults planted in them."""

    columns: Mapping[str, Texts]
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        if len({len(column) for column in self.columns.values()}) > 1:
            raise ValueError("columns of one table differ in length")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


def _quoted(column: Texts) -> Texts:
    """Cells in quotes where a comma, a quote or a line end stands in them."""
    needs = pc.match_substring_regex(column, NEEDS_QUOTES)
    if not pc.any(needs).as_py():
        return column
    doubled = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return pc.if_else(needs, doubled, column)


def csv_lines(columns: Mapping[str, Texts]) -> bytes:
    """The rows as CSV in UTF-8 with line feeds, without a header."""
    cells = [_quoted(column) for column in columns.values()]
    if not len(cells[0]):
        return b""
    rows = pc.binary_join_element_wise(*cells, ",")
    text = pc.binary_join_element_wise(rows, "\n", "")
    whole = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(text)], type=pa.int32()), text), "")
    joined: bytes = whole[0].as_buffer().to_pybytes()
    return joined


@dataclass
class RawFolder:
    """The folder of raw files, open for appending.

    ``rows`` counts the data rows of each file, ``ledger`` lists each planted fault with its file and row.
    """

    folder: Path
    encodings: Mapping[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    _open: dict[str, BinaryIO] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._open.values():
            file.close()

    def append(self, name: str, piece: Piece) -> None:
        """Write the rows of ``piece`` below those of file ``name``; the first call writes the header."""
        encoding = self.encodings.get(name, "utf-8")
        if name not in self._open:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open[name] = path.open("wb")
            self.rows[name] = 0
            self._open[name].write(csv_lines({"": plain(list(piece.columns))}).replace(b"\n", b",")[:-1] + b"\n")
        text = csv_lines(piece.columns)
        self._open[name].write(text if encoding == "utf-8" else text.decode().encode(encoding))
        self.ledger += [
            {"file": name, "row": self.rows[name] + fault.row + 1, "fault": fault.kind, "fate": fault.fate}
            for fault in piece.faults
        ]
        self.rows[name] += len(piece)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write ``content`` as JSON with sorted keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
