-- Ratings of students by their teachers, one row a student, class and item: "Student ID", "Class ID", "Item" (Personal
-- discipline, Academic preparation), "Rating" (1 low to 5 high). The enrollment is found in the OneRoster enrollments.
SELECT
    ratings.source_row,
    enrollments.sourcedId AS enrollment_id,
    replace(lower(ratings."Item"), ' ', '_') AS item,
    ratings."Rating" AS rating
FROM raw.teacher_ratings AS ratings
LEFT JOIN raw.roster_enrollments AS enrollments
    ON enrollments.userSourcedId = ratings."Student ID"
    AND enrollments.classSourcedId = ratings."Class ID"
    AND enrollments.role = 'student'
