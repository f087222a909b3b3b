"""The parts of a population that a model is fitted in: definitions of idle time, and groups of enrollments."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from recredit.estimators.analysis import definitions
from recredit.estimators.associations import Model
from recredit.estimators.variables import VARIABLES, value_label

EVERYBODY = "All"
_FROM_CLICKS = ("idle_share", "active_hours", "idle_hours")


@dataclass(frozen=True)
class Part:
    """Enrollments that one fit of a model is about.

    Attributes
    ----------
    group : in words. by, value : the column and category behind it; "" for everybody.
    definition : of idle time, "" where the model does not touch it.
    """

    group: str
    by: str
    value: str
    definition: str
    frame: pd.DataFrame


def parts(frame: pd.DataFrame, model: Model, from_clicks: str) -> Iterator[Part]:
    """Everybody under each definition of idle time, then each group that the model names.

    Parameters
    ----------
    from_clicks : the definition of idle time computed from clicks, where it stands beside the vendor's.
    """
    for definition, own in under_definitions(frame, model.columns, from_clicks):
        yield Part(EVERYBODY, "", "", definition, own)
        for by in model.by:
            for value, group in own[own[by].notna()].groupby(by, sort=True):
                words = value_label(value, {})
                yield Part(f"{VARIABLES[by].label}: {words}", by, words, definition, group)


def under_definitions(frame: pd.DataFrame, names: tuple[str, ...], from_clicks: str) -> list[tuple[str, pd.DataFrame]]:
    """As :func:`recredit.estimators.analysis.definitions`, with idle time from clicks where a study has both."""
    found = definitions(frame, names)
    beside = "idle_share_from_clicks"
    if "idle_share" not in names or beside not in frame or frame[beside].isna().all():
        return found
    own = {name: frame[f"{name}_from_clicks"] for name in _FROM_CLICKS}
    return [*found, (from_clicks, frame.assign(**own, idle_definition=from_clicks))]
