"""Local clock times into instants without a calendar look-up per row: the zone's changes are found once.

`timezone(zone, time)` costs the engine more than reading the rest of a row. The changes are taken from that very
function, so that the instants are the same; where this shortcut does not apply, the function itself is called.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

import duckdb

from recredit.engine import literal

# Clock times are converted by the shortcut between these years; others take the long way.
YEARS = (2000, 2040)
# No zone has changed between quarters of an hour since 2000.
STEP_MINUTES = 15
FORMS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")
# Bytes of a time written in full in one of them.
LENGTH = 19
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Changes:
    """From which local time on (microseconds) how many microseconds are added to get the instant, in order."""

    starts: tuple[int, ...]
    added: tuple[int, ...]


@cache
def changes_of(time_zone: str) -> Changes:
    """The changes of ``time_zone`` between :data:`YEARS`, as DuckDB's `timezone` makes them."""
    first, after = (f"TIMESTAMP '{year}-01-01'" for year in YEARS)
    with duckdb.connect() as connection:
        daily = _added(connection, time_zone, f"generate_series({first}, {after}, INTERVAL 1 DAY)")
        found = [daily[0]]
        for (before, old), (day, new) in pairwise(daily):
            if old != new:
                found += _changes_within(connection, time_zone, before, day, old)
    return Changes(tuple(local for local, _ in found), tuple(added for _, added in found))


def _changes_within(
    connection: duckdb.DuckDBPyConnection, time_zone: str, start: int, stop: int, old: int
) -> Iterator[tuple[int, int]]:
    """The changes of one day, from the local time ``start`` to ``stop`` (microseconds)."""
    steps = f"generate_series(make_timestamp({start}), make_timestamp({stop}), INTERVAL {STEP_MINUTES} MINUTE)"
    for local, added in _added(connection, time_zone, steps):
        if added != old:
            yield local, added
            old = added


def _added(connection: duckdb.DuckDBPyConnection, time_zone: str, series: str) -> list[tuple[int, int]]:
    """Local times of ``series``, and what is added to each for its instant, in microseconds."""
    return connection.execute(
        f"SELECT epoch_us(local), epoch_us(timezone({literal(time_zone)}, local)) - epoch_us(local) "
        f"FROM (SELECT unnest({series}) AS local) ORDER BY local"
    ).fetchall()


def clock(text: str, forms: Sequence[str]) -> str | None:
    """SQL for the local time in the SQL text expression ``text`` where it is written in full in one of ``forms``.

    NULL where it is not; None where the shortcut does not apply to a study's ``forms`` at all. Forms before the first
    plain one have an offset, which a text that is read here has not, so that their order cannot matter.
    """
    plain = [form for form in forms if not form.endswith(("Z", "%z"))]
    leading = []
    for form in plain:
        if form not in FORMS:
            break
        leading.append(form)
    if not leading:
        return None
    tries = ", ".join(_tried(text, form, len(leading) > 1) for form in leading)
    return f"coalesce({tries})" if len(leading) > 1 else tries


def in_reach(local: str) -> str:
    """SQL that is true where the shortcut holds for the local time in column ``local``."""
    first, after = (f"TIMESTAMP '{year}-01-01'" for year in YEARS)
    return f"{local} >= {first} AND {local} < {after}"


def _tried(text: str, form: str, several: bool) -> str:
    """``text`` read in ``form`` where it is long enough for it. A try that fails is slow."""
    other = f" AND {'' if 'T' in form else 'NOT '}contains({text}, 'T')" if several else ""
    return f"CASE WHEN strlen({text}) = {LENGTH}{other} THEN try_strptime({text}, '{form}') END"


def instant(local: str, changes: Changes) -> str:
    """SQL for the instant of the local time in column ``local``, by a tree of comparisons."""
    return f"make_timestamptz(epoch_us({local}) + {_tree(local, changes.starts, changes.added)})"


def _tree(local: str, starts: Sequence[int], added: Sequence[int]) -> str:
    if len(starts) == 1:
        return str(added[0])
    middle = len(starts) // 2
    less, more = _tree(local, starts[:middle], added[:middle]), _tree(local, starts[middle:], added[middle:])
    start = EPOCH + timedelta(microseconds=starts[middle])
    return f"CASE WHEN {local} < TIMESTAMP '{start}' THEN {less} ELSE {more} END"
