-- Calendar of the district, one row a day, the same for all schools: "Date", "School Day" (Y or N), "First Bell",
-- "Last Bell" (local time, empty where no classes are held).
SELECT
    source_row,
    "Date" AS on_date,
    NULL AS school_id,
    "School Day" AS is_school_day,
    "First Bell" AS first_bell,
    "Last Bell" AS last_bell
FROM raw.calendar
