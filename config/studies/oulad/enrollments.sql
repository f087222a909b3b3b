-- Who has taken the module before takes it again: the nearest public likeness of credit recovery.
SELECT
    source_row,
    concat_ws('/', 'student-' || id_student, code_module, code_presentation) AS enrollment_id,
    'student-' || id_student AS student_id,
    code_module || '/' || code_presentation AS section_id,
    CASE WHEN num_of_prev_attempts = '0' THEN 'no' ELSE 'yes' END AS is_recovery,
    num_of_prev_attempts AS earlier_attempts,
    CASE final_result WHEN 'Withdrawn' THEN 'dropped' ELSE 'enrolled' END AS status
FROM raw.student_info
