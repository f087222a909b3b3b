"""The session log: the course's time split over sessions, and the sessions laid into the days of the term."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator

from simulator.behaviour import CourseTime
from simulator.numbers import Booleans, Floats, Integers, split_in_groups
from simulator.settings import CohortSettings, DistrictSettings

SLOT_SECONDS = 3600
FIRST_HOUR_AT_HOME = 6
LAST_HOUR_AT_HOME = 22
# With weights between these bounds and a mean of at most 25 minutes no session outlasts its slot of an hour
# (25 x 1.4 / 0.6 = 58 minutes), so that sessions of one student never overlap.
LIGHTEST, HEAVIEST = 0.6, 1.4


@dataclass(frozen=True)
class Sessions:
    """(m,) arrays over the sessions: position of the student, local begin in Unix seconds, seconds, activities."""

    student: Integers
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
    """(s,) hours of a term in which a student can work: begin (local Unix seconds) and whether school is in."""

    begin: Integers
    in_school: Booleans


def school_days(cohort: CohortSettings) -> list[date]:
    """Weekdays of the term without the holidays."""
    length = (cohort.ends_on - cohort.starts_on).days + 1
    days = [cohort.starts_on + timedelta(days=number) for number in range(length)]
    return [day for day in days if day.weekday() < 5 and day not in cohort.holidays]


def term_slots(cohort: CohortSettings) -> Slots:
    """All whole hours of the term from early morning to late evening.

    An hour that holds a bell belongs to neither part of the day, so that each session lies wholly inside or outside.
    """
    begin, inside = [], []
    school = set(school_days(cohort))
    length = (cohort.ends_on - cohort.starts_on).days + 1
    for day in (cohort.starts_on + timedelta(days=number) for number in range(length)):
        midnight = int((day - date(1970, 1, 1)).total_seconds())
        for hour in range(FIRST_HOUR_AT_HOME, LAST_HOUR_AT_HOME):
            opens, closes = 60 * hour, 60 * (hour + 1)
            first = 60 * cohort.first_bell.hour + cohort.first_bell.minute
            last = 60 * cohort.last_bell.hour + cohort.last_bell.minute
            in_school = day in school and first <= opens and closes <= last
            if in_school or day not in school or closes <= first or opens >= last:
                begin.append(midnight + SLOT_SECONDS * hour)
                inside.append(in_school)
    return Slots(np.array(begin, dtype=np.int64), np.array(inside, dtype=np.bool_))


def _choose_slots(
    generator: Generator, slots: Slots, counts: Integers, outside_share: Floats
) -> tuple[Integers, Integers]:
    """For each student ``counts`` different slots, a share ``outside_share`` of them outside school on average.

    Returns
    -------
    Position of the student and of the slot, in order of time within the student. Weighted choice without
    replacement by exponential races: the slots with the smallest (exponential / weight) win.
    """
    inside = int(slots.in_school.sum())
    weights = np.where(
        slots.in_school[None, :],
        (1 - outside_share)[:, None] / max(inside, 1),
        outside_share[:, None] / max(len(slots.begin) - inside, 1),
    )
    race = generator.exponential(size=weights.shape) / np.maximum(weights, 1e-12)
    order = np.argsort(race, axis=1, kind="stable")
    chosen = np.zeros(weights.shape, dtype=np.bool_)
    np.put_along_axis(chosen, order, np.arange(weights.shape[1])[None, :] < counts[:, None], axis=1)
    student, slot = np.nonzero(chosen)
    return student.astype(np.int64), slot.astype(np.int64)


def draw_sessions(settings: DistrictSettings, generator: Generator, cohort: int, time: CourseTime) -> Sessions:
    """Sessions of the students of one cohort (in one school); their seconds sum exactly to ``time``.

    Raises
    ------
    ValueError if a student has more sessions than the term has hours.
    """
    slots = term_slots(settings.cohorts[cohort])
    counts = np.ceil((time.active_seconds + time.idle_seconds) / time.session_seconds).astype(np.int64)
    if len(counts) and counts.max() > len(slots.begin):
        raise ValueError("a student has more sessions than the term has hours: lower hours_median")
    student, slot = _choose_slots(generator, slots, counts, time.outside_share)
    weights = generator.uniform(LIGHTEST, HEAVIEST, len(student))
    active = split_in_groups(time.active_seconds, student, weights)
    idle = split_in_groups(time.idle_seconds, student, weights)
    room = SLOT_SECONDS - active - idle
    delay = np.floor(generator.random(len(student)) * room).astype(np.int64)
    minutes = 60 * settings.behaviour.minutes_per_activity
    return Sessions(student, slots.begin[slot] + delay, active, idle, generator.poisson(active / minutes))


def local_text(seconds: Integers, zone: ZoneInfo) -> list[str]:
    """Local clock times in Unix seconds as ISO texts with the offset of ``zone``, such as 2018-06-25T09:30:00-07:00.

    A clock time that comes twice in autumn is read as the first of the two.
    """
    stamps = np.datetime_as_string(seconds.astype("datetime64[s]"), unit="s")
    days = seconds // 86400
    # The offset is looked up once a day: terms here are summers, in which no clock is changed.
    offsets = {int(day): _offset(int(day), zone) for day in np.unique(days)}
    return [f"{stamp}{offsets[int(day)]}" for stamp, day in zip(stamps.tolist(), days.tolist(), strict=True)]


def _offset(day: int, zone: ZoneInfo) -> str:
    noon = datetime(1970, 1, 1, 12) + timedelta(days=day)
    text = noon.replace(tzinfo=zone).strftime("%z")
    return f"{text[:3]}:{text[3:]}"


def duration_text(seconds: Integers) -> list[str]:
    """Seconds as the vendor prints them: H:MM:SS."""
    return [f"{value // 3600}:{value // 60 % 60:02d}:{value % 60:02d}" for value in seconds.tolist()]
