"""Types of user of a study: profiles by the numbers of types, the study's choice of them, and their names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recredit.measures.typology.inputs import Inputs, make_inputs
from recredit.measures.typology.mixture import Floats, adjusted_rand, fit_profiles, follow
from recredit.measures.typology.naming import name_types
from recredit.measures.typology.selection import Candidate, compare_numbers
from recredit.seeds import derive_seed

MOST_TYPES = 6
NO_TYPES = "no separable types"
# Fewer inputs make types of one thing, and fewer enrollments types of chance.
FEWEST_INPUTS, FEWEST_ROWS = 3, 100
TYPES = {"enrollment_id": "str", "type": "str"}
FITS = {
    "types": "int64",
    "bic": "float64",
    "entropy": "float64",
    "smallest_share": "float64",
    "likelihood_ratio_p": "float64",
    "agreement": "float64",
    "separable": "bool",
    "chosen": "bool",
}


@dataclass(frozen=True)
class Choice:
    """The study's key ``typology``: the number of types, and how much is tried.

    Attributes
    ----------
    types : the number of types the study describes, or None where it asks for none.
    sample : enrollments that the numbers of types are compared on; criteria find more types the more rows there are.
    starts, bootstraps : starts of each fit, and samples behind each bootstrapped figure.
    prototypes, largest_distance : see :func:`recredit.measures.typology.naming.name_types`.
    """

    types: int | None
    sample: int
    starts: int
    bootstraps: int
    prototypes: Mapping[str, Mapping[str, float]]
    largest_distance: float
    seed: int

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], seed: int) -> "Choice":
        """The choice of the study's key ``typology``."""
        names = ("types", "sample", "starts", "bootstraps", "prototypes", "largest_distance")
        return cls(**{name: settings[name] for name in names}, seed=derive_seed(seed, "types of user"))


@dataclass(frozen=True)
class Found:
    """``types`` (enrollment_id, type, probability_1 ...: of the types in the order of their names) and ``fits``."""

    types: pd.DataFrame
    fits: pd.DataFrame


def find_types(online: pd.DataFrame, choice: Choice) -> Found:
    """Types of the enrollments in ``online`` (measures of the whole log, plain numbers).

    The profiles are chosen on a sample and then followed on all rows. Where the chosen number of types does not keep
    apart (:attr:`recredit.measures.typology.selection.Candidate.separable`), everybody is of :data:`NO_TYPES`. Without
    a choice, enough inputs or enough rows the tables are empty.
    """
    if choice.types is None:
        return _nothing()
    inputs = make_inputs(online)
    if len(inputs.names) < FEWEST_INPUTS or len(inputs.rows) < FEWEST_ROWS:
        return _nothing()
    generator = np.random.default_rng(choice.seed)
    candidates = _candidates(inputs.rows, choice, generator)
    chosen = candidates[choice.types - 1]
    codes = online["enrollment_id"].iloc[inputs.places]
    if not chosen.separable:
        types = pd.DataFrame({"enrollment_id": codes, "type": NO_TYPES, "probability_1": 1.0})
    else:
        types = _classified(inputs, codes, chosen, choice)
    return Found(types.reset_index(drop=True), _fits(candidates, choice.types))


def _candidates(rows: Floats, choice: Choice, generator: np.random.Generator) -> list[Candidate]:
    size = min(choice.sample, len(rows))
    sample = rows[np.sort(generator.choice(len(rows), size, replace=False))]
    return compare_numbers(sample, range(1, MOST_TYPES + 1), generator, choice.starts, choice.bootstraps)


def _classified(inputs: Inputs, codes: pd.Series, chosen: Candidate, choice: Choice) -> pd.DataFrame:
    profiles = follow(inputs.rows, chosen.profiles)
    names = name_types(profiles.means, inputs.names, choice.prototypes, choice.largest_distance)
    order = sorted(range(len(names)), key=lambda place: names[place])
    posteriors = profiles.posteriors(inputs.rows)[:, order]
    modal = np.array([names[place] for place in order])[posteriors.argmax(axis=1)]
    columns = {f"probability_{place + 1}": posteriors[:, place] for place in range(len(order))}
    return pd.DataFrame({"enrollment_id": codes.to_numpy(), "type": modal, **columns})


def agreement_in_part(online: pd.DataFrame, types: pd.Series, seed: int, sample: int = 2000) -> float:
    """Adjusted Rand index of ``types`` of the rows of ``online`` with those of profiles fitted to these rows alone.

    NaN where they are too few; ``types`` are names by row, missing where a row has none.
    """
    inputs = make_inputs(online)
    own = types.iloc[inputs.places]
    names = sorted(own.dropna().unique())
    if len(inputs.rows) < FEWEST_ROWS or len(names) < 2:
        return float("nan")
    generator = np.random.default_rng(seed)
    drawn = inputs.rows[np.sort(generator.choice(len(inputs.rows), min(sample, len(inputs.rows)), replace=False))]
    classes = fit_profiles(drawn, len(names), generator).posteriors(inputs.rows).argmax(axis=1)
    known = own.notna().to_numpy()
    numbers = own[known].map({name: place for place, name in enumerate(names)}).to_numpy(dtype=np.int64)
    return adjusted_rand(numbers, classes[known].astype(np.int64))


def _fits(candidates: list[Candidate], chosen: int) -> pd.DataFrame:
    rows = [
        {
            "types": one.number,
            "chosen": one.number == chosen,
            **{name: getattr(one, name) for name in FITS if name not in ("types", "chosen")},
        }
        for one in candidates
    ]
    return pd.DataFrame(rows).astype(FITS)[list(FITS)]


def _nothing() -> Found:
    return Found(
        pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in TYPES.items()}),
        pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in FITS.items()}),
    )
