-- OneRoster 1.1/1.2: schools from orgs. The kind of school is not part of OneRoster.
SELECT
    source_row,
    sourcedId AS school_id,
    name,
    CASE
        WHEN status = 'tobedeleted' THEN 'marked as deleted in the roster'
        WHEN type <> 'school' THEN 'an organisation that is no school'
    END AS exclude
FROM raw.orgs
