-- Attendance of the district, one row a student and school year: "Student ID", "School Year" (2017-2018 is the school
-- year 2018; any other text goes through as it is and is reported), "Days Enrolled", "Days Absent".
SELECT
    source_row,
    "Student ID" AS student_id,
    CASE
        WHEN regexp_full_match("School Year", '\d{4}-\d{4}') THEN right("School Year", 4)
        ELSE "School Year"
    END AS school_year,
    "Days Enrolled" AS days_enrolled,
    "Days Absent" AS days_absent
FROM raw.attendance
