"""What becomes of a column on its way to the coded zone: it follows from its privacy class, never from its name."""

from dataclasses import dataclass

from recredit.contract import Column
from recredit.engine import literal, quoted
from recredit.errors import ConfigurationError

CLOCK = ("date", "time", "timestamp")
# A date in August or later belongs to the school year of the next spring (contract: a summer to the year before it).
FIRST_MONTH = 8
# A text that so many students share is a category and no remark about one of them (the smallest group of a release).
COMMON = 10
# Columns that tell the students of a table's rows apart, the best first.
PERSONS = ("student_id", "enrollment_id")


@dataclass(frozen=True)
class Treated:
    """A column of the coded zone: ``sql`` over the row ``t``, its codes ``k_<column>`` and its term ``term``."""

    name: str
    sql: str


def treat(column: Column, person: str = "t") -> Treated | None:
    """The coded column for ``column``, or None where it goes no further.

    Rules: an identifier becomes the study code of its entity, or is dropped where it has none; a quasi-identifying
    date is coarsened as the contract says; clock times and other dates that are not public are dropped; a text without
    declared values that is not public stays only where at least COMMON students have it (a category), and becomes
    missing elsewhere, since what somebody typed of one student can hold a name; everything else stays.

    Parameters
    ----------
    person : SQL that tells the students of the table's rows apart.
    """
    value = f"t.{quoted(column.name)}"
    if column.privacy_class == "identifier":
        return Treated(column.name, f"{quoted('k_' + column.name)}.code") if column.entity else None
    if column.type == "string" and column.privacy_class != "public":
        common = f"count(DISTINCT {person}) OVER (PARTITION BY {value}) >= {COMMON}"
        return Treated(column.name, f"CASE WHEN {common} THEN {value} END")
    if column.type not in CLOCK or column.privacy_class == "public":
        return Treated(column.name, value)
    stem = column.name.removesuffix("_on").removesuffix("_date")
    if column.coarsen == "age_years":
        # Whole years on the reference day; date_sub counts birthdays, date_diff would count calendar years.
        return Treated("age_years", f"date_sub('year', {value}, reference.day)")
    if column.coarsen == "program_day":
        return Treated(f"{stem}_day", f"CAST({value} - term.starts_on + 1 AS BIGINT)")
    if column.coarsen == "school_year":
        return Treated(
            f"{stem}_school_year",
            f"CAST(year({value}) + CASE WHEN month({value}) >= {FIRST_MONTH} THEN 1 ELSE 0 END AS BIGINT)",
        )
    return None


def treated_columns(columns: list[Column]) -> list[Treated]:
    """The coded columns of a table.

    Raises
    ------
    ConfigurationError if two columns would get the same name.
    """
    person = next((f"t.{quoted(name)}" for name in PERSONS if name in {column.name for column in columns}), "t")
    treated = [one for column in columns if (one := treat(column, person)) is not None]
    names = [one.name for one in treated]
    if double := {name for name in names if names.count(name) > 1}:
        raise ConfigurationError(f"config/contract: two columns become {sorted(double)[0]} in the coded zone.")
    return treated


def code_joins(columns: list[Column]) -> str:
    """SQL joins that give the code of each identifier of the row ``t``."""
    return " ".join(
        f"LEFT JOIN crosswalk AS {quoted('k_' + column.name)} ON {quoted('k_' + column.name)}.identifier = "
        f"t.{quoted(column.name)} AND {quoted('k_' + column.name)}.entity = {literal(column.entity)}"
        for column in columns
        if column.entity
    )
