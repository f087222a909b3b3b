"""Adapters: one SELECT over the raw tables, each row exactly once; whatever else is refused with what to do."""

import pytest

SELECT = "SELECT source_row, student || '/' || class AS enrollment_id, percent FROM raw.grades"


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (f"{SELECT}; SELECT 1", "expected exactly one SELECT"),
        ("DELETE FROM raw.grades", "expected exactly one SELECT"),
        ("PIVOT raw.grades ON class USING count(*)", "expected exactly one SELECT"),
        ("SELECT source_row FROM", "this is not SQL that can be read"),
        (f"{SELECT} JOIN read_csv('/etc/passwd') ON true", "the table function read_csv is not allowed"),
        ("SELECT * FROM '/etc/passwd'", "the table /etc/passwd is not allowed. Expected raw.<source>"),
        ("SELECT * FROM query_table('raw.grades')", "the table function query_table is not allowed"),
        ("SELECT * FROM information_schema.tables", "the table tables is not allowed"),
        ("SELECT * FROM adapted.students", "the table students is not allowed"),
        ("SELECT * FROM (DESCRIBE raw.grades)", "DESCRIBE, SHOW and SUMMARIZE are not allowed"),
        (f"{SELECT} USING SAMPLE 1", "sampling is not allowed"),
        (
            "SELECT source_row, TRY_CAST(percent AS DOUBLE) AS percent FROM raw.grades",
            "TRY_CAST and TRY are not allowed",
        ),
        ("SELECT source_row, TRY(percent::DOUBLE) AS percent FROM raw.grades", "TRY_CAST and TRY are not allowed"),
        ("SELECT source_row, try_strptime(percent, '%Y') AS percent FROM raw.grades", "try_strptime is not allowed"),
        ("SELECT source_row, random() AS percent FROM raw.grades", "random is not allowed"),
        ("SELECT source_row, current_date AS completed_on FROM raw.grades", "current_date is not allowed"),
        ("SELECT source_row FROM raw.grade", "there is no source 'grade' in study.yaml. Did you mean 'grades'?"),
        (
            SELECT.replace("percent FROM", "percent AS percentt FROM"),
            "the column 'percentt' is not in the contract of marks.",
        ),
        (SELECT.replace("percent FROM", "percent AS percentt FROM"), "Did you mean 'percent'?"),
        (SELECT.replace("percent FROM", "percnt AS percent FROM"), "The nearest name there is 'percent'."),
        (SELECT.replace("source_row, ", ""), "the adapter must give the column 'source_row'"),
        ("SELECT source_row, percent FROM raw.grades", "the adapter must give the column 'enrollment_id'"),
        (SELECT.replace("percent FROM", "frobnicate(percent) AS percent FROM"), "frobnicate does not exist"),
    ],
)
def test_what_an_adapter_may_not_do(small, sql: str, words: str) -> None:
    small.adapter("marks", sql)
    message = small.message()
    assert message.startswith("marks.sql:")
    assert words in message


@pytest.mark.parametrize(
    "sql",
    [
        f"-- a comment at the end\n{SELECT} -- here;\n;",
        f"WITH one AS ({SELECT}) SELECT * FROM one WHERE true UNION ALL SELECT * FROM one WHERE false",
        SELECT.replace("percent FROM raw.grades", "p AS percent FROM raw.grades, unnest([percent]) AS t(p)"),
        f"{SELECT} LEFT JOIN raw.roster USING (student)".replace("source_row", "grades.source_row"),
    ],
)
def test_what_an_adapter_may_do(small, sql: str) -> None:
    small.adapter("marks", sql)
    small.run()
    assert small.ledger()["marks grades.csv"]["kept"] == 3


def test_a_filter_that_loses_rows(small) -> None:
    small.adapter("marks", f"{SELECT} WHERE percent IS NOT NULL")
    message = small.message()
    assert "marks.sql (table marks): 1 rows of grades are lost" in message
    assert "`exclude`" in message
    assert "grades.csv, row 4" in message


def test_a_join_that_multiplies_rows(small) -> None:
    small.adapter(
        "marks", f"{SELECT} JOIN (SELECT unnest([1, 2])) ON student LIKE '%alpha'".replace(" JOIN", " LEFT JOIN")
    )
    message = small.message()
    assert "1 rows come out more than once: a join multiplies them" in message
    assert "grades.csv, row 2" in message


def test_rows_of_another_source(small) -> None:
    small.adapter(
        "marks", SELECT.replace("raw.grades", "raw.grades UNION ALL SELECT source_row, '', '' FROM raw.roster")
    )
    assert "3 rows are not of the sources in rows_from (grades)" in small.message()


def test_a_cast_that_fails_shows_no_value(small) -> None:
    small.change("grades.csv", "64.5", "sixty-four")
    small.adapter("marks", SELECT.replace("percent FROM", "percent::DOUBLE AS percent FROM"))
    message = small.message()
    assert "marks.sql: the SQL failed on a row of its sources" in message
    assert "take the casts out" in message


def test_exclude_may_hold_no_value(small) -> None:
    rows = "".join(f"Q77-alpha,KX-{n},{n}\n" for n in range(100, 130))
    small.write("grades.csv", "student,class,percent\n" + rows)
    small.adapter("marks", f"{SELECT.replace('percent FROM', 'percent, class AS exclude FROM')}")
    assert "`exclude` must be missing or one of a few short reasons" in small.message()


def test_scaled_keeps_an_unreadable_text_for_the_quarantine(small) -> None:
    small.change("grades.csv", "64.5", "n.a.")
    small.change("grades.csv", "81.25", "0.8125")
    small.adapter("marks", SELECT.replace("percent FROM", "scaled(percent, 100) AS percent FROM"))
    small.run()
    assert small.query("SELECT percent FROM {marks} ORDER BY enrollment_id") == [(81.25,), (None,)]
    assert [row[:4] for row in small.quarantine()] == [("marks", "grades.csv", 3, "percent_unreadable")]


def test_an_unknown_source_in_rows_from(small) -> None:
    small.configure({"tables": {"marks": {"rows_from": ["grade"]}}})
    assert "tables.marks.rows_from: there is no source 'grade'. Did you mean 'grades'?" in small.message()


def test_an_unknown_table(small) -> None:
    small.configure({"tables": {"mark": {"adapter": "marks.sql", "rows_from": ["grades"]}}})
    assert "there is no canonical table 'mark'. Did you mean 'marks'?" in small.message()


def test_a_missing_adapter(small) -> None:
    small.configure({"tables": {"marks": {"adapter": "mark.sql"}}})
    assert "tables.marks.adapter: mark.sql cannot be read" in small.message()
