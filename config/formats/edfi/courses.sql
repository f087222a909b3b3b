-- Ed-Fi 5.2: the catalogue from courses. A subject that is not in the list becomes `other`.
SELECT
    source_row,
    course AS course_id,
    title,
    CASE
        WHEN subject IS NULL THEN NULL
        WHEN subject ILIKE '%math%' THEN 'math'
        WHEN subject ILIKE '%english%' OR subject ILIKE '%reading%' OR subject ILIKE '%writing%' THEN 'english'
        WHEN subject ILIKE '%social%' OR subject ILIKE '%history%' THEN 'social_science'
        WHEN subject ILIKE '%science%' THEN 'science'
        WHEN subject ILIKE '%foreign language%' OR subject ILIKE '%world language%' THEN 'world_language'
        ELSE 'other'
    END AS subject,
    credits
FROM raw.edfi_courses
