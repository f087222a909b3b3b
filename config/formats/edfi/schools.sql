-- Ed-Fi 5.2: schools.
SELECT source_row, school AS school_id, name
FROM raw.edfi_schools
