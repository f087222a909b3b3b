"""The disclosure rules of a release as numbers. A study may make them stricter; below the defaults they are refused."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from recredit.errors import DisclosureError

# Default minima for schools in the United States (34 CFR 99.31(b) asks for a judgement; 10 is the usual one).
LEAST_MINIMUM_GROUP = 10
LEAST_MINIMUM_UNITS = 3
LEAST_ROUNDING = 10
MOST_DOMINANCE_PERCENT = 90
LEAST_P_PERCENT = 10
MINIMUM_RESIDUAL_DF = 10
MAXIMUM_LEVERAGE = 0.5
MAXIMUM_DIMENSIONS = 3
MAXIMUM_SHARE_LOST = 0.4

MARK = "†"
NOT_OFFERED = "not offered"
# The end of messages about a table that loses too much or cannot be protected.
WAY_OUT = "or leave the table or a column of it out (disclosure.leave_out)"
LEFT_OUT = "not released, since too much of it would have been hidden; a decision of the study (disclosure.leave_out)"
MARK_MEANING = (
    "not shown, to protect students: the figure rests on too few students, schools or teachers, "
    "or would give such a figure away"
)


@dataclass(frozen=True)
class DisclosureRules:
    """What a study's configuration decides about its release.

    Attributes
    ----------
    minimum_group : smallest number of students a figure may rest on (at least 10).
    minimum_units : smallest number of schools, and of teachers, behind a cell (at least 3).
    round_counts_to : counts are shown to the nearest multiple of this (a multiple of 10).
    dominance_percent : of a sum, the two students with most must hold less than this (at most 90).
    p_percent : whoever has second most must miss the largest part of a sum by at least this (at least 10).
    """

    minimum_group: int = LEAST_MINIMUM_GROUP
    minimum_units: int = LEAST_MINIMUM_UNITS
    round_counts_to: int = LEAST_ROUNDING
    dominance_percent: float = MOST_DOMINANCE_PERCENT
    p_percent: float = LEAST_P_PERCENT

    def __post_init__(self) -> None:
        """Refuse rules that are laxer than the defaults.

        Raises
        ------
        DisclosureError naming the key of the configuration and its smallest value.
        """
        least = {
            "minimum_group": LEAST_MINIMUM_GROUP,
            "minimum_units": LEAST_MINIMUM_UNITS,
            "round_counts_to": LEAST_ROUNDING,
            "p_percent": LEAST_P_PERCENT,
        }
        for name, smallest in least.items():
            if getattr(self, name) < smallest:
                raise DisclosureError(f"disclosure.{name} must be at least {smallest}. Raise it in study.yaml.")
        if not 0 < self.dominance_percent <= MOST_DOMINANCE_PERCENT:
            raise DisclosureError(
                f"disclosure.dominance_percent must be at most {MOST_DOMINANCE_PERCENT}. Lower it in study.yaml."
            )
        if self.round_counts_to % LEAST_ROUNDING:
            raise DisclosureError(f"disclosure.round_counts_to must be a multiple of {LEAST_ROUNDING}.")

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """The rules in the section `disclosure` of a study's settings."""
        return cls(**{each.name: settings[each.name] for each in fields(cls) if each.name in settings})
