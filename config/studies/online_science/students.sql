-- Students of both files: whatever says something about a student is read, so that a contradiction is found.
-- `course_data.csv` gives both genders for every student (see its description); the intake reports that and leaves the
-- gender out, since no file is known to be the right one.
SELECT
    source_row,
    student_id,
    CASE Gender WHEN 'F' THEN 'female' WHEN 'M' THEN 'male' ELSE Gender END AS sex
FROM raw.science
UNION ALL
SELECT
    source_row,
    Bb_UserPK AS student_id,
    CASE Gender WHEN 'F' THEN 'female' WHEN 'M' THEN 'male' ELSE Gender END AS sex
FROM raw.gradebook
