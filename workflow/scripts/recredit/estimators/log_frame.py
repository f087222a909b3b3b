"""Everybody in the log, one row an enrollment: measures, type of user, course, grade level, results and ratings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from recredit.engine import literal
from recredit.estimators.analysis import plain_frame
from recredit.ordering import sort_by_content

CODES = ["enrollment_id", "student_id", "school_id", "teacher_id", "section_id"]
# What a study without the table has instead: the same columns, without rows.
_EMPTY = {
    "marks": "SELECT NULL::VARCHAR AS enrollment_id, NULL::DOUBLE AS percent, NULL::BOOLEAN AS completed, "
    "NULL::BOOLEAN AS passed WHERE false",
    "teacher_ratings": "SELECT NULL::VARCHAR AS enrollment_id, NULL::VARCHAR AS item, NULL::DOUBLE AS rating "
    "WHERE false",
}
_FRAME = """
SELECT o.*, t.* EXCLUDE (enrollment_id), e.student_id, e.section_id, e.grade_level, s.school_id, s.teacher_id,
  c.subject, c.title AS course, r.school_year, m.percent, m.completed, m.passed
FROM online o LEFT JOIN types t USING (enrollment_id) JOIN enrollments e USING (enrollment_id)
JOIN sections s USING (section_id) JOIN courses c USING (course_id) JOIN terms r USING (term_id)
LEFT JOIN marks m USING (enrollment_id)
"""


def _views(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> None:
    for name in ("online", "types", "enrollments", "sections", "courses", "terms", *_EMPTY):
        query = f"FROM read_parquet({literal(str(files[name]))})" if name in files else _EMPTY[name]
        connection.execute(f"CREATE VIEW {name} AS {query}")


def read_log(
    files: Mapping[str, Path], clicks: Sequence[Path] = (), thresholds: Sequence[float] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The enrollments in the log, and teachers' ratings of them.

    Parameters
    ----------
    files : Parquet files by name: ``online`` and ``types`` of the stage measure, and the coded tables enrollments,
        sections, courses, terms and, where the study has them, marks and teacher_ratings.

    clicks : sums over the sessions from clicks, bucket by bucket; they give ``click_hours`` and, under each of
        ``thresholds``, ``idle_over_<place>`` (hours).

    Returns
    -------
    Frames in an order by content, in plain types (numbers and yes/no as float64): one row an enrollment; one row a
    rating with ``enrollment_id``, ``item``, ``rating`` and the enrollment's ``type``, student, school and teacher.
    """
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        _views(connection, files)
        frame = plain_frame(_table(connection, _with_clicks(clicks, len(thresholds))))
        rated = plain_frame(_table(connection, "SELECT enrollment_id, item, rating FROM teacher_ratings"))
    frame = sort_by_content(frame, CODES)
    columns = ["enrollment_id", "student_id", "school_id", "teacher_id", "type"]
    # In the order of the enrollments, which is by content: the first of a student's must not hang on the codes.
    placed = frame[columns].assign(place=range(len(frame)))
    rated = rated.merge(placed, on="enrollment_id").sort_values(["item", "type", "place", "rating"], kind="stable")
    return frame, rated.drop(columns="place")


def _with_clicks(clicks: Sequence[Path], thresholds: int) -> str:
    if not clicks:
        return _FRAME
    hours = "/ 3600000000"
    idle = ", ".join(
        f"x.idle_microseconds_by_threshold[{place}] {hours} AS idle_over_{place}" for place in range(1, thresholds + 1)
    )
    files = ", ".join(literal(str(path)) for path in clicks)
    return (
        f"SELECT f.*, x.total_microseconds {hours} AS click_hours, {idle} FROM ({_FRAME}) AS f "
        f"LEFT JOIN read_parquet([{files}]) AS x USING (enrollment_id)"
    )


def _table(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    return connection.sql(query).to_arrow_table()
