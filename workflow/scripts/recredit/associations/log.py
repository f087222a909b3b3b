"""The analysis table of the whole log: one row per enrollment with a session, in every course, in or out of the study.

Types of user, courses and school years are seen here, where there are enough of each; the cohort of a study is a part.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pandas as pd

from recredit.engine import literal
from recredit.estimators.analysis import plain_frame
from recredit.estimators.associations import LANDMARK
from recredit.estimators.variables import CODES, value_label
from recredit.ordering import sort_by_content

NEEDED = ("online", "types", "enrollments", "sections", "courses", "terms")
LANDMARK_DAYS = 14
# Columns that are read where there are any: a study without the table, or the column, has nothing in their place.
_EMPTY = {
    "enrollments": "SELECT NULL::BIGINT AS starts_day WHERE false",
    "marks": "SELECT NULL::VARCHAR AS enrollment_id, NULL::DOUBLE AS percent, NULL::BOOLEAN AS completed, "
    "NULL::BOOLEAN AS passed, NULL::BIGINT AS completed_day WHERE false",
    "attendance": "SELECT NULL::VARCHAR AS student_id, NULL::BIGINT AS school_year, NULL::BIGINT AS days_enrolled, "
    "NULL::BIGINT AS days_absent WHERE false",
    "weeks": "SELECT NULL::VARCHAR AS enrollment_id, NULL::BIGINT AS program_week, NULL::BIGINT AS days WHERE false",
}
_FRAME = f"""
WITH placed AS (
  SELECT *, greatest(coalesce(starts_day, 1), 1) AS first_day FROM enrollments
),
early AS (
  SELECT w.enrollment_id, sum(w.days) AS days
  FROM weeks w JOIN placed p ON w.enrollment_id = p.enrollment_id
    AND w.program_week - ((p.first_day - 1) // 7 + 1) BETWEEN 0 AND 1
  GROUP BY w.enrollment_id
)
SELECT o.*, t.type, e.student_id, e.section_id, e.grade_level, s.school_id, s.teacher_id, 'online' AS arm,
  s.course_id, coalesce(c.title, s.course_id) AS title, c.subject, r.school_year, m.percent, m.completed, m.passed,
  coalesce(m.completed AND m.completed_day - e.first_day < {LANDMARK_DAYS}, false) AS {LANDMARK},
  CASE WHEN o.days IS NOT NULL THEN coalesce(y.days, 0) END::DOUBLE AS first_two_weeks_days,
  a.days_absent / a.days_enrolled AS absence_rate
FROM online o LEFT JOIN types t USING (enrollment_id) JOIN placed e USING (enrollment_id)
JOIN sections s USING (section_id) JOIN courses c USING (course_id) JOIN terms r USING (term_id)
LEFT JOIN marks m USING (enrollment_id) LEFT JOIN early y USING (enrollment_id)
LEFT JOIN attendance a ON a.student_id = e.student_id AND a.school_year = r.school_year
"""


def read_log_analysis(files: Mapping[str, Path], weeks: Sequence[Path], labels: Mapping[str, str]) -> pd.DataFrame:
    """The analysis table of the log.

    Parameters
    ----------
    files : Parquet files by name: ``online`` and ``types`` of the stage measure, and the coded tables enrollments,
        sections, courses, terms and, where the study has them, marks and attendance.
    weeks : measures by enrollment and week, bucket by bucket.
    labels : the study's labels of values, for the courses.

    Returns
    -------
    The columns :data:`recredit.estimators.variables.IN_THE_LOG`, sorted by content. ``absence_rate`` is that of the
    school year of the term: before a summer term, and over all of any other. ``completed_in_two_weeks`` tells the
    enrollments whose outcome was there before the landmark; ``first_two_weeks_days`` counts the days with a session
    in the first two program weeks of the enrollment.
    """
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for name in dict.fromkeys((*NEEDED, *_EMPTY)):
            paths = list(weeks) if name == "weeks" else [files[name]] if name in files else []
            read = [f"SELECT * FROM read_parquet([{', '.join(literal(str(path)) for path in paths)}])"] if paths else []
            selection = " UNION ALL BY NAME ".join([*read, *([_EMPTY[name]] if name in _EMPTY else [])])
            connection.execute(f"CREATE VIEW {name} AS {selection}")
        frame = plain_frame(connection.sql(_FRAME).to_arrow_table())
    pairs = zip(frame.pop("title"), frame["course_id"], strict=True)
    frame["course"] = pd.Series([labels.get(code, value_label(title, labels)) for title, code in pairs], dtype="str")
    return sort_by_content(frame, [name for name in CODES if name in frame])
