"""Clock times in UTC and days at the schools: the evening of a term's last day belongs to the term, and none to two."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from recredit.intake.adapters import macros

# One student takes one course in three terms: the second begins as the first ends, the third ends as the clocks change.
ROSTER = {
    "roster_enrollments": "sourcedId,userSourcedId,classSourcedId,role\n"
    "summer,Q77-alpha,k1,student\nautumn,Q77-alpha,k2,student\nlast,Q77-alpha,k3,student\n",
    "classes": "sourcedId,courseSourcedId,termSourcedIds,metadata.courseModel\n"
    "k1,algebra,t1,Online\nk2,algebra,t2,Online\nk3,algebra,t3,Online\n",
    "courses": "sourcedId,title\nalgebra,Algebra 1\n",
    "academic_sessions": "sourcedId,startDate,endDate\n"
    "t1,2018-06-18,2018-07-20\nt2,2018-07-21,2018-08-31\nt3,2018-11-03,2018-11-04\n",
    "users": "sourcedId,email\nQ77-alpha,alpha@school.example\n",
}
# Seven hours behind UTC, and eight from two o'clock on the third term's last day.
INSTANTS = {
    "2018-06-18T06:59:59Z": None,
    "2018-06-18T07:00:00Z": "summer",
    "2018-07-21T03:30:00Z": "summer",
    "2018-07-21T06:59:59Z": "summer",
    "2018-07-21T06:59:59.999Z": "summer",
    "2018-07-21T07:00:00Z": "autumn",
    "2018-07-21T07:00:00.000Z": "autumn",
    "2018-09-01T06:59:59Z": "autumn",
    "2018-09-01T07:00:00Z": None,
    "2018-11-03T07:00:00Z": "last",
    "2018-11-05T07:59:59Z": "last",
    "2018-11-05T08:00:00Z": None,
    # As the same instants are written elsewhere.
    "2018-07-21 06:59:59+00": "summer",
    "2018-07-21 07:00:00+00": "autumn",
    "2018-07-21T08:59:59+02:00": "summer",
    "2018-07-20T23:59:59": "summer",
    "2018-07-21T00:00:00": "autumn",
    "2018-07-21T00:00:00-07:00": "autumn",
    "2018-07-20T23:59:59-07:00": "summer",
}


@pytest.fixture
def edges(small) -> Any:
    """A study of online enrollments and their terms alone, whose clicks and sessions a test writes."""
    for name, text in ROSTER.items():
        small.write(f"{name}.csv", text)
    small.settings["raw"]["sources"] = {name: {"files": f"{name}.csv"} for name in ROSTER}
    small.settings["tables"] = {}
    formats = ["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%dT%H:%M:%S"]
    small.configure({"quarantine_limit": 0.9, "timestamp_formats": formats})
    return small


def kept(study, table: str, key: str, stream_bytes: int | None) -> dict[str, str]:
    """The enrollment of each row that was kept; every other one is quarantined for having none."""
    study.run(stream_bytes=stream_bytes)
    assert {row[3] for row in study.quarantine()} == {"enrollment_id_missing"}
    return dict(study.query(f"SELECT {key}, enrollment_id FROM {{{table}}}"))


@pytest.mark.parametrize("stream_bytes", [None, 0])
def test_clicks_of_the_evening_of_a_last_day(edges, passes: list[str], stream_bytes: int | None) -> None:
    rows = "".join(f"Q77-alpha,Algebra 1,{at},{at},seen,page\n" for at in INSTANTS)
    edges.write("clicks.csv", f"Student ID,Course,Session,At,Event,Object\n{rows}")
    edges.configure({"raw": {"sources": {"clicks": {"files": "clicks.csv"}}}})
    edges.configure({"tables": {"events": {"adapter": "vendor_sessions/events.sql", "rows_from": ["clicks"]}}})
    wanted = {at: enrollment for at, enrollment in INSTANTS.items() if enrollment}
    assert kept(edges, "events", "session_id", stream_bytes) == wanted
    assert passes == ([] if stream_bytes is None else ["events"])


def test_sessions_by_any_clock(edges) -> None:
    """A vendor's clock that prints another zone moves no session into another term."""
    rows = "".join(f"alpha@school.example,Algebra 1,{at},2018-12-01T00:00:00Z,0:20:00,0:10:00,1,6\n" for at in INSTANTS)
    header = "Student Email,Course,Session Start,Session End,Active Time,Idle Time,Activities Completed,Log Version"
    edges.write("session_log.csv", f"{header}\n{rows}")
    edges.configure({"raw": {"sources": {"session_log": {"files": "session_log.csv"}}}})
    edges.configure({"tables": {"sessions": {"adapter": "vendor_sessions/sessions.sql", "rows_from": ["session_log"]}}})
    wanted = {at: enrollment for at, enrollment in INSTANTS.items() if enrollment}
    assert kept(edges, "sessions", "split_part(session_id, '|', 3)", None) == wanted


@pytest.mark.parametrize("table", ["events", "sessions"])
def test_caliper_accounts_are_used_by_days_at_the_schools(edges, table: str) -> None:
    edges.write(
        "accounts.csv", "account,enrollment_id,first_day,last_day\na,summer,2018-06-18,2018-07-20\n"
        "a,autumn,2018-07-21,2018-08-31\na,last,2018-11-03,2018-11-04\n"
    )  # fmt: skip
    instants = {at: enrollment for at, enrollment in INSTANTS.items() if at.endswith("Z")}
    kind = "NavigationEvent,NavigatedTo" if table == "events" else "SessionEvent,LoggedOut"
    columns = "id,type,action,event_time,actor,session,session_user,session_started,session_ended"
    more = ["object", "object_type", "object_user", "object_started", "object_ended"]
    rows = "".join(f"{at},{kind},{at},a,{at},a,{at},2018-12-01T00:00:00Z,page,,,,\n" for at in instants)
    edges.write("caliper.csv", f"{columns},{','.join(more)}\n{rows}")
    sources = {name: {"files": f"{name}.csv"} for name in ("accounts", "caliper")}
    edges.configure({"raw": {"sources": sources}})
    edges.configure({"tables": {table: {"adapter": f"caliper/{table}.sql", "rows_from": ["caliper"]}}})
    wanted = {at: enrollment for at, enrollment in instants.items() if enrollment}
    assert kept(edges, table, "session_id", None) == wanted


def _days() -> Iterator[date]:
    yield from (date(2016, 1, 1) + timedelta(days=number) for number in range(5 * 366))


@pytest.mark.parametrize(
    "zone",
    ["America/Los_Angeles", "America/Havana", "America/Sao_Paulo", "Atlantic/Azores", "Asia/Beirut", "Asia/Kolkata",
     "Australia/Lord_Howe", "Pacific/Auckland", "America/St_Johns", "UTC"],
)  # fmt: skip
def test_days_begin_as_in_the_time_zone_database(zone: str) -> None:
    """Also where midnight comes twice (Havana, the Azores), or is left out (São Paulo, Beirut)."""
    wanted = {
        day: datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        for day in _days()
    }
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for macro in macros(zone):
            connection.execute(macro)
        found = connection.execute(
            "SELECT day, day_begins(CAST(day AS VARCHAR)), day_ends(CAST(day - 1 AS VARCHAR)) "
            "FROM (SELECT unnest(?) AS day)",
            [list(wanted)],
        ).fetchall()
    assert found == [(day, begins, begins) for day, begins in wanted.items()]


@pytest.mark.parametrize(
    ("clock", "wanted"),
    [("unknown", "unknown"), ("06/18/2018 08:05", "06/18/2018 08:05"), (None, None),
     ("2018-06-18", "2018-06-18T07:00:00"), ("2018-06-18T25:61:00-07:00", "2018-06-18T25:61:00-07:00"),
     ("2018-06-18 08:00:00.5", "2018-06-18T15:00:00"), ("2018-06-18 08:00:00+0200", "2018-06-18T06:00:00")],
)  # fmt: skip
def test_other_texts_in_utc(clock: str | None, wanted: str | None) -> None:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for macro in macros("America/Los_Angeles"):
            connection.execute(macro)
        assert connection.execute("SELECT in_utc(?)", [clock]).fetchall() == [(wanted,)]
        assert connection.execute("SELECT day_begins('summer'), day_ends(NULL)").fetchall() == [(None, None)]


def test_an_unknown_time_zone(small) -> None:
    small.configure({"time_zone": "America/Los_Angles"})
    assert (
        "time_zone: there is no time zone 'America/Los_Angles'. Did you mean 'America/Los_Angeles'?" in small.message()
    )
