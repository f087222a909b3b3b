-- A student in one laboratory session; there is one log file for each of them.
SELECT
    source_row,
    'student-' || student || '/laboratory_' || session AS enrollment_id,
    'student-' || student AS student_id,
    'laboratory_' || session AS section_id
FROM raw.log
