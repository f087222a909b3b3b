"""Files of SAS, SPSS, Stata and spreadsheet programs as CSV: values as stored, or value labels where there are."""

import csv
import datetime
import importlib
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from recredit.errors import InputError
from recredit.intake.sources import Source

ROWS_AT_ONCE = 100_000


def convert_statistics(path: Path, name: str, source: Source, target: Path) -> None:
    """Write the table in ``path`` (``source.format`` sas, spss, stata or spreadsheet) to the CSV file ``target``.

    Notes
    -----
    A column with value labels gives the labels (Stata, SPSS). Whole numbers have no fraction, dates are written as
    2018-06-18, clock times as 2018-06-18 09:30:00, missing values are empty. Of a spreadsheet the stored results of
    formulas count, and rows without any value are left out at the end only.

    Raises
    ------
    InputError if the file is not of its format, has several sheets and none is named, or needs a package that is not
    installed.
    """
    rows = _sheet_rows(path, name, source) if source.format == "spreadsheet" else _frame_rows(path, name, source)
    own = {theirs: ours for ours, theirs in source.names.items()}
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        header = [_text(one).strip() for one in next(rows, [])]
        names = [own.get(one, one) for one in header]
        if source.unnamed_columns != "refuse":
            names = [one or f"unnamed_{place}" for place, one in enumerate(names, start=1)]
        writer.writerow(names)
        for row in rows:
            writer.writerow([_text(value) for value in row])


def _text(value: Any) -> str:
    if value is None or value != value:  # NaN and NaT differ from themselves
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        plain = value.replace(tzinfo=None)
        return plain.date().isoformat() if plain.time() == datetime.time() else plain.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return str(value)


def _unreadable(name: str, source: Source, error: Exception) -> InputError:
    return InputError(
        f"{name}: the file cannot be read as {source.format} ({type(error).__name__}). Expected a whole file of that "
        f"format: copy or export it again, or correct raw.sources.{source.name}.format."
    )


def _not_installed(source: Source, package: str) -> InputError:
    return InputError(
        f"raw.sources.{source.name}: format {source.format} needs the package {package}, which this environment lacks. "
        "Install the environment of requirements.lock, or hand the file over as CSV."
    )


def _frame_rows(path: Path, name: str, source: Source) -> Iterator[Sequence[Any]]:
    try:
        for number, frame in enumerate(_frames(path, source)):
            if not number:
                yield [str(one) for one in frame.columns]
            yield from frame.astype(object).itertuples(index=False, name=None)
    except ImportError as error:
        raise _not_installed(source, "pyreadstat") from error
    except Exception as error:  # the readers raise what they like at a damaged file, classes of their own too
        raise _unreadable(name, source, error) from error


def _frames(path: Path, source: Source) -> Iterator[Any]:
    """The table in parts of some rows, so that a large one never lies in memory whole (files of SAS and SPSS do)."""
    import pandas as pd

    if source.format == "stata":
        with pd.read_stata(path, chunksize=ROWS_AT_ONCE, convert_categoricals=True) as reader:
            yield from reader
    elif source.format == "sas":
        kind: Literal["xport", "sas7bdat"] = "xport" if _starts(path, b"HEADER RECORD") else "sas7bdat"
        with path.open("rb") as stream:
            yield pd.read_sas(stream, format=kind, encoding="utf-8")
    else:
        yield pd.read_spss(path)


def _starts(path: Path, mark: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(mark)) == mark


def _sheet_rows(path: Path, name: str, source: Source) -> Iterator[Sequence[Any]]:
    try:
        openpyxl: Any = importlib.import_module("openpyxl")
    except ImportError as error:
        raise _not_installed(source, "openpyxl") from error
    stream = path.open("rb")
    try:
        # From a stream: by a path it would judge the file by the end of its name.
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise _unreadable(name, source, error) from error
    try:
        yield from _filled_rows(_sheet(book, name, source).iter_rows(values_only=True))
    finally:
        book.close()
        stream.close()


def _sheet(book: Any, name: str, source: Source) -> Any:
    if source.sheet is None and len(book.sheetnames) == 1:
        return book[book.sheetnames[0]]
    if source.sheet not in book.sheetnames:
        asked = f"there is no sheet '{source.sheet}'" if source.sheet else "there are several sheets"
        raise InputError(
            f"{name}: {asked}. Sheets: {', '.join(book.sheetnames)}. Name one in raw.sources.{source.name}.sheet."
        )
    return book[source.sheet]


def _filled_rows(rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """``rows`` without the empty ones at the end, as wide as the header."""
    header = next(rows, ())
    width = max((place for place, value in enumerate(header, start=1) if value is not None), default=0)
    yield header[:width]
    waiting = 0
    for row in rows:
        if all(value is None for value in row):
            waiting += 1
            continue
        yield from [(None,) * width] * waiting
        waiting = 0
        filled = max(place for place, value in enumerate(row, start=1) if value is not None)
        yield [*row, *[None] * width][: max(width, filled)]
