-- The first part of a course id such as FrScA-S216-02 is the course.
SELECT
    source_row,
    split_part(course_id, '-', 1) AS course_id,
    CASE split_part(course_id, '-', 1)
        WHEN 'FrScA' THEN 'Forensic Science'
        WHEN 'AnPhA' THEN 'Anatomy and Physiology'
        WHEN 'OcnA' THEN 'Oceanography'
        WHEN 'PhysA' THEN 'Physics'
        WHEN 'BioA' THEN 'Biology'
    END AS title,
    'science' AS subject
FROM raw.science
