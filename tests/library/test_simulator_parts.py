"""Parts of the simulator by themselves: streams, splitting, slots, lottery, intercepts, settings."""

import copy
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simulator.behaviour import draw_course_time
from simulator.calibration import draw_superpopulation, solve_intercepts
from simulator.lottery import hold_lottery
from simulator.numbers import apportion, choose, split_in_groups
from simulator.outcomes import pass_margin
from simulator.sessions import draw_sessions, duration_text, local_text, school_days, term_slots
from simulator.settings import DistrictSettings, SettingsError, read_settings
from simulator.streams import Streams
from simulator.writers import TextTable

FOLDER = Path(__file__).resolve().parents[2] / "config" / "studies" / "demo_small"
GIVEN: dict[str, Any] = yaml.safe_load((FOLDER / "district.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def settings() -> DistrictSettings:
    return read_settings(GIVEN)


def test_streams_do_not_depend_on_each_other_or_on_order() -> None:
    one, other = Streams(5), Streams(5)
    one.generator("students", 1).random(1000)
    assert one.generator("lottery", 3).random() == other.generator("lottery", 3).random()
    drawn = [Streams(5).generator("lottery", place).random() for place in range(20)]
    drawn += [Streams(6).generator("lottery", 3).random(), Streams(5).generator("students", 3).random()]
    assert len(set(drawn)) == 22


@given(st.integers(0, 5000), st.lists(st.floats(0.01, 100), min_size=1, max_size=30), st.integers(0, 9))
def test_apportion_keeps_the_total(total: int, weights: list[float], smallest: int) -> None:
    total += smallest * len(weights)
    parts = apportion(total, np.array(weights), smallest)
    assert parts.sum() == total and parts.min() >= smallest
    exact = smallest + (total - smallest * len(weights)) * np.array(weights) / sum(weights)
    assert np.abs(parts - exact).max() <= 1


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 40)), min_size=1, max_size=20), st.integers(0, 99))
def test_split_in_groups_keeps_every_total(groups: list[tuple[int, int]], seed: int) -> None:
    totals, sizes = np.array([total for total, _ in groups]), [size for _, size in groups]
    group = np.repeat(np.arange(len(groups)), sizes)
    weights = np.random.default_rng(seed).uniform(0.6, 1.4, len(group))
    parts = split_in_groups(totals, group, weights)
    assert parts.min() >= 0
    assert np.array_equal(np.bincount(group, weights=parts).astype(int), totals)
    exact = totals[group] * weights / np.bincount(group, weights=weights)[group]
    assert np.abs(parts - exact).max() <= 1 + 1e-6


def test_choose_draws_the_shares() -> None:
    drawn = choose(np.random.default_rng(1), {"a": 0.2, "b": 0.5, "c": 0.3}, 100_000)
    # Standard error of a share is at most .0016.
    assert np.bincount(drawn) / 100_000 == pytest.approx([0.2, 0.5, 0.3], abs=0.007)


def test_lottery_has_both_arms_even_in_the_smallest_block(settings: DistrictSettings) -> None:
    for seed in range(200):
        assigned = hold_lottery(settings, np.random.default_rng(seed), 2)
        assert assigned.sum() == 1


def test_sessions_of_a_student_never_overlap_and_sum_to_the_course(settings: DistrictSettings) -> None:
    generator = np.random.default_rng(3)
    time = draw_course_time(settings, generator, generator.standard_normal(60), np.zeros(60, dtype=np.int64))
    sessions = draw_sessions(settings, generator, 0, time)
    assert np.array_equal(np.bincount(sessions.student, weights=sessions.active_seconds), time.active_seconds)
    assert np.array_equal(np.bincount(sessions.student, weights=sessions.idle_seconds), time.idle_seconds)
    same = sessions.student[1:] == sessions.student[:-1]
    assert (sessions.started[1:] - sessions.ended[:-1])[same].min() >= 0
    assert sessions.active_seconds.min() >= 0 and sessions.idle_seconds.min() >= 0


def test_sessions_lie_in_the_term_and_outside_as_often_as_planted(settings: DistrictSettings) -> None:
    generator = np.random.default_rng(4)
    time = draw_course_time(settings, generator, generator.standard_normal(400), np.zeros(400, dtype=np.int64))
    sessions = draw_sessions(settings, generator, 0, time)
    cohort, days = settings.cohorts[0], {day.toordinal() for day in school_days(settings.cohorts[0])}
    moments = [datetime.fromisoformat(str(np.datetime64(int(second), "s"))) for second in sessions.started]
    assert min(moments).date() >= cohort.starts_on and max(moments).date() <= cohort.ends_on
    inside = [
        moment.toordinal() in days and cohort.first_bell <= moment.time() < cohort.last_bell for moment in moments
    ]
    share = np.bincount(sessions.student, weights=~np.array(inside)) / np.bincount(sessions.student)
    # Beta(1.05, 1.95) has SD .24, so the mean of 400 has .012; few hours in all bend extreme shares a little.
    assert share.mean() == pytest.approx(settings.behaviour.outside_share_mean, abs=0.05)


def test_term_has_24_school_days_of_five_hours(settings: DistrictSettings) -> None:
    for cohort in settings.cohorts:
        # Five weeks of five days less the Fourth of July.
        assert len(school_days(cohort)) == 24
        assert term_slots(cohort).in_school.sum() == 24 * 5


def test_local_text_is_the_instant_with_its_offset() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    local = np.array([datetime(2018, 6, 25, 9, 30, 15), datetime(2018, 12, 3, 23, 5, 0)], dtype="datetime64[s]")
    texts = local_text(local.astype(np.int64), zone)
    # 09:30:15 in summer time is 16:30:15 UTC; in winter the offset is eight hours.
    assert texts == ["2018-06-25T09:30:15-07:00", "2018-12-03T23:05:00-08:00"]


def test_duration_text() -> None:
    assert duration_text(np.array([0, 59, 61, 3599, 36_061])) == [
        "0:00:00",
        "0:00:59",
        "0:01:01",
        "0:59:59",
        "10:01:01",
    ]


def test_intercepts_plant_the_recovery_rates(settings: DistrictSettings) -> None:
    """Passing recounted student by student from grade, completion and take-up, without the solver's shortcuts."""
    for course, entry in enumerate(settings.courses):
        one = draw_superpopulation(settings, Streams(11), course)
        online, teacher = solve_intercepts(settings, course, one)
        taken = one.take_up
        margin = np.where(
            taken.takes_online,
            pass_margin(settings, one.index_online, one.noise) + online,
            pass_margin(settings, one.index_teacher_directed, one.noise) + teacher,
        )
        passed = (margin >= 0) & ~taken.no_show
        for arm, target in ((True, entry.recovered_online), (False, entry.recovered_teacher_directed)):
            members = (taken.assigned_online == arm) & ~taken.left
            # Exact on this superpopulation, up to one student of some 9,000.
            assert passed[members].mean() == pytest.approx(target, abs=0.0003)


def _changed(*path: Any, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(GIVEN)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("given_settings", "message"),
    [
        (_changed("schols", value=3), r"district: unknown key 'schols'\. The keys here are: name, schools"),
        ({key: value for key, value in GIVEN.items() if key != "faults"}, r"district: the key 'faults' is missing"),
        (_changed("schools", value="many"), r"district\.schools: expected a value of type int"),
        (_changed("lottery", "no_show_share", value=1.2), r"district\.lottery\.no_show_share: expected a share"),
        (
            _changed("students", "sex_shares", value={"female": 0.4, "male": 0.4}),
            r"sex_shares: expected shares",
        ),
        (_changed("courses", 0, "recovered_online", value=0.0), r"courses\[0\]\.recovered_online: expected a share"),
        (_changed("courses", 0, "randomised", value={2017: 90}), r"courses\[0\]\.randomised: expected school years"),
        (_changed("courses", 0, "randomised", value={2018: 9}), r"at least 48 students"),
        (_changed("behaviour", "session_minutes_longest", value=40.0), r"session_minutes_longest: expected minutes"),
        (_changed("outcomes", "noise_sd", value=-1.0), r"outcomes\.noise_sd: expected a standard deviation"),
        (_changed("faults", "mark_twice", value=-1), r"faults\.mark_twice: expected a whole number of at least 0"),
        (_changed("lottery", "online_share_lowest", value=0.9), r"online_share_lowest: expected a share not above"),
        (
            _changed("cohorts", 1, "starts_on", value=date(2019, 8, 1)),
            r"cohorts\[1\]\.ends_on: expected a day not before",
        ),
        (_changed("cohorts", 0, "first_bell", value=480), r"cohorts\[0\]\.first_bell: expected a clock time in quotes"),
    ],
)
def test_wrong_settings_are_named(given_settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_settings(given_settings)


def test_text_table_refuses_columns_of_different_length() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        TextTable({"a": ["1"], "b": []})
