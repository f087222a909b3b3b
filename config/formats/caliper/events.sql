-- Caliper 1.1 events other than session events, as a click stream: type and action are the kind. The sources `caliper` and
-- `accounts` are those of sessions.sql. An event time that is no text goes through as it is and is quarantined.
SELECT
    caliper.source_row,
    caliper.id AS event_id,
    accounts.enrollment_id,
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
LEFT JOIN raw.accounts AS accounts
    ON accounts.account = caliper.actor
    AND left(caliper.event_time, 10) BETWEEN accounts.first_day AND accounts.last_day
