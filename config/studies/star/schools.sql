-- One row a student and grade; the file numbers the schools alike in all grades. It has no names of schools.
SELECT
    source_row,
    schoolidk AS school_id,
    CASE WHEN schoolidk IS NULL THEN 'not in the experiment in this grade' END AS exclude
FROM raw.kindergarten
UNION ALL
SELECT
    source_row,
    schoolid1 AS school_id,
    CASE WHEN schoolid1 IS NULL THEN 'not in the experiment in this grade' END AS exclude
FROM raw.grade_1
UNION ALL
SELECT
    source_row,
    schoolid2 AS school_id,
    CASE WHEN schoolid2 IS NULL THEN 'not in the experiment in this grade' END AS exclude
FROM raw.grade_2
UNION ALL
SELECT
    source_row,
    schoolid3 AS school_id,
    CASE WHEN schoolid3 IS NULL THEN 'not in the experiment in this grade' END AS exclude
FROM raw.grade_3
