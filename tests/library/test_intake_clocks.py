"""Local times by the list of a zone's changes are those of the calendar, hour by hour over forty years."""

import duckdb
import pytest

from recredit.intake.clocks import changes_of, clock, in_reach, instant

FORMS = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M")


@pytest.mark.parametrize(
    "zone",
    ["America/Los_Angeles", "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "America/Caracas"],
)
def test_instants_are_those_of_the_calendar(zone: str) -> None:
    """Casablanca changes four times a year, Caracas by half an hour, Lord Howe by half an hour at two."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        changes = changes_of(zone)
        wrong = connection.execute(
            f"SELECT count(*), count(*) FILTER ({instant('t', changes)} IS DISTINCT FROM timezone('{zone}', t)) "
            "FROM (SELECT unnest(generate_series(TIMESTAMP '2000-01-01', TIMESTAMP '2039-12-31', "
            "INTERVAL '37 minutes 13 seconds')) AS t)"
        ).fetchone()
    assert wrong is not None
    assert wrong[0] > 500_000
    assert wrong[1] == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2018-07-02T08:00:00", True),
        ("2018-07-02 08:00:00", True),
        ("2018-07-02T08:00:00Z", False),
        ("2018-07-02T08:00:0", False),
        ("1999-12-31T23:59:59", False),
        ("2040-01-01T00:00:00", False),
        ("2018-13-02T08:00:00", False),
        ("+018-07-02T08:00:00", False),
        ("07/02/2018 08:00", False),
    ],
)
def test_only_full_local_times_take_the_shortcut(text: str, found: bool) -> None:
    with duckdb.connect() as connection:
        query = f"SELECT coalesce({in_reach('c')}, false) FROM (SELECT {clock('t', FORMS)} AS c FROM (SELECT ? AS t))"
        row = connection.execute(query, [text]).fetchone()
    assert row == (found,)


def test_no_shortcut_behind_another_format() -> None:
    assert clock("t", ["%Y-%d-%mT%H:%M:%S", "%Y-%m-%dT%H:%M:%S"]) is None
