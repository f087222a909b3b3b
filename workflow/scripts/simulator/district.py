"""A whole simulated district: from settings and a seed to raw files and the truth behind them, school by school."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from simulator import handover, programme, rosters
from simulator.calibration import Superpopulation, calibrate
from simulator.enrolled import enroll
from simulator.events import events_file, school_events, write_events
from simulator.faults import LATE_LOG, encodings, has_late_file, plant_faults
from simulator.handover import Handed
from simulator.logs import COLUMNS, SchoolSessions, school_sessions, session_log
from simulator.people import STUDENT_NUMBERS, People, name_students, name_teachers, teacher_id
from simulator.programme import AGREEING, SURVEY_COURSE
from simulator.school import Plan, draw_school
from simulator.schools import draw_schools, plan_blocks
from simulator.sessions import in_school
from simulator.settings import DistrictSettings
from simulator.streams import Streams
from simulator.texts import decimal, pick, plain
from simulator.writers import Piece, RawFolder

ONEROSTER = (
    "manifest",
    "academicSessions",
    "orgs",
    "courses",
    "classes",
    "users",
    "roles",
    "enrollments",
    "demographics",
)
BY_SCHOOL = ("lottery", "student_supplement", "enrollment_supplement", "marks", "attendance", "tests", "student_years")
BY_SCHOOL_TOO = ("student_survey", "teacher_ratings")
ONCE = ("calendar", "teacher_survey", "costs", "goals")


@dataclass
class Tally:
    """What is counted and kept while the schools go by."""

    asked: dict[int, list[str]]
    counts: dict[str, int] = field(default_factory=dict)
    arms: list[dict[str, Any]] = field(default_factory=list)
    types: list[np.ndarray[Any, Any]] = field(default_factory=list)
    outside: list[np.ndarray[Any, Any]] = field(default_factory=list)
    agreed: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)

    def count(self, name: str, number: int) -> None:
        """Add ``number`` to the count ``name``."""
        self.counts[name] = self.counts.get(name, 0) + int(number)


def raw_files(settings: DistrictSettings) -> list[str]:
    """Names of all files below the folder of raw files."""
    names = [f"oneroster/{name}.csv" for name in ONEROSTER]
    names += [f"vendor/session_log_{year}.csv" for year in settings.school_years]
    names += [LATE_LOG] if has_late_file(settings.faults) else []
    names += [f"district/{name}.csv" for name in (*BY_SCHOOL, *BY_SCHOOL_TOO, *ONCE)]
    if settings.events.format != "none":
        names += [events_file(settings, school) for school in range(settings.schools)]
    return names


def make_plan(settings: DistrictSettings, seed: int) -> tuple[Plan, list[Superpopulation]]:
    """What is settled before a school is drawn, and the superpopulations of the lottery's courses."""
    streams = Streams(seed)
    schools = draw_schools(settings, streams)
    calibration, populations = calibrate(settings, streams)
    return Plan(settings, streams, schools, plan_blocks(settings, streams, schools), calibration), populations


def handed_school(plan: Plan, school: int) -> Handed:
    """A school with its enrollments and identities."""
    record = draw_school(plan, school)
    first = int(plan.schools.students[:school].sum())
    start = int(plan.streams.generator("student_numbers").integers(0, STUDENT_NUMBERS))
    people = name_students(plan.streams.generator("names", school), first, len(record.students.block), start)
    return Handed(plan, record, enroll(plan.settings, record), people)


def _sessions(handed: Handed) -> SchoolSessions:
    generator = handed.plan.streams.generator("sessions", handed.record.number)
    return school_sessions(handed.settings, generator, handed.record)


def school_pieces(handed: Handed, staff: People, sessions: SchoolSessions) -> dict[str, Piece]:
    """The school's part of each raw file, without faults."""
    settings, streams, record, number = handed.settings, handed.plan.streams, handed.record, handed.record.number
    people, enrolled = handed.people, handed.enrolled
    accounts = streams.generator("accounts", number)
    pieces = {
        "oneroster/classes.csv": rosters.classes(settings, number, enrolled),
        "oneroster/users.csv": rosters.users(settings, accounts, number, record.students, people, staff),
        "oneroster/roles.csv": rosters.roles(number, people, staff),
        "oneroster/enrollments.csv": rosters.enrollments(settings, number, enrolled, people),
        "oneroster/demographics.csv": rosters.demographics(settings, record.students, people),
        "district/lottery.csv": handover.lottery(handed),
        "district/student_supplement.csv": handover.student_supplement(handed),
        "district/enrollment_supplement.csv": handover.enrollment_supplement(handed),
        "district/marks.csv": handover.marks(handed),
        "district/attendance.csv": handover.attendance(handed),
        "district/student_years.csv": handover.student_years(handed, streams.generator("graduation", number)),
        "district/student_survey.csv": handover.student_survey(handed),
        "district/teacher_ratings.csv": handover.teacher_ratings(handed, streams.generator("ratings", number)),
    }
    for year in settings.school_years:
        pieces[f"vendor/session_log_{year}.csv"] = session_log(settings, record, people, sessions, year)
    if has_late_file(settings.faults):
        # Its columns stand in another order than those of the first files.
        pieces[LATE_LOG] = Piece({name: plain([]) for name in reversed(COLUMNS)})
    return pieces


def _append_school(folder: RawFolder, handed: Handed, pieces: dict[str, Piece]) -> None:
    settings, number = handed.settings, handed.record.number
    generator = handed.plan.streams.generator("faults", number)
    for name, piece in plant_faults(pieces, settings.faults, generator, number, settings.schools).items():
        folder.append(name, piece)
    folder.append("district/tests.csv", handover.external_tests(handed))
    folder.append("district/tests.csv", handover.state_tests(handed))


def _asked(tally: Tally, handed: Handed) -> None:
    """Online teachers of the surveyed course in the lottery's summers."""
    blocks = handed.plan.blocks_of(handed.record.number)
    wanted = {block.course for block in blocks if handed.settings.courses[block.entry].course_id == SURVEY_COURSE}
    for key, teacher in zip(handed.enrolled.keys.tolist(), handed.enrolled.teacher.tolist(), strict=True):
        year = handed.settings.terms[key[1]].school_year
        if key[0] in wanted and key[2] == 0 and key[3] and teacher_id(teacher) not in tally.asked[year]:
            tally.asked[year].append(teacher_id(teacher))


def true_students(handed: Handed) -> Piece:
    """The true type and traits of each student, which stand in no raw file."""
    students = handed.record.students
    return Piece(
        {
            "student_id": handed.people.identifier,
            "user_type": pick(list(handed.settings.user_types), students.user_type),
            "disengagement": decimal(students.disengagement, 4),
            "ability": decimal(students.ability, 4),
        }
    )


def _write_events(plan: Plan, raw: Path, school: int) -> int:
    """Write the events of one school; returns their number."""
    handed = handed_school(plan, school)
    generator = plan.streams.generator("events", school)
    table = school_events(plan.settings, generator, handed.record, handed.people, _sessions(handed))
    write_events(raw / events_file(plan.settings, school), table, plan.settings.events.format)
    return int(table.num_rows)


def write_all_events(plan: Plan, raw: Path, cores: int) -> int:
    """Write the events of all schools, one file a school, on ``cores`` cores; returns their number.

    Each school has random numbers of its own, so that no byte depends on the cores.
    """
    schools = range(plan.settings.schools)
    if cores == 1:
        return sum(map(partial(_write_events, plan, raw), schools))
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        return sum(pool.map(partial(_write_events, plan, raw), schools))


def once_pieces(plan: Plan, tally: Tally) -> Iterator[tuple[str, Piece]]:
    """Files that are written once for the whole district."""
    settings = plan.settings
    yield "oneroster/manifest.csv", rosters.manifest()
    yield "oneroster/academicSessions.csv", rosters.academic_sessions(settings)
    yield "oneroster/orgs.csv", rosters.orgs(settings)
    yield "oneroster/courses.csv", rosters.courses()
    yield "district/calendar.csv", handover.calendar(settings)
    survey = programme.teacher_survey(settings, plan.streams.generator("teacher_survey"), tally.asked)
    _count_answers(tally, survey)
    yield "district/teacher_survey.csv", survey
    yield "district/costs.csv", programme.costs(settings)
    yield "district/goals.csv", programme.goals(settings)


def write_raw(plan: Plan, raw: Path, students: Path, cores: int = 1) -> tuple[Tally, RawFolder]:
    """Write all raw files below folder ``raw`` and the true students to file ``students``."""
    tally = Tally({year: [] for year in plan.settings.school_years})
    with RawFolder(raw, encodings(plan.settings.faults)) as folder, RawFolder(students.parent) as truth:
        for school in range(plan.settings.schools):
            handed = handed_school(plan, school)
            sessions = _sessions(handed)
            staff = name_teachers(plan.streams.generator("staff", school), school)
            _append_school(folder, handed, school_pieces(handed, staff, sessions))
            truth.append(students.name, true_students(handed))
            _asked(tally, handed)
            _tally(tally, handed, sessions)
        for name, piece in once_pieces(plan, tally):
            folder.append(name, piece)
    if plan.settings.events.format != "none":
        tally.count("events", write_all_events(plan, raw, cores))
    return tally, folder


def _tally(tally: Tally, handed: Handed, sessions: SchoolSessions) -> None:
    record = handed.record
    takings = record.takings
    online = takings.online
    works = online & ~takings.left & ~takings.no_show
    tally.count("students", len(record.students.block))
    tally.count("students_in_lottery", int((takings.block >= 0).sum()))
    tally.count("student_years", int(record.years.recorded.sum()))
    tally.count("courses_taken_online", int(online.sum()))
    tally.count("courses_with_sessions", int(works.sum()))
    tally.count("sessions", sessions.count)
    for one in sessions.by_term.values():
        tally.count("active_seconds", int(one.active_seconds.sum()))
        tally.count("idle_seconds", int(one.idle_seconds.sum()))
    size = len(handed.settings.user_types)
    tally.types.append(
        np.vstack(
            [np.bincount(kind, minlength=size) for kind in (record.students.user_type, record.takers.user_type[online])]
        )
    )
    tally.arms.append(_arms(handed))
    tally.outside.append(_outside(handed, sessions, size))


def _outside(handed: Handed, sessions: SchoolSessions, size: int) -> np.ndarray[Any, Any]:
    """(2, types) sessions that begin outside the school day, and all sessions, by the student's type."""
    found = np.zeros((2, size))
    for place, one in sessions.by_term.items():
        kind = handed.record.takers.user_type[one.taking]
        outside = ~in_school(handed.settings.terms[place], one.started)
        found += np.vstack([np.bincount(kind[outside], minlength=size), np.bincount(kind, minlength=size)])
    return found


def _count_answers(tally: Tally, survey: Piece) -> None:
    columns = {name: survey.columns[name].to_pylist() for name in ("Item", "Term ID", "Answer")}
    for item, term, answer in zip(*columns.values(), strict=True):
        key = (item, int(term.removeprefix("SUMMER-")))
        agreed, answers = tally.agreed.get(key, (0, 0))
        tally.agreed[key] = agreed + int(answer in AGREEING), answers + 1


def _arms(handed: Handed) -> dict[str, Any]:
    """Sums over the lottery's students of one school by course and assigned arm."""
    record, takings = handed.record, handed.record.takings
    found: dict[str, Any] = {}
    entry = np.array([block.entry for block in handed.plan.blocks] + [-1], dtype=np.int64)[takings.block]
    for number, course in enumerate(handed.settings.courses):
        for arm, assigned in (("online", True), ("teacher_directed", False)):
            chosen = (entry == number) & (takings.assigned_online == assigned) & (takings.block >= 0)
            analysed = chosen & ~takings.left
            tested, answered = analysed & ~np.isnan(record.test), analysed & ~np.isnan(record.survey)
            found[f"{course.course_id}/{arm}"] = {
                "randomised": int(chosen.sum()),
                "analysed": int(analysed.sum()),
                "no_shows": int((chosen & takings.no_show).sum()),
                "crossovers": int((chosen & (takings.online != takings.assigned_online)).sum()),
                "recovered": int(record.outcomes.passed[analysed].sum()),
                "tested": int(tested.sum()),
                "test_sum": float(record.test[tested].sum()),
                "answered": int(answered.sum()),
                "survey_sum": float(record.survey[answered].sum()),
            }
    return found
