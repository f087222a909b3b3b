-- Survey of teachers, one row a teacher and item: "Teacher ID", "Course ID", "Term ID" (as in the roster), "Item",
-- "Question", "Answer" (Strongly agree to Strongly disagree).
SELECT
    source_row,
    "Teacher ID" AS teacher_id,
    "Course ID" AS course_id,
    "Term ID" AS term_id,
    "Item" AS item,
    "Question" AS question,
    replace(lower("Answer"), ' ', '_') AS answer
FROM raw.teacher_survey
