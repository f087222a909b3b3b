"""The formats shipped in config/formats, on real sample files where there are some."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml


def source_of(repository: Path, format_: str) -> dict[str, Any]:
    """The keys of raw.sources that a format ships."""
    return yaml.safe_load((repository / "config" / "formats" / format_ / "source.yaml").read_text(encoding="utf-8"))


def use(small: Any, tables: dict[str, tuple[str, str]], sources: dict[str, Any], folder: Path | None = None) -> None:
    """Let the small study fill only ``tables`` ({table: (adapter, primary source)}) from ``sources``."""
    small.settings["tables"] = {
        table: {"adapter": adapter, "rows_from": [source]} for table, (adapter, source) in tables.items()
    }
    small.settings["raw"] = {"folder": str(folder or small.raw), "sources": sources}


ONEROSTER = ("academicSessions", "classes", "enrollments", "orgs", "users")
NAMES = {"academicSessions": "academic_sessions", "enrollments": "roster_enrollments"}


def one_roster(small: Any, archive: Path, students: str, more: dict[str, Any] | None = None) -> None:
    """A study on the real OneRoster ``archive``; which classes are online stands in a list of the district."""
    (small.raw / archive.name).write_bytes(archive.read_bytes())
    small.write(
        "class_modes.csv", "class,mode,vendor\ncls-222-123456,online,A vendor\ncls-222-123478,teacher_directed,\n"
    )
    sources: dict[str, Any] = {
        NAMES.get(name, name): {"files": archive.name, "member": f"{name}.csv"} for name in ONEROSTER
    }
    sources |= {"class_modes": {"files": "class_modes.csv"}, **(more or {})}
    tables = {
        "students": (students, "users"),
        "courses": ("oneroster/courses_from_classes.sql", "classes"),
        "terms": ("oneroster/terms.sql", "academic_sessions"),
        "sections": ("oneroster/sections_with_modes.sql", "classes"),
        "enrollments": ("oneroster/enrollments.sql", "roster_enrollments"),
    }
    use(small, tables, sources)
    small.configure({"quarantine_limit": 0.7})


@pytest.mark.shared_data
@pytest.mark.parametrize(("archive", "sections"), [("Test_full_data_set.zip", 1), ("Test_minimal_data_set.zip", 2)])
def test_real_oneroster_1_1_archives(small: Any, shared_data: Path, archive: str, sections: int) -> None:
    """Two of six users are students by their role and enrolled in something that is not marked as deleted."""
    one_roster(small, shared_data / "oneroster" / archive, "oneroster/students_1_1.sql")
    small.run()
    ledger = small.ledger()
    users = ledger[f"students {archive}/users.csv"]
    assert users["read"] == 6
    assert users["kept"] == 3
    assert users["excluded"] == {"a user who is no student": 3}
    assert small.query("SELECT count(*) FROM {sections}") == [(sections,)]
    # A teacher of the sample is enrolled as a student: the enrollment names nobody among the students.
    assert {row[3] for row in small.quarantine() if row[0] == "enrollments"} >= {"student_id_unresolved"}
    assert small.query("SELECT DISTINCT student_id FROM {enrollments}") == [("usr-222-1234561232",)]
    passwords = small.query("SELECT count(*) FROM {quarantine} WHERE record LIKE '%Password1%'")
    assert passwords == [(0,)]


@pytest.mark.shared_data
def test_real_oneroster_1_2_with_a_misspelt_header_and_unnamed_columns(small: Any, shared_data: Path) -> None:
    """`roles.csv` says dataLastModified, and its header ends in two empty names that no row has a value for."""
    archive = shared_data / "oneroster" / "v1p2_full_dataset.zip"
    roles: dict[str, Any] = {"files": archive.name, "member": "roles.csv", "columns": ["dateLastModified"]}
    one_roster(small, archive, "oneroster/students_without_demographics.sql", {"roles": roles})
    message = small.message()
    assert "v1p2_full_dataset.zip/roles.csv, header: column 10 has no name" in message
    small.configure({"raw": {"sources": {"roles": {"unnamed_columns": "drop"}}}})
    message = small.message()
    assert "the column 'dateLastModified' is missing. The nearest name there is 'dataLastModified'" in message
    small.configure({"raw": {"sources": {"roles": {"names": {"dateLastModified": "dataLastModified"}}}}})
    small.run()
    with zipfile.ZipFile(archive) as files:
        rows = list(csv.DictReader(io.StringIO(files.read("roles.csv").decode("utf-8-sig"))))
    students = {row["userSourcedId"] for row in rows if row["role"] == "student"}
    assert {row[0] for row in small.query("SELECT student_id FROM {students}")} == students
    assert small.ledger()["students v1p2_full_dataset.zip/users.csv"]["read"] == 6


def caliper(small: Any, repository: Path, shared_data: Path, tables: dict[str, tuple[str, str]]) -> None:
    """The small study with a student whose account is the one of the 1EdTech fixtures, and all the fixtures as log."""
    small.write(
        "accounts.csv",
        "account,enrollment_id,first_day,last_day\n"
        "https://example.edu/users/554433,Q77-alpha/KX-101,2016-08-01,2017-06-30\n"
        "https://example.edu/users/112233,Q77-bravo/KX-101,2016-08-01,2017-06-30\n",
    )
    fixtures = shared_data / "caliper" / "src" / "test" / "resources" / "fixtures"
    (small.raw / "caliper").symlink_to(fixtures)
    keys = {**source_of(repository, "caliper"), "files": "caliper/**/*.json"}
    del small.settings["tables"]["sessions"]
    small.configure(
        {
            "raw": {"sources": {"caliper": keys, "accounts": {"files": "accounts.csv"}}},
            "tables": {table: {"adapter": name, "rows_from": [source]} for table, (name, source) in tables.items()},
            "timestamp_formats": ["%Y-%m-%dT%H:%M:%S.%f%z"],
            "quarantine_limit": 0.9,
        }
    )


@pytest.mark.shared_data
def test_real_caliper_sessions_and_the_malformed_file(small: Any, repository: Path, shared_data: Path) -> None:
    """Two of the fixtures end a session: a log-out after 65 minutes and a time-out after 60, both in UTC."""
    caliper(small, repository, shared_data, {"sessions": ("caliper/sessions.sql", "caliper")})
    small.run()
    assert small.query(
        "SELECT enrollment_id, timezone('UTC', started_at)::VARCHAR, epoch(ended_at - started_at) FROM {sessions} "
        "ORDER BY 1"
    ) == [
        ("Q77-alpha/KX-101", "2016-11-15 10:00:00", 3900.0),
        ("Q77-bravo/KX-101", "2016-11-15 10:15:00", 3600.0),
    ]
    malformed = [entry for entry in small.ledger().values() if "wrong_number_of_columns" in entry["quarantined"]]
    assert [entry["file"] for entry in malformed] == ["caliper/hmh/hmh-ri/development/caliperEventBasicCreated.json"]
    rejected = small.query("SELECT record FROM {quarantine} WHERE \"check\" = 'wrong_number_of_columns'")
    assert "no JSON that can be read (line 12, column 172)" in rejected[0][0]  # where Python's own reader stops
    assert len([entry for entry in small.ledger().values() if entry["table"] == "sessions"]) == 96


@pytest.mark.shared_data
def test_real_caliper_events_are_a_click_stream(small: Any, repository: Path, shared_data: Path) -> None:
    caliper(small, repository, shared_data, {"events": ("caliper/events.sql", "caliper")})
    small.run()
    kinds = dict(small.query("SELECT kind, count(*) FROM {events} GROUP BY 1"))
    assert kinds["NavigationEvent NavigatedTo"] >= 2  # one whole, one thinned to identifiers
    assert not any(kind.startswith("SessionEvent") for kind in kinds)
    assert "at_unreadable" in {row[3] for row in small.quarantine()}  # an event time that is an object, not a text


def test_a_vendors_session_log_under_a_header_map(small: Any, repository: Path) -> None:
    small.write(
        "session_log.csv",
        "Log-in No.,Pupil,Group,From,To,Active,Idle,Done\n"
        "1,Q77-alpha,KX-101,2018-06-18T09:00:00,2018-06-18T09:30:00,0:25:00,5:00,3\n"
        "2,Q77-bravo,KX-101,2018-06-18T09:00:00,2018-06-18T09:30:00,1500,300,\n"
        "3,Q77-bravo,KX-101,2018-06-19T09:00:00,2018-06-19T09:30:00,half an hour,300,\n",
    )
    keys = source_of(repository, "generic_sessions")
    headers = ("Log-in No.", "Pupil", "Group", "From", "To", "Active", "Idle", "Done")
    keys["names"] = dict(zip(keys["names"], headers, strict=True))
    small.configure({"raw": {"sources": {"session_log": keys}}})
    small.settings["tables"]["sessions"] = {"adapter": "generic_sessions/sessions.sql", "rows_from": ["session_log"]}
    small.run()
    assert small.query(
        "SELECT enrollment_id, active_seconds, idle_seconds, activities_completed FROM {sessions} ORDER BY 1"
    ) == [("Q77-alpha/KX-101", 1500, 300, 3), ("Q77-bravo/KX-101", 1500, 300, None)]
    assert [row[3] for row in small.quarantine()] == ["active_seconds_unreadable"]


def test_a_click_stream_under_a_header_map(small: Any, repository: Path) -> None:
    small.write(
        "clicks.csv",
        "No.,Pupil,Group,When,Visit,What,Where\n"
        "1,Q77-alpha,KX-101,2018-06-18T09:00:00,v1,page seen,/unit/1\n"
        "2,Q77-gone,KX-101,2018-06-18T09:00:05,v2,page seen,/unit/2\n",
    )
    keys = source_of(repository, "generic_clicks")
    keys["names"] = dict(zip(keys["names"], ("No.", "Pupil", "Group", "When", "Visit", "What", "Where"), strict=True))
    small.configure(
        {
            "raw": {"sources": {"clicks": keys}},
            "tables": {"events": {"adapter": "generic_clicks/events.sql", "rows_from": ["clicks"]}},
        }
    )
    small.run()
    assert small.query("SELECT event_id, enrollment_id, kind FROM {events}") == [("1", "Q77-alpha/KX-101", "page seen")]
    assert [row[3] for row in small.quarantine()] == ["enrollment_id_unresolved"]


@pytest.mark.parametrize(("idle", "stops"), [("18000", True), ("1800", False)])
def test_idle_time_longer_than_the_session_is_refused(small: Any, idle: str, stops: bool) -> None:
    """A naive reading of a counter as idle time gives idle shares above 1: no such row is kept."""
    text = (small.raw / "log.csv").read_text(encoding="utf-8").splitlines()
    small.write(
        "log.csv", "\n".join([text[0], *(f"{','.join(row.split(',')[:5])},,{idle}" for row in text[1:])]) + "\n"
    )
    if stops:
        assert "more idle time than the session lasted (by over 60 seconds)" in small.message()
    else:
        small.run()
        assert [row[3] for row in small.quarantine()] == ["idle_within_session"]  # the session of ten minutes
