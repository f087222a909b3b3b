"""Values and rows: nothing lost, nothing guessed; a message says where, what was expected, what to do."""

import stat

import pytest


def test_a_sound_study_is_read_whole(small) -> None:
    small.run()
    assert small.quarantine() == []
    assert {key: entry["kept"] for key, entry in small.ledger().items()} == {
        "students roster.csv": 3,
        "courses classes.csv": 1,  # two classes of one course: the second row says the same and merges
        "terms classes.csv": 1,
        "sections classes.csv": 2,
        "enrollments places.csv": 3,
        "marks grades.csv": 3,
        "sessions log.csv": 4,
    }
    assert small.query("SELECT birth_date::VARCHAR, sex FROM {students} ORDER BY student_id")[0] == (
        "2002-05-14",
        "female",
    )
    assert small.query("SELECT percent FROM {marks} ORDER BY enrollment_id") == [(81.25,), (64.5,), (None,)]
    # Without an offset the schools' zone holds: 9:00 in Los Angeles in June is 16:00 UTC.
    started = small.query("SELECT epoch(started_at)::BIGINT FROM {sessions} ORDER BY session_id LIMIT 1")
    assert started == [(1529337600,)]


def test_every_table_has_all_columns_of_the_contract(small, repository) -> None:
    from recredit.contract import load_contract

    small.run()
    contract = load_contract(repository / "config" / "contract")
    for table in ("students", "marks", "sessions"):
        described = small.query(f"DESCRIBE SELECT * FROM {{{table}}}")
        assert [row[0] for row in described] == list(contract[table].columns)


def test_an_unreadable_date_is_quarantined_with_its_reason(small) -> None:
    small.change("roster.csv", "2001-11-02", "11/02/2001")
    small.run()
    rows = small.quarantine()
    reason = "unreadable date in column birth_date, expected %Y-%m-%d"
    assert rows[0] == ("enrollments", "places.csv", 3, "student_id_unresolved", rows[0][4])
    assert ("students", "roster.csv", 3, "birth_date_unreadable", reason) in rows
    # What hangs on the student follows: the enrollment, its mark, its session.
    assert [row[0] for row in rows] == ["enrollments", "marks", "sessions", "students"]
    assert small.ledger()["students roster.csv"]["quarantined"] == {"birth_date_unreadable": 1}
    record = small.query("SELECT record FROM {quarantine} WHERE \"table\" = 'students'")
    assert "11/02/2001" in record[0][0]  # the raw row itself stays readable inside the vault


def test_a_second_date_format_is_configuration(small) -> None:
    small.change("roster.csv", "2001-11-02", "11/02/2001")
    small.configure({"date_formats": ["%Y-%m-%d", "%m/%d/%Y"]})
    small.run()
    assert small.quarantine() == []
    assert ("2001-11-02",) in small.query("SELECT birth_date::VARCHAR FROM {students}")


def test_a_two_digit_year_is_no_date_of_the_first_century(small) -> None:
    small.change("roster.csv", "2001-11-02", "11/02/01")
    small.configure({"date_formats": ["%Y-%m-%d", "%m/%d/%Y"]})
    small.run()
    assert [row[3] for row in small.quarantine() if row[0] == "students"] == ["birth_date_unreadable"]


def test_a_grade_of_140_percent(small) -> None:
    small.change("grades.csv", "64.5", "140")
    small.run()
    reason = "value out of range in column percent, expected 0 to 100 percent"
    assert small.quarantine() == [("marks", "grades.csv", 3, "percent_out_of_range", reason)]


def test_a_session_that_ends_before_it_starts(small) -> None:
    small.change("log.csv", "2018-06-18T17:10:00", "2018-06-18T16:10:00")
    small.run()
    reason = "the session ends before it starts"
    assert small.quarantine() == [("sessions", "log.csv", 3, "session_ends_after_start", reason)]


@pytest.mark.parametrize(
    ("file", "table", "one"), [("log.csv", "sessions", "session"), ("grades.csv", "marks", "mark")]
)
def test_a_row_of_a_student_without_enrollment(small, file: str, table: str, one: str) -> None:
    small.change(file, "Q77-carol,KX-102", "Q77-delta,KX-102")
    small.run()
    (row,) = small.quarantine()
    assert row[:2] == (table, file)
    assert row[3] == "enrollment_id_unresolved"
    assert row[4].startswith(f"a {one} of a student without enrollment: column enrollment_id")


def test_two_marks_for_one_enrollment_are_both_set_aside(small) -> None:
    small.change("grades.csv", "Q77-carol,KX-102,\n", "Q77-carol,KX-102,\nQ77-alpha,KX-101,55.75\n")
    small.run()
    reason = "two different marks for one enrollment, expected one row per enrollment_id"
    assert small.quarantine() == [
        ("marks", "grades.csv", 2, "contradicting_rows", reason),
        ("marks", "grades.csv", 5, "contradicting_rows", reason),
    ]
    (noted,) = small.query("FROM {set_aside}")
    assert noted[0] == "marks" and small.query(
        f"SELECT count(*) FROM {{marks}} WHERE enrollment_id = '{noted[1]}'"
    ) == [(0,)]


def test_the_same_mark_twice_merges(small) -> None:
    small.change("grades.csv", "Q77-carol,KX-102,\n", "Q77-carol,KX-102,\nQ77-alpha,KX-101,81.250\n")
    small.run()
    assert small.quarantine() == []
    assert small.ledger()["marks grades.csv"]["merged"] == 1


def test_an_attribute_that_contradicts_itself_is_missing_and_reported(small) -> None:
    small.change("roster.csv", "Q77-carol,Xaver", "Q77-alpha,Zebulon Archer,2002-05-14,M\nQ77-carol,Xaver")
    small.run()
    assert small.quarantine() == []
    assert small.query("SELECT sex, birth_date::VARCHAR FROM {students} WHERE student_id = 'Q77-alpha'") == [
        (None, "2002-05-14")
    ]
    (finding,) = small.query("SELECT * FROM {quality} WHERE \"check\" = 'sex_contradictory'")
    what = "column sex contradicts itself between the rows of one student; set to missing"
    assert finding == ("students", "sex_contradictory", "warn", what, "students", 1, 3)


def test_a_contradiction_can_stop_the_run(small) -> None:
    small.change("roster.csv", "Q77-carol,Xaver", "Q77-alpha,Zebulon Archer,2002-05-14,M\nQ77-carol,Xaver")
    small.configure({"checks": {"sex_contradictory": "stop"}})
    message = small.message()
    assert "1 of 3 students" in message
    assert "'sex_contradictory'" in message


def test_a_check_can_stop_the_run_and_says_where(small) -> None:
    small.change("grades.csv", "64.5", "140")
    small.configure({"checks": {"marks.percent_out_of_range": "stop"}})
    assert "1 of 3 rows" in (message := small.message())
    assert "grades.csv, row 3" in message


def test_a_check_can_only_warn(small) -> None:
    small.change("roster.csv", "2001-11-02", "unknown")
    small.configure({"checks": {"birth_date_unreadable": "warn"}})
    small.run()
    assert small.quarantine() == []
    assert small.query("SELECT count(*) FROM {students} WHERE birth_date IS NULL") == [(1,)]
    assert small.query("SELECT severity, count FROM {quality} WHERE \"check\" = 'birth_date_unreadable'") == [
        ("warn", 1)
    ]


def test_an_unknown_check_names_the_nearest(small) -> None:
    small.configure({"checks": {"birth_date_unreadabel": "warn"}})
    assert "Did you mean 'birth_date_unreadable'?" in small.message()


def test_a_check_that_cannot_only_warn(small) -> None:
    small.configure({"checks": {"contradicting_rows": "warn"}})
    assert "cannot be 'warn'" in small.message()


def test_too_many_quarantined_rows_stop_the_run_with_counts_by_reason(small) -> None:
    small.configure({"quarantine_limit": 0.3})
    small.change("grades.csv", "64.5", "140")
    message = small.message()
    assert "table marks: 1 of 3 rows were quarantined, more than quarantine_limit 0.3" in message
    assert (
        "1 rows: value out of range in column percent, expected 0 to 100 percent (first: grades.csv, row 3)" in message
    )
    stopped = small.intake / "quarantine_of_stopped_run.csv"
    assert "140" in stopped.read_text()
    assert stat.S_IMODE(stopped.stat().st_mode) == 0o600


def test_a_table_without_a_row_left_stops_the_run(small) -> None:
    small.adapter("marks", "SELECT source_row, 'x' AS enrollment_id, 'not wanted' AS exclude FROM raw.grades")
    assert "table marks: no row is left of 3 read (0 quarantined, 3 excluded)" in small.message()


def test_excluded_rows_are_counted_by_reason(small) -> None:
    small.adapter(
        "marks",
        "SELECT source_row, student || '/' || class AS enrollment_id, percent, "
        "CASE WHEN percent IS NULL THEN 'no final grade' END AS exclude FROM raw.grades",
    )
    small.run()
    assert small.ledger()["marks grades.csv"]["excluded"] == {"no final grade": 1}


def test_outputs_do_not_depend_on_the_order_of_the_rows(small) -> None:
    small.run()
    before = small.query("SELECT * EXCLUDE (birth_date), birth_date::VARCHAR FROM {students}")
    header, *rows = (small.raw / "roster.csv").read_text().splitlines(keepends=True)
    small.write("roster.csv", header + "".join(reversed(rows)))
    small.run()
    assert small.query("SELECT * EXCLUDE (birth_date), birth_date::VARCHAR FROM {students}") == before
