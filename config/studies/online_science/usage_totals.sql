-- Minutes in the learning management system, as seconds. The system has no idle time.
SELECT
    source_row,
    student_id || '/' || course_id AS enrollment_id,
    scaled(time_spent, 60) AS total_seconds,
    CASE WHEN time_spent IS NULL THEN 'no time in the platform is recorded' END AS exclude
FROM raw.science
