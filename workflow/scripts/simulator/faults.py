"""Faults planted in the raw files, a known number of each kind; the ledger says in which rows, and what is expected.

Fates: ``quarantined`` the intake refuses the row; ``merged`` it is one with an equal row; ``kept`` the row is in order,
though it may look wrong; ``finding`` the row is kept and reported; ``stop`` the run ends with a message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from numpy.random import Generator

from simulator.drafts import Draft
from simulator.writers import Piece

LOG = "vendor/session_log_"
LATE_LOG = "vendor/late/session_log_late.csv"
LATE_ENCODING = "windows-1252"
MARKS, USERS, DEMOGRAPHICS = "district/marks.csv", "oneroster/users.csv", "oneroster/demographics.csv"
ENROLLMENTS, ROLES = "oneroster/enrollments.csv", "oneroster/roles.csv"
SUPPLEMENT, STUDENTS = "district/enrollment_supplement.csv", "district/student_supplement.csv"
ATTENDANCE = "district/attendance.csv"
LATEST_HOUR = 15


@dataclass
class Site:
    """The open files of one school, and the number of the next school, to which students move."""

    drafts: dict[str, Draft]
    school: int
    next_school: int


Planter = Callable[[Generator, Draft, Site], None]


def seconds_of(text: str) -> int:
    """Seconds of a duration printed as H:MM:SS."""
    hours, minutes, seconds = map(int, text.split(":"))
    return 3600 * hours + 60 * minutes + seconds


def _printed(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _add_session(kind: str, fate: str, change: Callable[[dict[str, str], Generator], dict[str, str]]) -> Planter:
    """One more session, made from a clean one."""

    def plant(generator: Generator, draft: Draft, _: Site) -> None:
        for row in draft.clean(generator, 1, lambda one: seconds_of(one["Active Time"]) > 240):
            values = draft.row(row)
            draft.add({**values, **change(values, generator)}, kind, fate)

    return plant


def _change_session(kind: str, fate: str, change: Callable[[dict[str, str], Generator], dict[str, str]]) -> Planter:
    """A clean session that says something else."""

    def plant(generator: Generator, draft: Draft, _: Site) -> None:
        def early(one: dict[str, str]) -> bool:
            return int(one["Session Start"][11:13]) < LATEST_HOUR and int(one["Session End"][11:13]) < LATEST_HOUR

        for row in draft.clean(generator, 1, early):
            draft.change(row, change(draft.row(row), generator), kind, fate)

    return plant


def _stranger(_: dict[str, str], generator: Generator) -> dict[str, str]:
    number = int(generator.integers(1, 10_000))
    return {"Student Name": "Visitor, Test", "Student Email": f"test.visitor{number}@students.district.example"}


def _overlap(values: dict[str, str], _: Generator) -> dict[str, str]:
    """A session that begins a minute after another of the same student, and lasts three minutes."""
    begin = datetime.fromisoformat(values["Session Start"]) + timedelta(minutes=1)
    end = begin + timedelta(minutes=3)
    times = {"Session Start": begin.isoformat(), "Session End": end.isoformat()}
    return {**times, "Active Time": "0:02:30", "Idle Time": "0:00:30", "Activities Completed": "0"}


def _other_zone(values: dict[str, str], _: Generator) -> dict[str, str]:
    """The same instants as another clock prints them."""
    names = ("Session Start", "Session End")
    return {name: datetime.fromisoformat(values[name]).astimezone(UTC).isoformat() for name in names}


def _misspelt(values: dict[str, str], generator: Generator) -> dict[str, str]:
    title = values["Course"]
    place = int(generator.integers(1, min(6, len(title) - 2)))
    return {"Course": title[:place] + title[place + 1 :]}


def _above_duration(values: dict[str, str], _: Generator) -> dict[str, str]:
    begin, end = (datetime.fromisoformat(values[name]) for name in ("Session Start", "Session End"))
    return {"Idle Time": _printed(int((end - begin).total_seconds()) + 900)}


def _swap(first: str, second: str) -> Callable[[dict[str, str], Generator], dict[str, str]]:
    return lambda values, _: {first: values[second], second: values[first]}


def _grade_above_100(generator: Generator, marks: Draft, _: Site) -> None:
    for row in marks.clean(generator, 1, lambda one: one["Final Percent"] != ""):
        percent = f"{100 + float(marks.row(row)['Final Percent']):.1f}"
        marks.change(row, {"Final Percent": percent}, "grade_above_100", "quarantined")


def _mark_twice(generator: Generator, marks: Draft, _: Site) -> None:
    """A second mark for the same section that says something else; both rows are faulty."""
    for row in marks.clean(generator, 1, lambda one: one["Final Percent"] != ""):
        values = marks.row(row)
        other = f"{abs(float(values['Final Percent']) - 7.5):.1f}"
        marks.change(row, {}, "mark_twice", "quarantined")
        marks.add({**values, "Final Percent": other}, "mark_twice", "quarantined")


def _swapped_columns(generator: Generator, marks: Draft, _: Site) -> None:
    """A grade and its letter in each other's columns."""
    for row in marks.clean(generator, 1, lambda one: one["Final Percent"] != ""):
        values = marks.row(row)
        swapped = {"Final Percent": values["Final Letter"], "Final Letter": values["Final Percent"]}
        marks.change(row, swapped, "swapped_columns", "quarantined")


def _missing_birth_date(generator: Generator, demographics: Draft, _: Site) -> None:
    for row in demographics.clean(generator, 1):
        demographics.change(row, {"birthDate": ""}, "missing_birth_date", "kept")


def _two_identifiers(generator: Generator, users: Draft, site: Site) -> None:
    """A student who is on file a second time under another number, with the same name and birth date."""
    born = site.drafts[DEMOGRAPHICS]
    of_student = {identifier: row for row, identifier in enumerate(born.columns["sourcedId"])}

    def fits(one: dict[str, str]) -> bool:
        return one["sourcedId"] in of_student and of_student[one["sourcedId"]] not in born.faults

    for row in users.clean(generator, 1, fits):
        values = users.row(row)
        number = f"9{values['sourcedId']}"
        email = values["email"].replace("@", ".2@")
        kind, fate = "two_identifiers", "finding"
        users.add({**values, "sourcedId": number, "identifier": number, "email": email}, kind, fate)
        born.add({**born.row(of_student[values["sourcedId"]]), "sourcedId": number}, kind, fate)
        role = site.drafts[ROLES]
        own = role.columns["userSourcedId"].index(values["sourcedId"])
        role.add({**role.row(own), "sourcedId": f"ROLE-{number}", "userSourcedId": number}, kind, fate)


def _broken_encoding(generator: Generator, users: Draft, _: Site) -> None:
    """A name that was read in another encoding than it was written in, and saved so."""
    for row in users.clean(generator, 1):
        broken = f"{users.row(row)['familyName']}ñez".encode().decode(LATE_ENCODING)
        users.change(row, {"familyName": broken}, "broken_encoding", "kept")


def _transferred_student(generator: Generator, enrollments: Draft, site: Site) -> None:
    """A student who changed to another school in the middle of a term: two enrollments in one course."""
    here, there = f"-{site.school + 1:04d}-R", f"-{site.next_school + 1:04d}-R"

    def fits(one: dict[str, str]) -> bool:
        return one["role"] == "student" and here in one["classSourcedId"] and site.school != site.next_school

    for row in enrollments.clean(generator, 1, fits):
        values = enrollments.row(row)
        section = values["classSourcedId"].split(here)[0] + there + "1"
        middle = datetime.fromisoformat(values["beginDate"]) + timedelta(days=90)
        last = (middle - timedelta(days=1)).date().isoformat()
        number = f"ENR-{values['userSourcedId']}-{section.removeprefix('CLS-')}"
        new = {"sourcedId": number, "classSourcedId": section, "beginDate": middle.date().isoformat()}
        kind, fate = "transferred_student", "kept"
        enrollments.change(row, {"endDate": last}, kind, fate)
        enrollments.add({**values, **new, "schoolSourcedId": f"ORG-{site.next_school + 1:04d}"}, kind, fate)


def _free_text(generator: Generator, supplement: Draft, site: Site) -> None:
    """A reason in free text, with the name of a student in it."""
    users = site.drafts[USERS].columns
    for row in supplement.clean(generator, 1, lambda one: one["Repeat Code"] == "CR"):
        student = users["sourcedId"].index(supplement.row(row)["Student ID"])
        name = f"{users['givenName'][student]} {users['familyName'][student]}"
        text = f"Failed first attempt; the mother of {name} asked for an online class"
        supplement.change(row, {"Reason": text}, "free_text_with_name", "finding")


def _late(kind: str, fate: str) -> Planter:
    """A session that arrives in a later file, instead of or beside the first one."""

    def plant(generator: Generator, draft: Draft, site: Site) -> None:
        rows = draft.clean(generator, 1)
        for values in draft.remove(rows) if fate == "kept" else map(draft.row, rows):
            accented = (
                values["Student Name"].replace("Munoz", "Muñoz").replace("Pena", "Peña").replace("Nunez", "Núñez")
            )
            site.drafts[LATE_LOG].add({**values, "Student Name": accented}, kind, fate)

    return plant


# Each kind: the file it stands in, how it is planted.
FAULT_KINDS: Mapping[str, tuple[str, Planter]] = {
    "duplicated_session": (LOG, _add_session("duplicated_session", "merged", lambda _values, _: {})),
    "overlapping_session": (LOG, _add_session("overlapping_session", "finding", _overlap)),
    "clock_in_another_zone": (LOG, _change_session("clock_in_another_zone", "kept", _other_zone)),
    "end_before_start": (LOG, _add_session("end_before_start", "quarantined", _swap("Session Start", "Session End"))),
    "session_without_enrollment": (LOG, _add_session("session_without_enrollment", "quarantined", _stranger)),
    "idle_above_duration": (LOG, _change_session("idle_above_duration", "quarantined", _above_duration)),
    "counter_overflow": (
        LOG,
        _change_session("counter_overflow", "quarantined", lambda _values, _: {"Idle Time": "1193046:28:15"}),
    ),
    "negative_idle": (
        LOG,
        _change_session("negative_idle", "quarantined", lambda values, _: {"Idle Time": f"-{values['Idle Time']}"}),
    ),
    "misspelt_course_title": (LOG, _change_session("misspelt_course_title", "quarantined", _misspelt)),
    "thousands_separator": (
        LOG,
        _change_session("thousands_separator", "quarantined", lambda _values, _: {"Activities Completed": "1,024"}),
    ),
    "late_session": (LOG, _late("late_session", "kept")),
    "late_session_again": (LOG, _late("late_session_again", "merged")),
    "grade_above_100": (MARKS, _grade_above_100),
    "mark_twice": (MARKS, _mark_twice),
    "swapped_columns": (MARKS, _swapped_columns),
    "missing_birth_date": (DEMOGRAPHICS, _missing_birth_date),
    "two_identifiers": (USERS, _two_identifiers),
    "broken_encoding": (USERS, _broken_encoding),
    "transferred_student": (ENROLLMENTS, _transferred_student),
    "free_text_with_name": (SUPPLEMENT, _free_text),
    "undeclared_encoding": (ATTENDANCE, lambda _generator, _draft, _site: None),
}


def has_late_file(faults: Mapping[str, int]) -> bool:
    """Whether some sessions arrive in a file of their own."""
    return any(faults.get(kind, 0) for kind in ("late_session", "late_session_again"))


def encodings(faults: Mapping[str, int]) -> dict[str, str]:
    """Files that are not in UTF-8, with their encodings; a whole file in an undeclared one stops the run."""
    found = {LATE_LOG: LATE_ENCODING} if has_late_file(faults) else {}
    return found | ({ATTENDANCE: "utf-16-le"} if faults.get("undeclared_encoding", 0) else {})


def plant_faults(
    pieces: Mapping[str, Piece], faults: Mapping[str, int], generator: Generator, school: int, schools: int
) -> dict[str, Piece]:
    """The files of one school with its part of the faults: of each kind every ``schools``-th."""
    due = {kind: range(count)[school::schools] for kind, count in faults.items() if kind != "undeclared_encoding"}
    if not any(map(len, due.values())):
        return dict(pieces)
    wanted = {USERS, DEMOGRAPHICS, ROLES, MARKS, ENROLLMENTS, SUPPLEMENT, LATE_LOG}
    drafts = {name: Draft.of(piece) for name, piece in pieces.items() if name in wanted or name.startswith(LOG)}
    logs = sorted(name for name, draft in drafts.items() if name.startswith(LOG) and len(draft) > 1)
    site = Site(drafts, school, (school + 1) % schools)
    for kind, numbers in due.items():
        place, planter = FAULT_KINDS[kind]
        for number in numbers:
            name = logs[(school + number) % len(logs)] if place == LOG and logs else place
            if name in drafts:
                planter(generator, drafts[name], site)
    return {**pieces, **{name: draft.piece() for name, draft in drafts.items()}}
