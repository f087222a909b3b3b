"""The achievement panel of a study: its tables, and what could not be made."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from recredit.achievement.event_time import event_rows
from recredit.achievement.models import achievement_rows, fit_panel
from recredit.achievement.panel import Records, build_panel
from recredit.achievement.specifications import ACHIEVEMENT_SPECIFICATIONS
from recredit.estimators.analysis import read_plain
from recredit.estimators.exact import Cell, Made, exact_table

NEEDED = ("student_years", "enrollments", "sections", "terms", "marks")
TITLE = "Online credits and achievement"


def estimate_achievement(
    files: Mapping[str, Path], online_modes: Sequence[str]
) -> tuple[dict[str, pd.DataFrame], list[Made]]:
    """The tables of :mod:`recredit.achievement.specifications`.

    Parameters
    ----------
    files : Parquet file of each coded table that the study has.
    online_modes : modes of a section that count as online.
    """
    missing = [name for name in NEEDED if name not in files]
    if missing:
        reason = f"the study has no table {' and no table '.join(missing)}"
        return _tables([], []), [Made("achievement", TITLE, reason)]
    read = {name: read_plain(files[name]) for name in NEEDED}
    tests = read_plain(files["tests"]) if "tests" in files else None
    panel = build_panel(Records(**read, tests=tests), tuple(online_modes))
    if not (panel["online_share"] > 0).any():
        return _tables([], []), [Made("achievement", TITLE, "no credits attempted in an online course are on file")]
    fits, made = fit_panel(panel)
    events, made_events = event_rows(panel)
    return _tables(list(achievement_rows(fits)), events), [*made, *made_events]


def _tables(achievement: list[dict[str, Cell]], events: list[dict[str, Cell]]) -> dict[str, pd.DataFrame]:
    rows = {"achievement": achievement, "event_time": events}
    return {name: exact_table(rows[name], one) for name, one in ACHIEVEMENT_SPECIFICATIONS.items()}
