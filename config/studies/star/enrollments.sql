-- One row a student and grade. The file has no identifier of students: the line stands for it, the same in all grades.
-- Kindergarten is no grade level of the contract (1 to 12); the course says which grade it is.
SELECT
    source_row,
    'child-' || split_part(source_row, ':', 3) || '/kindergarten' AS enrollment_id,
    'child-' || split_part(source_row, ':', 3) AS student_id,
    concat_ws('/', schoolidk, 'kindergarten', stark) AS section_id,
    NULL AS grade_level,
    CASE WHEN stark IS NULL THEN 'not in the experiment in this grade' END AS exclude
FROM raw.kindergarten
UNION ALL
SELECT
    source_row,
    'child-' || split_part(source_row, ':', 3) || '/grade_1' AS enrollment_id,
    'child-' || split_part(source_row, ':', 3) AS student_id,
    concat_ws('/', schoolid1, 'grade_1', star1) AS section_id,
    '1' AS grade_level,
    CASE WHEN star1 IS NULL THEN 'not in the experiment in this grade' END AS exclude
FROM raw.grade_1
UNION ALL
SELECT
    source_row,
    'child-' || split_part(source_row, ':', 3) || '/grade_2' AS enrollment_id,
    'child-' || split_part(source_row, ':', 3) AS student_id,
    concat_ws('/', schoolid2, 'grade_2', star2) AS section_id,
    '2' AS grade_level,
    CASE WHEN star2 IS NULL THEN 'not in the experiment in this grade' END AS exclude
FROM raw.grade_2
UNION ALL
SELECT
    source_row,
    'child-' || split_part(source_row, ':', 3) || '/grade_3' AS enrollment_id,
    'child-' || split_part(source_row, ':', 3) AS student_id,
    concat_ws('/', schoolid3, 'grade_3', star3) AS section_id,
    '3' AS grade_level,
    CASE WHEN star3 IS NULL THEN 'not in the experiment in this grade' END AS exclude
FROM raw.grade_3
