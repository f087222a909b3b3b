"""A large table is read in one pass with the outputs of the slow way; a pass that cannot be exact is not used."""

import gzip

import pytest

from recredit.intake import canonical

ROWS = """L-5,Q77-alpha,KX-101,2018-06-19T09:00:00,2018-06-19T09:30:00,never,300
L-6,Q77-alpha,KX-101,2018-06-20T09:00:00,2018-06-20T08:30:00,1500,300
L-7,Q77-delta,KX-101,2018-06-20T09:00:00,2018-06-20T09:30:00,1500,300
L-8,Q77-bravo,KX-101,2018-06-20T09:00:00,2018-06-20T09:30:00,1500
L-9,Q77-bravo,KX-101,2018-06-20T09:00:00,2018-06-20T09:30:00,900,300
L-10,Q77-bravo,KX-101,2018-06-20T09:10:00,2018-06-20T09:30:00,900,300
L-11,Q77-bravo,KX-101,2018-06-22T09:10:00+0200,2018-06-22T09:30:00,900,300,1
L-12,Q77-carol,KX-102,02/30/2018,2018-06-22T09:30:00Z,-5,12.5
L-13,Q77-carol,KX-102,,2018-06-22T09:30:00Z,5,12
orientation,Q77-carol,KX-102,,,,
L-14,"Q77-carol",KX-102,2018-06-25 09:10:00,2018-06-25 09:30:00, 900 ,300
"""
EXCLUDING = (
    "SELECT source_row, id AS session_id, student || '/' || class AS enrollment_id, start AS started_at, "
    "\"end\" AS ended_at, active AS active_seconds, idle AS idle_seconds, 'test' AS idle_definition, "
    "CASE WHEN id = 'orientation' THEN 'no course' END AS exclude FROM raw.log"
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_output_is_that_of_the_slow_way(small, passes, end: str) -> None:
    small.configure({"quarantine_limit": 0.9, "raw": {"sources": {"log": {"missing": ["n.a."]}}}})
    small.adapter("sessions", EXCLUDING)
    small.write("log.csv", ((small.raw / "log.csv").read_text() + ROWS).replace("\n", end))
    small.change("grades.csv", "64.5", "n.a.")
    small.assert_same_in_one_pass(passes, {"sessions", "marks", "enrollments"})
    assert len(small.quarantine()) == 8
    assert small.ledger()["sessions log.csv"]["excluded"] == {"no course": 1}


def test_whose_mark_was_set_aside_is_told_behind_a_line_that_could_not_be_read(small, passes) -> None:
    """The pieces of a file number their rows by themselves: a rejected line in one moves no row of the next."""
    small.configure({"quarantine_limit": 0.9})
    small.change("grades.csv", "81.25\n", "81.25\nQ77-alpha,KX-101,one,cell,too,many\n")
    small.change("grades.csv", "KX-102,\n", "KX-102,sixty-four\n")
    small.assert_same_in_one_pass(passes, {"sessions", "marks", "enrollments"})
    assert small.query("FROM {set_aside}") == [("marks", "Q77-carol/KX-102")]


def test_whose_marks_were_set_aside_is_noted_in_either_way(small, passes) -> None:
    small.configure({"quarantine_limit": 0.9})
    small.change("grades.csv", "64.5", "sixty-four")
    small.assert_same_in_one_pass(passes, {"sessions", "marks", "enrollments"})
    assert len(small.query("FROM {set_aside}")) == 1
    # The quarantine holds other rows, too: only a mark tells of a result that is not known.
    assert {row[0] for row in small.quarantine()} >= {"marks"}


def test_several_files_with_other_orders_of_columns(small, passes) -> None:
    small.configure({"quarantine_limit": 0.9, "raw": {"sources": {"log": {"files": "logs/*"}}}})
    small.adapter("sessions", EXCLUDING)
    header, *lines = ((small.raw / "log.csv").read_text() + ROWS).splitlines(keepends=True)
    small.write("logs/a.csv", "".join([header, *lines[:6]]))
    small.write(
        "logs/b.csv",
        "".join(["student,id,class,start,end,active,idle\n", lines[8].replace("L-9,Q77-bravo", "Q77-bravo,L-9")]),
    )
    small.write("logs/c.csv.gz", gzip.compress("".join([header, *lines[6:8], *lines[10:]]).encode()))
    small.assert_same_in_one_pass(passes, {"sessions", "marks", "enrollments"})
    assert {row[1] for row in small.quarantine()} == {"logs/a.csv", "logs/c.csv.gz"}


def test_checks_that_warn_set_to_missing_and_stop(small, passes) -> None:
    small.configure({"quarantine_limit": 0.9, "checks": {"active_seconds_unreadable": "warn"}})
    small.write("log.csv", (small.raw / "log.csv").read_text() + ROWS)
    small.change("log.csv", "orientation,Q77-carol,KX-102,,,,\n", "")
    small.assert_same_in_one_pass(passes, {"sessions", "marks", "enrollments"})
    assert small.query("SELECT active_seconds FROM {sessions} WHERE session_id = 'L-5'") == [(None,)]
    for check in ("time_adds_up", "sessions_do_not_overlap", "session_ends_after_start"):
        small.configure({"checks": {check: "stop"}})
        slow = small.message()
        with pytest.raises(canonical.InputError) as caught:
            small.run(stream_bytes=0)
        assert str(caught.value) == slow


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("L-4,", "\nL-4,"),
        ("1201,600", "1201,600,"),
        ("1201,600", '1201,600,""'),
        ("1201,600\n", "1201,600,"),
    ],
)
def test_what_one_pass_cannot_show_goes_the_slow_way(small, passes, old: str, new: str) -> None:
    small.change("log.csv", old, new)
    small.assert_same_in_one_pass(passes, {"marks", "enrollments"})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("L-4,", 'L-4"x,'),
        ("L-4,", '"L-4,'),
        ("L-3,", "L-3\0,"),
        ("L-3,", "L-3\r,"),
        ("L-4,Q77-carol", '"L-4\n",Q77-carol'),
    ],
)
def test_a_damaged_file_says_the_same(small, passes, old: str, new: str) -> None:
    small.change("log.csv", old, new)
    try:
        small.run()
    except canonical.InputError as error:
        with pytest.raises(canonical.InputError) as caught:
            small.run(stream_bytes=0)
        assert str(caught.value) == str(error)
    else:
        small.assert_same_in_one_pass(passes, {"marks", "enrollments", "sessions"})


def test_bytes_that_are_no_text_are_found_in_columns_that_nobody_reads(small) -> None:
    text = (small.raw / "log.csv").read_bytes().replace(b"\n", b",x\n").replace(b"600,x", b"600,\xff")
    small.write("log.csv", text)
    with pytest.raises(canonical.InputError) as caught:
        small.run(stream_bytes=0)
    assert "log.csv, line 4: the line is not valid utf-8" in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "{} WHERE id <> 'L-1'",
        "{} LIMIT 3",
        "{} JOIN (SELECT unnest([1, 2])) ON true",
        "SELECT DISTINCT * FROM ({})",
    ],
)
def test_an_adapter_that_may_lose_rows_goes_the_slow_way(small, passes, sql: str) -> None:
    plain = "SELECT source_row, id AS session_id, student || '/' || class AS enrollment_id, start AS started_at, "
    plain += "\"end\" AS ended_at, 'test' AS idle_definition FROM raw.log"
    small.adapter("sessions", sql.format(plain))
    if "DISTINCT" in sql:
        small.run(stream_bytes=0)
    else:
        with pytest.raises(canonical.InputError, match=r"are lost|more than once"):
            small.run(stream_bytes=0)
    assert "sessions" not in passes


def test_a_left_join_that_multiplies_is_found_by_the_count(small, passes) -> None:
    small.adapter(
        "sessions",
        "SELECT log.source_row, id AS session_id, log.student || '/' || log.class AS enrollment_id, "
        "start AS started_at, \"end\" AS ended_at, 'test' AS idle_definition FROM raw.log AS log "
        "LEFT JOIN raw.roster AS roster ON left(roster.student, 3) = left(log.student, 3)",
    )
    with pytest.raises(canonical.InputError, match="4 rows come out more than once") as caught:
        small.run(stream_bytes=0)
    assert "log.csv, row 2" in str(caught.value)
    assert "sessions" not in passes


@pytest.mark.parametrize("text", ["it''s \"ours\"", "", "déjà"])
def test_a_text_that_the_adapter_fixes_is_written_like_any_other(small, passes, text: str) -> None:
    """As the only one of a list: a reader must not see that."""
    small.adapter("sessions", EXCLUDING.replace("'test'", f"'{text}'"))
    small.assert_same_in_one_pass(passes, {"sessions", "marks", "enrollments"})
    rows = small.query("SELECT DISTINCT idle_definition, typeof(idle_definition) FROM {sessions}")
    assert rows == [(text.replace("''", "'"), "VARCHAR")]


def test_a_fixed_text_of_a_number_is_read_as_one(small, passes) -> None:
    small.adapter("sessions", EXCLUDING.replace("idle AS idle_seconds", "'600' AS idle_seconds"))
    small.assert_same_in_one_pass(passes, {"sessions", "marks", "enrollments"})
    assert small.query("SELECT DISTINCT idle_seconds FROM {sessions}") == [(600,)]
