"""Names for types: the best assignment to prototypes that the configuration keeps, or none."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from recredit.measures.typology.mixture import Floats

UNNAMED = "unnamed type"


def name_types(
    means: Floats, inputs: Sequence[str], prototypes: Mapping[str, Mapping[str, float]], largest_distance: float
) -> tuple[str, ...]:
    """A name for each type.

    Parameters
    ----------
    means : (k, d) means of the types, in standard deviations of all students.
    prototypes : by name, where a type stands on the inputs that it is described by, in the same unit.
    largest_distance : root mean square distance over those inputs beyond which a type stays unnamed.

    Notes
    -----
    The assignment has the smallest sum of squared distances (Kuhn-Munkres). Types beyond the distance, and those that
    are more than there are prototypes, are numbered in the order of the means.
    """
    names = list(prototypes)
    distance = np.array([[_distance(mean, inputs, prototypes[name]) for name in names] for mean in means])
    rows, columns = linear_sum_assignment(distance.reshape(len(means), len(names)) ** 2)
    found = {
        int(row): names[column]
        for row, column in zip(rows, columns, strict=True)
        if distance[row, column] <= largest_distance
    }
    without = [place for place in range(len(means)) if place not in found]
    return tuple(found.get(place) or f"{UNNAMED} {without.index(place) + 1}" for place in range(len(means)))


def _distance(mean: Floats, inputs: Sequence[str], prototype: Mapping[str, float]) -> float:
    gaps = [mean[place] - prototype[name] for place, name in enumerate(inputs) if name in prototype]
    return float(np.sqrt(np.mean(np.square(gaps)))) if gaps else float("inf")
