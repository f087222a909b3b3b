"""The vendor's session log of a school, year by year."""

from dataclasses import dataclass, fields
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator

from simulator.behaviour import CourseTime
from simulator.catalogue import COURSES
from simulator.numbers import Booleans
from simulator.people import People
from simulator.school import SchoolRecord
from simulator.sessions import Sessions, concurrent, draw_sessions
from simulator.settings import DistrictSettings
from simulator.texts import duration, glued, local, pick, whole
from simulator.writers import Piece

LOG_VERSIONS = ("5", "6")
COLUMNS = (
    *("Student Name", "Student Email", "Course", "Session Start", "Session End"),
    *("Active Time", "Idle Time", "Activities Completed", "Log Version"),
)


@dataclass(frozen=True)
class SchoolSessions:
    """Sessions of a school by position of the term among the settings' terms; takings keep their positions."""

    by_term: dict[int, Sessions]

    @property
    def count(self) -> int:
        """Number of sessions."""
        return sum(len(sessions.taking) for sessions in self.by_term.values())


def works_online(record: SchoolRecord) -> Booleans:
    """(m,) who worked in the platform."""
    works: Booleans = record.takings.online & ~record.takings.left & ~record.takings.no_show
    return works


def school_sessions(settings: DistrictSettings, generator: Generator, record: SchoolRecord) -> SchoolSessions:
    """All sessions of a school, term by term."""
    works = np.flatnonzero(works_online(record))
    terms = record.takings.term[works]
    lane, lanes = concurrent(record.takings.student[works], terms)
    found = {}
    for place, term in enumerate(settings.terms):
        own = terms == place
        chosen = works[own]
        time = CourseTime(*(getattr(record.time, field.name)[chosen] for field in fields(CourseTime)))
        sessions = draw_sessions(generator, term, time, lane[own], lanes[own])
        parts = {field.name: getattr(sessions, field.name) for field in fields(Sessions)}
        found[place] = Sessions(**{**parts, "taking": chosen[sessions.taking]})
    return SchoolSessions(found)


def session_log(
    settings: DistrictSettings, record: SchoolRecord, people: People, sessions: SchoolSessions, school_year: int
) -> Piece:
    """The log of one school year and its summer, in order of begin; clock times are local, with their offset."""
    parts = [sessions.by_term[place] for place, term in enumerate(settings.terms) if term.school_year == school_year]
    joined = Sessions(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Sessions)))
    order = np.lexsort((joined.taking, joined.started))
    joined = Sessions(*(getattr(joined, field.name)[order] for field in fields(Sessions)))
    student, zone = record.takings.student[joined.taking], ZoneInfo(settings.time_zone)
    names = glued(people.family_name, ", ", people.given_name)
    version = LOG_VERSIONS[int(school_year >= settings.behaviour.idle_rule_changed)]
    columns = (
        pick(names, student),
        pick(people.email, student),
        pick([course.title for course in COURSES], record.takings.course[joined.taking]),
        local(joined.started, zone),
        local(joined.ended, zone),
        duration(joined.active_seconds),
        duration(joined.idle_seconds),
        whole(joined.activities),
        pick([version], np.zeros(len(student), dtype=np.int64)),
    )
    return Piece(dict(zip(COLUMNS, columns, strict=True)))
