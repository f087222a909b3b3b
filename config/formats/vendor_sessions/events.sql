-- Click stream of the simulated vendor: "Student ID", "Course" (title as in the roster), "Session", "At" (UTC), "Event", "Object". There
-- is no event number: session, time, event and object name a click, so that a click that was sent twice is one click.
WITH online AS (
    SELECT
        enrollments.userSourcedId AS student,
        courses.title AS course,
        terms.startDate AS first_day,
        terms.endDate AS last_day,
        enrollments.sourcedId AS enrollment_id
    FROM raw.roster_enrollments AS enrollments
    JOIN raw.classes AS classes ON classes.sourcedId = enrollments.classSourcedId
    JOIN raw.courses AS courses ON courses.sourcedId = classes.courseSourcedId
    JOIN raw.academic_sessions AS terms ON terms.sourcedId = classes.termSourcedIds
    WHERE enrollments.role = 'student' AND lower(classes."metadata.courseModel") = 'online'
)
SELECT
    clicks.source_row,
    concat_ws('|', clicks."Session", clicks."At", clicks."Event", clicks."Object") AS event_id,
    online.enrollment_id,
    clicks."At" AS "at",
    clicks."Session" AS session_id,
    clicks."Event" AS kind,
    clicks."Object" AS object
FROM raw.clicks AS clicks
LEFT JOIN online
    ON online.student = clicks."Student ID"
    AND online.course = clicks."Course"
    AND left(clicks."At", 10) BETWEEN online.first_day AND online.last_day
