SELECT source_row, 'digital_electronics' AS course_id, 'Digital electronics' AS title, 'other' AS subject
FROM raw.log
