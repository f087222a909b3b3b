"""A school replaced by its block, a group of schools: the coarsening of the place that a student is known by.

The blocks come from the district's own table of schools and get random codes of their own in the crosswalk; which
schools stand behind a block never leaves the identified zone.
"""

import duckdb

from recredit.contract import Table
from recredit.engine import quoted
from recredit.errors import ConfigurationError

SCHOOL, SCHOOL_BLOCK = "school", "school_block"
WORDS = "coarsening.school is 'block', and"


def put_blocks_for_schools(connection: duckdb.DuckDBPyConnection) -> None:
    """Give each school in the table ``crosswalk`` the code of its block; views as `open_tables` makes them.

    Every coded column of schools then holds blocks, since all take their codes from that table.

    Raises
    ------
    ConfigurationError where the study has no schools, a school has no block, or a section or student is in a school
    that the table does not list.
    """
    if not _rows(connection, "SELECT 1 FROM duckdb_views() WHERE view_name = 'schools'"):
        raise ConfigurationError(f"study.yaml: {WORDS} the study fills no table of schools. Add one with `block`.")
    bare = _rows(connection, "SELECT count(*) FROM schools WHERE block IS NULL")[0][0]
    if bare:
        raise ConfigurationError(
            f"schools: {WORDS} {bare} schools have no block. Fill the column `block` for every school in the adapter."
        )
    connection.execute(
        "CREATE TEMP TABLE school_blocks AS SELECT s.school_id AS identifier, k.code FROM schools AS s "
        f"JOIN crosswalk AS k ON k.entity = '{SCHOOL_BLOCK}' AND k.identifier = s.block"
    )
    # A school of an earlier hand-over that is no longer listed has no rows now: its code goes with it.
    connection.execute(
        "UPDATE crosswalk SET code = (SELECT b.code FROM school_blocks AS b WHERE b.identifier = crosswalk.identifier) "
        f"WHERE entity = '{SCHOOL}'"
    )


def merged_by_block(table: Table, coded: str, columns: list[str]) -> str:
    """SQL of one row per key where several schools of a block had one each; ``coded`` unless schools are in the key.

    A value that the schools of a block do not share is missing.

    Parameters
    ----------
    coded : SQL of the coded rows. columns : their names.
    """
    if not any(table.columns[name].entity == SCHOOL for name in table.key):
        return coded
    key = [quoted(name) for name in columns if name in table.key]
    rest = [
        f"CASE WHEN count({name}) = count(*) AND count(DISTINCT {name}) = 1 THEN any_value({name}) END AS {name}"
        for name in (quoted(each) for each in columns if each not in table.key)
    ]
    return f"SELECT {', '.join([*key, *rest])} FROM ({coded}) GROUP BY {', '.join(key)}"


def require_one_calendar(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse blocks whose schools hold classes on different days: the days of a plan could not be counted.

    Raises
    ------
    ConfigurationError with the number of such blocks.
    """
    # A day that a school's own calendar does not name is as the calendar for all schools says.
    query = """
        WITH named AS (
            SELECT b.code, b.identifier, d.on_date, coalesce(o.is_school_day, e.is_school_day, false) AS classes
            FROM school_blocks AS b CROSS JOIN (SELECT DISTINCT on_date FROM calendar) AS d
            LEFT JOIN calendar AS o ON o.on_date = d.on_date AND o.school_id = b.identifier
            LEFT JOIN calendar AS e ON e.on_date = d.on_date AND e.school_id IS NULL
        )
        SELECT count(DISTINCT code) FROM (
            SELECT code FROM named GROUP BY code, on_date HAVING count(DISTINCT classes) > 1
        )
    """
    differing = _rows(connection, query)[0][0]
    if differing:
        raise ConfigurationError(
            f"calendar: {WORDS} in {differing} blocks some schools hold classes on days when others of the block do "
            "not. Put schools with one calendar into one block."
        )


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[int, ...]]:
    return connection.execute(query).fetchall()
