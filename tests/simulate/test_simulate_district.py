"""The rule simulate_district: its files, its bytes, its place beside the library, and the adapters that read it."""

import csv
import hashlib
import importlib.util
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from recredit.configuration import load_study, read_yaml
from recredit.errors import ConfigurationError
from recredit.intake.adapters import macros
from recredit.modules import library_modules
from simulator.district import raw_files
from simulator.reading import read_settings

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = REPOSITORY / "workflow" / "scripts"
SCRIPT = SCRIPTS / "simulate" / "simulate_district.py"
SMALL = REPOSITORY / "config" / "studies" / "demo_small"
SEED = 20260101

Connection = duckdb.DuckDBPyConnection


def run_script(settings: Path, folder: Path, seed: int, cores: int = 1) -> Path:
    """Call the script's `main` as the rule does."""
    specification = importlib.util.spec_from_file_location("simulate_district_script", SCRIPT)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    module.main(
        settings=settings,
        raw=folder / "raw",
        truth=folder / "truth.json",
        students=folder / "students.csv",
        seed=seed,
        cores=cores,
    )
    return folder


def checksums(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_script(SMALL / "district.yaml", tmp_path_factory.mktemp("small"), SEED)


@pytest.fixture(scope="module")
def raw(small: Path) -> Iterator[Connection]:
    """The raw files of demo_small as views of texts, the way intake hands them to adapters."""
    study = load_study(REPOSITORY, {"study": "demo_small"})
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA raw")
    for macro in macros(study.settings["time_zone"]):
        connection.execute(macro)
    for name, source in study.settings["raw"]["sources"].items():
        parts = []
        for number, path in enumerate(sorted((small / "raw").glob(source["files"])), start=1):
            place = f"'{name}:{number}:' || row_number() OVER ()"
            parts.append(f"SELECT *, {place} AS source_row FROM read_csv('{path}', header=true, all_varchar=true)")
        connection.execute(f"CREATE TABLE raw.{name} AS {' UNION ALL '.join(parts)}")
    for table in study.settings["tables"]:
        connection.execute(f"CREATE TABLE {table} AS {study.adapter(table).read_text(encoding='utf-8')}")
    yield connection
    connection.close()


def number(connection: Connection, query: str) -> float:
    row = connection.execute(query).fetchone()
    assert row is not None
    return float(row[0])


def test_the_rule_names_each_file_that_is_written(small: Path) -> None:
    listed = raw_files(read_settings(read_yaml(SMALL / "district.yaml")))
    written = [str(path.relative_to(small / "raw")) for path in (small / "raw").rglob("*") if path.is_file()]
    assert sorted(listed) == sorted(written)
    # The script finds the raw folder two levels above the first file.
    assert listed[0].count("/") == 1


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_events_are_the_same_bytes_on_one_core_and_on_two(tmp_path: Path, file_format: str) -> None:
    text = (SMALL / "district.yaml").read_text(encoding="utf-8")
    text = text.replace("events: {format: none", f"events: {{format: {file_format}").replace(
        "scale: 1.0 ", "scale: 0.3 "
    )
    settings = tmp_path / "district.yaml"
    settings.write_text(text, encoding="utf-8")
    one = run_script(settings, tmp_path / "one", SEED, cores=1)
    two = run_script(settings, tmp_path / "two", SEED, cores=2)
    assert checksums(one) == checksums(two)
    counts = json.loads((one / "truth.json").read_text(encoding="utf-8"))["counts"]
    rows = 'SELECT count(*), count(DISTINCT "Session"), min("At"), max("At") FROM '
    source = f"read_csv('{one}/raw/vendor/events/*.csv')"
    if file_format == "parquet":
        source = f"read_parquet('{one}/raw/vendor/events/*.parquet')"
    events, sessions, _, _ = duckdb.sql(rows + source).fetchall()[0]
    assert events == counts["events"] and sessions == counts["sessions"]
    # 167 records a course taken, as published; hours differ by type and year.
    assert 120 < events / counts["courses_with_sessions"] < 240


def test_events_fill_their_sessions(tmp_path: Path) -> None:
    """First and last event of a session are its begin and end, in UTC, and events stand in order."""
    text = (SMALL / "district.yaml").read_text(encoding="utf-8")
    settings = tmp_path / "district.yaml"
    changed = text.replace("events: {format: none", "events: {format: parquet").replace("scale: 1.0 ", "scale: 0.2 ")
    settings.write_text(
        changed[: changed.index("faults:")] + "faults: {}\n" + changed[changed.index("calibration_st") :]
    )
    run_script(settings, tmp_path, SEED)
    log = f"read_csv('{tmp_path}/raw/vendor/session_log_*.csv', all_varchar=true)"
    events = f"read_parquet('{tmp_path}/raw/vendor/events/*.parquet')"
    found = duckdb.sql(
        f"""WITH spans AS (SELECT min("At") AS first, max("At") AS last, "Course" AS course, "Student ID" AS student
        FROM {events} GROUP BY "Session", "Course", "Student ID"),
        logged AS (SELECT "Session Start"::TIMESTAMPTZ AS first, "Session End"::TIMESTAMPTZ AS last, "Course" AS course,
        split_part(split_part("Student Email", '@', 1), '.', 3) AS student FROM {log})
        SELECT count(*), (SELECT count(*) FROM logged), (SELECT count(*) FROM spans)
        FROM spans JOIN logged USING (first, last, course, student)"""
    ).fetchall()[0]
    assert found[0] == found[1] == found[2] > 0


def test_same_seed_same_bytes_and_another_seed_others(small: Path, tmp_path: Path) -> None:
    again = checksums(run_script(SMALL / "district.yaml", tmp_path / "again", SEED))
    other = checksums(run_script(SMALL / "district.yaml", tmp_path / "other", SEED + 1))
    first = checksums(small)
    assert again == first
    differing = {name for name in first if other[name] != first[name]}
    assert {"truth.json", "raw/district/marks.csv", "raw/vendor/session_log_2019.csv"} <= differing
    # What holds no random number stays: layout, terms and calendar.
    assert first.keys() - differing >= {"raw/oneroster/manifest.csv", "raw/district/calendar.csv"}


def test_a_wrong_setting_is_a_message_for_the_screen(tmp_path: Path) -> None:
    text = (SMALL / "district.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "district.yaml"
    wrong.write_text(text.replace("noise_sd: 12.0", "nois_sd: 12.0"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"district\.outcomes: unknown key 'nois_sd'"):
        run_script(wrong, tmp_path, SEED)
    assert not (tmp_path / "raw").exists()


def test_the_library_never_imports_the_simulator() -> None:
    library = sorted((SCRIPTS / "recredit").rglob("*.py"))
    # Commands that print what a simulated district is like know the truth by their purpose, and no stage runs them.
    knowing = {"calibrate.py", "calibrate_districts.py", "simulate_scale.py"}
    doorways = [path for path in SCRIPTS.glob("*/*.py") if path.parent.name not in ("simulator", "simulate")]
    doorways = [path for path in doorways if path.name not in knowing]
    assert len(library) > 10
    for path in {*library, *doorways}:
        used = library_modules(path, SCRIPTS)
        assert not [module for module in used if module.parent.name == "simulator"], path
        # A lazy import inside a function is found too; only an import by a computed name would escape.
        assert not re.search(r"import_module\(.*simulator", path.read_text(encoding="utf-8")), path
    # The check can fail: the simulator's own script does import it.
    assert any(module.parent.name == "simulator" for module in library_modules(SCRIPT, SCRIPTS))


# Headers of the OneRoster 1.2 CSV binding (1EdTech, final 2023-08-22) as in conventions.md 2.2 and public sample sets.
ONEROSTER = {
    "academicSessions": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "courses": "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,"
    "subjectCodes",
    "classes": "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
    "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods",
    "users": "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,"
    "preferredFamilyName,primaryOrgSourcedId,pronouns",
    "roles": "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
    "userProfileSourcedId",
    "enrollments": "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
    "beginDate,endDate",
    "demographics": "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,"
    "blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,"
    "hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus",
}


@pytest.mark.parametrize("name", ONEROSTER)
def test_oneroster_headers(small: Path, name: str) -> None:
    found = header(small / "raw" / "oneroster" / f"{name}.csv")
    # Extension columns are allowed behind the standard ones, under `metadata.`.
    standard = [column for column in found if not column.startswith("metadata.")]
    assert found[: len(standard)] == standard == ONEROSTER[name].split(",")


def test_oneroster_manifest_says_what_is_there(small: Path) -> None:
    with (small / "raw" / "oneroster" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        entries = {row["propertyName"]: row["value"] for row in csv.DictReader(file)}
    assert entries["manifest.version"] == "1.0" and entries["oneroster.version"] == "1.2"
    present = {name.removeprefix("file.") for name, value in entries.items() if value == "bulk"}
    written = {path.stem for path in (small / "raw" / "oneroster").glob("*.csv")} - {"manifest"}
    assert present == written == set(ONEROSTER)


@pytest.mark.shared_data
def test_headers_agree_with_a_public_sample_set(small: Path, shared_data: Path) -> None:
    # Its users, roles and user profiles are misspelt (see its PROVENANCE.md); the others are standard.
    with zipfile.ZipFile(shared_data / "oneroster" / "v1p2_full_dataset.zip") as archive:
        for name in ("academicSessions", "enrollments", "orgs"):
            sample = archive.read(f"{name}.csv").decode("utf-8-sig").splitlines()[0]
            assert header(small / "raw" / "oneroster" / f"{name}.csv") == sample.split(",")


def test_no_adapter_names_a_password_or_a_phone() -> None:
    for path in (REPOSITORY / "config" / "formats").rglob("*.sql"):
        code = re.sub(r"--.*", "", path.read_text(encoding="utf-8")).lower()
        assert not re.search(r"password|phone|\bsms\b", code), path
        assert not re.search(r"select\s+\*|\.\*", code), f"{path} reads all columns, and with them the password"


def test_adapters_give_each_row_once(raw: Connection) -> None:
    study = load_study(REPOSITORY, {"study": "demo_small"})
    for table, entry in study.settings["tables"].items():
        rows = sum(number(raw, f"SELECT count(*) FROM raw.{source}") for source in entry["rows_from"])
        assert number(raw, f"SELECT count(*) FROM {table}") == rows, table
        assert number(raw, f"SELECT count(DISTINCT source_row) FROM {table}") == rows, table


def test_adapters_fill_only_columns_of_the_contract(raw: Connection) -> None:
    from recredit.contract import load_contract

    contract = load_contract(REPOSITORY / "config" / "contract")
    for name in load_study(REPOSITORY, {"study": "demo_small"}).settings["tables"]:
        table = contract[name]
        columns = [row[0] for row in raw.execute(f"DESCRIBE {name}").fetchall()]
        assert set(columns) <= {*table.columns, "source_row", "exclude"}
        required = [column.name for column in table.columns.values() if column.required]
        assert set(required) <= set(columns)
        for column in table.columns.values():
            if column.allowed and column.name in columns:
                words = raw.execute(f"SELECT DISTINCT {column.name} FROM {name}").fetchall()
                assert {word for (word,) in words if word is not None} <= set(column.allowed), (name, column.name)


def test_sessions_keep_their_seconds(raw: Connection, small: Path) -> None:
    counts = json.loads((small / "truth.json").read_text(encoding="utf-8"))["counts"]
    good = "FROM sessions WHERE enrollment_id IS NOT NULL AND ended_at >= started_at"
    assert number(raw, f"SELECT count(*) {good}") == counts["sessions"]
    assert number(raw, f"SELECT sum(active_seconds::BIGINT) {good}") == counts["active_seconds"]
    assert number(raw, f"SELECT sum(idle_seconds::BIGINT) {good}") == counts["idle_seconds"]
    assert number(raw, f"SELECT count(DISTINCT enrollment_id) {good}") == counts["courses_with_sessions"]
    assert number(raw, "SELECT count(*) - count(DISTINCT session_id) FROM sessions") == 0
    moments = "epoch(ended_at::TIMESTAMPTZ) - epoch(started_at::TIMESTAMPTZ)"
    assert number(raw, f"SELECT max(abs({moments} - active_seconds::INT - idle_seconds::INT)) {good}") == 0


def test_unreadable_durations_reach_the_check(raw: Connection) -> None:
    """A vendor's other notation must be reported, not turned into nothing or into a wrong number."""
    raw.execute("CREATE TABLE kept_log AS SELECT * FROM raw.session_log")
    raw.execute("""UPDATE raw.session_log SET "Idle Time" = '12 min', "Active Time" = '61:75' """)
    query = load_study(REPOSITORY, {"study": "demo_small"}).adapter("sessions").read_text(encoding="utf-8")
    texts = raw.execute(f"SELECT DISTINCT idle_seconds, active_seconds FROM ({query})").fetchall()
    raw.execute("DELETE FROM raw.session_log")
    raw.execute("INSERT INTO raw.session_log SELECT * FROM kept_log")
    assert texts == [("12 min", "61:75")]


def test_planted_faults_are_where_the_ledger_says(raw: Connection, small: Path) -> None:
    ledger = json.loads((small / "truth.json").read_text(encoding="utf-8"))["faults"]
    assert ledger["rows"] == dict(Counter(entry["fault"] for entry in ledger["ledger"]))
    planted = {(entry["fault"], entry["file"], entry["row"]) for entry in ledger["ledger"]}
    files = {"marks:1": "district/marks.csv"}
    files |= {
        f"session_log:{place}": f"vendor/session_log_{year}.csv" for place, year in ((1, 2017), (2, 2018), (3, 2019))
    }
    faults = {
        "end_before_start": "sessions WHERE ended_at < started_at",
        "session_without_enrollment": "sessions WHERE enrollment_id IS NULL",
        "grade_above_100": "marks WHERE percent::DOUBLE > 100",
        "mark_twice": "marks WHERE enrollment_id IN (SELECT enrollment_id FROM marks GROUP BY 1 HAVING count(*) > 1)",
    }
    found = set()
    for fault, query in faults.items():
        for (place,) in raw.execute(f"SELECT source_row FROM {query}").fetchall():
            source, row = place.rsplit(":", 1)
            found.add((fault, files[source], int(row)))
    assert found == planted
    assert len({fault for fault, _, _ in found}) == len(faults)


def test_lottery_reaches_the_enrollments(raw: Connection, small: Path) -> None:
    counts = json.loads((small / "truth.json").read_text(encoding="utf-8"))
    kept = "FROM enrollments WHERE exclude IS NULL"
    kept += " AND lottery_block IS NOT NULL"
    assert number(raw, f"SELECT count(*) {kept}") == counts["counts"]["students_in_lottery"]
    assert number(raw, f"SELECT count(*) {kept} AND (assigned_mode IS NULL OR is_recovery <> 'true')") == 0
    arms = [course["simulated"][arm] for course in counts["courses"].values() for arm in ("online", "teacher_directed")]
    status = dict(raw.execute(f"SELECT status, count(*) {kept} GROUP BY status").fetchall())
    assert status["dropped"] == sum(arm["no_shows"] for arm in arms)
    assert status["withdrawn"] == sum(arm["randomised"] - arm["analysed"] for arm in arms)
    crossed = f"SELECT count(*) {kept.replace('enrollments', 'enrollments JOIN sections USING (section_id)')}"
    crossed = crossed.replace("WHERE exclude IS NULL", "WHERE enrollments.exclude IS NULL AND mode <> assigned_mode")
    assert number(raw, crossed) == sum(arm["crossovers"] for arm in arms) > 0


def test_race_and_age(raw: Connection) -> None:
    """Ages at the lottery are those of grade levels 9 to 12, and every student has one federal category."""
    student = "FROM students WHERE exclude IS NULL"
    assert number(raw, f"SELECT count(*) {student} AND race_ethnicity IS NULL") == 0
    age = "date_diff('day', birth_date::DATE, starts_on::DATE) / 365.25"
    joined = "enrollments e JOIN students s ON s.student_id = e.student_id WHERE e.exclude IS NULL"
    oldest = number(raw, f"SELECT max({age} - grade_level::INT) FROM {joined}")
    youngest = number(raw, f"SELECT min({age} - grade_level::INT) FROM {joined}")
    # A ninth-grader is 14 on 1 September: 13.95 to 14.95 years old in August, 14.8 to 15.8 in June.
    assert 4.9 < youngest < 5.0 and 6.7 < oldest < 6.9
