"""Checks beyond types: each planted fault is found by its check, where it stands, and nothing else is."""

import pytest

TERMS = (
    "SELECT source_row, summer AS term_id, 'Summer 2018' AS title, '2018-06-18' AS starts_on, "
    "'2018-07-20' AS ends_on, 2018 AS school_year FROM raw.classes"
)
SCHOOLS = "SELECT source_row, school AS school_id, school AS name FROM raw.schools"
SECTIONS = (
    "SELECT source_row, class AS section_id, lower(course) AS course_id, summer AS term_id, 'online' AS mode, "
    "CASE class WHEN 'KX-101' THEN 'north' ELSE 'south' END AS school_id FROM raw.classes"
)


@pytest.fixture
def study(small):
    """The small study with two schools and a term that ends."""
    small.adapter("terms", TERMS)
    small.adapter("schools", SCHOOLS)
    small.adapter("sections", SECTIONS)
    small.write("schools.csv", "school\nnorth\nsouth\n")
    small.configure(
        {
            "raw": {"sources": {"schools": {"files": "schools.csv"}}},
            "tables": {"schools": {"adapter": "schools.sql", "rows_from": ["schools"]}},
        }
    )
    return small


def found(study) -> dict[str, int]:
    """Counts of the checks that found something, by ``<table>.<check>``."""
    rows = study.query('SELECT "table" || \'.\' || "check", count FROM {quality} WHERE count > 0')
    return dict(rows)


def report(study) -> list[tuple]:
    return study.query(
        'SELECT "check", file, school_id, count, checked FROM {quality_report} WHERE count > 0 ORDER BY ALL'
    )


def test_a_sound_study_accuses_nobody(study) -> None:
    study.run()
    assert found(study) == {}
    listed = {row[0] for row in study.query('SELECT DISTINCT "check" FROM {quality_report}')}
    assert {"session_inside_term", "sessions_do_not_overlap", "time_adds_up", "contradicting_rows"} <= listed


@pytest.mark.parametrize(
    ("begin", "end", "outside"),
    [
        # Los Angeles is seven hours behind UTC in summer; the term's days are days there.
        ("2018-06-18T00:00:00", "2018-06-18T00:25:00", False),
        ("2018-06-17T23:59:59", "2018-06-18T00:24:59", True),
        ("2018-07-20T23:59:59", "2018-07-21T00:24:59", False),
        ("2018-07-21T00:00:00", "2018-07-21T00:25:00", True),
        ("2018-07-21T03:00:00+0000", "2018-07-21T03:25:00+0000", False),
    ],
)
def test_sessions_inside_the_term(study, begin: str, end: str, outside: bool) -> None:
    study.change(
        "log.csv",
        "L-2,Q77-alpha,KX-101,2018-06-18T17:00:00,2018-06-18T17:10:00,500,100",
        f"L-2,Q77-alpha,KX-101,{begin},{end},1400,100",
    )
    study.run()
    assert found(study) == ({"sessions.session_inside_term": 1} if outside else {})
    assert report(study) == ([("session_inside_term", "log.csv", "north", 1, 3)] if outside else [])
    assert study.ledger()["sessions log.csv"]["kept"] == 4


def test_a_session_inside_a_longer_one_and_one_after_both(study) -> None:
    """The running latest end counts, not the end of the session before; another student is not concerned."""
    rows = [
        "L-5,Q77-carol,KX-102,2018-06-20T08:00:00,2018-06-20T10:00:00,7200,0",
        "L-6,Q77-carol,KX-102,2018-06-20T08:10:00,2018-06-20T08:20:00,600,0",
        "L-7,Q77-carol,KX-102,2018-06-20T09:59:59,2018-06-20T10:30:00,1801,0",
        "L-8,Q77-carol,KX-102,2018-06-20T10:30:00,2018-06-20T10:40:00,600,0",
        "L-9,Q77-alpha,KX-101,2018-06-20T09:00:00,2018-06-20T09:10:00,600,0",
    ]
    study.write("log.csv", (study.raw / "log.csv").read_text() + "\n".join(rows) + "\n")
    study.run()
    assert report(study) == [("sessions_do_not_overlap", "log.csv", "south", 2, 5)]
    assert study.quarantine() == []
    study.configure({"checks": {"sessions_do_not_overlap": "quarantine"}})
    study.run()
    places = [(row[1], row[2], row[3]) for row in study.quarantine()]
    assert places == [("log.csv", 7, "sessions_do_not_overlap"), ("log.csv", 8, "sessions_do_not_overlap")]
    assert study.ledger()["sessions log.csv"]["quarantined"] == {"sessions_do_not_overlap": 2}


@pytest.mark.parametrize(("idle", "wrong"), [(360, False), (361, True), (240, False), (239, True)])
def test_active_and_idle_time_add_up_within_a_minute(study, idle: int, wrong: bool) -> None:
    study.change("log.csv", "1500,300", f"1500,{idle}")
    study.run()
    assert found(study) == ({"sessions.time_adds_up": 1} if wrong else {})


def test_the_tolerance_and_severity_of_a_check_are_configuration(study) -> None:
    study.change("log.csv", "1500,300", "1500,361")
    study.configure({"checks": {"sessions.time_adds_up": {"tolerance": 61, "severity": "stop"}}})
    study.run()
    study.configure({"checks": {"sessions.time_adds_up": {"tolerance": 60.5, "severity": "stop"}}})
    message = study.message()
    assert "differ from the session's length by more than 60.5 seconds (log.csv, row 2)" in message
    assert "'time_adds_up' stops the run" in message


def test_a_tolerance_for_a_check_without_one(study) -> None:
    study.configure({"checks": {"session_inside_term": {"tolerance": 1}}})
    assert "'session_inside_term' of sessions has no tolerance" in study.message()


def test_an_overlap_can_stop_the_run_and_says_where(study) -> None:
    study.change("log.csv", "2018-06-18T17:00:00,2018-06-18T17:10:00", "2018-06-18T09:10:00,2018-06-18T09:20:00")
    study.configure({"checks": {"sessions_do_not_overlap": "stop"}})
    assert "(log.csv, row 3)" in study.message()


def marks(study, columns: str) -> None:
    study.adapter("marks", f"SELECT source_row, student || '/' || class AS enrollment_id, {columns} FROM raw.grades")


def test_credits_against_the_course(study) -> None:
    study.adapter(
        "courses", "SELECT source_row, lower(course) AS course_id, course AS title, 5 AS credits FROM raw.classes"
    )
    marks(study, "CASE WHEN percent = '64.5' THEN 10 ELSE 5 END AS credits_attempted, 5 AS credits_earned")
    study.run()
    assert report(study) == [("credits_within_course", "grades.csv", "north", 1, 2)]


def test_credits_without_a_pass(study) -> None:
    marks(study, "percent = '81.25' AS passed, CASE WHEN percent IS NOT NULL THEN 5 ELSE 0 END AS credits_earned")
    study.run()
    assert found(study) == {"marks.credits_only_with_pass": 1}


def test_a_mark_is_completed_about_its_term(study) -> None:
    marks(
        study,
        "CASE percent WHEN '81.25' THEN '2018-08-19' WHEN '64.5' THEN '2018-08-20' ELSE '2018-06-17' END "
        "AS completed_on",
    )
    study.run()
    assert found(study) == {"marks.completed_about_term": 2}


def test_an_enrollment_inside_its_term(study) -> None:
    study.adapter(
        "enrollments",
        "SELECT source_row, student || '/' || class AS enrollment_id, student AS student_id, class AS section_id, "
        "CASE level WHEN '10' THEN '2018-06-17' ELSE '2018-06-18' END AS starts_on FROM raw.places",
    )
    study.run()
    assert report(study) == [("enrollment_inside_term", "places.csv", "north", 1, 2)]


def test_a_reason_that_names_the_student(study) -> None:
    study.adapter(
        "students",
        "SELECT source_row, student AS student_id, split_part(name, ' ', 1) AS given_name, "
        "split_part(name, ' ', 2) AS family_name FROM raw.roster",
    )
    study.adapter(
        "enrollments",
        "SELECT source_row, student || '/' || class AS enrollment_id, student AS student_id, class AS section_id, "
        "CASE level WHEN '10' THEN 'YOLANDA bright failed' ELSE 'Bright idea' END AS enrollment_reason FROM raw.places",
    )
    study.run()
    assert found(study) == {"enrollments.reason_names_no_student": 1}


def test_one_student_under_two_identifiers(study) -> None:
    study.adapter(
        "students",
        "SELECT source_row, student AS student_id, split_part(name, ' ', 1) AS given_name, "
        "split_part(name, ' ', 2) AS family_name, born AS birth_date FROM raw.roster",
    )
    rows = "Q77-delta,zebulon archer,2002-05-14,F\nQ77-echos,Zebulon Archer,2002-05-15,F\n"
    study.write("roster.csv", (study.raw / "roster.csv").read_text() + rows)
    study.run()
    assert found(study) == {"students.one_identifier_per_student": 1}
    study.configure({"checks": {"one_identifier_per_student": "stop"}})
    assert "(roster.csv, row 5)" in study.message()


def test_a_calendar_day_outside_every_term(study) -> None:
    study.write("days.csv", "day\n2018-06-18\n2018-07-21\n")
    study.adapter("calendar", "SELECT source_row, day AS on_date, 'yes' AS is_school_day FROM raw.days")
    study.configure(
        {
            "raw": {"sources": {"days": {"files": "days.csv"}}},
            "tables": {"calendar": {"adapter": "calendar.sql", "rows_from": ["days"]}},
        }
    )
    study.run()
    assert found(study) == {"calendar.day_inside_term": 1}


def test_a_check_whose_table_the_study_has_not_is_named_in_the_report(study) -> None:
    for table in ("sessions", "marks", "terms", "sections", "enrollments", "courses"):
        del study.settings["tables"][table]
    study.adapter("calendar", "SELECT source_row, '2018-06-18' AS on_date, 'yes' AS is_school_day FROM raw.schools")
    study.configure({"tables": {"calendar": {"adapter": "calendar.sql", "rows_from": ["schools"]}}})
    study.run()
    words = (study.intake / "quality_report.md").read_text()
    assert "compare with: calendar.day_inside_term." in words


def test_the_report_counts_by_file_and_school(study) -> None:
    study.write(
        "logs/a.csv",
        "id,student,class,start,end,active,idle\n"
        "L-1,Q77-alpha,KX-101,2018-06-18T09:00:00,2018-06-18T09:30:00,100,300\n"
        "L-2,Q77-carol,KX-102,2018-06-18T09:00:00,2018-06-18T09:30:00,100,300\n",
    )
    study.write(
        "logs/b.csv",
        "id,student,class,start,end,active,idle\n"
        "L-3,Q77-carol,KX-102,2018-06-19T09:00:00,2018-06-19T09:30:00,100,300\n"
        "L-4,Q77-delta,KX-102,2018-06-19T09:00:00,2018-06-19T09:30:00,1500,300\n"
        "L-5,Q77-carol,KX-102,late\n",
    )
    study.configure({"raw": {"sources": {"log": {"files": "logs/*.csv"}}}, "quarantine_limit": 1})
    study.run()
    assert report(study) == [
        ("enrollment_id_unresolved", "logs/b.csv", None, 1, 1),
        ("time_adds_up", "logs/a.csv", "north", 1, 1),
        ("time_adds_up", "logs/a.csv", "south", 1, 1),
        ("time_adds_up", "logs/b.csv", "south", 1, 1),
        ("wrong_number_of_columns", "logs/b.csv", None, 1, 3),
    ]
    words = (study.intake / "quality_report.md").read_text()
    assert "| sessions | time_adds_up | south | 2 | 2 |" in words
    assert (study.intake / "quality_report.md").stat().st_mode & 0o777 == 0o600
