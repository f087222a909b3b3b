"""What passes into the coded zone: no identifier, no date of birth, no clock time; features worked out by hand."""

import datetime
import hashlib
import json
import os
import stat

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

SECRETS = ["PUPIL-", "SCHOOL-", "CLASS-", "ENROL-", "LOG-", "Zebulon", "Yolanda", "Xaver", "example.org", "North High"]


def features(district) -> list[tuple]:
    """(duration, day, week, order, outside) per session; the durations tell the sessions apart."""
    return district.query(
        "SELECT duration_seconds, program_day, program_week, order_in_day, outside_school_day FROM {sessions} "
        "WHERE duration_seconds <> 600 ORDER BY duration_seconds"
    )


def test_no_identifier_passes(district) -> None:
    district.code()
    files = sorted(district.coded.rglob("*.parquet"))
    assert len(files) == len(district.rows)
    for path in files:
        table = pq.read_table(path)
        texts = {str(value) for column in table.columns for value in column.to_pylist()}
        for secret in SECRETS:
            assert not any(secret in text for text in texts), (path.name, secret)
            assert secret.encode() not in path.read_bytes(), (path.name, secret)


def test_columns_of_the_coded_zone(district) -> None:
    district.code()
    columns = {
        name: pq.read_schema(district.coded / f"{name}.parquet").names for name in district.rows if name != "sessions"
    }
    assert columns["students"][:2] == ["student_id", "age_years"]
    assert not {"given_name", "family_name", "email", "birth_date"} & set(columns["students"])
    assert columns["schools"] == ["school_id", "block", "kind"]
    assert columns["enrollments"][-3:] == ["assigned_day", "starts_day", "ends_day"]
    assert columns["tests"][3] == "taken_school_year"
    assert {"starts_on", "ends_on"} <= set(columns["terms"])  # public: every class has them


def test_no_date_or_clock_time_of_a_person_passes(district) -> None:
    """Dates remain in the two tables that are about everybody."""
    district.code()
    for path in district.coded.rglob("*.parquet"):
        kinds = {str(field.type) for field in pq.read_schema(path)}
        if path.stem not in ("terms", "calendar"):
            assert not any(kind.startswith(("date", "time")) for kind in kinds), path.name


def test_coarse_dates(district) -> None:
    district.code()
    # Reference day: 1 September of the autumn in which the first school year (2018) began.
    assert district.query("SELECT age_years FROM {students} ORDER BY age_years NULLS LAST") == [(14,), (15,), (None,)]
    assert district.query("SELECT starts_day FROM {enrollments} ORDER BY starts_day NULLS LAST") == [
        (-2,),
        (1,),
        (None,),
    ]
    assert district.query("SELECT completed_day FROM {marks}") == [(33,)]  # 18 June is day 1, so 20 July is day 33
    assert district.query("SELECT taken_school_year, score FROM {tests} ORDER BY score") == [(2018, 1.0), (2019, 2.0)]


def test_sessions_inside_and_outside_the_school_day(district) -> None:
    district.code()
    assert features(district) == [
        (660, 1, 1, 2, False),  # 8:00, the first bell
        (720, 1, 1, 3, True),  # 13:00, the last bell
        (780, 1, 1, 2, False),  # 14:59:59 in the school whose own calendar goes to 15:00
    ]
    rest = district.query(
        "SELECT program_day, program_week, order_in_day, outside_school_day, school_year FROM {sessions} "
        "WHERE duration_seconds = 600 ORDER BY ALL NULLS LAST"
    )
    assert rest == [
        (1, 1, 1, True, 2018),  # 7:59:59, before the first bell
        (1, 1, 1, True, 2018),  # 8:30 in the school that begins at 10:00
        (2, 1, 1, True, 2018),  # a day without classes
        (3, 1, 1, None, 2018),  # a school day whose bells are not known
        (7, 1, 1, True, 2018),  # Sunday evening: the calendar has no such day
        (None, None, 1, False, 2019),  # a term without dates: no program day; 9:00 by the calendar for all
    ]


def test_without_a_calendar_inside_or_outside_is_not_known(district) -> None:
    del district.rows["calendar"]
    district.code()
    assert district.query("SELECT DISTINCT outside_school_day FROM {sessions}") == [(None,)]


def test_columns_of_the_sessions(district) -> None:
    district.code()
    assert pq.read_schema(district.coded / "sessions" / "0000.parquet").names == [
        *("enrollment_id", "active_seconds", "idle_seconds", "idle_seconds_at_least", "idle_seconds_at_most"),
        *("activities_completed", "idle_definition"),
        *("duration_seconds", "program_day", "program_week", "order_in_day", "outside_school_day", "school_year"),
    ]


def test_buckets_hold_whole_students_and_an_empty_one_its_schema(district) -> None:
    district.buckets = 50
    district.code()
    files = sorted((district.coded / "sessions").glob("*.parquet"))
    assert [path.stem for path in files] == [f"{number:04d}" for number in range(50)]
    schemas = {tuple((field.name, str(field.type)) for field in pq.read_schema(path)) for path in files}
    assert len(schemas) == 1
    owner = dict(district.query("SELECT enrollment_id, student_id FROM {enrollments}"))
    total = 0
    for path in files:
        for row in pq.read_table(path).to_pylist():
            # MD5's second half, read as a little-endian number, by Python's own hashlib.
            digest = hashlib.md5(owner[row["enrollment_id"]].encode()).digest()
            assert int.from_bytes(digest[8:], "little") % 50 == int(path.stem)
            total += 1
    assert total == len(district.rows["sessions"])


def test_rows_stand_in_the_order_of_their_codes(district) -> None:
    """The order of the district's files could tell who is who (an alphabetical roster)."""
    district.rows["students"] += [{"student_id": f"PUPIL-{number:03d}"} for number in range(40)]
    district.code()
    codes = [code for (code,) in district.query("SELECT student_id FROM {students}")]
    assert codes == sorted(codes)


def test_codes_join_the_tables_as_the_identifiers_did(district) -> None:
    district.code()
    joined = (
        "SELECT count(*) FROM {students} JOIN {enrollments} USING (student_id) JOIN {sections} USING (section_id) "
        "JOIN {sessions} USING (enrollment_id)"
    )
    assert district.query(joined) == [(9,)]
    assert district.query("SELECT count(*) FROM {calendar} JOIN {schools} USING (school_id)") == [(1,)]


def test_a_second_run_keeps_the_codes(district) -> None:
    district.code()
    before = district.query("SELECT * FROM {students}")
    district.code()
    assert district.query("SELECT * FROM {students}") == before


def test_a_lost_crosswalk_makes_new_codes_for_all_tables_together(district) -> None:
    district.code()
    before = {code for (code,) in district.query("SELECT student_id FROM {students}")}
    district.crosswalk.unlink()
    district.code()
    after = {code for (code,) in district.query("SELECT student_id FROM {students}")}
    assert not before & after
    test_codes_join_the_tables_as_the_identifiers_did(district)


def test_the_order_of_the_rows_and_the_codes_change_no_feature(district) -> None:
    district.code()
    columns = "SELECT * EXCLUDE (enrollment_id) FROM {sessions} ORDER BY ALL"
    before = district.query(columns)
    district.rows["sessions"].reverse()
    district.crosswalk.unlink()
    district.code()
    assert district.query(columns) == before


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_quality_and_modes(district, script, mask: int) -> None:
    coding = district.coding()
    findings, ledger = district.folder / "quality.parquet", district.folder / "identified" / "ledger.json"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 'students' AS \"table\", 'sex_contradictory' AS \"check\", 'warn' AS severity, "
            "'sex' AS what, 'students' AS unit, 1::BIGINT AS count, 3::BIGINT AS checked) "
            f"TO '{findings}' (FORMAT parquet)"
        )
    set_aside = district.folder / "set_aside.parquet"
    # One of them was never enrolled on file: nobody has its code.
    told = pd.DataFrame({"table": "marks", "enrollment_id": ["ENROL-TWO", "ENROL-NOBODY"]})
    told.to_parquet(set_aside, index=False)
    entry = {"table": "students", "source": "roster", "kept": 3, "merged": 1, "excluded": {"left": 2}}
    files = [
        {**entry, "file": "North High.csv", "read": 7, "quarantined": {"a": 1}},
        {**entry, "file": "South High.csv", "read": 9, "quarantined": {"a": 1, "b": 2}},
    ]
    ledger.write_text(json.dumps(files))
    before = os.umask(mask)
    try:
        script("deidentify/code_tables.py").main(coding, findings, ledger, set_aside, district.coded, 1, 2)
    finally:
        os.umask(before)
    noted = duckdb.sql(
        f"SELECT k.identifier FROM '{district.coded}/set_aside.parquet' s JOIN '{district.crosswalk}' k "
        "ON k.code = s.enrollment_id AND k.entity = 'enrollment'"
    ).fetchall()
    assert noted == [("ENROL-TWO",)]
    rows = duckdb.sql(f"SELECT \"check\", severity, count, checked FROM '{district.coded}/quality.parquet'").fetchall()
    assert rows == [
        ("sex_contradictory", "warn", 1, 3),
        ("kept", "count", 6, 16),
        ("merged", "count", 2, 16),
        ("excluded", "count", 4, 16),
        ("quarantined", "count", 4, 16),
    ]
    assert b"North High" not in (district.coded / "quality.parquet").read_bytes()
    for path in [district.coded, *district.coded.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_dates_of_the_calendar_stay(district) -> None:
    district.code()
    assert district.query("SELECT min(on_date), min(first_bell) FROM {calendar}") == [
        (datetime.date(2018, 6, 18), datetime.time(8))
    ]
