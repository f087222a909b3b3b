"""Results before and after the first year with an online course, freed of who starts when (Sun & Abraham 2021)."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from recredit.achievement.models import behind
from recredit.achievement.panel import OUTCOMES
from recredit.errors import EstimationError
from recredit.estimators.arrays import Floats
from recredit.estimators.exact import Cell, Made
from recredit.estimators.linear import fit_ols
from recredit.estimators.results import LinearFit

REFERENCE = -1


def event_rows(panel: pd.DataFrame) -> tuple[list[dict[str, Cell]], list[Made]]:
    """Rows of the table `event_time`, and what could not be made."""
    rows: list[dict[str, Cell]] = []
    made: list[Made] = []
    for outcome in ("math", "reading", "credits_earned", "gpa"):
        title = f"{OUTCOMES[outcome].label} before and after the first online course"
        try:
            rows.extend(_event_rows(panel, outcome))
            made.append(Made(f"event_time_{outcome}", title))
        except EstimationError as error:
            made.append(Made(f"event_time_{outcome}", title, str(error)))
    return rows, made


def _event_rows(panel: pd.DataFrame, outcome: str) -> Iterator[dict[str, Cell]]:
    """Mean over starting years, weighted by their students, of each year's difference from the year before the start.

    Sun & Abraham (2021), J. Econometrics 225(2): 175-199: a model with a coefficient for every starting year and
    distance, students who never take a course online as the comparison, averaged by the starting years' shares.
    Students who start in the first year on file have no year before, and are left out.
    """
    known = panel.dropna(subset=[outcome, "online_share", "home_school_id"])
    if known.empty:
        raise EstimationError("no student and year has a value in every column")
    used = _with_start(known)
    cells = _cells(used)
    columns = [((used["start"] == start) & (used["distance"] == distance)).to_numpy() for start, distance in cells]
    fit = fit_ols(
        used[outcome].to_numpy(),
        np.column_stack(columns).astype(np.float64),
        cluster=used["home_school_id"].to_numpy(dtype=object),
        absorb=[used[name].to_numpy(dtype=object) for name in ("student_id", "school_year")],
        vcov="CR1",
        names=[f"{start:.0f} {distance:+.0f}" for start, distance in cells],
    )
    rows = used.iloc[fit.rows]
    for distance in sorted({distance for _, distance in cells}):
        weights = _weights(rows, cells, distance)
        cell_rows = rows[rows["distance"] == distance]
        yield {
            "outcome": OUTCOMES[outcome].label,
            "years_since_start": in_words(distance),
            "unit": OUTCOMES[outcome].unit,
            **_figures(fit, weights),
            "convention": f"{fit.convention}, by the student's first school",
            **behind(rows, outcome),
            "smallest_cell": float(cell_rows["student_id"].nunique()),
        }


def in_words(distance: float) -> str:
    """A distance from the first year with an online course: "2 years before", "first year", "1 year after"."""
    if distance == 0:
        return "first year"
    years = f"{abs(distance):.0f} year{'' if abs(distance) == 1 else 's'}"
    return f"{years} {'before' if distance < 0 else 'after'}"


def _with_start(panel: pd.DataFrame) -> pd.DataFrame:
    """Rows with the first year with an online course (missing where there is none) and the distance from it."""
    start = panel[panel["online_share"] > 0].groupby("student_id")["school_year"].min()
    first = panel.groupby("student_id")["school_year"].min()
    found = panel.assign(start=panel["student_id"].map(start), first=panel["student_id"].map(first))
    found = found[found["start"].isna() | (found["start"] > found["first"])]
    return found.assign(distance=found["school_year"] - found["start"])


def _cells(used: pd.DataFrame) -> list[tuple[float, float]]:
    treated = used[used["start"].notna() & (used["distance"] != REFERENCE)]
    if treated.empty or used["start"].isna().sum() == 0:
        raise EstimationError("no student starts after the first year on file, or none never takes a course online")
    pairs = treated[["start", "distance"]].drop_duplicates().sort_values(["distance", "start"])
    return [(float(start), float(distance)) for start, distance in pairs.itertuples(index=False)]


def _weights(rows: pd.DataFrame, cells: list[tuple[float, float]], distance: float) -> Floats:
    """Shares of the starting years among the rows at this distance, by the order of ``cells``."""
    counts = rows[rows["distance"] == distance].groupby("start").size()
    weights = np.array([float(counts.get(start, 0)) if at == distance else 0.0 for start, at in cells])
    return np.asarray(weights / weights.sum())


def _figures(fit: LinearFit, weights: Floats) -> dict[str, Cell]:
    """Figures of a weighted mean of coefficients, with the fit's own degrees of freedom."""
    used = np.flatnonzero(weights)
    estimate = float(weights[used] @ fit.estimate[used])
    std_error = float(np.sqrt(weights[used] @ fit.covariance[np.ix_(used, used)] @ weights[used]))
    df = float(np.nanmin(fit.df[used]))
    half = float(stdtrit(df, 0.975)) * std_error
    return {
        "estimate": estimate,
        "std_error": std_error,
        "df": df,
        "p_value": float(2 * stdtr(df, -abs(estimate / std_error))),
        "ci_low": estimate - half,
        "ci_high": estimate + half,
        "residual_df": float(fit.residual_df),
        "max_leverage": fit.max_leverage,
    }
