-- The grade of the work handed in after laboratory sessions 2 to 6, one column each; session 1 was not graded. The points
-- that could be had are not published: the highest grade given in the session stands for 100 percent.
-- Some students have a grade above zero and no log, so that a missing log does not mean that nobody came.
WITH logged AS (SELECT DISTINCT student, session FROM raw.log)
SELECT
    grades.source_row,
    'student-' || grades."Student Id" || '/laboratory_2' AS enrollment_id,
    scaled(grades."Session 2", 100.0 / 6) AS percent,
    CASE WHEN logged.student IS NULL THEN 'a grade without a log of that laboratory session' END AS exclude
FROM raw.grades_2 AS grades
LEFT JOIN logged ON logged.student = grades."Student Id" AND logged.session = '2'
UNION ALL
SELECT
    grades.source_row,
    'student-' || grades."Student Id" || '/laboratory_3' AS enrollment_id,
    scaled(grades."Session 3", 100.0 / 4) AS percent,
    CASE WHEN logged.student IS NULL THEN 'a grade without a log of that laboratory session' END AS exclude
FROM raw.grades_3 AS grades
LEFT JOIN logged ON logged.student = grades."Student Id" AND logged.session = '3'
UNION ALL
SELECT
    grades.source_row,
    'student-' || grades."Student Id" || '/laboratory_4' AS enrollment_id,
    scaled(grades."Session 4", 100.0 / 5) AS percent,
    CASE WHEN logged.student IS NULL THEN 'a grade without a log of that laboratory session' END AS exclude
FROM raw.grades_4 AS grades
LEFT JOIN logged ON logged.student = grades."Student Id" AND logged.session = '4'
UNION ALL
SELECT
    grades.source_row,
    'student-' || grades."Student Id" || '/laboratory_5' AS enrollment_id,
    scaled(grades."Session 5", 100.0 / 4) AS percent,
    CASE WHEN logged.student IS NULL THEN 'a grade without a log of that laboratory session' END AS exclude
FROM raw.grades_5 AS grades
LEFT JOIN logged ON logged.student = grades."Student Id" AND logged.session = '5'
UNION ALL
SELECT
    grades.source_row,
    'student-' || grades."Student Id" || '/laboratory_6' AS enrollment_id,
    scaled(grades."Session 6", 100.0 / 4) AS percent,
    CASE WHEN logged.student IS NULL THEN 'a grade without a log of that laboratory session' END AS exclude
FROM raw.grades_6 AS grades
LEFT JOIN logged ON logged.student = grades."Student Id" AND logged.session = '6'
