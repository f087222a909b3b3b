"""Three real, public studies by configuration alone: their published figures stand in the vault's exact tables."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.shared_data]


@pytest.fixture
def run(make_checkout: Callable, shared_data: Path) -> Callable:
    """Runs a study by the launcher of `make study`; its brief must have been rendered and published."""

    def run_study(name: str):
        if not (shared_data / name).is_dir():
            pytest.skip(
                f"the files of {name} are not at {shared_data / name}; docs/public-data.md says where to get them"
            )
        checkout = make_checkout(name)
        done = checkout.run("--study", name)
        assert done.returncode == 0, done.stdout + done.stderr
        briefs = checkout.results(name) / "briefs"
        assert "<h2" in (briefs / "overview.html").read_text(encoding="utf-8")
        assert (briefs / "overview.pdf").read_bytes().startswith(b"%PDF")
        return checkout

    return run_study


def rows(checkout, study: str, path: str, columns: str, more: str = "") -> list[tuple]:
    file = checkout.vault(study) / path
    with duckdb.connect() as connection:
        return connection.execute(f"SELECT {columns} FROM read_parquet('{file}') {more}").fetchall()


def ledger(checkout, study: str) -> dict[str, Counter]:
    """Rows read, kept and so on by table, and the number of files."""
    counts: dict[str, Counter] = {}
    entries = json.loads((checkout.vault(study) / "identified" / "intake" / "ledger.json").read_text(encoding="utf-8"))
    for entry in entries:
        own = counts.setdefault(entry["table"], Counter())
        own.update(files=1, read=entry["read"], kept=entry["kept"], merged=entry["merged"])
        own.update(quarantined=sum(entry["quarantined"].values()), excluded=sum(entry["excluded"].values()))
    return counts


# Stock and Watson, Introduction to Econometrics, Table 13.1: small class, and regular class with aide, against regular.
PUBLISHED = {
    "kindergarten": ((13.90, 2.45), (0.31, 2.27), 5786),
    "grade_1": ((29.78, 2.83), (11.96, 2.65), 6379),
    "grade_2": ((19.39, 2.71), (3.48, 2.54), 6049),
    "grade_3": ((15.59, 2.40), (-0.29, 2.27), 5967),
}


def test_star_gives_the_published_table_of_all_grades(run: Callable) -> None:
    checkout = run("star")
    found = rows(checkout, "star", "coded/estimate/associations.parquet", "model, term, estimate, std_error, students")
    for grade, (small, aide, students) in PUBLISHED.items():
        own = {row[1]: row for row in found if row[0] == f"score_on_class_type_{grade}"}
        for term, (estimate, error) in {"small": small, "regular with aide": aide}.items():
            row = own[f"Type of class {term} (against regular)"]
            # Printed to two decimals, so half a unit of the second is what rounding may take.
            assert row[2] == pytest.approx(estimate, abs=0.0051)
            assert row[3] == pytest.approx(error, abs=0.0051)
            assert row[4] == students


def test_oulad_counts_and_pass_rates_by_earlier_attempts(run: Callable) -> None:
    """32,593 enrollments, 10,655,280 daily records, 3,365 enrollments without a click (PROVENANCE of the data)."""
    checkout = run("oulad")
    counts = ledger(checkout, "oulad")
    assert counts["enrollments"]["kept"] == counts["marks"]["kept"] == 32593
    assert counts["usage_days"]["kept"] == counts["usage_days"]["read"] == 10655280
    assert counts["usage_days"]["files"] == 22
    attempts = rows(checkout, "oulad", "coded/estimate/outcomes_by_attempt.parquet", "earlier_attempts, passed_percent")
    rates = dict(attempts)
    for number, rate in {"0": 0.493, "1": 0.346, "2": 0.284, "3": 0.225}.items():
        assert rates[number] / 100 == pytest.approx(rate, abs=0.0005)  # given to three decimals
    without = rows(checkout, "oulad", "coded/measure/measures.parquet", "count(*)", "WHERE actions = 0 AND days = 0")
    assert without == [(3365,)]
    assert rows(
        checkout, "oulad", "coded/estimate/engagement.parquet", "count(*)", "WHERE sessions_mean IS NOT NULL"
    ) == [(0,)]


def test_epm_refuses_the_idle_counter_and_gives_bounds(run: Callable) -> None:
    """115 students, 520 files, 230,318 rows; 158 overflowed, and one ends before it starts (PROVENANCE of the data)."""
    pytest.importorskip("openpyxl", reason="the grades are spreadsheets")
    checkout = run("epm")
    counts = ledger(checkout, "epm")
    assert (counts["sessions"]["files"], counts["sessions"]["read"]) == (520, 230318)
    assert (counts["students"]["kept"], counts["terms"]["kept"], counts["enrollments"]["kept"]) == (115, 6, 520)
    quarantine = rows(
        checkout, "epm", "identified/intake/quarantine.parquet", '"check", file, count(*)', "GROUP BY ALL ORDER BY 3"
    )
    assert [(check, count) for check, _, count in quarantine] == [
        ("session_ends_after_start", 1),
        ("idle_seconds_at_least_out_of_range", 158),
    ]
    assert quarantine[1][1] == "epm_raw.tar.xz/raw/Data/Processes/Session 5/28"  # one student in one session
    assert_bounds(checkout)
    engagement = rows(
        checkout,
        "epm",
        "coded/estimate/engagement.parquet",
        "idle_share_mean, idle_share_at_least_mean, idle_share_at_most_mean",
    )
    assert len(engagement) == 6
    for share, at_least, at_most in engagement:
        assert share is None or share != share  # no single figure
        assert 0 < at_least < at_most <= 100


def assert_bounds(checkout) -> None:
    """The bounds summed by DuckDB over the unpacked files, by another way than adapter, intake and measure take."""
    files = checkout.vault("epm") / "identified" / "intake" / "unpacked" / "log" / "*.csv"
    names = ("session", "student", "exercise", "activity", "started", "ended", "idle", *"abcdef")
    columns = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in names) + "}"
    with duckdb.connect() as connection:
        expected = connection.execute(f"""
            WITH raw AS (
                SELECT trim(session) AS session, trim(student) AS student, idle::DOUBLE / 1000 AS s,
                    date_diff('second', strptime(trim(started), '%d.%m.%Y %H:%M:%S'),
                        strptime(trim(ended), '%d.%m.%Y %H:%M:%S')) AS d
                FROM read_csv('{files}', columns = {columns}, header = false, auto_detect = false, delim = ',')
            )
            SELECT sum(list_min([(sqrt(1 + 8 * s) - 1) / 2, s, d])) / sum(d) AS low, sum(least(s, d)) / sum(d) AS high
            FROM raw WHERE s >= 0 AND d >= 0 GROUP BY session, student HAVING sum(d) >= 1800 ORDER BY low, high
        """).fetchall()
    found = rows(
        checkout,
        "epm",
        "coded/measure/measures.parquet",
        "idle_share_at_least, idle_share_at_most",
        "WHERE idle_share_at_least IS NOT NULL ORDER BY 1, 2",
    )
    assert len(found) == len(expected) > 400
    for own, other in zip(found, expected, strict=True):
        assert own == pytest.approx(other, abs=0.001)  # milliseconds, rounded row by row: far below a thousandth
