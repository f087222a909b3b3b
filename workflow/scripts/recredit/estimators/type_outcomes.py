"""Grades, completion and passing by type of user, three-step corrected, with idle time inside a type beside."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from recredit.estimators.descriptive import Rows, behind
from recredit.estimators.three_step import bch_means, bch_weights, clustered_errors, one_step
from recredit.measures.typology.find import NO_TYPES
from recredit.seeds import derive_seed

OUTCOMES = (("Final grade", "percent", 1.0, "points of 100"), ("Course completed", "completed", 100.0, "percent"),
            ("Course passed", "passed", 100.0, "percent"))  # fmt: skip
THREE_STEP = "three steps, corrected for wrong classes (BCH)"
ONE_STEP = "one step: difference per 10 percentage points of idle share inside the type"
FEWEST_SCHOOLS = 3


@dataclass(frozen=True)
class Resampling:
    """Draws of schools behind a standard error, and the study's seed."""

    draws: int
    seed: int


def _posteriors(frame: pd.DataFrame) -> list[str]:
    return sorted(str(name) for name in frame if str(name).startswith("probability_"))


def with_outcome(frame: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """The enrollments of ``frame`` that have a type and a known ``outcome``."""
    known = frame[[*_posteriors(frame), outcome, "idle_share", "school_id"]].notna().all(axis=1)
    return frame[known & frame["type"].notna() & (frame["type"] != NO_TYPES)]


def types_outcomes(frame: pd.DataFrame, resampling: Resampling) -> Rows:
    """Rows of the table ``types_outcomes``; none without types or with too few schools to resample."""
    columns = _posteriors(frame)
    rows: Rows = []
    for title, outcome, factor, unit in OUTCOMES:
        own = with_outcome(frame, outcome)
        if len(columns) < 2 or own["school_id"].nunique() < FEWEST_SCHOOLS or own["type"].nunique() < len(columns):
            continue
        names = sorted(own["type"].unique())
        values = own[outcome].to_numpy() * factor
        rows += _rows(own, values, columns, names, {"outcome": title, "unit": unit}, resampling)
    return rows


def _rows(
    own: pd.DataFrame, values: np.ndarray, columns: list[str], names: list[str], words: dict[str, str],
    resampling: Resampling,
) -> Rows:  # fmt: skip
    # Idle time is told apart inside its definition: a level that only the vendor's rule explains must not count.
    idle = 10 * (own["idle_share"] - own.groupby("idle_definition")["idle_share"].transform("mean")).to_numpy()
    posteriors = own[columns].to_numpy()
    # Schools in the order in which they first come up in the content, not in that of their codes.
    cluster = pd.factorize(own["school_id"])[0].astype(np.int64)
    generator = np.random.default_rng(derive_seed(resampling.seed, "types_outcomes", words["outcome"]))
    errors = clustered_errors(values, idle, posteriors, cluster, generator, resampling.draws)
    fitted = bch_means(values, posteriors), one_step(values, idle, posteriors).slopes
    leverage = np.abs(bch_weights(posteriors)).max(axis=0) / np.abs(bch_weights(posteriors)).sum(axis=0)
    df = float(cluster.max())
    rows: Rows = []
    for method, estimates, std_errors in zip((THREE_STEP, ONE_STEP), fitted, errors, strict=True):
        for place, name in enumerate(names):
            if not std_errors[place] > 0:
                # Without a spread between resampled schools there is nothing to say how sure the figure is.
                continue
            part = own[own["type"] == name]
            half = float(stats.t.ppf(0.975, df) * std_errors[place])
            rows.append(
                {
                    **words,
                    "type": name,
                    "method": method,
                    "estimate": float(estimates[place]),
                    "ci_low": float(estimates[place]) - half,
                    "ci_high": float(estimates[place]) + half,
                    "std_error": float(std_errors[place]),
                    "residual_df": df,
                    "smallest_cell": float(part["student_id"].nunique()),
                    "max_leverage": float(leverage[place]),
                    "sd": float(values[(own["type"] == name).to_numpy()].std(ddof=1)),
                    **behind(part),
                }
            )
    return rows
