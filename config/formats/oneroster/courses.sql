-- OneRoster 1.1/1.2: the catalogue from courses. Credits are not part of OneRoster.
-- A subject that is not in the list goes through as it is, so that the check of allowed values shows it.
SELECT
    source_row,
    sourcedId AS course_id,
    title,
    CASE
        WHEN subjects ILIKE '%math%' THEN 'math'
        WHEN subjects ILIKE '%english%' THEN 'english'
        WHEN subjects ILIKE '%social%' OR subjects ILIKE '%history%' THEN 'social_science'
        WHEN subjects ILIKE '%science%' THEN 'science'
        WHEN subjects ILIKE '%language%' THEN 'world_language'
        WHEN subjects ILIKE '%elective%' THEN 'elective'
        ELSE subjects
    END AS subject,
    CASE WHEN status = 'tobedeleted' THEN 'marked as deleted in the roster' END AS exclude
FROM raw.courses
