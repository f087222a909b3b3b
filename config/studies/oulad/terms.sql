-- A presentation is named by its year and by B (begins in February) or J (begins in October). Its days are counted from
-- its begin; the day itself is not in the files.
SELECT
    source_row,
    code_presentation AS term_id,
    CASE right(code_presentation, 1) WHEN 'B' THEN 'February ' WHEN 'J' THEN 'October ' END
        || left(code_presentation, 4) AS title,
    'other' AS kind,
    CASE right(code_presentation, 1)
        WHEN 'J' THEN CAST(CAST(left(code_presentation, 4) AS INTEGER) + 1 AS VARCHAR)
        ELSE left(code_presentation, 4)
    END AS school_year
FROM raw.courses
