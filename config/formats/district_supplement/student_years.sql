-- School years of students, one row a student and school year: "Student ID", "School Year" (2017-2018 is the school year
-- 2018; any other text goes through as it is and is reported), "School ID", "Grade Level", "Credits Attempted",
-- "Credits Earned" (of the year's own schedule), "Credits Recovered", "Grade Point Average", "Graduated On Time" (Y or N).
SELECT
    source_row,
    "Student ID" AS student_id,
    CASE
        WHEN regexp_full_match("School Year", '\d{4}-\d{4}') THEN right("School Year", 4)
        ELSE "School Year"
    END AS school_year,
    "School ID" AS school_id,
    "Grade Level" AS grade_level,
    "Credits Attempted" AS credits_attempted,
    "Credits Earned" AS credits_earned,
    "Credits Recovered" AS credits_recovered,
    "Grade Point Average" AS gpa,
    "Graduated On Time" AS graduated_on_time
FROM raw.student_years
