"""What a student does in the platform over a whole course: time, how much of it is idle, and what the log says."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from simulator.numbers import Floats, Integers, logistic
from simulator.settings import DistrictSettings
from simulator.students import Takers
from simulator.user_types import type_values

LEAST_SECONDS = 7200.0
LARGEST_IDLE_SHARE = 0.97
LONGEST_FACTOR = 3.0
SHARE_CONCENTRATION = 20.0


@dataclass(frozen=True)
class CourseTime:
    """(n,) arrays over students and their course.

    Seconds active and idle in all as the vendor logs them, mean seconds of a session, expected share of sessions
    outside the school day, and seconds of work that an activity takes. ``true_idle_share`` is the idle share before
    reading, time-outs and closed browsers are counted as idle; it stands in no file.
    """

    active_seconds: Integers
    idle_seconds: Integers
    session_seconds: Floats
    outside_share: Floats
    activity_seconds: Floats
    true_idle_share: Floats

    @property
    def idle_share(self) -> Floats:
        """(n,) idle seconds over all seconds: a ratio of sums, as it can be recovered from the log."""
        share: Floats = self.idle_seconds / (self.active_seconds + self.idle_seconds)
        return share


def reading_counted_share(settings: DistrictSettings, school_year: Integers) -> Floats:
    """(n,) share of the reading time that the vendor's rule of that school year counts as idle."""
    given = settings.behaviour
    share: Floats = np.where(school_year < given.idle_rule_changed, 1.0, given.reading_counted_share_after)
    return share


def _beta(generator: Generator, mean: float, size: int) -> Floats:
    if mean <= 0:
        return np.zeros(size)
    return generator.beta(mean * SHARE_CONCENTRATION, (1 - mean) * SHARE_CONCENTRATION, size)


def _logged_idle(settings: DistrictSettings, generator: Generator, true_share: Floats, school_year: Integers) -> Floats:
    """(n,) logged idle share: idle time, and of the rest reading by the vendor's rule, closed browsers, time-outs."""
    given, size = settings.behaviour, len(true_share)
    reading = _beta(generator, given.reading_share_mean, size) * reading_counted_share(settings, school_year)
    added = (
        reading + _beta(generator, given.closed_share_mean, size) + _beta(generator, given.time_out_share_mean, size)
    )
    return np.clip(true_share + (1 - true_share) * np.minimum(added, 1.0), 0.0, LARGEST_IDLE_SHARE)


def draw_course_time(
    settings: DistrictSettings, generator: Generator, takers: Takers, school_year: Integers
) -> CourseTime:
    """Time each student spends, or would spend, in the platform.

    Latent disengagement raises the idle share; type moves all of it; in a later school year the same work takes less
    time, which is efficiency, and the vendor's idle rule may be another, which is not.
    """
    given, size = settings.behaviour, len(takers.disengagement)

    def of_type(name: str) -> Floats:
        return type_values(settings, name, takers.user_type)

    later = school_year - settings.school_years[0]
    faster = np.exp(-given.efficiency_log_per_year * later)
    chance = generator.standard_normal((4, size))
    hours = given.hours_median * of_type("hours_factor") * faster * np.exp(given.hours_log_sd * chance[0])
    total = np.clip(3600 * hours, LEAST_SECONDS, LONGEST_FACTOR * 3600 * given.hours_median)
    logit = given.idle_logit_mean + of_type("idle_logit_shift") + given.idle_on_disengagement * takers.disengagement
    true_share = logistic(logit + given.idle_noise_sd * chance[1])
    idle = total * _logged_idle(settings, generator, true_share, school_year)
    minutes = of_type("session_minutes") * np.exp(given.session_minutes_log_sd * chance[2])
    activity = given.minutes_per_activity * of_type("minutes_per_activity_factor") * faster
    mean, weight = of_type("outside_share_mean"), given.outside_share_concentration
    return CourseTime(
        active_seconds=np.round(total - idle).astype(np.int64),
        idle_seconds=np.round(idle).astype(np.int64),
        session_seconds=60 * np.clip(minutes, 5.0, 50.0),
        outside_share=generator.beta(mean * weight, (1 - mean) * weight),
        activity_seconds=60 * activity * np.exp(given.minutes_per_activity_log_sd * chance[3]),
        true_idle_share=true_share,
    )
