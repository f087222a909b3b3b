"""Types of user: the simulated district's true types, the same types in any order, and none where none were planted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from recredit.configuration import read_yaml
from recredit.measures.typology.find import NO_TYPES, Choice, find_types
from recredit.measures.typology.inputs import make_inputs
from recredit.measures.typology.mixture import adjusted_rand, fit_profiles, relative_entropy
from recredit.measures.typology.naming import UNNAMED, name_types
from simulator.district import make_plan
from simulator.logs import school_sessions
from simulator.reading import read_settings
from simulator.school import draw_school
from simulator.sessions import in_school
from simulator.settings import DistrictSettings

SEED = 20260101
WORDS = {
    "engaged users": "engaged_user",
    "moonlighters": "moonlighter",
    "nominal exerters": "nominal_exerter",
    "incompatible strugglers": "incompatible_struggler",
}


def choice(repository: Path, types: int | None = 4) -> Choice:
    schema = read_yaml(repository / "config" / "config.schema.yaml")["properties"]["typology"]["properties"]
    defaults = {name: entry["default"] for name, entry in schema.items()}
    return Choice.from_settings({**defaults, "types": types}, SEED)


def log_of(settings: DistrictSettings) -> pd.DataFrame:
    """Measures of each online course of a simulated district, summed with pandas, and the true type."""
    plan, _ = make_plan(settings, SEED)
    parts = []
    for school in range(plan.settings.schools):
        record = draw_school(plan, school)
        found = school_sessions(plan.settings, plan.streams.generator("sessions", school), record)
        for place, one in found.by_term.items():
            term = plan.settings.terms[place]
            log = pd.DataFrame(
                {"taking": one.taking, "day": one.started // 86400, "active": one.active_seconds,
                 "idle": one.idle_seconds, "activities": one.activities, "outside": ~in_school(term, one.started)}
            )  # fmt: skip
            by = log.groupby("taking")
            sums = by.agg(sessions=("day", "size"), days=("day", "nunique"), outside=("outside", "mean"))
            sums[["active", "idle", "activities"]] = by[["active", "idle", "activities"]].sum()
            sums["kind"] = record.takers.user_type[sums.index.to_numpy()]
            sums["definition"] = "before" if term.school_year < settings.behaviour.idle_rule_changed else "after"
            parts.append(sums.assign(school=school))
    joined = pd.concat(parts, ignore_index=True)
    total = joined["active"] + joined["idle"]
    kinds = list(plan.settings.user_types)
    return pd.DataFrame(
        {
            "enrollment_id": [f"c{number:06d}" for number in range(len(joined))],
            "sessions": joined["sessions"].astype("float64"),
            "days": joined["days"].astype("float64"),
            "idle_share": joined["idle"] / total,
            "activities": joined["activities"].astype("float64"),
            "minutes_per_session": total / joined["sessions"] / 60,
            "share_outside_school_day": joined["outside"],
            "idle_definition": joined["definition"].astype("str"),
            "true_type": [kinds[place] for place in joined["kind"]],
        }
    )


@pytest.fixture(scope="module")
def settings(repository: Path) -> DistrictSettings:
    return read_settings(read_yaml(repository / "config" / "studies" / "demo_small" / "district.yaml"))


@pytest.fixture(scope="module")
def log(settings: DistrictSettings) -> pd.DataFrame:
    return log_of(settings)


def truth(log: pd.DataFrame, types: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    both = types.merge(log, on="enrollment_id")
    return both["true_type"].to_numpy(), both["type"].map(WORDS).fillna("none").to_numpy()


def test_the_true_types_are_found_and_named(repository: Path, log: pd.DataFrame) -> None:
    found = find_types(log, choice(repository))
    true, named = truth(log, found.types)
    assert adjusted_rand_score(true, named) >= 0.75
    # The names are right, too, and not only the groups.
    assert (true == named).mean() > 0.9
    moonlighters = found.types.merge(log, on="enrollment_id").query("type == 'moonlighters'")
    # Near four fifths of their log-ins lie outside the school day (published); the classes are not without error.
    assert moonlighters["share_outside_school_day"].mean() == pytest.approx(0.8, abs=0.05)
    assert found.fits["types"].tolist() == [1, 2, 3, 4, 5, 6] and found.fits["chosen"].sum() == 1


def test_other_codes_and_another_order_give_the_same_types_to_the_last_bit(repository: Path, log: pd.DataFrame) -> None:
    # A small sample: it is the order that counts here.
    small = replace(choice(repository), sample=300)
    first = find_types(log, small)
    shuffled = log.sample(frac=1, random_state=4)
    shuffled = shuffled.assign(enrollment_id="x" + shuffled["enrollment_id"].str[::-1]).reset_index(drop=True)
    again = find_types(shuffled, small)
    types = again.types.assign(enrollment_id=again.types["enrollment_id"].str[1:].str[::-1])
    pd.testing.assert_frame_equal(
        first.types.sort_values("enrollment_id", ignore_index=True),
        types.sort_values("enrollment_id", ignore_index=True),
        check_exact=True,
    )
    pd.testing.assert_frame_equal(first.fits, again.fits, check_exact=True)
    assert first.types["type"].nunique() == 4


def test_without_planted_types_none_are_separable(repository: Path) -> None:
    district = read_yaml(repository / "config" / "studies" / "demo_small" / "district.yaml")
    plain = log_of(read_settings({**district, "switches": {**district["switches"], "user_types": False}}))
    assert plain["true_type"].nunique() == 1
    found = find_types(plain, replace(choice(repository), sample=500))
    assert set(found.types["type"]) == {NO_TYPES}
    assert not found.fits["separable"].any()


def test_a_study_that_asks_for_no_types_gets_none(repository: Path, log: pd.DataFrame) -> None:
    found = find_types(log, choice(repository, None))
    assert not len(found.types) and list(found.types) == ["enrollment_id", "type"] and not len(found.fits)


def test_profiles_are_as_good_as_scikit_learns(log: pd.DataFrame) -> None:
    rows = make_inputs(log).rows
    ours = fit_profiles(rows, 4, np.random.default_rng(1))
    other = GaussianMixture(4, covariance_type="diag", n_init=20, random_state=1, tol=1e-6, max_iter=500).fit(rows)
    # Both climb the same likelihood; they stop a little apart.
    assert ours.log_likelihood / len(rows) == pytest.approx(other.score(rows), abs=2e-3)
    assert ours.bic(len(rows)) == pytest.approx(other.bic(rows), rel=1e-3)
    distance = np.abs(ours.means[:, None] - other.means_[None]).max(axis=2)
    assert distance[linear_sum_assignment(distance)].max() < 0.05
    assert adjusted_rand(ours.posteriors(rows).argmax(axis=1), other.predict(rows)) > 0.97


def test_adjusted_rand_is_scikit_learns() -> None:
    generator = np.random.default_rng(3)
    for _ in range(20):
        first, second = generator.integers(0, 4, (2, 60))
        assert adjusted_rand(first, second) == pytest.approx(adjusted_rand_score(first, second), abs=1e-12)


def test_relative_entropy_of_certain_and_of_even_posteriors() -> None:
    assert relative_entropy(np.eye(3)) == pytest.approx(1)
    assert relative_entropy(np.full((5, 4), 0.25)) == pytest.approx(0)


def test_a_type_far_from_every_prototype_stays_unnamed() -> None:
    prototypes = {"low": {"idle_share": -1.0}, "high": {"idle_share": 1.0}}
    means = np.array([[-0.9, 3.0], [5.0, 0.0], [0.8, -2.0]])
    assert name_types(means, ["idle_share", "sessions"], prototypes, 1.0) == ("low", f"{UNNAMED} 1", "high")


def test_idle_time_is_told_apart_inside_its_definition(log: pd.DataFrame) -> None:
    """A rule that counts all as more idle in one year moves nobody."""
    odds = log["idle_share"] / (1 - log["idle_share"])
    moved = odds.where(log["idle_definition"] == "before", 2 * odds)
    before, after = make_inputs(log), make_inputs(log.assign(idle_share=moved / (1 + moved)))
    np.testing.assert_allclose(before.rows[np.argsort(before.places)], after.rows[np.argsort(after.places)], atol=1e-9)
