-- One row is the time a student spent on one activity (a window in front), so "sessions" are stretches of one activity.
--
-- The column documented as "idle time in milliseconds" is none: in a fifth of the rows it exceeds the row's own length.
-- It behaves like a counter of the seconds without input that is read every second and added up: a pause of n seconds
-- adds 1 + 2 + ... + n = n (n + 1) / 2. With S the counter in seconds and D the length of the row in seconds,
-- the time without input is least where it was one pause (n (n + 1) / 2 = S, but no longer than the row):
--     at least  min((sqrt(1 + 8 S) - 1) / 2, D)
-- and greatest where every pause lasted a second:
--     at most   min(S, D)
-- A counter below one second belongs to a pause that was over before it was read twice: S itself is then the least.
-- So `idle_seconds` stays missing, and the study gives both bounds under a definition of its own.
-- A counter below zero overflowed; it is handed on as it is, so that the check of the range sets the row aside.
WITH read AS (
    SELECT
        source_row, student, session, started, ended,
        CAST(idle AS DOUBLE) / 1000 AS s,
        greatest(epoch(strptime(ended, '%d.%m.%Y %H:%M:%S')) - epoch(strptime(started, '%d.%m.%Y %H:%M:%S')), 0) AS d
    FROM raw.log
)
SELECT
    source_row,
    source_row AS session_id,
    'student-' || student || '/laboratory_' || session AS enrollment_id,
    started AS started_at,
    ended AS ended_at,
    CAST(CASE WHEN s < 0 THEN s ELSE least((sqrt(1 + 8 * s) - 1) / 2, s, d) END AS VARCHAR) AS idle_seconds_at_least,
    CAST(CASE WHEN s < 0 THEN s ELSE least(s, d) END AS VARCHAR) AS idle_seconds_at_most,
    'bounds from a counter of seconds without input, summed every second' AS idle_definition
FROM read
