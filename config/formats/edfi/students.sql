-- Ed-Fi 5.2: students. Sex, race and programmes stand in studentEducationOrganizationAssociations, by organisation; a
-- district that wants them copies this file and joins the one organisation that counts.
SELECT source_row, student AS student_id, given_name, family_name, birth_date
FROM raw.edfi_students
