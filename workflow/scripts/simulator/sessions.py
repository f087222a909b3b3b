"""The session log: the course's time split over sessions, and the sessions laid into the days of the term."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator

from simulator.behaviour import CourseTime
from simulator.numbers import Booleans, Floats, Integers, split_in_groups
from simulator.settings import TermSettings

SLOT_HOURS = 2
SLOT_SECONDS = 3600 * SLOT_HOURS
FIRST_HOUR_AT_HOME, LAST_HOUR_AT_HOME = 6, 22
# With weights between these bounds and a mean of at most 50 minutes no session outlasts its slot of two hours
# (50 x 1.4 / 0.6 = 117 minutes), so that sessions of one student never overlap.
LIGHTEST, HEAVIEST = 0.6, 1.4
LONGEST_MEAN_SECONDS = SLOT_SECONDS * LIGHTEST / HEAVIEST - 2


@dataclass(frozen=True)
class Sessions:
    """(m,) arrays over the sessions: position of the taking, local begin in Unix seconds, seconds, activities."""

    taking: Integers
    started: Integers
    active_seconds: Integers
    idle_seconds: Integers
    activities: Integers

    @property
    def ended(self) -> Integers:
        """(m,) local end in Unix seconds."""
        return self.started + self.active_seconds + self.idle_seconds


@dataclass(frozen=True)
class Slots:
    """Begins (local Unix seconds) of the slots of a term in which a student can work, inside and outside school."""

    inside: Integers
    outside: Integers


def school_days(term: TermSettings) -> list[date]:
    """Weekdays of the term without the holidays."""
    length = (term.ends_on - term.starts_on).days + 1
    days = [term.starts_on + timedelta(days=number) for number in range(length)]
    held = set(term.holidays)
    return [day for day in days if day.weekday() < 5 and day not in held]


def _hours_of_day(term: TermSettings) -> tuple[list[int], list[int]]:
    """Hours at which a slot of a school day begins: inside school from the first bell on, outside before and after."""
    opens = -(-(60 * term.first_bell.hour + term.first_bell.minute) // 60)
    closes = (60 * term.last_bell.hour + term.last_bell.minute) // 60
    inside = list(range(opens, closes - SLOT_HOURS + 1, SLOT_HOURS))
    after = -(-(60 * term.last_bell.hour + term.last_bell.minute) // 60)
    before = list(range(FIRST_HOUR_AT_HOME, term.first_bell.hour - SLOT_HOURS + 1, SLOT_HOURS))
    return inside, before + list(range(after, LAST_HOUR_AT_HOME - SLOT_HOURS + 1, SLOT_HOURS))


def term_slots(term: TermSettings) -> Slots:
    """All slots of the term from early morning to late evening; each lies wholly inside or outside the school day."""
    inside, outside = [], []
    held = set(school_days(term))
    in_school, at_home = _hours_of_day(term)
    whole_day = list(range(FIRST_HOUR_AT_HOME, LAST_HOUR_AT_HOME - SLOT_HOURS + 1, SLOT_HOURS))
    for number in range((term.ends_on - term.starts_on).days + 1):
        day = term.starts_on + timedelta(days=number)
        midnight = (day - date(1970, 1, 1)).days * 86400
        inside += [midnight + 3600 * hour for hour in (in_school if day in held else [])]
        outside += [midnight + 3600 * hour for hour in (at_home if day in held else whole_day)]
    return Slots(np.array(inside, dtype=np.int64), np.array(outside, dtype=np.int64))


def _ranks(group: Integers, size: int) -> tuple[Integers, Integers]:
    """Rank of each row inside its group (in order of rows), and the size of its group."""
    counts = np.bincount(group, minlength=size)
    order = np.argsort(group, kind="stable")
    starts = np.cumsum(counts) - counts
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - starts[group[order]]
    return rank, counts[group]


def _spread(generator: Generator, slots: Integers, count: Integers, lane: Integers, lanes: Integers) -> Integers:
    """Begins of ``count`` different slots of each taking, one from each of as many equal parts of the term.

    Courses that a student takes at the same time keep to lanes: slots whose number has the course's remainder.
    """
    taking = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(taking)) - np.repeat(np.cumsum(count) - count, count)
    room = (len(slots) // lanes)[taking]
    # Whole borders, at least one slot apart: no two sessions can share a slot.
    low, high = rank * room // count[taking], (rank + 1) * room // count[taking]
    number = low + np.floor(generator.random(len(taking)) * (high - low)).astype(np.int64)
    begin: Integers = slots[number * lanes[taking] + lane[taking]]
    return begin


def lay_out(
    generator: Generator, slots: Slots, counts: Integers, outside_share: Floats, lane: Integers, lanes: Integers
) -> tuple[Integers, Integers]:
    """Taking and begin of the slot of each session, in order of taking and time.

    There are at most as many sessions as the term has room for.
    """
    inside_room, outside_room = len(slots.inside) // lanes, len(slots.outside) // lanes
    outside = generator.binomial(counts, outside_share)
    outside = np.clip(outside, np.maximum(counts - inside_room, 0), outside_room)
    inside = counts - outside
    begins = [
        _spread(generator, slots.inside, inside, lane, lanes),
        _spread(generator, slots.outside, outside, lane, lanes),
    ]
    numbers = np.arange(len(counts))
    taking = np.concatenate([np.repeat(numbers, inside), np.repeat(numbers, outside)])
    begin = np.concatenate(begins)
    order = np.lexsort((begin, taking))
    return taking[order], begin[order]


def draw_sessions(
    generator: Generator, term: TermSettings, time: CourseTime, lane: Integers, lanes: Integers
) -> Sessions:
    """Sessions of courses taken in one term; their seconds sum exactly to ``time``.

    Parameters
    ----------
    lane, lanes : number of the course among those the student takes at the same time, and how many they are.

    Raises
    ------
    ValueError if a student works more hours than the term has.
    """
    slots = term_slots(term)
    total = time.active_seconds + time.idle_seconds
    room = len(slots.inside) // lanes + len(slots.outside) // lanes
    counts = np.minimum(np.ceil(total / time.session_seconds).astype(np.int64), room)
    if np.any(total > counts * LONGEST_MEAN_SECONDS):
        raise ValueError("a student works more hours than the term has room for: lower hours_median")
    taking, begin = lay_out(generator, slots, counts, time.outside_share, lane, lanes)
    weights = generator.uniform(LIGHTEST, HEAVIEST, len(taking))
    active = split_in_groups(time.active_seconds, taking, weights)
    idle = split_in_groups(time.idle_seconds, taking, weights)
    free = SLOT_SECONDS - active - idle
    delay = np.floor(generator.random(len(taking)) * free).astype(np.int64)
    activities = generator.poisson(active / time.activity_seconds[taking])
    return Sessions(taking, begin + delay, active, idle, activities)


def concurrent(student: Integers, term: Integers) -> tuple[Integers, Integers]:
    """(m,) number of each course among those its student takes in the same term, and how many they are."""
    _, group = np.unique(np.column_stack([student, term]), axis=0, return_inverse=True)
    group = group.reshape(-1)
    return _ranks(group, int(group.max()) + 1 if len(group) else 0)


def offsets(days: Integers, zone: ZoneInfo) -> dict[int, str]:
    """Offset of ``zone`` at noon of each day (since 1970) as a text such as -07:00; no session here is at night."""
    found = {}
    for day in np.unique(days).tolist():
        noon = datetime(1970, 1, 1, 12) + timedelta(days=day)
        text = noon.replace(tzinfo=zone).strftime("%z")
        found[day] = f"{text[:3]}:{text[3:]}"
    return found


def in_school(term: TermSettings, started: Integers) -> Booleans:
    """(m,) whether a session that begins at ``started`` (local Unix seconds) begins inside the school day."""
    held = np.array([(day - date(1970, 1, 1)).days for day in school_days(term)], dtype=np.int64)
    first = 3600 * term.first_bell.hour + 60 * term.first_bell.minute
    last = 3600 * term.last_bell.hour + 60 * term.last_bell.minute
    of_day = started % 86400
    inside: Booleans = np.isin(started // 86400, held) & (of_day >= first) & (of_day < last)
    return inside
