"""Local clock times into instants without a calendar look-up per row: the zone's changes are found once.

`timezone(zone, time)` costs the engine more than reading the rest of a row. The changes are taken from that very
function, so that the instants are the same; where this shortcut does not apply, the function itself is called.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import duckdb

from recredit.engine import literal

# Clock times are converted by the shortcut between these years; others take the long way.
YEARS = (2000, 2040)
# No zone has changed between quarters of an hour since 2000.
STEP_MINUTES = 15
SHAPES = {"%Y-%m-%dT%H:%M:%S": "____-__-__T__:__:__", "%Y-%m-%d %H:%M:%S": "____-__-__ __:__:__"}


@dataclass(frozen=True)
class Changes:
    """From which local time on (microseconds) how many microseconds are added to get the instant, in order."""

    starts: tuple[int, ...]
    added: tuple[int, ...]


@cache
def changes_of(time_zone: str) -> Changes:
    """The changes of ``time_zone`` between :data:`YEARS`, as DuckDB's `timezone` makes them."""
    first, after = (f"TIMESTAMP '{year}-01-01'" for year in YEARS)
    query = (
        f"WITH times AS (SELECT unnest(generate_series({first}, {after}, INTERVAL {STEP_MINUTES} MINUTE)) AS local), "
        f"shifted AS (SELECT local, epoch_us(timezone({literal(time_zone)}, local)) - epoch_us(local) AS added "
        "FROM times), marked AS (SELECT *, lag(added) OVER (ORDER BY local) AS before FROM shifted) "
        "SELECT epoch_us(local), added FROM marked WHERE added IS DISTINCT FROM before ORDER BY local"
    )
    with duckdb.connect() as connection:
        found = connection.execute(query).fetchall()
    return Changes(tuple(int(row[0]) for row in found), tuple(int(row[1]) for row in found))


def clock(text: str, forms: Sequence[str]) -> str | None:
    """SQL for the local time in the SQL text expression ``text`` where it is written in full in one of ``forms``.

    NULL where it is not; None where the shortcut does not apply to a study's ``forms`` at all. Forms before the first
    plain one have an offset, which a text of these shapes has not, so that their order cannot matter.
    """
    plain = [form for form in forms if not form.endswith(("Z", "%z"))]
    leading = []
    for form in plain:
        if form not in SHAPES:
            break
        leading.append(form)
    if not leading:
        return None
    # Texts of one length are compared, so these are years; the shape makes sure of that.
    years = f"{text} >= '{YEARS[0]}' AND {text} < '{YEARS[1]}'"
    tries = " ".join(
        f"WHEN {text} LIKE '{SHAPES[form]}' AND {years} THEN try_strptime({text}, '{form}')" for form in leading
    )
    return f"CASE {tries} END"


def instant(local: str, changes: Changes) -> str:
    """SQL for the instant of the local time in column ``local``, by a tree of comparisons."""
    return f"make_timestamptz(epoch_us({local}) + {_tree(f'epoch_us({local})', changes.starts, changes.added)})"


def _tree(value: str, starts: Sequence[int], added: Sequence[int]) -> str:
    if len(starts) == 1:
        return str(added[0])
    middle = len(starts) // 2
    less, more = _tree(value, starts[:middle], added[:middle]), _tree(value, starts[middle:], added[middle:])
    return f"CASE WHEN {value} < {starts[middle]} THEN {less} ELSE {more} END"
