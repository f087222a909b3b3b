-- Session log of a vendor whose export has one row a session: "Student Email", "Course" (title as in the roster),
-- "Session Start" and "Session End" (ISO local clock time with its offset), "Active Time" and "Idle Time" (H:MM:SS),
-- "Activities Completed", "Log Version" (which rule counted the idle time; a version that is not known here goes through
-- as it is, so that its figures are never pooled with others). There is no session number: student, course, begin and end name a session, so a row that was
-- exported twice is one session.
-- The enrollment is the student's online section of that course in the term in which the session began, from the first
-- instant of its first day at the schools to the last of its last day, whatever the zone of the clock that printed it; a
-- session that has none comes out without an enrollment and is quarantined.
-- A duration that is not H:MM:SS goes through as it is and is reported.
WITH online AS (
    SELECT
        lower(users.email) AS email,
        courses.title AS course,
        day_begins(terms.startDate) AS begins,
        day_ends(terms.endDate) AS ends,
        enrollments.sourcedId AS enrollment_id
    FROM raw.roster_enrollments AS enrollments
    JOIN raw.users AS users ON users.sourcedId = enrollments.userSourcedId
    JOIN raw.classes AS classes ON classes.sourcedId = enrollments.classSourcedId
    JOIN raw.courses AS courses ON courses.sourcedId = classes.courseSourcedId
    JOIN raw.academic_sessions AS terms ON terms.sourcedId = classes.termSourcedIds
    WHERE enrollments.role = 'student' AND lower(classes."metadata.courseModel") = 'online'
), log AS (
    SELECT
        source_row, "Student Email", "Course", "Session Start", "Session End", "Active Time", "Idle Time",
        "Activities Completed", "Log Version", in_utc("Session Start") AS began
    FROM raw.session_log
)
SELECT
    log.source_row,
    concat_ws('|', lower(log."Student Email"), log."Course", log."Session Start", log."Session End") AS session_id,
    online.enrollment_id,
    log."Session Start" AS started_at,
    log."Session End" AS ended_at,
    CASE
        WHEN regexp_full_match(log."Active Time", '\d{1,4}:[0-5]\d:[0-5]\d')
        THEN CAST(
            3600 * CAST(split_part(log."Active Time", ':', 1) AS INTEGER)
            + 60 * CAST(split_part(log."Active Time", ':', 2) AS INTEGER)
            + CAST(split_part(log."Active Time", ':', 3) AS INTEGER) AS VARCHAR
        )
        ELSE log."Active Time"
    END AS active_seconds,
    CASE
        WHEN regexp_full_match(log."Idle Time", '\d{1,4}:[0-5]\d:[0-5]\d')
        THEN CAST(
            3600 * CAST(split_part(log."Idle Time", ':', 1) AS INTEGER)
            + 60 * CAST(split_part(log."Idle Time", ':', 2) AS INTEGER)
            + CAST(split_part(log."Idle Time", ':', 3) AS INTEGER) AS VARCHAR
        )
        ELSE log."Idle Time"
    END AS idle_seconds,
    log."Activities Completed" AS activities_completed,
    CASE log."Log Version"
        WHEN '5' THEN 'everything not active, all reading included, time-out after 30 minutes'
        WHEN '6' THEN 'everything not active, time-out after 30 minutes'
        ELSE coalesce(log."Log Version", 'everything not active, time-out after 30 minutes')
    END AS idle_definition
FROM log
LEFT JOIN online
    ON online.email = lower(log."Student Email")
    AND online.course = log."Course"
    AND log.began >= online.begins
    AND log.began < online.ends
