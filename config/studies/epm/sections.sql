-- A teacher in the room, and exercises on a simulator at the computer: blended.
SELECT
    source_row,
    'laboratory_' || session AS section_id,
    'digital_electronics' AS course_id,
    'laboratory_' || session AS term_id,
    'blended' AS mode
FROM raw.log
