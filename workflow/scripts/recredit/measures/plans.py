"""How long an enrollment was meant to last: its school days by the calendar, and its weeks."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from recredit.engine import literal

_NONE = "SELECT NULL::VARCHAR AS enrollment_id, NULL::BIGINT AS weeks, NULL::BIGINT AS school_days WHERE false"
# Own bells of a school win over the calendar for all, day by day; a day that is not named is no school day.
_SCHOOL_DAYS = """
SELECT w.school_id, w.first_date, w.last_date, count(*)::BIGINT AS school_days
FROM (SELECT DISTINCT school_id, first_date, last_date FROM windows) AS w
JOIN (SELECT DISTINCT on_date FROM days) AS d ON d.on_date BETWEEN w.first_date AND w.last_date
LEFT JOIN days own ON own.on_date = d.on_date AND own.school_id = w.school_id
LEFT JOIN days every ON every.on_date = d.on_date AND every.school_id IS NULL
WHERE coalesce(own.is_school_day, every.is_school_day)
GROUP BY ALL
"""
_WINDOWS = """
SELECT e.enrollment_id, s.school_id,
  t.starts_on + CAST(greatest(coalesce(e.starts_day, 1), 1) - 1 AS INTEGER) AS first_date,
  coalesce(t.starts_on + CAST(e.ends_day - 1 AS INTEGER), t.ends_on) AS last_date
FROM {enrollments} e JOIN {sections} s USING (section_id) JOIN {terms} t USING (term_id)
"""


@dataclass(frozen=True)
class Plans:
    """Coded tables (Parquet) that say when an enrollment was to be worked on; None where the study has none."""

    enrollments: Path | None = None
    sections: Path | None = None
    terms: Path | None = None
    calendar: Path | None = None


def create_plans(connection: duckdb.DuckDBPyConnection, plans: Plans) -> None:
    """Make the table ``plans`` in ``connection``: ``weeks`` and ``school_days`` of each enrollment.

    Weeks are begun weeks from the first to the last day of the enrollment. School days are missing without a calendar.
    """
    named = {"enrollments": plans.enrollments, "sections": plans.sections, "terms": plans.terms}
    if any(path is None for path in named.values()):
        connection.execute(f"CREATE TABLE plans AS {_NONE}")
        return
    files = {name: f"read_parquet({literal(str(path))})" for name, path in named.items()}
    connection.execute(f"CREATE TABLE windows AS {_WINDOWS.format(**files)}")
    counted = "SELECT school_id, first_date, last_date, NULL::BIGINT AS school_days FROM windows WHERE false"
    if plans.calendar is not None:
        connection.execute(f"CREATE VIEW days AS FROM read_parquet({literal(str(plans.calendar))})")
        counted = _SCHOOL_DAYS
    connection.execute(
        "CREATE TABLE plans AS SELECT w.enrollment_id, (w.last_date - w.first_date + 7) // 7 AS weeks, c.school_days "
        f"FROM windows w LEFT JOIN ({counted}) AS c ON c.school_id IS NOT DISTINCT FROM w.school_id "
        "AND c.first_date = w.first_date AND c.last_date = w.last_date"
    )
