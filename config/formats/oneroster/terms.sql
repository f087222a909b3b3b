-- OneRoster 1.1/1.2: terms from academicSessions. Grading periods are parts of terms and left out.
-- OneRoster's school year is the year in which it ends, as here.
SELECT
    source_row,
    sourcedId AS term_id,
    title,
    CASE
        WHEN type = 'schoolYear' THEN 'school_year'
        WHEN type = 'semester' THEN 'semester'
        WHEN type = 'term' AND title ILIKE '%summer%' THEN 'summer'
        ELSE 'other'
    END AS kind,
    startDate AS starts_on,
    endDate AS ends_on,
    schoolYear AS school_year,
    CASE
        WHEN status = 'tobedeleted' THEN 'marked as deleted in the roster'
        WHEN type = 'gradingPeriod' THEN 'a grading period inside a term'
    END AS exclude
FROM raw.academic_sessions
