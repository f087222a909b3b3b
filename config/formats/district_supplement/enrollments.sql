-- OneRoster 1.2 (enrollments, classes, courses, academicSessions) with two files of the district:
-- enrollment_supplement, one row a student and class: "Student ID", "Class ID", "Grade Level", "Repeat Code" (CR is
-- credit recovery), "Reason", "First Attempt Percent", "Exit Code" (L left the district, N never came, empty neither);
-- lottery, one row a student, course and summer: "Student ID", "Course", "Summer" (titles as in the roster),
-- "Lottery Block", "Assigned Model", "Lottery Date".
WITH offered AS (
    SELECT classes.sourcedId AS section_id, courses.title AS course, terms.title AS term
    FROM raw.classes AS classes
    LEFT JOIN raw.courses AS courses ON courses.sourcedId = classes.courseSourcedId
    LEFT JOIN raw.academic_sessions AS terms ON terms.sourcedId = classes.termSourcedIds
)
SELECT
    enrollments.source_row,
    enrollments.sourcedId AS enrollment_id,
    enrollments.userSourcedId AS student_id,
    enrollments.classSourcedId AS section_id,
    supplement."Grade Level" AS grade_level,
    CASE
        WHEN supplement."Repeat Code" = 'CR' THEN 'true'
        WHEN supplement."Repeat Code" IS NULL AND supplement."Student ID" IS NOT NULL THEN 'false'
        ELSE supplement."Repeat Code"
    END AS is_recovery,
    supplement."Reason" AS enrollment_reason,
    CASE
        WHEN supplement."Exit Code" = 'L' THEN 'withdrawn'
        WHEN supplement."Exit Code" = 'N' THEN 'dropped'
        WHEN supplement."Exit Code" IS NULL AND supplement."Student ID" IS NOT NULL THEN 'enrolled'
        ELSE supplement."Exit Code"
    END AS status,
    supplement."First Attempt Percent" AS first_attempt_percent,
    CASE lower(lottery."Assigned Model")
        WHEN 'online' THEN 'online'
        WHEN 'teacher-directed' THEN 'teacher_directed'
        ELSE lottery."Assigned Model"
    END AS assigned_mode,
    lottery."Lottery Block" AS lottery_block,
    lottery."Lottery Date" AS assigned_on,
    enrollments.beginDate AS starts_on,
    enrollments.endDate AS ends_on,
    CASE
        WHEN enrollments.status = 'tobedeleted' THEN 'marked as deleted in the roster'
        WHEN enrollments.role <> 'student' THEN 'the enrollment of a teacher or other adult'
    END AS exclude
FROM raw.roster_enrollments AS enrollments
LEFT JOIN offered ON offered.section_id = enrollments.classSourcedId
LEFT JOIN raw.enrollment_supplement AS supplement
    ON supplement."Student ID" = enrollments.userSourcedId AND supplement."Class ID" = enrollments.classSourcedId
LEFT JOIN raw.lottery AS lottery
    ON lottery."Student ID" = enrollments.userSourcedId
    AND lottery."Course" = offered.course
    AND lottery."Summer" = offered.term
