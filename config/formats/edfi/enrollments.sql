-- Ed-Fi 5.2: student section associations. Credit recovery is what the transcript says of the course in that year (method
-- "Credit recovery", or a repeat code), since the association itself does not say it. A student who left a section and
-- came back has two associations with two first days, which are two enrollments.
WITH recovered AS (
    SELECT
        student, school_year, course,
        bool_or(split_part(method, '#', 2) = 'Credit recovery' OR repeat IS NOT NULL) AS is_recovery
    FROM raw.edfi_transcripts
    GROUP BY ALL
)
SELECT
    own.source_row,
    concat_ws('/', own.student, own.school, own.school_year, own.session, own.local_course, own.section, own.first_day)
        AS enrollment_id,
    own.student AS student_id,
    concat_ws('/', own.school, own.school_year, own.session, own.local_course, own.section) AS section_id,
    CASE WHEN recovered.is_recovery THEN 'yes' WHEN recovered.is_recovery = false THEN 'no' END AS is_recovery,
    own.first_day AS starts_on,
    own."last_day" AS ends_on
FROM raw.edfi_student_sections AS own
LEFT JOIN raw.edfi_course_offerings AS offerings
    ON offerings.local_course = own.local_course
    AND offerings.school = own.school
    AND offerings.school_year = own.school_year
    AND offerings.session = own.session
LEFT JOIN recovered
    ON recovered.student = own.student
    AND recovered.school_year = own.school_year
    AND recovered.course = offerings.course
