-- Survey of students, one row a student, class and scale: "Student ID", "Class ID", "Survey Date", "Scale", "Score" (in
-- standard deviations). The enrollment is found in the OneRoster enrollments.
SELECT
    survey.source_row,
    enrollments.sourcedId AS enrollment_id,
    survey."Scale" AS scale,
    survey."Score" AS score,
    survey."Survey Date" AS answered_on
FROM raw.student_survey AS survey
LEFT JOIN raw.roster_enrollments AS enrollments
    ON enrollments.userSourcedId = survey."Student ID"
    AND enrollments.classSourcedId = survey."Class ID"
    AND enrollments.role = 'student'
