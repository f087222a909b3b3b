-- OneRoster 1.1/1.2: enrollments of students. Recovery, first attempt and lottery are not part of OneRoster; a district
-- that hands them over in the supplement's layout uses district_supplement/enrollments.sql instead.
SELECT
    source_row,
    sourcedId AS enrollment_id,
    userSourcedId AS student_id,
    classSourcedId AS section_id,
    beginDate AS starts_on,
    endDate AS ends_on,
    CASE
        WHEN status = 'tobedeleted' THEN 'marked as deleted in the roster'
        WHEN role <> 'student' THEN 'the enrollment of a teacher or other adult'
    END AS exclude
FROM raw.roster_enrollments
