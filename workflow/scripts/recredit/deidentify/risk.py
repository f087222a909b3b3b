"""How alike the students of a coded table are: k-anonymity, l-diversity and t-closeness over its quasi-identifiers.

Sources: Samarati and Sweeney (1998) for k; Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam (2007), "l-diversity",
ACM TKDD 1(1), for distinct and entropy l; Li, Li and Venkatasubramanian (2007), "t-closeness", ICDE, for t: the earth
mover's distance with the ordered distance for numbers and the equal distance (total variation) for categories.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
# Classes that are looked at together; bounds the memory whatever the number of values.
CLASSES_AT_ONCE = 2000


@dataclass(frozen=True)
class Diversity:
    """The least diverse class of a sensitive column.

    Attributes
    ----------
    distinct : smallest number of different values in a class (a missing value counts as one).
    entropy : smallest exp(entropy) of a class, so that a class of `l` equally frequent values has `l`.
    closeness : largest distance, 0 to 1, between the values of a class and those of the whole table.
    same_value : (classes,) whether all rows of the class have one value.
    """

    distinct: int
    entropy: float
    closeness: float
    same_value: NDArray[np.bool_]


@dataclass(frozen=True)
class Risk:
    """What the quasi-identifiers of one table tell about the students in it.

    Attributes
    ----------
    quasi : names of the quasi-identifiers.
    classes : (rows,) number of the class of rows that agree in all of them; missing agrees with missing.
    sizes : (classes,) different students in each class.
    sensitive : diversity by sensitive column.
    """

    quasi: tuple[str, ...]
    classes: Integers
    sizes: Integers
    sensitive: Mapping[str, Diversity]

    @property
    def smallest(self) -> int:
        """k: the students in the smallest class (0 for a table without rows)."""
        return int(self.sizes.min()) if len(self.sizes) else 0

    def rare(self, minimum: int) -> NDArray[np.bool_]:
        """(rows,) whether the row's class holds fewer than `minimum` students."""
        return np.asarray(self.sizes[self.classes] < minimum)


def measure_risk(
    table: pd.DataFrame, person: str, quasi: Sequence[str], sensitive: Sequence[str], ordered: Sequence[str] = ()
) -> Risk:
    """k, l and t of `table`.

    Parameters
    ----------
    person : column with the study code of the student; a student's rows count once for k.
    ordered : those of `sensitive` whose values are numbers on a scale.
    """
    classes = class_numbers(table, quasi)
    count = int(classes.max()) + 1 if len(classes) else 0
    pairs = np.unique(np.column_stack([classes, pd.factorize(table[person])[0]]), axis=0)
    sizes = np.bincount(pairs[:, 0], minlength=count).astype(np.int64)
    found = {name: diversity(classes, table[name], ordered=name in ordered) for name in sensitive}
    return Risk(tuple(quasi), classes, sizes, found)


def class_numbers(table: pd.DataFrame, columns: Sequence[str]) -> Integers:
    """(rows,) numbers from 0 on, equal for rows that agree in all of `columns`."""
    if not len(table) or not columns:
        return np.zeros(len(table), dtype=np.int64)
    codes = np.column_stack([pd.factorize(table[name])[0] for name in columns])
    return np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def diversity(classes: Integers, values: pd.Series, *, ordered: bool) -> Diversity:
    """l and t of one sensitive column over `classes`, (rows,)."""
    codes, levels = pd.factorize(values, sort=True)
    codes = np.where(codes < 0, len(levels), codes)
    count, width = (int(classes.max()) + 1 if len(classes) else 0), len(levels) + 1
    if not count:
        return Diversity(0, 0.0, 0.0, np.zeros(0, dtype=bool))
    whole = np.bincount(codes, minlength=width) / len(codes)
    parts = [
        _of_classes(classes, codes, (start, min(start + CLASSES_AT_ONCE, count)), whole, ordered=ordered)
        for start in range(0, count, CLASSES_AT_ONCE)
    ]
    distinct, entropy, distance = (np.concatenate([part[place] for part in parts]) for place in range(3))
    return Diversity(int(distinct.min()), float(np.exp(entropy.min())), float(distance.max()), distinct == 1)


def _of_classes(
    classes: Integers, codes: Integers, span: tuple[int, int], whole: Floats, *, ordered: bool
) -> tuple[Integers, Floats, Floats]:
    """Distinct values, entropy and distance to `whole`, (values,), of the classes in `span`."""
    inside = (classes >= span[0]) & (classes < span[1])
    cells = (classes[inside] - span[0]) * len(whole) + codes[inside]
    counts = np.bincount(cells, minlength=(span[1] - span[0]) * len(whole)).reshape(-1, len(whole))
    shares = counts / counts.sum(axis=1, keepdims=True)
    logarithms = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    distance = ordered_distance(shares, whole) if ordered else equal_distance(shares, whole)
    return np.count_nonzero(counts, axis=1).astype(np.int64), -(shares * logarithms).sum(axis=1), distance


def equal_distance(shares: Floats, whole: Floats) -> Floats:
    """Earth mover's distance between categories that are all equally far apart: the total variation.

    Parameters
    ----------
    shares : (classes, values), each row summing to 1. whole : (values,).
    """
    return np.asarray(np.abs(shares - whole).sum(axis=1) / 2)


def ordered_distance(shares: Floats, whole: Floats) -> Floats:
    """Earth mover's distance between ordered values, each one step from the next (Li et al. 2007, section 5.1).

    A value that no row has is no step. The last place is that of missing values; where there are none it is left out.
    """
    present = whole > 0
    differences = (shares - whole)[:, present]
    steps = max(int(present.sum()) - 1, 1)
    return np.asarray(np.abs(np.cumsum(differences, axis=1)).sum(axis=1) / steps)
