-- Modules are named by letters. The publication says which are of the social sciences and which of science, technology,
-- engineering or mathematics, and not more.
SELECT
    source_row,
    code_module AS course_id,
    'Module ' || code_module AS title,
    CASE WHEN code_module IN ('AAA', 'BBB', 'GGG') THEN 'social_science' ELSE 'other' END AS subject
FROM raw.courses
