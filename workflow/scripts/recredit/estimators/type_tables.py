"""Tables of types of user, of efficiency by school year, and of what hangs on the definition of idle time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recredit.disclosure.specification import TableSpecification
from recredit.estimators.descriptive import Rows, behind, mean_cells, percent_cells
from recredit.estimators.exact import Cell, Made, exact_table
from recredit.estimators.type_layouts import ALL, described, log_base
from recredit.estimators.type_outcomes import Resampling, types_outcomes
from recredit.estimators.type_specifications import BY_TYPE, BY_YEAR
from recredit.estimators.variables import value_label
from recredit.measures.typology.find import agreement_in_part
from recredit.seeds import derive_seed

LOW_GRADE_LEVELS = (9, 10)
MOST_SCHOOLS_IN_HALF = 2
WHY_NOT = {
    "type_ratings": "no rating of a student with a type is on file",
    "idle_thresholds": "the study has no table events",
    "idle_agreement": "the study has not both sessions and events",
    "efficiency_by_year": "nobody is in the log",
}
NO_CHOICE = "the study asks for no types of user (typology.types), or the log is too small for them"


@dataclass(frozen=True)
class Described:
    """The tables with their specifications, the rows that they count, and the list of what was made."""

    tables: Mapping[str, pd.DataFrame]
    specifications: Mapping[str, TableSpecification]
    base: pd.DataFrame
    made: list[Made]


def describe_types(
    frame: pd.DataFrame,
    ratings: pd.DataFrame,
    fits: pd.DataFrame,
    thresholds: Sequence[float],
    resampling: Resampling,
    minimum_minutes: float,
) -> Described:
    """Every table of types, of efficiency and of idle thresholds.

    Parameters
    ----------
    frame, ratings : see :func:`recredit.estimators.log_frame.read_log`; with the columns ``idle_over_<place>`` of idle
        hours under each of ``thresholds`` (minutes) where the study has clicks.
    fits : the numbers of types compared (:mod:`recredit.measures.typology.find`).
    """
    frame = _with_validation(frame)
    enough, both = _with_enough_clicks(frame, minimum_minutes), _with_both(frame)
    rows: Mapping[str, Rows] = {
        "engagement_types": _by_type(frame),
        "type_ratings": _ratings(ratings),
        "type_selection": _selection(fits),
        "type_stability": _stability(frame, resampling.seed),
        "efficiency_by_year": _by_year(frame),
        "idle_thresholds": _thresholds(enough, thresholds),
        "idle_agreement": _agreement(both),
        "types_outcomes": types_outcomes(frame, resampling),
    }
    specifications = described(frame, ratings)
    made = [
        Made(one.name, one.title, "" if rows[one.name] else WHY_NOT.get(one.name, NO_CHOICE))
        for one in specifications.values()
    ]
    tables = {name: exact_table(rows[name], one) for name, one in specifications.items()}
    return Described(tables, specifications, log_base(frame, ratings, enough, both), made)


def _with_validation(frame: pd.DataFrame) -> pd.DataFrame:
    """The log with what validates the types: a low grade level, and a math course."""
    low = frame["grade_level"].isin(LOW_GRADE_LEVELS).astype("float64")
    math = (frame["subject"] == "math").astype("float64")
    return frame.assign(
        low_grade_level=low.where(frame["grade_level"].notna()), math=math.where(frame["subject"].notna())
    )


def _row(
    words: Mapping[str, str], own: pd.DataFrame, means: Mapping[str, tuple[str, float]], shares: Sequence[str] = ()
) -> dict[str, Cell]:
    """A row of a table: labels, the means and shares of the enrollments ``own``, and whom these stand on.

    Parameters
    ----------
    means : by name in the table, the column and what its values are multiplied by. shares : yes/no columns.
    """
    figures = [mean_cells(own, name, column, factor) for name, (column, factor) in means.items()]
    figures += [percent_cells(own, name, name) for name in shares]
    return {**words, **{key: value for part in figures for key, value in part.items()}, **behind(own)}


def _alike(factors: Mapping[str, float]) -> dict[str, tuple[str, float]]:
    """Means that are called as their columns are."""
    return {name: (name, factor) for name, factor in factors.items()}


def _by_type(frame: pd.DataFrame) -> Rows:
    return [
        _row({"type": str(kind), "idle_definition": str(definition)}, own, _alike(BY_TYPE), ("low_grade_level", "math"))
        for (kind, definition), own in frame[frame["type"].notna()].groupby(["type", "idle_definition"], sort=True)
    ]


def _ratings(ratings: pd.DataFrame) -> Rows:
    return [
        _row({"type": str(kind), "item": value_label(item, {})}, own, {"rating": ("rating", 1.0)})
        for (item, kind), own in ratings[ratings["type"].notna()].groupby(["item", "type"], sort=True)
    ]


def _selection(fits: pd.DataFrame) -> Rows:
    return [
        {
            "types": f"{row['types']:.0f}",
            "chosen": "yes" if row["chosen"] else "no",
            "bic": f"{row['bic']:.0f}",
            "likelihood_ratio_p": _shown(row["likelihood_ratio_p"]),
            "entropy": _shown(row["entropy"] if row["types"] > 1 else np.nan),
            "smallest_share": f"{100 * row['smallest_share']:.0f}",
            "agreement": _shown(row["agreement"]),
            "verdict": ("separable" if row["separable"] else "not separable") if row["types"] > 1 else "no types",
        }
        for row in fits.to_dict("records")
    ]


def _shown(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.2f}"


def _stability(frame: pd.DataFrame, seed: int) -> Rows:
    if frame["type"].nunique() < 2:
        return []
    parts = {f"school year {year:.0f}": frame["school_year"] == year for year in sorted(frame["school_year"].unique())}
    schools = pd.Series(pd.factorize(frame["school_id"])[0], index=frame.index)
    parts |= {f"half of the schools, part {half + 1}": schools % MOST_SCHOOLS_IN_HALF == half for half in (0, 1)}
    found = {}
    for name, chosen in parts.items():
        own = frame[chosen].reset_index(drop=True)
        found[name] = agreement_in_part(own, own["type"], derive_seed(seed, "stability of types", name))
    return [{"part": name, "agreement": _shown(value)} for name, value in found.items()]


def _by_year(frame: pd.DataFrame) -> Rows:
    rows: Rows = []
    kinds = [ALL, *sorted(frame["type"].dropna().unique())]
    for (year, definition), part in frame.groupby(["school_year", "idle_definition"], sort=True):
        for kind in kinds:
            own = part if kind == ALL else part[part["type"] == kind]
            if not len(own):
                continue
            words = {"school_year": f"{year:.0f}", "type": kind, "idle_definition": str(definition)}
            rows.append(_row(words, own, _alike(BY_YEAR)))
    return rows


def _with_enough_clicks(frame: pd.DataFrame, minimum_minutes: float) -> pd.DataFrame | None:
    """The enrollments with clicks of at least the minimum; None where the study has no clicks."""
    if "click_hours" not in frame:
        return None
    return frame[(frame["click_hours"] >= minimum_minutes / 60) & (frame["click_hours"] > 0)]


def _thresholds(enough: pd.DataFrame | None, thresholds: Sequence[float]) -> Rows:
    if enough is None or not len(enough):
        return []
    rows: Rows = []
    for place, minutes in enumerate(thresholds, 1):
        own = enough.assign(share=enough[f"idle_over_{place}"] / enough["click_hours"])
        rows.append(_row({"threshold": f"{minutes:g} minutes"}, own, {"idle_share": ("share", 100.0)}))
    return rows


def _with_both(frame: pd.DataFrame) -> pd.DataFrame | None:
    """The enrollments with an idle share by the vendor and one from clicks; None where the study has not both."""
    if "idle_share_from_clicks" not in frame:
        return None
    return frame[frame["idle_share"].notna() & frame["idle_share_from_clicks"].notna()]


def _agreement(both: pd.DataFrame | None) -> Rows:
    if both is None:
        return []
    own = both.assign(difference=both["idle_share_from_clicks"] - both["idle_share"])
    own = own.assign(distance=own["difference"].abs())
    columns = {"vendor": "idle_share", "clicks": "idle_share_from_clicks"} | {
        one: one for one in ("difference", "distance")
    }
    means = {name: (column, 100.0) for name, column in columns.items()}
    return [
        _row({"idle_definition": str(definition)}, part, means)
        for definition, part in own.groupby("idle_definition", sort=True)
    ]
