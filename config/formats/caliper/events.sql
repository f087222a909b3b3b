-- Caliper 1.1 events other than session events, as a click stream: type and action are the kind. The sources `caliper` and
-- `accounts` are those of sessions.sql. An event time that is no text goes through as it is and is quarantined.
WITH used AS (
    SELECT account, enrollment_id, day_begins(first_day) AS begins, day_ends(last_day) AS ends FROM raw.accounts
)
SELECT
    caliper.source_row,
    caliper.id AS event_id,
    used.enrollment_id,
    caliper.event_time AS "at",
    caliper.session AS session_id,
    caliper.type || ' ' || caliper.action AS kind,
    caliper.object,
    CASE
        WHEN caliper.id IS NULL AND caliper.type IS NULL THEN NULL
        WHEN caliper.type NOT LIKE '%Event' THEN 'a description of a thing, no event'
        WHEN caliper.type = 'SessionEvent' THEN 'a session event'
    END AS exclude
FROM raw.caliper AS caliper
LEFT JOIN used
    ON used.account = caliper.actor
    AND in_utc(caliper.event_time) >= used.begins
    AND in_utc(caliper.event_time) < used.ends
