"""The four kinds of user: who is of which kind, and the disengagement and ability that go with it."""

import numpy as np
from numpy.random import Generator

from simulator.numbers import Booleans, Floats, Integers
from simulator.settings import DistrictSettings, UserTypeSettings

ROUNDS = 60


def type_values(settings: DistrictSettings, name: str, user_type: Integers) -> Floats:
    """(n,) the setting ``name`` of each student's type."""
    values = np.array([getattr(kind, name) for kind in settings.user_types.values()], dtype=np.float64)
    found: Floats = values[user_type]
    return found


def _odds(kinds: list[UserTypeSettings], low_grade: Booleans, math: Booleans) -> Floats:
    """(n, types) what grade level and math do to the odds of each type."""
    low = np.array([kind.low_grade_odds for kind in kinds])
    leaning = np.array([kind.math_odds for kind in kinds])
    found: Floats = np.where(low_grade[:, None], low, 1.0) * np.where(math[:, None], leaning, 1.0)
    return found


def base_weights(settings: DistrictSettings, low_grade_share: float) -> Floats:
    """(types,) weights before grade level and math at which the district's shares are those of the settings.

    Solved over the four cells of lower or higher grade levels and leaning to math or not.
    """
    kinds = list(settings.user_types.values())
    shares = np.array([kind.share for kind in kinds])
    leaning = settings.students_are.math_leaning_share
    cells = np.array([[low, math] for low in (True, False) for math in (True, False)])
    weight = np.where(cells[:, 0], low_grade_share, 1 - low_grade_share) * np.where(cells[:, 1], leaning, 1 - leaning)
    odds = _odds(kinds, cells[:, 0], cells[:, 1])
    base = shares.copy()
    for _ in range(ROUNDS):
        chance = base * odds
        chance /= chance.sum(axis=1, keepdims=True)
        base = base * shares / (weight @ chance)
        base /= base.sum()
    found: Floats = base
    return found


def draw_types(
    settings: DistrictSettings, generator: Generator, base: Floats, low_grade: Booleans, math: Booleans
) -> Integers:
    """(n,) position of each student's type among the settings' types."""
    chance = base * _odds(list(settings.user_types.values()), low_grade, math)
    borders = np.cumsum(chance / chance.sum(axis=1, keepdims=True), axis=1)
    drawn = generator.random(len(low_grade))[:, None]
    found: Integers = np.minimum((drawn >= borders).sum(axis=1), len(base) - 1).astype(np.int64)
    return found


def draw_traits(settings: DistrictSettings, generator: Generator, user_type: Integers) -> tuple[Floats, Floats]:
    """(n,) latent disengagement and ability of students of these types."""
    within = settings.behaviour.disengagement_within_sd
    mean = type_values(settings, "disengagement_mean", user_type)
    chance, other = generator.standard_normal((2, len(user_type)))
    disengagement = mean + within * chance
    link = settings.students_are.ability_on_disengagement
    ability = link * disengagement + np.sqrt(1 - link**2) * other
    return disengagement, ability + type_values(settings, "ability_shift", user_type)
