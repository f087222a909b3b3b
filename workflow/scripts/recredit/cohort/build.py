"""The cohort: one row per analysed enrollment, and a flow in which every enrollment on file is counted once."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from recredit.cohort.rules import (
    ALL_TERMS,
    ANALYSED,
    OTHER_COURSES,
    OTHER_MODE,
    SECOND_ENROLLMENT,
    STEPS,
    UNKNOWN,
    CohortRules,
)
from recredit.cohort.tables import register
from recredit.engine import literal


def build_cohort(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Path], rules: CohortRules) -> None:
    """Make the tables ``cohort``, ``flow`` and ``flow_rows`` in ``connection``.

    Parameters
    ----------
    connection : an empty DuckDB database.
    tables : the Parquet file of each coded table the study has, by the table's name.
    rules : who is analysed.

    Notes
    -----
    ``cohort`` has one row per analysed enrollment. ``arm`` is the arm of the class taken and missing where a student
    of the lottery went to a class of neither arm; ``assigned_arm`` is the lottery's. ``absence_rate`` is days absent
    by days enrolled in the school year of the term: for a summer term that is the year before it, for any other term
    the same year. ``test_score`` is the first external test after the course (see :func:`_tests`), and
    ``earlier_test_in_sd`` the last one of the same subject before it. ``mark_set_aside`` says that the intake
    quarantined the mark, so that the result is not known.

    ``flow`` has one row per step, course, term (and all terms together) and arm, zeros included, with the number of
    enrollments and of different students. ``flow_rows`` has one row per enrollment on file and step it counts in.

    Raises
    ------
    ConfigurationError if the study lacks a table that no cohort can do without.
    """
    register(connection, tables)
    connection.execute(_joined(rules))
    connection.execute(_decided(rules))
    connection.execute(_results())
    connection.execute(_tests(rules))
    connection.execute(_earlier_tests())
    connection.execute(_cohort())
    connection.execute(_flow_rows(rules))
    connection.execute(_flow())


def _joined(rules: CohortRules) -> str:
    """All enrollments with their section, course and term.

    A student who changed classes keeps the lottery's assignment, also on the enrollment that did not carry it.
    """
    return f"""
CREATE TABLE joined AS
WITH placed AS (
  SELECT e.*, s.section_id IS NOT NULL AS on_file, s.course_id, s.school_id, s.term_id, s.teacher_id, s.class_type,
    {rules.arm("s.mode")} AS arm, {rules.arm("e.assigned_mode")} AS own_assigned_arm,
    c.title AS course, c.subject, t.title AS term, t.kind AS term_kind, t.school_year, t.starts_on AS term_starts_on
  FROM enrollments e
  LEFT JOIN sections s USING (section_id)
  LEFT JOIN courses c USING (course_id)
  LEFT JOIN terms t USING (term_id)
)
SELECT * EXCLUDE (own_assigned_arm, lottery_block, assigned_mode),
  max(own_assigned_arm) OVER attempt AS assigned_arm,
  max(lottery_block) OVER attempt AS lottery_block
FROM placed
WINDOW attempt AS (PARTITION BY student_id, course_id, term_id)
"""


def _decided(rules: CohortRules) -> str:
    """`joined` with the step at which each enrollment is left out, or the step 'analysed'.

    Of two enrollments of one student in one course and term the one with a result stays, then the passed one, then
    the one that was not dropped: the study code decides only between rows that are alike.
    """
    cases = " ".join(f"WHEN {condition} THEN {step}" for step, condition in rules.conditions().items())
    return f"""
CREATE TABLE decided AS
WITH ruled AS (SELECT *, CASE {cases} ELSE {ANALYSED} END AS ruled_step FROM joined),
ranked AS (
  SELECT r.*, row_number() OVER (
      PARTITION BY r.ruled_step, r.student_id, r.course_id, r.term_id
      ORDER BY m.passed IS NULL AND m.percent IS NULL, m.passed DESC NULLS LAST, m.percent DESC NULLS LAST,
        r.status IS DISTINCT FROM 'enrolled', r.arm NULLS LAST, r.starts_day NULLS LAST, r.enrollment_id
    ) AS rank
  FROM ruled r LEFT JOIN marks m USING (enrollment_id)
)
SELECT * EXCLUDE (ruled_step, rank),
  CASE WHEN ruled_step = {ANALYSED} AND rank > 1 THEN {SECOND_ENROLLMENT} ELSE ruled_step END AS step
FROM ranked
"""


def _results() -> str:
    """Marks with a flag for what counts as a final result, and the enrollments whose mark the intake set aside."""
    return """
CREATE TABLE results AS
SELECT *, percent IS NOT NULL OR passed IS NOT NULL AS has_result FROM marks;
CREATE VIEW faulty_marks AS SELECT enrollment_id FROM set_aside WHERE "table" = 'marks'
"""


def _tests(rules: CohortRules) -> str:
    """The first external test after each analysed course: one row per enrollment that has one.

    Test days are coarsened to school years, so 'after' is the same school year or a later one; after a summer term it
    is a later one, since the summer belongs to the year before it. A test of a course goes with that course alone.
    Of the others, mathematics courses go with mathematics tests,
    English courses with reading (or else English) tests, science with science. Two scores of one test in one year are
    averaged; of two tests in one year the first by name counts. Where the study names its test, no other counts.
    """
    named = "true" if rules.outcome_test is None else f"name = {literal(rules.outcome_test)}"
    return f"""
CREATE TABLE external_tests AS
WITH scores AS (
  SELECT student_id, name, subject, course_id, taken_school_year, avg(score) AS score, max(score_sd) AS score_sd,
    bool_or(proficient) AS proficient
  FROM tests WHERE {named} GROUP BY ALL
),
matched AS (
  SELECT d.enrollment_id, s.score, s.score_sd, s.proficient, row_number() OVER (
      PARTITION BY d.enrollment_id
      ORDER BY s.course_id IS NULL, s.taken_school_year, s.subject = 'english', s.name
    ) AS rank
  FROM decided d JOIN scores s ON s.student_id = d.student_id
    AND s.taken_school_year >= d.school_year + CASE WHEN d.term_kind = 'summer' THEN 1 ELSE 0 END
    AND CASE WHEN s.course_id IS NOT NULL THEN s.course_id = d.course_id
      ELSE s.subject = d.subject OR (d.subject = 'english' AND s.subject = 'reading') END
  WHERE d.step = {ANALYSED}
)
SELECT * EXCLUDE (rank) FROM matched WHERE rank = 1
"""


def _earlier_tests() -> str:
    """The last test of the course's subject before the course, in standard deviations: one row per enrollment with one.

    A summer course follows the school year it belongs to; any other course follows the year before.
    """
    return f"""
CREATE TABLE earlier_tests AS
WITH scores AS (
  SELECT student_id, name, subject, taken_school_year, avg(score / nullif(score_sd, 0)) AS score_in_sd
  FROM tests GROUP BY ALL
),
matched AS (
  SELECT d.enrollment_id, s.score_in_sd, row_number() OVER (
      PARTITION BY d.enrollment_id ORDER BY s.taken_school_year DESC, s.subject = 'english', s.name
    ) AS rank
  FROM decided d JOIN scores s ON s.student_id = d.student_id AND s.score_in_sd IS NOT NULL
    AND s.taken_school_year <= d.school_year - CASE WHEN d.term_kind = 'summer' THEN 0 ELSE 1 END
    AND (s.subject = d.subject OR (d.subject = 'english' AND s.subject = 'reading'))
  WHERE d.step = {ANALYSED}
)
SELECT enrollment_id, score_in_sd AS earlier_test_in_sd FROM matched WHERE rank = 1
"""


def _cohort() -> str:
    """One row per analysed enrollment; `test_score_in_sd` has no centre, since no reference mean is in the contract."""
    return f"""
CREATE TABLE cohort AS
SELECT d.enrollment_id, d.student_id, d.school_id, d.section_id, d.teacher_id, d.class_type,
  d.course_id, coalesce(d.course, d.course_id) AS course, d.subject,
  d.term_id, coalesce(d.term, d.term_id) AS term,
  dense_rank() OVER (ORDER BY d.school_year NULLS LAST, d.term_starts_on NULLS LAST, d.term_id)::INTEGER AS term_order,
  d.school_year, d.arm, d.assigned_arm, d.lottery_block,
  d.grade_level, d.is_recovery, d.enrollment_reason, d.status, d.first_attempt_percent, d.earlier_attempts,
  u.sex, u.race_ethnicity, u.english_learner, u.disability, u.economically_disadvantaged, u.age_years,
  a.days_absent / a.days_enrolled AS absence_rate,
  r.percent, r.completed, r.passed, r.credits_earned, r.grade_source, coalesce(r.has_result, false) AS has_result,
  d.enrollment_id IN (FROM faulty_marks) AND NOT coalesce(r.has_result, false) AS mark_set_aside,
  x.score AS test_score, x.score / nullif(x.score_sd, 0) AS test_score_in_sd, x.proficient AS test_proficient,
  p.earlier_test_in_sd
FROM decided d
LEFT JOIN students u USING (student_id)
LEFT JOIN attendance a ON a.student_id = d.student_id AND a.school_year = d.school_year
LEFT JOIN results r ON r.enrollment_id = d.enrollment_id
LEFT JOIN external_tests x ON x.enrollment_id = d.enrollment_id
LEFT JOIN earlier_tests p ON p.enrollment_id = d.enrollment_id
WHERE d.step = {ANALYSED}
"""


def _flow_rows(rules: CohortRules) -> str:
    """One row per enrollment and step it counts in, with readable course, term and arm."""
    return f"""
CREATE TABLE flow_rows AS
WITH named AS (
  SELECT d.*, coalesce(r.has_result, false) AS has_result, coalesce(d.arm, '{OTHER_MODE}') AS shown_arm,
    CASE WHEN NOT d.on_file THEN '{UNKNOWN}'
      WHEN {rules.studied("d.course_id")} THEN coalesce(d.course, d.course_id)
      ELSE '{OTHER_COURSES}' END AS shown_course,
    coalesce(d.term, d.term_id, '{UNKNOWN}') AS shown_term
  FROM decided d LEFT JOIN results r USING (enrollment_id)
),
counted AS (
  SELECT *, unnest(list_filter([
    1, step,
    CASE WHEN step = {ANALYSED} AND assigned_arm IS NOT NULL THEN 10 END,
    CASE WHEN step = {ANALYSED} AND assigned_arm IS DISTINCT FROM arm AND assigned_arm IS NOT NULL THEN 11 END,
    CASE WHEN step = {ANALYSED} AND NOT has_result THEN 12 END,
    CASE WHEN step = {ANALYSED} AND NOT has_result AND status = 'withdrawn' THEN 13 END,
    CASE WHEN step = {ANALYSED} AND NOT has_result AND enrollment_id IN (FROM faulty_marks) THEN 14 END
  ], lambda one: one IS NOT NULL)) AS counted_step FROM named
)
SELECT counted_step AS "order", shown_course AS course, shown_term AS term, shown_arm AS arm,
  CASE WHEN shown_course NOT IN ('{OTHER_COURSES}', '{UNKNOWN}')
    THEN min(course_id) OVER (PARTITION BY shown_course) END AS course_id,
  enrollment_id, student_id, school_id, term_starts_on, counted.course_id AS own_course, starts_day, grade_level,
  status, first_attempt_percent
FROM counted
"""


def _flow() -> str:
    """The flow table: a step that anybody took for every course, term and arm, so that a zero is no gap."""
    steps = ", ".join(f"({number}, {literal(words)}, {literal(kind)})" for number, (words, kind) in STEPS.items())
    return f"""
CREATE TABLE flow AS
WITH doubled AS (
  SELECT * FROM flow_rows
  UNION ALL SELECT * REPLACE ('{ALL_TERMS}' AS term) FROM flow_rows
),
counts AS (
  SELECT "order", course, term, arm, count(*) AS enrollments, count(DISTINCT student_id) AS students
  FROM doubled GROUP BY ALL
),
steps("order", step, kind) AS (VALUES {steps}),
cells AS (SELECT DISTINCT course, course_id, term, arm FROM doubled)
SELECT s."order", s.step, s.kind, c.course, c.course_id, c.term, c.arm,
  coalesce(n.students, 0) AS students, coalesce(n.enrollments, 0) AS enrollments
FROM steps s CROSS JOIN cells c
LEFT JOIN counts n ON n."order" = s."order" AND n.course = c.course AND n.term = c.term AND n.arm = c.arm
WHERE s.kind IN ('start', 'analysed') OR s."order" IN (SELECT "order" FROM counts)
ORDER BY s."order", c.course, c.term, c.arm
"""
