-- Ed-Fi 5.2: final grades of sections. Grades of grading periods, of progress and of exams are parts of it and left out.
-- Whether the course was passed stands in the transcript of the course in that year, where there is one such transcript.
WITH results AS (
    SELECT
        student, school_year, course,
        CASE WHEN count(*) = 1 THEN max(split_part(result, '#', 2)) END AS result,
        CASE WHEN count(*) = 1 THEN max(attempted) END AS attempted,
        CASE WHEN count(*) = 1 THEN max(earned) END AS earned
    FROM raw.edfi_transcripts
    GROUP BY ALL
)
SELECT
    grades.source_row,
    concat_ws('/', grades.student, grades.school, grades.school_year, grades.session, grades.local_course,
        grades.section, grades.first_day) AS enrollment_id,
    grades.numeric AS percent,
    grades.letter,
    CASE results.result
        WHEN 'Pass' THEN 'yes'
        WHEN 'Fail' THEN 'no'
        WHEN 'Incomplete' THEN 'no'
        WHEN 'Withdrawn' THEN 'no'
        ELSE results.result
    END AS passed,
    CASE results.result
        WHEN 'Pass' THEN 'yes'
        WHEN 'Fail' THEN 'yes'
        WHEN 'Incomplete' THEN 'no'
        WHEN 'Withdrawn' THEN 'no'
    END AS completed,
    results.attempted AS credits_attempted,
    results.earned AS credits_earned,
    CASE WHEN split_part(grades.type, '#', 2) <> 'Final' THEN 'a grade of a part of the course' END AS exclude
FROM raw.edfi_grades AS grades
LEFT JOIN raw.edfi_course_offerings AS offerings
    ON offerings.local_course = grades.local_course
    AND offerings.school = grades.school
    AND offerings.school_year = grades.school_year
    AND offerings.session = grades.session
LEFT JOIN results
    ON results.student = grades.student
    AND results.school_year = grades.school_year
    AND results.course = offerings.course
