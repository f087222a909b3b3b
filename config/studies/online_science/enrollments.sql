-- One row a student and section; the id is put together from both, since the files have none.
SELECT
    source_row,
    student_id || '/' || course_id AS enrollment_id,
    student_id,
    course_id AS section_id,
    enrollment_reason = 'Credit Recovery' AS is_recovery,
    enrollment_reason,
    CASE enrollment_status
        WHEN 'Approved/Enrolled' THEN 'enrolled'
        WHEN 'Dropped' THEN 'dropped'
        WHEN 'Withdrawn' THEN 'withdrawn'
        ELSE enrollment_status
    END AS status
FROM raw.science
