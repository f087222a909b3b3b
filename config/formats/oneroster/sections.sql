-- OneRoster 1.2 with two extension columns in classes: `metadata.courseModel` and `metadata.contentProvider`
-- (OneRoster itself has no course model). A district that keeps them elsewhere copies this file into its study.
-- The teacher is the one whose enrollment is marked as primary. One class belongs to one term here.
SELECT
    classes.source_row,
    classes.sourcedId AS section_id,
    classes.courseSourcedId AS course_id,
    classes.schoolSourcedId AS school_id,
    classes.termSourcedIds AS term_id,
    teachers.userSourcedId AS teacher_id,
    CASE lower(classes."metadata.courseModel")
        WHEN 'online' THEN 'online'
        WHEN 'blended' THEN 'blended'
        WHEN 'virtual' THEN 'virtual'
        WHEN 'prescriptive' THEN 'prescriptive'
        WHEN 'teacher-directed' THEN 'teacher_directed'
        ELSE classes."metadata.courseModel"
    END AS mode,
    classes."metadata.contentProvider" AS vendor,
    CASE WHEN classes.status = 'tobedeleted' THEN 'marked as deleted in the roster' END AS exclude
FROM raw.classes AS classes
LEFT JOIN raw.roster_enrollments AS teachers
    ON teachers.classSourcedId = classes.sourcedId
    AND teachers.role = 'teacher'
    AND teachers."primary" = 'true'
    AND teachers.status IS DISTINCT FROM 'tobedeleted'
