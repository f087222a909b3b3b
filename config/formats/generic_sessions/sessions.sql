-- A vendor's session log under the names of source.yaml in this folder. The enrollment is student and section with a slash
-- between, as in the enrollments of a study that puts them together alike.
-- Durations may be seconds, M:SS, MM:SS or H:MM:SS; anything else goes through as it is and is reported. A study copies
-- this file where minutes are meant, or where the vendor names accounts instead of students, and writes the vendor's own
-- definition of idle time over the last column: figures under two definitions are never pooled.
WITH split AS (
    SELECT
        source_row, session, student, section, started, ended, active, idle, activities,
        string_split(active, ':') AS active_parts,
        string_split(idle, ':') AS idle_parts
    FROM raw.session_log
)
SELECT
    source_row,
    session AS session_id,
    student || '/' || section AS enrollment_id,
    started AS started_at,
    ended AS ended_at,
    CASE
        WHEN regexp_full_match(active, '\d{1,4}:[0-5]\d:[0-5]\d')
        THEN CAST(3600 * CAST(active_parts[1] AS INTEGER) + 60 * CAST(active_parts[2] AS INTEGER)
            + CAST(active_parts[3] AS INTEGER) AS VARCHAR)
        WHEN regexp_full_match(active, '\d{1,4}:[0-5]\d')
        THEN CAST(60 * CAST(active_parts[1] AS INTEGER) + CAST(active_parts[2] AS INTEGER) AS VARCHAR)
        ELSE active
    END AS active_seconds,
    CASE
        WHEN regexp_full_match(idle, '\d{1,4}:[0-5]\d:[0-5]\d')
        THEN CAST(3600 * CAST(idle_parts[1] AS INTEGER) + 60 * CAST(idle_parts[2] AS INTEGER)
            + CAST(idle_parts[3] AS INTEGER) AS VARCHAR)
        WHEN regexp_full_match(idle, '\d{1,4}:[0-5]\d')
        THEN CAST(60 * CAST(idle_parts[1] AS INTEGER) + CAST(idle_parts[2] AS INTEGER) AS VARCHAR)
        ELSE idle
    END AS idle_seconds,
    activities AS activities_completed,
    'the vendor''s own, not stated' AS idle_definition
FROM split
