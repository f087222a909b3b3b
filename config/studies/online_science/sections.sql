-- All classes are those of a statewide virtual school: its own teachers, all work online. No teacher or school is named.
SELECT
    source_row,
    course_id AS section_id,
    split_part(course_id, '-', 1) AS course_id,
    split_part(course_id, '-', 2) AS term_id,
    'virtual' AS mode
FROM raw.science
