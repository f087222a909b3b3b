-- Each laboratory session is a term of its own, so that its figures stand apart: six of them, from 2 October to
-- 11 December 2014.
SELECT
    source_row,
    'laboratory_' || session AS term_id,
    'Laboratory session ' || session AS title,
    'other' AS kind,
    '2015' AS school_year
FROM raw.log
