-- The final result is a word. Pass and distinction are passed; who withdrew or failed has not passed, and who withdrew
-- has not completed. An unknown word goes through as it is and is reported.
SELECT
    source_row,
    concat_ws('/', 'student-' || id_student, code_module, code_presentation) AS enrollment_id,
    CASE
        WHEN final_result IN ('Pass', 'Distinction') THEN 'yes'
        WHEN final_result IN ('Fail', 'Withdrawn') THEN 'no'
        ELSE final_result
    END AS passed,
    CASE
        WHEN final_result IN ('Pass', 'Distinction', 'Fail') THEN 'yes'
        WHEN final_result = 'Withdrawn' THEN 'no'
        ELSE final_result
    END AS completed
FROM raw.student_info
