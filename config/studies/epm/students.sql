-- Every row of a log names its student; equal rows merge. Nothing else is known of the students.
SELECT source_row, 'student-' || student AS student_id
FROM raw.log
