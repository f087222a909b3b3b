-- A click stream under the names of source.yaml in this folder, one row an event. The enrollment is student and section with a
-- slash between, as in the enrollments of a study that puts them together alike.
SELECT
    source_row,
    event AS event_id,
    student || '/' || section AS enrollment_id,
    "at",
    session AS session_id,
    kind,
    object
FROM raw.clicks
