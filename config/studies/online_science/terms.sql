-- The second part of a course id is the term: S1 and S2 the semesters, T1 the first trimester, 16 the spring of the school
-- year. The publication says 2015 to 2017; the dates in the gradebook's items ("PROGRESS CHECK 1 @ 10-02-15" and so on) lie
-- in autumn 2015 for S116 and T116 and in spring 2016 for S216. No first or last day of a term is known.
SELECT
    source_row,
    split_part(course_id, '-', 2) AS term_id,
    CASE split_part(course_id, '-', 2)
        WHEN 'S116' THEN 'First semester, 2015-16'
        WHEN 'S216' THEN 'Second semester, 2015-16'
        WHEN 'T116' THEN 'First trimester, 2015-16'
    END AS title,
    CASE left(split_part(course_id, '-', 2), 1) WHEN 'S' THEN 'semester' WHEN 'T' THEN 'other' END AS kind,
    '20' || right(split_part(course_id, '-', 2), 2) AS school_year
FROM raw.science
