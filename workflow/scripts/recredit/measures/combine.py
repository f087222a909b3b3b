"""Measures of what each student did in each course, from the sums over the log or from a vendor's totals."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from recredit.engine import literal
from recredit.measures.definitions import FROM_CLICKS_TOO, MEASURES, Measure, at_level
from recredit.measures.plans import Plans, create_plans

# Days of use from daily sums, where there are no sessions to count them from.
_WITH_DAYS = """
SELECT b.* EXCLUDE (arm) REPLACE (CASE WHEN b.days IS NULL THEN {days} ELSE b.days END AS days),
  {actions} AS actions, CASE WHEN d.days > 0 THEN d.actions / d.days END AS actions_per_day
FROM base b LEFT JOIN daily d USING (enrollment_id)
"""
_DAILY = """
SELECT enrollment_id, count(DISTINCT CASE WHEN actions > 0 THEN program_day END)::BIGINT AS days,
  sum(actions)::BIGINT AS actions
FROM {source} GROUP BY enrollment_id
"""
_NO_TOTALS = (
    "SELECT NULL::VARCHAR AS enrollment_id, NULL::DOUBLE AS total_seconds, NULL::DOUBLE AS active_seconds, "
    "NULL::DOUBLE AS idle_seconds, NULL::VARCHAR AS idle_definition WHERE false"
)


@dataclass(frozen=True)
class Work:
    """What is known of the work in the platform.

    Attributes
    ----------
    sums : the sums of every bucket over the vendor's sessions (Parquet); empty where the study has no session log.
    click_sums : the same over the sessions computed from clicks; they are the measures where there is no session log,
        and stand beside them where there is one.
    totals : a vendor's totals per enrollment (Parquet), read only where there is no log: sessions and totals are two
        measurements and are never mixed.
    usage_days : a platform's daily sums (Parquet); they give the actions, and the days where no session log does.
    """

    sums: Sequence[Path] = ()
    click_sums: Sequence[Path] = ()
    totals: Path | None = None
    usage_days: Path | None = None


def combine_measures(
    connection: duckdb.DuckDBPyConnection,
    cohort: Path,
    work: Work,
    minimum_minutes: float,
    target_minutes: float = 45,
    plans: Plans | None = None,
) -> None:
    """Make the tables ``measures`` (one row per enrollment of the cohort) and ``online`` (of the whole log).

    Parameters
    ----------
    cohort : the cohort (Parquet); gives the enrollments and their arm.
    minimum_minutes : below this total of active and idle time the idle share is missing.
    target_minutes : minutes a school day that the pace is held against.
    plans : coded tables with the days of each enrollment, for pace and regularity.

    Notes
    -----
    The measures are those of :mod:`recredit.measures.definitions`. The idle share is missing where an enrollment has
    sessions under two definitions of idle time, since those are never pooled; ``idle_definitions`` counts them. An
    online enrollment without a session has zeros, not missing values; a comparison enrollment without a session has
    missing values, since its work leaves no log. Without a row in ``totals`` an enrollment's time is unknown, and
    missing. ``online`` has one row for every enrollment with a session, in the cohort or not.
    """
    create_plans(connection, plans or Plans())
    connection.execute(f"CREATE TABLE cohort AS SELECT enrollment_id, arm FROM read_parquet({literal(str(cohort))})")
    constants = {"minimum": str(round(60_000_000 * minimum_minutes)), "target": repr(float(target_minutes))}
    main, beside = (work.sums, work.click_sums) if work.sums else (work.click_sums, ())
    _create_sums(connection, "sums", main)
    _create_sums(connection, "beside", beside)
    connection.execute(f"CREATE VIEW totals AS {_from(work.totals) if work.totals else _NO_TOTALS}")
    _create_daily(connection, work.usage_days)
    selection = _from_sums(constants, bool(beside)) if main else _from_totals(constants)
    everybody = "SELECT enrollment_id, 'online' AS arm FROM sums" if main else "FROM cohort WHERE false"
    for table, population in (("measures", "FROM cohort"), ("online", everybody)):
        connection.execute(f"CREATE OR REPLACE VIEW population AS {population}")
        connection.execute(f"CREATE OR REPLACE VIEW base AS {selection}")
        rows = _with_days(known=work.usage_days is not None)
        connection.execute(f"CREATE TABLE {table} AS {rows} ORDER BY b.enrollment_id")


def _from(*paths: Path) -> str:
    return f"SELECT * FROM read_parquet([{', '.join(literal(str(path)) for path in paths)}])"


def _create_sums(connection: duckdb.DuckDBPyConnection, name: str, paths: Sequence[Path]) -> None:
    connection.execute(f"CREATE VIEW {name} AS {_from(*paths) if paths else 'SELECT NULL::VARCHAR AS enrollment_id'}")


def _from_sums(constants: dict[str, str], beside: bool) -> str:
    kept = "(s.enrollment_id IS NOT NULL OR c.arm = 'online')"
    columns = [_measure(one, constants, kept) for one in at_level("course")]
    never = f"s.enrollment_id IS NULL AND {kept}"
    columns.append("CASE WHEN s.idle_definitions = 1 THEN s.idle_definition END AS idle_definition")
    columns.append(f"CASE WHEN {never} THEN 0 ELSE s.idle_definitions END AS idle_definitions")
    columns += [_beside(MEASURES[name], constants) for name in (FROM_CLICKS_TOO if beside else ())]
    joins = "LEFT JOIN sums s USING (enrollment_id) LEFT JOIN plans p USING (enrollment_id) "
    joins += "LEFT JOIN beside x USING (enrollment_id)" if beside else ""
    return f"SELECT c.enrollment_id, c.arm, {', '.join(columns)} FROM population c {joins}"


def _measure(one: Measure, constants: dict[str, str], kept: str) -> str:
    value = one.sql.format(**constants)
    if one.zero:
        value = f"CASE WHEN s.enrollment_id IS NULL AND {kept} THEN 0 ELSE {value} END"
    return f"CAST({value} AS {one.type}) AS {one.name}"


def _beside(one: Measure, constants: dict[str, str]) -> str:
    return f"CAST({one.sql.format(**constants).replace('s.', 'x.')} AS {one.type}) AS {one.name}_from_clicks"


def _from_totals(constants: dict[str, str]) -> str:
    columns = [
        f"CAST({one.totals.format(**constants) or 'NULL'} AS {one.type}) AS {one.name}" for one in at_level("course")
    ]
    columns.append("t.idle_definition")
    columns.append(
        "CASE WHEN t.enrollment_id IS NOT NULL THEN (t.idle_definition IS NOT NULL)::BIGINT END AS idle_definitions"
    )
    selected = f"SELECT c.enrollment_id, c.arm, {', '.join(columns)}"
    return f"{selected} FROM population c LEFT JOIN totals t USING (enrollment_id)"


def _create_daily(connection: duckdb.DuckDBPyConnection, path: Path | None) -> None:
    empty = "(SELECT NULL::VARCHAR AS enrollment_id, NULL::BIGINT AS program_day, NULL::BIGINT AS actions WHERE false)"
    source = f"read_parquet({literal(str(path))})" if path else empty
    connection.execute(f"CREATE TABLE daily AS {_DAILY.format(source=source)}")


def _with_days(*, known: bool) -> str:
    """An online enrollment that a platform's daily sums do not name was never there: zero, not missing."""
    found = "CASE WHEN d.enrollment_id IS NULL AND b.arm = 'online' THEN 0 ELSE d.{} END" if known else "d.{}"
    return _WITH_DAYS.format(days=found.format("days"), actions=found.format("actions"))
