-- Click stream of the simulated vendor: "Student ID", "Course" (title as in the roster), "Session", "At" (UTC), "Event",
-- "Object". There is no event number: session, time, event and object name a click, so that a click that was sent twice is
-- one click. The enrollment is the student's online section of that course in the term of the click, from the first instant
-- of the term's first day at the schools to the last of its last day: in UTC the last evening is a day later.
WITH online AS (
    SELECT
        enrollments.userSourcedId AS student,
        courses.title AS course,
        day_begins(terms.startDate) AS begins,
        day_ends(terms.endDate) AS ends,
        enrollments.sourcedId AS enrollment_id
    FROM raw.roster_enrollments AS enrollments
    JOIN raw.classes AS classes ON classes.sourcedId = enrollments.classSourcedId
    JOIN raw.courses AS courses ON courses.sourcedId = classes.courseSourcedId
    JOIN raw.academic_sessions AS terms ON terms.sourcedId = classes.termSourcedIds
    WHERE enrollments.role = 'student' AND lower(classes."metadata.courseModel") = 'online'
), clicks AS (
    SELECT source_row, "Student ID", "Course", "Session", "At", "Event", "Object", in_utc("At") AS instant
    FROM raw.clicks
)
SELECT
    clicks.source_row,
    concat_ws('|', clicks."Session", clicks."At", clicks."Event", clicks."Object") AS event_id,
    online.enrollment_id,
    clicks."At" AS "at",
    clicks."Session" AS session_id,
    clicks."Event" AS kind,
    clicks."Object" AS object
FROM clicks
LEFT JOIN online
    ON online.student = clicks."Student ID"
    AND online.course = clicks."Course"
    AND clicks.instant >= online.begins
    AND clicks.instant < online.ends
