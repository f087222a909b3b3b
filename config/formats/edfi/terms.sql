-- Ed-Fi 5.2: a term is a session of one school, since schools may begin on different days. Ed-Fi's school year is the year in
-- which it ends, as here; a summer term belongs to the year before it.
SELECT
    source_row,
    concat_ws('/', school, school_year, session) AS term_id,
    session AS title,
    CASE
        WHEN term ILIKE '%#Summer%' THEN 'summer'
        WHEN term ILIKE '%semester%' THEN 'semester'
        WHEN term ILIKE '%quarter%' THEN 'quarter'
        WHEN term ILIKE '%year round%' THEN 'school_year'
        ELSE 'other'
    END AS kind,
    first_day AS starts_on,
    last_day AS ends_on,
    school_year
FROM raw.edfi_sessions
