-- The file names no class, so a section stands for all classes of one type in one school and grade. All classes are
-- taught by a teacher in the room; what the lottery assigned is the type of the class.
SELECT
    source_row,
    concat_ws('/', schoolidk, 'kindergarten', stark) AS section_id,
    'kindergarten' AS course_id,
    schoolidk AS school_id,
    '1985-86' AS term_id,
    'teacher_directed' AS mode,
    CASE stark WHEN 'regular+aide' THEN 'regular with aide' ELSE stark END AS class_type,
    CASE WHEN stark IS NULL THEN 'not in the experiment in this grade' END AS exclude
FROM raw.kindergarten
UNION ALL
SELECT
    source_row,
    concat_ws('/', schoolid1, 'grade_1', star1) AS section_id,
    'grade_1' AS course_id,
    schoolid1 AS school_id,
    '1986-87' AS term_id,
    'teacher_directed' AS mode,
    CASE star1 WHEN 'regular+aide' THEN 'regular with aide' ELSE star1 END AS class_type,
    CASE WHEN star1 IS NULL THEN 'not in the experiment in this grade' END AS exclude
FROM raw.grade_1
UNION ALL
SELECT
    source_row,
    concat_ws('/', schoolid2, 'grade_2', star2) AS section_id,
    'grade_2' AS course_id,
    schoolid2 AS school_id,
    '1987-88' AS term_id,
    'teacher_directed' AS mode,
    CASE star2 WHEN 'regular+aide' THEN 'regular with aide' ELSE star2 END AS class_type,
    CASE WHEN star2 IS NULL THEN 'not in the experiment in this grade' END AS exclude
FROM raw.grade_2
UNION ALL
SELECT
    source_row,
    concat_ws('/', schoolid3, 'grade_3', star3) AS section_id,
    'grade_3' AS course_id,
    schoolid3 AS school_id,
    '1988-89' AS term_id,
    'teacher_directed' AS mode,
    CASE star3 WHEN 'regular+aide' THEN 'regular with aide' ELSE star3 END AS class_type,
    CASE WHEN star3 IS NULL THEN 'not in the experiment in this grade' END AS exclude
FROM raw.grade_3
