"""Rows of one key in a table that is read in one pass: they merge, or are set aside, just as in the slow way."""

import gzip
import random

import pytest

from recredit.intake import canonical, twins

TABLES = {"sessions", "marks", "enrollments"}
# The third row of the log as it stands, and in other words: 16:00 UTC is nine o'clock in Los Angeles.
THIRD = "L-3,Q77-bravo,KX-101,2018-06-25T08:00:00,2018-06-25T09:00:00,3000,600\n"
TYPED = "L-3, Q77-bravo ,KX-101,2018-06-25 08:00:00,2018-06-25T16:00:00Z, 3000 ,600.0\n"
LONGER = THIRD.replace("3000", "3001")
UNREADABLE = THIRD.replace("3000", "never")


@pytest.fixture
def log(small):
    """The small study whose classes are in schools of their own, so that the report counts by school."""
    small.configure({"quarantine_limit": 0.9, "raw": {"sources": {"log": {"files": "log*"}}}})
    small.adapter("schools", "SELECT source_row, 'North of ' || class AS school_id FROM raw.classes")
    small.configure({"tables": {"schools": {"adapter": "schools.sql", "rows_from": ["classes"]}}})
    small.adapter(
        "sections",
        "SELECT source_row, class AS section_id, lower(course) AS course_id, summer AS term_id, "
        "'North of ' || class AS school_id, 'online' AS mode FROM raw.classes",
    )
    return small


def settled(study, passes: list[str]) -> tuple[int, int]:
    """Merged and contradicting rows, after every output was found to be that of the slow way."""
    study.assert_same_in_one_pass(passes, TABLES)
    entries = [entry for name, entry in study.ledger().items() if name.startswith("sessions ")]
    assert not list(study.intake.glob(".*"))
    contradicting = sum(entry["quarantined"].get("contradicting_rows", 0) for entry in entries)
    return sum(entry["merged"] for entry in entries), contradicting


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        (THIRD, (1, 0)),
        (TYPED + THIRD, (2, 0)),
        (LONGER, (0, 2)),
        (THIRD + LONGER, (0, 3)),
        (LONGER + THIRD + "L-4,Q77-carol,KX-102,2018-06-19T07:59:59,2018-06-19T08:30:00,1201,600\n", (1, 3)),
        # What is set aside for itself is no twin.
        (UNREADABLE, (0, 0)),
        (UNREADABLE + THIRD, (1, 0)),
        # Another enrollment in another school; and one that nobody knows.
        ("L-3,Q77-carol,KX-102,2018-06-25T08:00:00,2018-06-25T09:00:00,3000,600\n", (0, 2)),
        ("L-3,Q77-delta,KX-102,2018-06-25T08:00:00,2018-06-25T09:00:00,3000,600\n", (0, 0)),
        # The last value is missing in both, and then in one.
        ("L-9,Q77-carol,KX-102,2018-06-25T08:00:00,2018-06-25T09:00:00,3000,\n" * 2, (1, 0)),
        (THIRD.replace("600", ""), (0, 2)),
        # A line that cannot be split stands between them.
        ("L-9,Q77-carol\n" + LONGER, (0, 2)),
    ],
)
def test_rows_of_one_key(log, passes, more: str, wanted: tuple[int, int]) -> None:
    log.write("log.csv", (log.raw / "log.csv").read_text() + more)
    assert settled(log, passes) == wanted


def test_rows_that_are_equal_once_a_check_has_mended_them(log, passes) -> None:
    log.configure({"checks": {"active_seconds_unreadable": "warn"}})
    log.change("log.csv", THIRD, UNREADABLE + UNREADABLE.replace("never", "-") + THIRD.replace("L-3", "L-5"))
    assert settled(log, passes) == (1, 0)
    assert log.query("SELECT count(*), count(active_seconds) FROM {sessions}") == [(5, 4)]


def test_rows_of_several_files(log, passes) -> None:
    header = (log.raw / "log.csv").read_text().splitlines(keepends=True)[0]
    log.write("log_2.csv", "student,id,class,start,end,active,idle\n" + THIRD.replace("L-3,Q77-bravo", "Q77-bravo,L-3"))
    log.write("log_3.csv.gz", gzip.compress((header + THIRD + LONGER.replace("L-3", "L-4")).encode()))
    assert settled(log, passes) == (2, 2)
    assert {name: entry["merged"] for name, entry in log.ledger().items() if name.startswith("sessions ")} == {
        "sessions log.csv": 0,
        "sessions log_2.csv": 1,
        "sessions log_3.csv.gz": 1,
    }


def _any_log(seed: int) -> list[str]:
    """Lines of few keys; those of a key are mostly one row in several spellings, some unreadable or of nobody known."""
    draw = random.Random(seed)
    spellings: list[list[str]] = [
        ["2018-06-25T08:00:00", "2018-06-25 08:00:00", "2018-06-25T15:00:00Z", "2018-06-25T15:00:00+0000"],
        ["2018-06-25T09:00:00", "2018-06-25T16:00:00Z", "2018-06-25 09:00:00", "2018-06-25T16:00:00Z"],
        ["3000", " 3000", "3000.0", "3000", "3000", "3000", "3000", "three"],
        ["600", "600", "600.0", "600", "600", "600", "600", "601", "-"],
    ]
    places = ["Q77-alpha,KX-101", "Q77-bravo,KX-101", "Q77-carol,KX-102", "Q77-nobody,KX-101"]
    owner = {f"L-{key}": draw.choice(places) for key in range(20)}
    keys = draw.choices(list(owner), k=50)
    return [",".join([key, owner[key], *map(draw.choice, spellings)]) + "\n" for key in keys]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_log(log, passes, seed: int) -> None:
    header = (log.raw / "log.csv").read_text().splitlines(keepends=True)[0]
    rows = _any_log(seed)
    log.configure({"checks": {"idle_seconds_unreadable": "warn"}})
    log.write("log.csv", header + "".join(rows[:30]))
    log.write("log_2.csv", header + "".join(rows[30:]))
    merged, contradicting = settled(log, passes)
    assert min(merged, contradicting) > 1


def test_contradicting_marks_are_noted_as_set_aside(log, passes) -> None:
    log.change("grades.csv", "Q77-bravo,KX-101,64.5", "Q77-bravo,KX-101,64.5\nQ77-bravo,KX-101,65\nQ77-alpha,KX-101,x")
    assert settled(log, passes) == (0, 0)
    assert log.query("FROM {set_aside} ORDER BY ALL") == [("marks", "Q77-alpha/KX-101"), ("marks", "Q77-bravo/KX-101")]
    assert [row[3] for row in log.quarantine()] == ["contradicting_rows", "contradicting_rows", "percent_unreadable"]


def test_contradicting_rows_can_stop_the_run_and_say_where(log) -> None:
    log.configure({"checks": {"sessions.contradicting_rows": "stop"}})
    log.write("log.csv", (log.raw / "log.csv").read_text() + THIRD + LONGER)
    log.write("log_2.csv", (log.raw / "log.csv").read_text())
    slow = log.message()
    assert "1 of 4 sessions" in slow and "log.csv, row 4" in slow
    with pytest.raises(canonical.InputError) as caught:
        log.run(stream_bytes=0)
    assert str(caught.value) == slow


def test_other_keys_of_one_hash_are_no_twins(log, passes, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = twins.hashed
    monkeypatch.setattr(twins, "hashed", lambda key: f"({exact(key)} % 2)")
    log.change("log.csv", THIRD, THIRD + TYPED)
    log.write("log_2.csv", (log.raw / "log.csv").read_text().replace("500,100", "501,100"))
    assert settled(log, passes) == (5, 2)


@pytest.mark.parametrize("bound", [{"MOST_REPEATED": 0, "FEW_ROWS": 1}, {"KEYS_OF_TEXT": 1 << 40}])
def test_too_many_go_the_slow_way(log, passes, monkeypatch: pytest.MonkeyPatch, bound: dict[str, int]) -> None:
    for name, value in bound.items():
        monkeypatch.setattr(twins, name, value)
    log.write("log.csv", (log.raw / "log.csv").read_text() + THIRD + LONGER)
    log.assert_same_in_one_pass(passes, TABLES - {"sessions"})
