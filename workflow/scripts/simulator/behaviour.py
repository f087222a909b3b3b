"""What a student does in the platform over a whole course: total time, and how much of it is idle."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from simulator.numbers import Floats, Integers, logistic
from simulator.settings import DistrictSettings

LEAST_SECONDS = 7200.0


@dataclass(frozen=True)
class CourseTime:
    """(n,) arrays over students and their course.

    Seconds active and idle in all, mean seconds of a session, expected share of sessions outside the school day.
    """

    active_seconds: Integers
    idle_seconds: Integers
    session_seconds: Floats
    outside_share: Floats

    @property
    def idle_share(self) -> Floats:
        """(n,) idle seconds over all seconds: a ratio of sums, as it can be recovered from the log."""
        return self.idle_seconds / (self.active_seconds + self.idle_seconds)


def draw_course_time(
    settings: DistrictSettings, generator: Generator, disengagement: Floats, cohort: Integers
) -> CourseTime:
    """Time each student spends, or would spend, in the platform.

    Parameters
    ----------
    disengagement : (n,) latent disengagement; it raises the idle share.
    cohort : (n,) position of the cohort; later ones use their time better.
    """
    given = settings.behaviour
    size = len(disengagement)
    hours = given.hours_median * np.exp(given.hours_log_sd * generator.standard_normal(size))
    # Four times the median fills the hours of five weeks; two hours are enough for an idle share to mean something.
    total = np.clip(3600 * hours, LEAST_SECONDS, 4 * 3600 * given.hours_median)
    logit = given.idle_logit_mean + given.idle_on_disengagement * disengagement + given.idle_change_per_year * cohort
    idle = total * logistic(logit + given.idle_noise_sd * generator.standard_normal(size))
    mean, weight = given.outside_share_mean, given.outside_share_concentration
    shortest, longest = 60 * given.session_minutes_shortest, 60 * given.session_minutes_longest
    return CourseTime(
        active_seconds=np.round(total - idle).astype(np.int64),
        idle_seconds=np.round(idle).astype(np.int64),
        session_seconds=generator.uniform(shortest, longest, size),
        outside_share=generator.beta(mean * weight, (1 - mean) * weight, size),
    )
