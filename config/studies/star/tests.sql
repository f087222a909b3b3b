-- The published outcome is the sum of the reading and the math score of the Stanford Achievement Test; a student who
-- lacks one of the two has no sum. The tests were given in spring: the first of May stands for the unknown day, of
-- which only the school year goes further.
SELECT
    source_row,
    'child-' || split_part(source_row, ':', 3) AS student_id,
    'Stanford Achievement Test, reading and math' AS name,
    'other' AS subject,
    '1986-05-01' AS taken_on,
    'kindergarten' AS course_id,
    CAST(CAST(readk AS DOUBLE) + CAST(mathk AS DOUBLE) AS VARCHAR) AS score,
    CASE
        WHEN stark IS NULL THEN 'not in the experiment in this grade'
        WHEN readk IS NULL OR mathk IS NULL THEN 'no reading or no math score'
    END AS exclude
FROM raw.kindergarten
UNION ALL
SELECT
    source_row,
    'child-' || split_part(source_row, ':', 3) AS student_id,
    'Stanford Achievement Test, reading and math' AS name,
    'other' AS subject,
    '1987-05-01' AS taken_on,
    'grade_1' AS course_id,
    CAST(CAST(read1 AS DOUBLE) + CAST(math1 AS DOUBLE) AS VARCHAR) AS score,
    CASE
        WHEN star1 IS NULL THEN 'not in the experiment in this grade'
        WHEN read1 IS NULL OR math1 IS NULL THEN 'no reading or no math score'
    END AS exclude
FROM raw.grade_1
UNION ALL
SELECT
    source_row,
    'child-' || split_part(source_row, ':', 3) AS student_id,
    'Stanford Achievement Test, reading and math' AS name,
    'other' AS subject,
    '1988-05-01' AS taken_on,
    'grade_2' AS course_id,
    CAST(CAST(read2 AS DOUBLE) + CAST(math2 AS DOUBLE) AS VARCHAR) AS score,
    CASE
        WHEN star2 IS NULL THEN 'not in the experiment in this grade'
        WHEN read2 IS NULL OR math2 IS NULL THEN 'no reading or no math score'
    END AS exclude
FROM raw.grade_2
UNION ALL
SELECT
    source_row,
    'child-' || split_part(source_row, ':', 3) AS student_id,
    'Stanford Achievement Test, reading and math' AS name,
    'other' AS subject,
    '1989-05-01' AS taken_on,
    'grade_3' AS course_id,
    CAST(CAST(read3 AS DOUBLE) + CAST(math3 AS DOUBLE) AS VARCHAR) AS score,
    CASE
        WHEN star3 IS NULL THEN 'not in the experiment in this grade'
        WHEN read3 IS NULL OR math3 IS NULL THEN 'no reading or no math score'
    END AS exclude
FROM raw.grade_3
