"""Typing of texts, against values worked out by hand or by Python's own parsers."""

import datetime

import duckdb
import pytest

from recredit.contract import Column
from recredit.intake.values import Formats, typed, unreadable

FORMATS = Formats(
    ("%Y-%m-%d", "%m/%d/%Y"),
    ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%SZ", "%Y-%m-%d %H:%M:%S"),
    "America/Los_Angeles",
)


def read(kind: str, text: str, maximum: float | None = None) -> object:
    column = Column(name="x", type=kind, privacy_class="measure", description="", maximum=maximum)
    with duckdb.connect() as connection:
        row = connection.execute(f"SELECT {typed('t', column, FORMATS)} FROM (SELECT ? AS t)", [text]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("+7", 7),
        ("12.0", 12),
        ("12.5", None),
        ("1e3", None),
        ("", None),
        ("1_000", None),
        ("0x10", None),
        ("1,000", None),
        ("9" * 30, None),
        ("twelve", None),
        ("007", 7),
        ("-0", 0),
        (" 5", None),
        ("2147483647", 2**31 - 1),
        ("2147483648", 2**31),
        ("-2147483649.", -(2**31) - 1),
        ("9223372036854775807", 2**63 - 1),
    ],
)
@pytest.mark.parametrize("maximum", [None, 604_800, 2**40])
def test_integers(text: str, value: int | None, maximum: float | None) -> None:
    """A plain cast would read 12.5 as 13. What lies beyond a column's maximum is read too, for the check to find it."""
    assert read("integer", text, maximum) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.5", 12.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("12,5", None),
        ("1_0", None),
        ("12.5%", None),
    ],
)
def test_numbers(text: str, value: float | None) -> None:
    assert read("number", text) == value


@pytest.mark.parametrize("text", ["true", "TRUE", "T", "yes", "Y", "1"])
def test_yes(text: str) -> None:
    assert read("boolean", text) is True


@pytest.mark.parametrize("text", ["false", "False", "f", "no", "N", "0"])
def test_no(text: str) -> None:
    assert read("boolean", text) is False


@pytest.mark.parametrize("text", ["2", "maybe", "-1", "0.0"])
def test_neither_yes_nor_no(text: str) -> None:
    assert read("boolean", text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2018-07-02", "2018-07-02"),
        ("07/02/2018", "2018-07-02"),
        ("02.07.2018", None),
        ("2018-02-30", None),
        ("07/02/18", None),
        ("2018-07-02T00:00:00", None),
        ("1899-12-31", None),
        ("2101-01-01", None),
    ],
)
def test_dates(text: str, value: str | None) -> None:
    assert read("date", text) == (datetime.date.fromisoformat(value) if value else None)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        # Summer time is seven hours behind UTC, winter time eight.
        ("2018-07-02 08:00:00", "2018-07-02T15:00:00"),
        ("2018-01-02 08:00:00", "2018-01-02T16:00:00"),
        ("2018-07-02T08:00:00-04:00", "2018-07-02T12:00:00"),
        ("2018-07-02T08:00:00+0530", "2018-07-02T02:30:00"),
        # Z is the offset zero, in the text and in the study's format alike.
        ("2018-07-02T08:00:00Z", "2018-07-02T08:00:00"),
        ("2018-07-02 08:00:00Z", "2018-07-02T08:00:00"),
        ("2018-07-02 25:00:00", None),
        ("18-07-02 08:00:00", None),
    ],
)
def test_clock_times(text: str, utc: str | None) -> None:
    expected = datetime.datetime.fromisoformat(utc + "+00:00") if utc else None
    assert read("timestamp", text) == expected


@pytest.mark.parametrize(
    ("text", "value"), [("08:05", "08:05"), ("13:45:10", "13:45:10"), ("1:05 PM", "13:05"), ("8", None)]
)
def test_times_of_day(text: str, value: str | None) -> None:
    assert read("time", text) == (datetime.time.fromisoformat(value) if value else None)


def test_the_reason_names_column_and_format_and_no_value() -> None:
    column = Column(name="birth_date", type="date", privacy_class="quasi", description="")
    assert unreadable(column, FORMATS) == "unreadable date in column birth_date, expected %Y-%m-%d or %m/%d/%Y"
