"""The click stream of a school: what happened inside each session, in order."""

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.random import Generator

from simulator.catalogue import COURSES
from simulator.logs import SchoolSessions
from simulator.numbers import Floats, Integers, split_in_groups
from simulator.people import People
from simulator.school import SchoolRecord
from simulator.sessions import Sessions, offsets
from simulator.settings import DistrictSettings
from simulator.texts import Texts, glued, pick, whole
from simulator.writers import csv_lines

KINDS = ("login", "activity_opened", "answer_submitted", "video_played", "note_saved", "activity_completed", "logout")
INNER = len(KINDS) - 2
SECONDS_BETWEEN_IDLE = 900.0
# Mean seconds of a course taken online, for turning records a course into records a second.
TYPICAL_COURSE_SECONDS = 32_000.0
ROWS_IN_GROUP = 250_000


def events_file(settings: DistrictSettings, school: int) -> str:
    """Name of the file with a school's events."""
    return f"vendor/events/events_{school + 1:04d}.{settings.events.format}"


def _counts(settings: DistrictSettings, generator: Generator, sessions: Sessions) -> Integers:
    """(m,) events of each session, logging in and out among them."""
    seconds = sessions.active_seconds + sessions.idle_seconds
    rate = settings.events.per_course / TYPICAL_COURSE_SECONDS
    return np.maximum(np.floor(rate * seconds + generator.random(len(seconds))), 2).astype(np.int64)


def _times(generator: Generator, sessions: Sessions, session: Integers, first: Integers) -> Integers:
    """Seconds of each event since its session began: active time over all gaps, idle time over a few."""
    gap = np.ones(len(session), dtype=np.bool_)
    gap[first] = False
    inside = session[gap]
    chance = generator.exponential(size=(2, len(inside)))
    gaps = np.bincount(inside, minlength=len(first))
    often = (sessions.idle_seconds / SECONDS_BETWEEN_IDLE / np.maximum(gaps, 1))[inside]
    idle_weight: Floats = chance[1] * (generator.random(len(inside)) < often) + 1e-9
    seconds = np.zeros(len(session), dtype=np.int64)
    active = split_in_groups(sessions.active_seconds, inside, chance[0] + 1e-9)
    seconds[gap] = active + split_in_groups(sessions.idle_seconds, inside, idle_weight)
    running = np.cumsum(seconds)
    since: Integers = running - running[first][session]
    return since


def _kinds(generator: Generator, session: Integers, first: Integers, last: Integers) -> Integers:
    kind = 1 + generator.integers(0, INNER, len(session))
    kind[first], kind[last] = 0, len(KINDS) - 1
    return kind.astype(np.int64)


def school_events(
    settings: DistrictSettings, generator: Generator, record: SchoolRecord, people: People, sessions: SchoolSessions
) -> pa.Table:
    """All events of a school: session by session, in order; clock times in UTC."""
    zone, tables = ZoneInfo(settings.time_zone), []
    for place, one in sessions.by_term.items():
        if not len(one.taking):
            continue
        counts = _counts(settings, generator, one)
        session = np.repeat(np.arange(len(counts)), counts)
        last = np.cumsum(counts) - 1
        first = last - counts + 1
        since = _times(generator, one, session, first)
        kind = _kinds(generator, session, first, last)
        taking = one.taking[session]
        labels = glued(f"{record.number + 1}-{place}-", whole(np.arange(len(counts))))
        days, day = np.unique(one.started // 86400, return_inverse=True)
        shift = np.array([_seconds(text) for text in offsets(days, zone).values()], dtype=np.int64)[day.reshape(-1)]
        at = (one.started - shift)[session] + since
        columns: dict[str, Texts] = {
            "Student ID": pick(people.identifier, record.takings.student[taking]),
            "Course": pick([course.title for course in COURSES], record.takings.course[taking]),
            "Session": pick(labels, session),
            "At": pa.array(at.astype("datetime64[s]")).cast(pa.timestamp("s", tz="UTC")),
            "Event": pick(KINDS, kind),
            "Object": pick([f"activity-{number}" for number in range(400)], generator.integers(0, 400, len(session))),
        }
        tables.append(pa.table(columns))
    return pa.concat_tables(tables) if tables else empty_events()


def empty_events() -> pa.Table:
    """No events, with the columns of events."""
    texts = {name: pa.array([], type=pa.string()) for name in ("Student ID", "Course", "Session")}
    at = pa.array([], type=pa.timestamp("s", tz="UTC"))
    return pa.table({**texts, "At": at, "Event": texts["Course"], "Object": texts["Course"]})


def _seconds(offset: str) -> int:
    sign = -1 if offset[0] == "-" else 1
    return sign * (3600 * int(offset[1:3]) + 60 * int(offset[4:6]))


def write_events(path: Path, table: pa.Table, file_format: str) -> None:
    """Write events as Parquet, or as CSV with clock times such as 2018-06-25T16:30:00Z."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if file_format == "parquet":
        pq.write_table(table, path, compression="zstd", row_group_size=ROWS_IN_GROUP)
        return
    with path.open("wb") as file:
        file.write(",".join(table.column_names).encode() + b"\n")
        for start in range(0, table.num_rows, ROWS_IN_GROUP):
            part = table.slice(start, ROWS_IN_GROUP).combine_chunks()
            columns = {name: part.column(name).combine_chunks() for name in table.column_names}
            columns = {name: one.chunk(0) if isinstance(one, pa.ChunkedArray) else one for name, one in columns.items()}
            columns["At"] = pc.strftime(columns["At"], format="%Y-%m-%dT%H:%M:%SZ")
            file.write(csv_lines(columns))
