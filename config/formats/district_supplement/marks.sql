-- Marks of the district, one row a student and class: "Student ID", "Class ID", "Final Percent", "Final Letter",
-- "Grade Points", "Grade Source" (Platform, Teacher, Both), "Credits Attempted", "Credits Earned", "Completed", "Passed"
-- (Y or N), "Completion Date". The enrollment is found in the OneRoster enrollments.
SELECT
    marks.source_row,
    enrollments.sourcedId AS enrollment_id,
    marks."Final Percent" AS percent,
    marks."Final Letter" AS letter,
    marks."Grade Points" AS grade_points,
    lower(marks."Grade Source") AS grade_source,
    marks."Credits Attempted" AS credits_attempted,
    marks."Credits Earned" AS credits_earned,
    marks."Completed" AS completed,
    marks."Passed" AS passed,
    marks."Completion Date" AS completed_on
FROM raw.marks AS marks
LEFT JOIN raw.roster_enrollments AS enrollments
    ON enrollments.userSourcedId = marks."Student ID"
    AND enrollments.classSourcedId = marks."Class ID"
    AND enrollments.role = 'student'
