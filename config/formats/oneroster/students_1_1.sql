-- OneRoster 1.1 without demographics: the role stands in users. Phones and passwords of users are not read.
SELECT
    source_row,
    sourcedId AS student_id,
    givenName AS given_name,
    familyName AS family_name,
    email,
    CASE
        WHEN status = 'tobedeleted' THEN 'marked as deleted in the roster'
        WHEN role IS DISTINCT FROM 'student' THEN 'a user who is no student'
    END AS exclude
FROM raw.users
