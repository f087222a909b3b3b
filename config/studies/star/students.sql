-- One row a student. The file has no identifier: the line stands for it. Free lunch is given by grade, and taken from
-- the first grade in which the student was in the experiment. The recorded category "other" of ethnicity is none of the
-- federal categories and stays missing. Births are given by quarter, too coarse for an age.
SELECT
    source_row,
    'child-' || split_part(source_row, ':', 3) AS student_id,
    gender AS sex,
    CASE ethnicity
        WHEN 'cauc' THEN 'white'
        WHEN 'afam' THEN 'black'
        WHEN 'amindian' THEN 'american_indian'
        WHEN 'other' THEN NULL
        ELSE ethnicity
    END AS race_ethnicity,
    CASE coalesce(lunchk, lunch1, lunch2, lunch3)
        WHEN 'free' THEN 'yes'
        WHEN 'non-free' THEN 'no'
        ELSE coalesce(lunchk, lunch1, lunch2, lunch3)
    END AS economically_disadvantaged
FROM raw.students
