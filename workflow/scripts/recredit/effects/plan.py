"""What a study decided before its results were seen, as far as the effects need it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from recredit.errors import ConfigurationError
from recredit.estimators.variables import CODES, VARIABLES

GOVERNING = {"CR2": "p_value", "wild": "p_value_wild", "permutation": "p_value_permutation"}


@dataclass(frozen=True)
class Plan:
    """Keys of plan.yaml; see plan.schema.yaml.

    Attributes
    ----------
    confirmatory : contrasts whose p decides; the others are exploratory.
    governing_p : "CR2", "wild" or "permutation".
    baseline, subgroups : columns of the analysis table.
    """

    confirmatory: tuple[str, ...] = ()
    governing_p: str = "CR2"
    significance_level: float = 0.05
    attrition_boundary: str = "cautious"
    baseline: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()
    districts: int = 1

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """The plan of a study's settings.

        Raises
        ------
        ConfigurationError for a column that is not in the analysis table, or cannot be a characteristic.
        """
        plan = cls(
            confirmatory=tuple(settings["confirmatory"]),
            governing_p=settings["governing_p"],
            significance_level=float(settings["significance_level"]),
            attrition_boundary=settings["attrition_boundary"],
            baseline=tuple(settings["baseline"]),
            subgroups=tuple(settings["subgroups"]),
            districts=int(settings["districts"]),
        )
        for key in ("baseline", "subgroups"):
            for name in getattr(plan, key):
                _check(key, name)
        return plan

    def status(self, contrast: str) -> str:
        """Whether a contrast was declared before."""
        return "confirmatory" if contrast in self.confirmatory else "exploratory"

    def governing(self, randomised: bool) -> str:
        """The p that decides: no lottery can be drawn anew where there was none, and CR2 decides there."""
        return self.governing_p if randomised or self.governing_p != "permutation" else "CR2"


def _check(key: str, name: str) -> None:
    if name in CODES or name not in VARIABLES or VARIABLES[name].kind == "category":
        fit = [known for known, variable in VARIABLES.items() if variable.kind != "category"]
        raise ConfigurationError(
            f"plan.yaml: {key}: '{name}' is no number or yes/no column of the analysis table. Those are: "
            f"{', '.join(fit)}."
        )
