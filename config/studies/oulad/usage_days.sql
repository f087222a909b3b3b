-- Clicks are sums per student, page and day: no session, no clock time, no idle time. Several rows of one page and day
-- are several records and add up, so each row keeps an identifier of its own. Day 0 of the file is the first day of the
-- presentation, which here is day 1.
SELECT
    clicks.source_row,
    clicks.source_row AS row_id,
    concat_ws('/', 'student-' || clicks.id_student, clicks.code_module, clicks.code_presentation) AS enrollment_id,
    CAST(CAST(clicks.date AS BIGINT) + 1 AS VARCHAR) AS program_day,
    clicks.sum_click AS actions,
    pages.activity_type AS kind
FROM raw.clicks AS clicks
LEFT JOIN raw.pages AS pages ON pages.id_site = clicks.id_site
