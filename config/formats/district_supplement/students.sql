-- OneRoster 1.2 (users, demographics, roles) with the district's supplement, which has one row a student:
-- "Student ID" (the roster's sourcedId), "First High School Year" (2017-2018), "English Learner", "Disability",
-- "Low Income" (Y or N). Race and ethnicity follow the federal rule: Hispanic of any race is Hispanic, several races are
-- two or more. Phones and passwords of users are not read.
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
    supplement."English Learner" AS english_learner,
    supplement."Disability" AS disability,
    supplement."Low Income" AS economically_disadvantaged,
    -- `2017-2018` is the school year 2018; any other text goes through as it is and is reported.
    CASE
        WHEN regexp_full_match(supplement."First High School Year", '\d{4}-\d{4}')
        THEN right(supplement."First High School Year", 4)
        ELSE supplement."First High School Year"
    END AS entry_school_year,
    CASE
        WHEN users.status = 'tobedeleted' THEN 'marked as deleted in the roster'
        WHEN roles.is_student IS DISTINCT FROM true THEN 'a user who is no student'
    END AS exclude
FROM raw.users AS users
LEFT JOIN roles ON roles.userSourcedId = users.sourcedId
LEFT JOIN raw.demographics AS demographics ON demographics.sourcedId = users.sourcedId
LEFT JOIN raw.student_supplement AS supplement ON supplement."Student ID" = users.sourcedId
