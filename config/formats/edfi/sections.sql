-- Ed-Fi 5.2: the medium of instruction says whether a section is online. A section of another medium, or of none, comes out
-- with the medium as it is, or without a mode, and is quarantined: it is not taken for teacher-directed by default.
-- The teacher of record stands in staffSectionAssociations, which not every district hands over.
SELECT
    sections.source_row,
    concat_ws('/', sections.school, sections.school_year, sections.session, sections.local_course, sections.section)
        AS section_id,
    offerings.course AS course_id,
    sections.school AS school_id,
    concat_ws('/', sections.school, sections.school_year, sections.session) AS term_id,
    CASE split_part(sections.medium, '#', 2)
        WHEN 'Virtual/On-line Distance learning' THEN 'online'
        WHEN 'Technology-based instruction in classroom' THEN 'blended'
        WHEN 'Face-to-face instruction' THEN 'teacher_directed'
        ELSE sections.medium
    END AS mode
FROM raw.edfi_sections AS sections
LEFT JOIN raw.edfi_course_offerings AS offerings
    ON offerings.local_course = sections.local_course
    AND offerings.school = sections.school
    AND offerings.school_year = sections.school_year
    AND offerings.session = sections.session
