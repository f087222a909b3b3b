-- The experiment followed the children who were in kindergarten in 1985-86. The file holds no day of a term.
SELECT
    source_row,
    '1985-86' AS term_id,
    'School year 1985-86' AS title,
    'school_year' AS kind,
    '1986' AS school_year
FROM raw.kindergarten
UNION ALL
SELECT
    source_row,
    '1986-87' AS term_id,
    'School year 1986-87' AS title,
    'school_year' AS kind,
    '1987' AS school_year
FROM raw.grade_1
UNION ALL
SELECT
    source_row,
    '1987-88' AS term_id,
    'School year 1987-88' AS title,
    'school_year' AS kind,
    '1988' AS school_year
FROM raw.grade_2
UNION ALL
SELECT
    source_row,
    '1988-89' AS term_id,
    'School year 1988-89' AS title,
    'school_year' AS kind,
    '1989' AS school_year
FROM raw.grade_3
