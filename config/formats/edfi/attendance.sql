-- Ed-Fi 5.2: one row a student, school and year from studentSchoolAssociations; days enrolled are the instructional days of
-- the school's calendar between entry and exit, days absent those of them with an excused or unexcused absence. Events
-- of one day count once.
WITH days AS (
    SELECT DISTINCT school, school_year, on_date
    FROM raw.edfi_calendar_dates
    WHERE events ILIKE '%#Instructional day%' OR events ILIKE '%#Make-up day%'
        OR events ILIKE '%#Student late arrival%'
),
enrolled AS (
    SELECT own.source_row, count(days.on_date) AS days_enrolled
    FROM raw.edfi_enrolled AS own
    LEFT JOIN days
        ON days.school = own.school
        AND days.school_year = own.school_year
        AND days.on_date >= own.entered
        AND days.on_date <= coalesce(own."left", '9999-12-31')
    GROUP BY own.source_row
),
absent AS (
    SELECT own.source_row, count(DISTINCT events.on_date) AS days_absent
    FROM raw.edfi_enrolled AS own
    JOIN raw.edfi_attendance AS events
        ON events.student = own.student AND events.school = own.school AND events.school_year = own.school_year
    JOIN days
        ON days.school = events.school AND days.school_year = events.school_year AND days.on_date = events.on_date
    WHERE split_part(events.category, '#', 2) IN ('Excused Absence', 'Unexcused Absence')
    GROUP BY own.source_row
)
SELECT
    own.source_row,
    own.student AS student_id,
    own.school_year,
    CAST(enrolled.days_enrolled AS VARCHAR) AS days_enrolled,
    CAST(coalesce(absent.days_absent, 0) AS VARCHAR) AS days_absent
FROM raw.edfi_enrolled AS own
JOIN enrolled ON enrolled.source_row = own.source_row
LEFT JOIN absent ON absent.source_row = own.source_row
