-- OneRoster 1.1/1.2 has no course model. The district's list `raw.class_modes` (class, mode, vendor) names the online classes;
-- a class that is not on it comes out without a mode, and is quarantined.
-- A class of several terms belongs to the first that is named. The teacher is the one marked as primary; where none or
-- several are marked, none is named.
WITH teachers AS (
    SELECT classSourcedId, CASE WHEN count(DISTINCT userSourcedId) = 1 THEN min(userSourcedId) END AS teacher
    FROM raw.roster_enrollments
    WHERE role = 'teacher' AND lower("primary") = 'true' AND status IS DISTINCT FROM 'tobedeleted'
    GROUP BY classSourcedId
)
SELECT
    classes.source_row,
    classes.sourcedId AS section_id,
    classes.courseSourcedId AS course_id,
    classes.schoolSourcedId AS school_id,
    trim(split_part(classes.termSourcedIds, ',', 1)) AS term_id,
    teachers.teacher AS teacher_id,
    modes.mode,
    modes.vendor,
    CASE WHEN classes.status = 'tobedeleted' THEN 'marked as deleted in the roster' END AS exclude
FROM raw.classes AS classes
LEFT JOIN raw.class_modes AS modes ON modes.class = classes.sourcedId
LEFT JOIN teachers ON teachers.classSourcedId = classes.sourcedId
