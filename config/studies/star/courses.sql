-- What is compared is a school year: each grade is a course of its own, tested at its end.
SELECT source_row, 'kindergarten' AS course_id, 'Kindergarten' AS title, 'other' AS subject
FROM raw.kindergarten
UNION ALL
SELECT source_row, 'grade_1' AS course_id, 'Grade 1' AS title, 'other' AS subject
FROM raw.grade_1
UNION ALL
SELECT source_row, 'grade_2' AS course_id, 'Grade 2' AS title, 'other' AS subject
FROM raw.grade_2
UNION ALL
SELECT source_row, 'grade_3' AS course_id, 'Grade 3' AS title, 'other' AS subject
FROM raw.grade_3
