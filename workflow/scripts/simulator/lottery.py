"""The lottery in a block, and what the students did with its result: leaving, staying away, crossing over."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from simulator.numbers import Booleans, Floats, logistic
from simulator.settings import DistrictSettings


@dataclass(frozen=True)
class TakeUp:
    """(n,) arrays over the randomised students.

    ``left`` went to another district before the term, so that no record tells whether they recovered the course;
    ``no_show`` is enrolled and never came; ``takes_online`` is the mode of the section the student is enrolled in.
    """

    assigned_online: Booleans
    left: Booleans
    no_show: Booleans
    takes_online: Booleans


def hold_lottery(settings: DistrictSettings, generator: Generator, size: int) -> Booleans:
    """(size,) who is assigned to online: a fixed number in the block, at least one student in each arm."""
    given = settings.lottery
    share = generator.uniform(given.online_share_lowest, given.online_share_highest)
    online = int(np.clip(round(share * size), 1, size - 1))
    assigned = np.zeros(size, dtype=np.bool_)
    assigned[generator.permutation(size)[:online]] = True
    return assigned


def draw_take_up(
    settings: DistrictSettings, generator: Generator, assigned_online: Booleans, disengagement: Floats
) -> TakeUp:
    """What became of each assignment; the more disengaged stay away more often."""
    given = settings.lottery
    size = len(assigned_online)
    leave, stay_away, cross = generator.random((3, size))
    left = leave < np.where(assigned_online, given.left_share_online, given.left_share_teacher_directed)
    # A logistic slope moves the mean only a little: the share is that of a student of average disengagement.
    base = np.log(given.no_show_share / (1 - given.no_show_share)) if given.no_show_share > 0 else -np.inf
    no_show = stay_away < logistic(base + given.no_show_on_disengagement * disengagement)
    share = np.where(assigned_online, given.crossover_share_online, given.crossover_share_teacher_directed)
    crosses = (cross < share) & ~left & ~no_show
    return TakeUp(assigned_online, left, no_show & ~left, assigned_online ^ crosses)
