"""What students are sorted by: measures of a course, on scales on which types differ about normally."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recredit.measures.typology.mixture import Floats

# The logit of a share needs it inside 0 and 1: beyond a thousandth there is nothing left to tell apart.
NEAREST_TO_ONE = 0.001
INPUTS = ("idle_share", "sessions", "activities_per_day", "minutes_per_session", "share_outside_school_day")


@dataclass(frozen=True)
class Inputs:
    """Standardised inputs.

    Attributes
    ----------
    names : the inputs that the study has, among :data:`INPUTS`.
    rows : (n, d) z-scores; idle time is standardised inside its definition, since two are never pooled.
    places : (n,) positions of the rows in the table they came from; in an order by content, whatever the codes.
    """

    names: tuple[str, ...]
    rows: Floats
    places: np.ndarray[tuple[int], np.dtype[np.int64]]


def make_inputs(online: pd.DataFrame) -> Inputs:
    """The inputs of enrollments with all of them.

    Parameters
    ----------
    online : measures of the enrollments in the log (:mod:`recredit.measures.definitions`), plain numbers.

    Notes
    -----
    Logit of the idle share, logs of sessions and of activities a day (half an activity added, so that none is not
    minus infinity), minutes a session, share of log-ins outside the school day. An input without any value, such as
    the last without a calendar, is left out.
    """
    scaled = pd.DataFrame(
        {
            "idle_share": _logit(online["idle_share"].clip(NEAREST_TO_ONE, 1 - NEAREST_TO_ONE)),
            "sessions": np.log(online["sessions"].where(online["sessions"] > 0)),
            "activities_per_day": np.log((online["activities"] + 0.5) / online["days"].where(online["days"] > 0)),
            "minutes_per_session": online["minutes_per_session"],
            "share_outside_school_day": online["share_outside_school_day"],
        }
    )
    names = tuple(name for name in INPUTS if scaled[name].notna().any())
    known = np.flatnonzero(scaled[list(names)].notna().all(axis=1).to_numpy())
    own = scaled.iloc[known]
    own = own.assign(idle_share=_within(own["idle_share"], online["idle_definition"].iloc[known]))
    rows = np.column_stack([_standard(own[name].to_numpy(dtype=np.float64)) for name in names])
    order = np.lexsort(rows.T[::-1]) if len(rows) else np.zeros(0, dtype=np.int64)
    return Inputs(names, np.ascontiguousarray(rows[order]), known[order].astype(np.int64))


def _logit(share: pd.Series) -> pd.Series:
    odds: pd.Series = share / (1 - share)
    return odds.map(np.log)


def _standard(values: Floats) -> Floats:
    # Sums in an order of their own: the mean must not depend on the order of the rows, by not a bit.
    ordered = np.sort(values)
    spread = float(ordered.std()) if len(ordered) else 1.0
    return (values - ordered.mean()) / (spread if spread > 0 else 1.0) if len(ordered) else values


def _within(values: pd.Series, definition: pd.Series) -> pd.Series:
    found = values.copy()
    for name in definition.unique():
        own = (definition == name).to_numpy()
        found[own] = _standard(values[own].to_numpy(dtype=np.float64))
    return found
