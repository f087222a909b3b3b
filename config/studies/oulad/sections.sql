-- One module presentation is one class of the whole university, taught at a distance.
SELECT
    source_row,
    code_module || '/' || code_presentation AS section_id,
    code_module AS course_id,
    code_presentation AS term_id,
    'online' AS mode
FROM raw.courses
