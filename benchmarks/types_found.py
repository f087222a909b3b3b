"""How well the planted types of user are found, by share of the rarest type and by noise: a table in docs/types.md.

A small simulated district is drawn with another share of moonlighters, and with the spread of what students of one type
do multiplied; four profiles are fitted to the measures of its courses and compared with the planted types.
"""

import copy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recredit.configuration import read_yaml
from recredit.measures.typology.inputs import make_inputs
from recredit.measures.typology.mixture import adjusted_rand, fit_profiles, relative_entropy
from simulator.district import make_plan
from simulator.logs import school_sessions
from simulator.reading import read_settings
from simulator.school import draw_school
from simulator.sessions import in_school

REPOSITORY = Path(__file__).resolve().parents[1]
DISTRICT = REPOSITORY / "config" / "studies" / "demo_small" / "district.yaml"
PAGE = REPOSITORY / "docs" / "types.md"
RAREST, SEED = "moonlighter", 20260101
SHARES, NOISES = (0.18, 0.10, 0.05), (0.5, 1.0, 1.5, 2.0)
SPREADS = ("hours_log_sd", "idle_noise_sd", "session_minutes_log_sd", "minutes_per_activity_log_sd")
HEAD = """# How well the planted types of user are found

Made by `benchmarks/types_found.py`: the small simulated district with another share of its rarest type (the demo's: 18
percent of students), and with the spread inside a type multiplied (the demo's: 1). Adjusted Rand index of the four
types found with those planted; in brackets the relative entropy, which a study without a known truth can see, too.

"""


def district(share: float, noise: float) -> dict[str, Any]:
    """The small district's settings with ``share`` of the rarest type and ``noise`` times the spread."""
    settings = copy.deepcopy(read_yaml(DISTRICT))
    types = settings["user_types"]
    others = sum(kind["share"] for name, kind in types.items() if name != RAREST)
    for name, kind in types.items():
        kind["share"] = share if name == RAREST else kind["share"] * (1 - share) / others
    for name in SPREADS:
        settings["behaviour"][name] *= noise
    return settings


def log_of(settings: dict[str, Any]) -> pd.DataFrame:
    """Measures of each online course, and its student's planted type as a number."""
    plan, _ = make_plan(read_settings(settings), SEED)
    parts = []
    for school in range(plan.settings.schools):
        record = draw_school(plan, school)
        found = school_sessions(plan.settings, plan.streams.generator("sessions", school), record)
        for place, one in found.by_term.items():
            term = plan.settings.terms[place]
            columns = {"taking": one.taking, "day": one.started // 86400, "active": one.active_seconds}
            columns |= {"idle": one.idle_seconds, "activities": one.activities}
            by = pd.DataFrame({**columns, "outside": ~in_school(term, one.started)}).groupby("taking")
            sums = by[["active", "idle", "activities"]].sum()
            sums["sessions"], sums["days"] = by.size(), by["day"].nunique()
            sums["share_outside_school_day"] = by["outside"].mean()
            sums["kind"] = record.takers.user_type[sums.index.to_numpy()]
            later = term.school_year >= plan.settings.behaviour.idle_rule_changed
            parts.append(sums.assign(idle_definition="after" if later else "before"))
    log = pd.concat(parts, ignore_index=True)
    total = log["active"] + log["idle"]
    return log.assign(idle_share=log["idle"] / total, minutes_per_session=total / log["sessions"] / 60)


def cell(share: float, noise: float) -> str:
    log = log_of(district(share, noise))
    inputs = make_inputs(log)
    posteriors = fit_profiles(inputs.rows, 4, np.random.default_rng(SEED)).posteriors(inputs.rows)
    true = log["kind"].to_numpy()[inputs.places]
    return f"{adjusted_rand(true, posteriors.argmax(axis=1)):.2f} ({relative_entropy(posteriors):.2f})"


def main() -> int:
    lines = [["Moonlighters", *(f"spread x {noise:g}" for noise in NOISES)], ["---", *["---:"] * len(NOISES)]]
    lines += [[f"{100 * share:.0f}%", *(cell(share, noise) for noise in NOISES)] for share in SHARES]
    text = HEAD + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
