"""Sessions without their clock times: program day and week, order in the day, inside or outside the school day."""

import duckdb

from recredit.engine import literal

# A row of the school wins over one for all schools; a day without a row is no school day.
OUTSIDE = """
    CASE
        WHEN own.on_date IS NULL AND every.on_date IS NULL THEN true
        WHEN NOT CASE WHEN own.on_date IS NULL THEN every.is_school_day ELSE own.is_school_day END THEN true
        WHEN own.on_date IS NULL THEN NOT (local_time >= every.first_bell AND local_time < every.last_bell)
        ELSE NOT (local_time >= own.first_bell AND local_time < own.last_bell)
    END
"""
CALENDAR_JOINS = """
    LEFT JOIN calendar AS own ON own.on_date = local_date AND own.school_id = local.school_id
    LEFT JOIN calendar AS every ON every.on_date = local_date AND every.school_id IS NULL
"""


# What is left of a clock time: days and weeks of the term; ``local_start`` is the begin by a clock of the schools.
LOCAL = """timezone({zone}, {started}) AS local_start,
                CAST(local_start AS DATE) AS local_date, CAST(local_start AS TIME) AS local_time"""
PROGRAM_DAYS = """CAST(local_date - starts_on + 1 AS BIGINT) AS program_day,
            CAST(floor((local_date - starts_on) / 7.0) + 1 AS BIGINT) AS program_week"""


def outside_and_joins(*, calendar: bool) -> tuple[str, str]:
    """SQL of ``outside_school_day`` over rows ``local``, and the joins it needs; missing without a calendar."""
    return (OUTSIDE, CALENDAR_JOINS) if calendar else ("CAST(NULL AS BOOLEAN)", "")


def create_coded_sessions(
    connection: duckdb.DuckDBPyConnection, time_zone: str, buckets: int, *, calendar: bool
) -> None:
    """Make the table ``coded_sessions`` from ``sessions``, ``enrollment_terms``, ``crosswalk`` and ``calendar``.

    Parameters
    ----------
    time_zone : IANA name of the schools' zone; days and bells are local.
    buckets : number of buckets; a student's sessions all lie in one, by a hash of the study code that is the same
        on every machine (the low half of MD5, which needs no secrecy since the code itself is random).
    calendar : whether the study has the table; without it ``outside_school_day`` is missing.

    Notes
    -----
    A session begins inside the school day from the first bell on and before the last; the last bell is outside.
    """
    outside, joins = outside_and_joins(calendar=calendar)
    local = LOCAL.format(zone=literal(time_zone), started="s.started_at")
    connection.execute(f"""
        CREATE TEMP TABLE coded_sessions AS
        WITH local AS (
            SELECT s.*, e.school_id, e.starts_on, e.school_year, e.student_id,
                {local}
            FROM sessions AS s LEFT JOIN enrollment_terms AS e USING (enrollment_id)
        )
        SELECT
            k_enrollment.code AS enrollment_id,
            active_seconds, idle_seconds, idle_seconds_at_least, idle_seconds_at_most,
            activities_completed, idle_definition,
            CAST(round(epoch(ended_at - started_at)) AS BIGINT) AS duration_seconds,
            {PROGRAM_DAYS},
            row_number() OVER (
                PARTITION BY local.enrollment_id, local_date
                ORDER BY started_at, ended_at, active_seconds, idle_seconds, activities_completed, session_id
            ) AS order_in_day,
            {outside} AS outside_school_day,
            school_year,
            CAST(md5_number_lower(k_student.code) % {buckets} AS BIGINT) AS bucket
        FROM local
        {joins}
        JOIN crosswalk AS k_enrollment
            ON k_enrollment.entity = 'enrollment' AND k_enrollment.identifier = local.enrollment_id
        JOIN crosswalk AS k_student ON k_student.entity = 'student' AND k_student.identifier = local.student_id
    """)
