"""Text into typed values, and the words for a text that cannot be read."""

from collections.abc import Sequence
from dataclasses import dataclass

from recredit.contract import Column
from recredit.engine import literal, quoted

SQL_TYPES = {
    "string": "VARCHAR",
    "category": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMPTZ",
}
TRUE = ("true", "t", "yes", "y", "1")
FALSE = ("false", "f", "no", "n", "0")
TIME_FORMATS = ("%H:%M:%S", "%H:%M", "%I:%M %p")
# `%Y` reads "18" as the year 18; a school's record lies between these years.
YEARS = (1900, 2100)
# Of 32 bits with a sign.
LARGEST_INTEGER = (1 << 31) - 1
# Without one of these ends no text has an offset, and a format with an offset need not be tried (a failed try is slow).
OFFSET = "([+-][0-9:]+|[Zz])$"


@dataclass(frozen=True)
class Formats:
    """How the study writes dates and clock times (strptime), and the schools' time zone (IANA name)."""

    date: tuple[str, ...]
    timestamp: tuple[str, ...]
    time_zone: str


def typed(text: str, column: Column, formats: Formats) -> str:
    """SQL that reads the SQL text expression ``text`` as ``column``'s type; NULL where it cannot be read."""
    if column.type in ("string", "category"):
        return text
    if column.type == "integer":
        return _whole_number(text, column)
    if column.type == "number":
        number = f"TRY_CAST({text} AS DOUBLE)"
        shape = "'[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?'"
        return f"CASE WHEN regexp_full_match({text}, {shape}) AND isfinite({number}) THEN {number} END"
    if column.type == "boolean":
        yes, no = (", ".join(map(literal, words)) for words in (TRUE, FALSE))
        return f"CASE WHEN lower({text}) IN ({yes}) THEN true WHEN lower({text}) IN ({no}) THEN false END"
    if column.type == "time":
        return f"CAST({_first([_parsed(text, form) for form in TIME_FORMATS])} AS TIME)"
    if column.type == "date":
        return f"CAST({_first([_in_years(_parsed(text, form), 'TIMESTAMP') for form in formats.date])} AS DATE)"
    with_offset = [form for form in formats.timestamp if form.endswith(("Z", "%z"))]
    plain = [form for form in formats.timestamp if form not in with_offset]
    every = _instants(text, formats.timestamp, formats)
    if not (with_offset and plain):
        return every
    return (
        f"CASE WHEN regexp_matches({text}, {literal(OFFSET)}) THEN {every} ELSE {_instants(text, plain, formats)} END"
    )


def _whole_number(text: str, column: Column) -> str:
    """A plain cast would round "12.5" to 13; "12.0" is how spreadsheets and R write 12.

    The first branch is the regular expression for the plain spelling, at a third of its cost; less still where the
    column's values fit into 32 bits. A text that does not fit them is slow, and out of the column's range.
    """
    kind = "INTEGER" if column.maximum is not None and column.maximum <= LARGEST_INTEGER else "BIGINT"
    plain = f"TRY_CAST({text} AS {kind})"
    return (
        f"CASE WHEN CAST({plain} AS VARCHAR) = {text} THEN {plain} "
        f"WHEN regexp_full_match({text}, '[+-]?[0-9]+([.]0*)?') THEN TRY_CAST({text} AS BIGINT) END"
    )


def _instants(text: str, forms: Sequence[str], formats: Formats) -> str:
    return _first([_in_years(_instant(text, form, formats.time_zone), "TIMESTAMPTZ") for form in forms])


def _first(expressions: Sequence[str]) -> str:
    return f"coalesce({', '.join(expressions)})"


def _parsed(text: str, form: str) -> str:
    """``text`` read in ``form``. A `T` between letters of the format must stand in the text: a failed try is slow."""
    tried = f"try_strptime({text}, {literal(form)})"
    return f"CASE WHEN contains({text}, 'T') THEN {tried} END" if "dT%" in form else tried


def _in_years(expression: str, sql_type: str) -> str:
    """``expression`` where it lies in :data:`YEARS`. The bounds are compared, since `year()` looks up a calendar."""
    zone = "+00" if sql_type == "TIMESTAMPTZ" else ""
    first, after = (f"{sql_type} '{year}-01-01 00:00:00{zone}'" for year in (YEARS[0], YEARS[1] + 1))
    return f"CASE WHEN {expression} >= {first} AND {expression} < {after} THEN {expression} END"


def _instant(text: str, form: str, time_zone: str) -> str:
    """A clock time as an instant; `Z` is the offset zero, and not a letter of the format."""
    if form.endswith("Z"):
        form = form[:-1] + "%z"
    if "%z" in form:
        return _parsed(f"regexp_replace({text}, '([0-9]) ?[Zz]$', '\\1+00:00')", form)
    return f"timezone({literal(time_zone)}, {_parsed(text, form)})"


def expected(column: Column, formats: Formats) -> str:
    """What a text of ``column`` should look like, in words."""
    return {
        "integer": "a whole number in digits",
        "number": "a number with a decimal point",
        "boolean": "true, false, yes, no, y, n, t, f, 1 or 0",
        "date": " or ".join(formats.date),
        "time": " or ".join(TIME_FORMATS),
        "timestamp": " or ".join(formats.timestamp),
    }.get(column.type, "text")


KINDS = {"integer": "whole number", "boolean": "yes/no value", "timestamp": "clock time", "time": "time of day"}


def unreadable(column: Column, formats: Formats) -> str:
    """The reason of a quarantined row, such as 'unreadable date in column birth_date, expected %Y-%m-%d'."""
    kind = KINDS.get(column.type, column.type)
    return f"unreadable {kind} in column {column.name}, expected {expected(column, formats)}"


def text_of(column: Column) -> str:
    """Name of the column with the text that ``column`` is read from."""
    return quoted(f"{column.name}__text")
