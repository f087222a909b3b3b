"""The lottery in a block, and what the students did with its result: leaving, staying away, crossing over."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from simulator.numbers import Booleans, Floats, logistic
from simulator.settings import DistrictSettings


@dataclass(frozen=True)
class Chances:
    """(n,) uniform numbers that decide what a student does, whatever the lottery says."""

    leave: Floats
    stay_away: Floats
    cross: Floats


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


def hold_lottery(settings: DistrictSettings, generator: Generator, size: int, only: int = -1) -> Booleans:
    """(size,) who is assigned to online: a fixed number in the block, each arm with a student where there are two.

    With ``only`` 0 or 1 all are assigned to teacher-directed or all to online.
    """
    given = settings.lottery
    share = generator.uniform(given.online_share_lowest, given.online_share_highest)
    order = generator.permutation(size)
    if only >= 0:
        return np.full(size, only == 1, dtype=np.bool_)
    online = int(np.clip(round(share * size), min(1, size - 1), max(size - 1, 0)))
    assigned = np.zeros(size, dtype=np.bool_)
    assigned[order[:online]] = True
    return assigned


def draw_chances(generator: Generator, size: int) -> Chances:
    """Chances of ``size`` students."""
    leave, stay_away, cross = generator.random((3, size))
    return Chances(leave, stay_away, cross)


def _share(base: Floats | float, slope: float, disengagement: Floats) -> Floats:
    """(n,) chance whose logit rises with disengagement; ``base`` is that of a student of average disengagement."""
    base = np.clip(base, 1e-12, 1 - 1e-12)
    return logistic(np.log(base / (1 - base)) + slope * disengagement)


def take_up(settings: DistrictSettings, chances: Chances, assigned_online: Booleans, disengagement: Floats) -> TakeUp:
    """What became of each assignment; the more disengaged leave and stay away more often.

    The same chances under another assignment tell what the same students would have done.
    """
    given = settings.lottery
    leaves = np.where(assigned_online, given.left_share_online, given.left_share_teacher_directed)
    left = chances.leave < _share(leaves, given.left_on_disengagement, disengagement)
    no_show = chances.stay_away < _share(given.no_show_share, given.no_show_on_disengagement, disengagement)
    crossing = np.where(assigned_online, given.crossover_share_online, given.crossover_share_teacher_directed)
    crosses = (chances.cross < crossing) & ~left & ~no_show
    return TakeUp(assigned_online, left, no_show & ~left, assigned_online ^ crosses)
