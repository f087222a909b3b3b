-- Caliper 1.1 session events (actions LoggedIn, LoggedOut, TimedOut): the event that ends a session is the session, since it
-- alone has both times. A time-out comes from the application and holds the session as its object. Times are UTC.
-- Caliper has no idle or active time. The source `caliper` is declared as in source.yaml of this folder.
-- Caliper names an account, not a class: the district's list `raw.accounts` (account, enrollment_id, first_day, last_day)
-- says whose it is and for which enrollment it was used from which day to which, as the schools count days. An account that
-- is not on it comes out without an enrollment, and is quarantined.
WITH ended AS (
    SELECT
        source_row, id, type, action, event_time,
        CASE WHEN object_type = 'Session' THEN object ELSE session END AS session_id,
        CASE WHEN object_type = 'Session' THEN object_user ELSE coalesce(session_user, actor) END AS account,
        CASE WHEN object_type = 'Session' THEN object_started ELSE session_started END AS started_at,
        coalesce(CASE WHEN object_type = 'Session' THEN object_ended ELSE session_ended END, event_time) AS ended_at
    FROM raw.caliper
), used AS (
    SELECT account, enrollment_id, day_begins(first_day) AS begins, day_ends(last_day) AS ends FROM raw.accounts
)
SELECT
    ended.source_row,
    ended.session_id,
    used.enrollment_id,
    ended.started_at,
    ended.ended_at,
    'none: Caliper has no idle time' AS idle_definition,
    CASE
        WHEN ended.id IS NULL AND ended.type IS NULL THEN NULL
        WHEN ended.type NOT LIKE '%Event' THEN 'a description of a thing, no event'
        WHEN ended.type <> 'SessionEvent' THEN 'an event other than a session event'
        WHEN ended.action = 'LoggedIn' THEN 'the begin of a session, which its end repeats'
    END AS exclude
FROM ended
LEFT JOIN used
    ON used.account = ended.account
    AND in_utc(ended.started_at) >= used.begins
    AND in_utc(ended.started_at) < used.ends
