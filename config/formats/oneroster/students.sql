-- OneRoster 1.2: students from users, demographics and roles. Race and ethnicity follow the federal rule: Hispanic of
-- any race is Hispanic, several races are two or more. Phones and passwords of users are not read.
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
    demographics.birthDate AS birth_date,
    CASE lower(demographics.sex)
        WHEN 'other' THEN 'nonbinary'
        WHEN 'unspecified' THEN NULL
        ELSE lower(demographics.sex)
    END AS sex,
    CASE
        WHEN demographics.hispanicOrLatinoEthnicity = 'true' THEN 'hispanic'
        WHEN demographics.demographicRaceTwoOrMoreRaces = 'true' THEN 'two_or_more'
        WHEN len(list_filter([
            demographics.americanIndianOrAlaskaNative, demographics.asian, demographics.blackOrAfricanAmerican,
            demographics.nativeHawaiianOrOtherPacificIslander, demographics.white
        ], lambda flag: flag = 'true')) > 1 THEN 'two_or_more'
        WHEN demographics.americanIndianOrAlaskaNative = 'true' THEN 'american_indian'
        WHEN demographics.asian = 'true' THEN 'asian'
        WHEN demographics.blackOrAfricanAmerican = 'true' THEN 'black'
        WHEN demographics.nativeHawaiianOrOtherPacificIslander = 'true' THEN 'pacific_islander'
        WHEN demographics.white = 'true' THEN 'white'
    END AS race_ethnicity,
    CASE
        WHEN users.status = 'tobedeleted' THEN 'marked as deleted in the roster'
        WHEN roles.is_student IS DISTINCT FROM true THEN 'a user who is no student'
    END AS exclude
FROM raw.users AS users
LEFT JOIN roles ON roles.userSourcedId = users.sourcedId
LEFT JOIN raw.demographics AS demographics ON demographics.sourcedId = users.sourcedId
