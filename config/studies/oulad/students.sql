-- A student stands once for each module taken; identifiers are numbers, and get a word before them so that no count in a
-- brief can be taken for one. Region, education, age band and deprivation have no place in the contract.
SELECT
    source_row,
    'student-' || id_student AS student_id,
    CASE gender WHEN 'F' THEN 'female' WHEN 'M' THEN 'male' ELSE gender END AS sex,
    disability
FROM raw.student_info
