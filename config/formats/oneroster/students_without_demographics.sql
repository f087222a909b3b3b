-- OneRoster 1.2 without demographics: students are the users with that role in roles. Phones and passwords are not read.
WITH roles AS (
    SELECT userSourcedId, bool_or(role = 'student') AS is_student
    FROM raw.roles
    WHERE status IS DISTINCT FROM 'tobedeleted'
    GROUP BY userSourcedId
)
SELECT
    users.source_row,
    users.sourcedId AS student_id,
    users.givenName AS given_name,
    users.familyName AS family_name,
    users.email,
    CASE
        WHEN users.status = 'tobedeleted' THEN 'marked as deleted in the roster'
        WHEN roles.is_student IS DISTINCT FROM true THEN 'a user who is no student'
    END AS exclude
FROM raw.users AS users
LEFT JOIN roles ON roles.userSourcedId = users.sourcedId
