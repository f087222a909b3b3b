-- External tests, one row a student and test: "Student ID", "Test", "Subject" (Reading, Math), "Test Date",
-- "Standardized Score" (standard deviations from the mean of the reference population), "Reference SD" (1 for such
-- scores), "Met Benchmark" (Y or N).
SELECT
    source_row,
    "Student ID" AS student_id,
    "Test" AS name,
    lower("Subject") AS subject,
    "Test Date" AS taken_on,
    "Standardized Score" AS score,
    "Reference SD" AS score_sd,
    "Met Benchmark" AS proficient
FROM raw.tests
