-- The final grade in percent. Whether a course was completed or passed is not in the files, and is not guessed from it.
SELECT
    source_row,
    student_id || '/' || course_id AS enrollment_id,
    final_grade AS percent
FROM raw.science
