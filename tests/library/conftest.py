"""Randomised data for the tests of the regressions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """A small study: blocks inside schools, years across them; the arm works, and takes effect through take-up."""

    y: Floats
    X: Floats
    school: Integers
    block: Integers
    year: Integers
    weights: Floats
    take_up: Floats
    arm: Floats

    @property
    def blocks(self) -> Floats:
        """A column for each block."""
        return dummies(self.block)

    @property
    def years(self) -> Floats:
        """A column for each year but the first: the first is in the space of the blocks and the others."""
        return dummies(self.year)[:, 1:]


def dummies(codes: Integers) -> Floats:
    """A column of zeros and ones for each level."""
    return (codes[:, None] == np.unique(codes)).astype(np.float64)


def make_case(seed: int, schools: int = 9, students: int = 260) -> Case:
    """A study drawn from ``seed``; schools are uneven."""
    random = np.random.default_rng(seed)
    share = random.dirichlet(np.full(schools, 3.0))
    school = np.concatenate([np.repeat(np.arange(schools), 8), random.choice(schools, students - 8 * schools, p=share)])
    block, year = 2 * school + random.integers(0, 2, students), random.integers(0, 4, students)
    arm = random.integers(0, 2, students).astype(np.float64)
    x = random.standard_normal((students, 2)) + 0.3 * school[:, None]
    taste = random.standard_normal(students)
    take_up = (arm + 0.5 * taste + random.standard_normal(students) > 0.5).astype(np.float64)
    shock = random.standard_normal(schools)[school] * (0.5 + arm)
    y = 0.4 * take_up + x @ [0.5, -0.2] + 0.2 * year + shock + taste + random.standard_normal(students)
    weights = random.uniform(0.3, 3.0, students)
    return Case(y, np.column_stack([arm, x]), school, block, year, weights, take_up, arm)


@pytest.fixture
def case() -> Callable[..., Case]:
    """Makes randomised studies."""
    return make_case
