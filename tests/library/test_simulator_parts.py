"""Parts of the simulator by themselves: streams, splitting, slots, lottery, intercepts, texts, settings."""

import copy
import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simulator.behaviour import draw_course_time
from simulator.calibration import draw_superpopulation, draw_takers, outcomes_under, solve_grades, weighted_mean
from simulator.catalogue import COURSES
from simulator.lottery import hold_lottery
from simulator.numbers import apportion, choose, split_in_groups
from simulator.people import student_numbers
from simulator.reading import SettingsError, read_settings
from simulator.sessions import concurrent, draw_sessions, in_school, school_days, term_slots
from simulator.settings import DistrictSettings
from simulator.streams import Streams
from simulator.switches import scaled
from simulator.texts import decimal, duration, local, plain
from simulator.user_types import base_weights, draw_types
from simulator.writers import Piece, csv_lines

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


def test_lottery_has_both_arms_even_in_the_smallest_block_and_one_where_planned(settings: DistrictSettings) -> None:
    for seed in range(200):
        generator = np.random.default_rng(seed)
        assert hold_lottery(settings, generator, 2).sum() == 1
        assert hold_lottery(settings, generator, 9, only=1).all()
        assert not hold_lottery(settings, generator, 9, only=0).any()


def test_student_numbers_are_different() -> None:
    # A prime that does not divide nine million: every position has a number of its own.
    drawn = np.concatenate([student_numbers(first, 50_000, 17) for first in range(0, 650_000, 50_000)])
    assert len(np.unique(drawn)) == 650_000
    assert drawn.min() >= 1_000_000 and drawn.max() < 10_000_000


def test_course_codes_are_different() -> None:
    assert len({course.code for course in COURSES}) == len({course.course_id for course in COURSES}) == 24


def test_types_have_the_shares_of_the_settings(settings: DistrictSettings) -> None:
    generator = np.random.default_rng(5)
    low, math = generator.random(200_000) < 0.6, generator.random(200_000) < settings.students_are.math_leaning_share
    drawn = draw_types(settings, generator, base_weights(settings, 0.6), low, math)
    shares = [kind.share for kind in settings.user_types.values()]
    assert np.bincount(drawn) / 200_000 == pytest.approx(shares, abs=0.004)
    struggler = drawn == list(settings.user_types).index("incompatible_struggler")
    assert struggler[low].mean() > 1.4 * struggler[~low].mean()
    assert struggler[math].mean() > 1.4 * struggler[~math].mean()


def test_sessions_of_a_student_never_overlap_and_sum_to_the_course(settings: DistrictSettings) -> None:
    generator = np.random.default_rng(3)
    student = generator.integers(0, 25, 60)
    for term in settings.terms[:2]:
        takers = draw_takers(settings, generator, 60, False)
        time = draw_course_time(settings, generator, takers, np.full(60, term.school_year))
        lane, lanes = concurrent(student, np.zeros(60, dtype=np.int64))
        sessions = draw_sessions(generator, term, time, lane, lanes)
        assert np.array_equal(np.bincount(sessions.taking, weights=sessions.active_seconds), time.active_seconds)
        assert np.array_equal(np.bincount(sessions.taking, weights=sessions.idle_seconds), time.idle_seconds)
        order = np.lexsort((sessions.started, student[sessions.taking]))
        person, began, ended = student[sessions.taking][order], sessions.started[order], sessions.ended[order]
        same = person[1:] == person[:-1]
        # Also between courses that a student takes at the same time.
        assert (began[1:] - ended[:-1])[same].min() >= 0
        assert sessions.active_seconds.min() >= 0 and sessions.idle_seconds.min() >= 0


def test_sessions_lie_in_the_term_and_outside_as_often_as_planted(settings: DistrictSettings) -> None:
    generator = np.random.default_rng(4)
    term = settings.terms[1]
    takers = draw_takers(settings, generator, 600, False)
    time = draw_course_time(settings, generator, takers, np.full(600, term.school_year))
    nobody = np.zeros(600, dtype=np.int64)
    sessions = draw_sessions(generator, term, time, nobody, nobody + 1)
    days = {day.toordinal() for day in school_days(term)}
    moments = [datetime.fromisoformat(str(np.datetime64(int(second), "s"))) for second in sessions.started]
    assert min(moments).date() >= term.starts_on and max(moments).date() <= term.ends_on
    inside = np.array(
        [moment.toordinal() in days and term.first_bell <= moment.time() < term.last_bell for moment in moments]
    )
    assert np.array_equal(inside, in_school(term, sessions.started))
    share = np.bincount(sessions.taking, weights=~inside) / np.bincount(sessions.taking)
    planted = np.array([kind.outside_share_mean for kind in settings.user_types.values()])
    for place, mean in enumerate(planted):
        # Shares of some 100 students vary with an SD of about .15 (of students, and of ten sessions each).
        assert share[takers.user_type == place].mean() == pytest.approx(mean, abs=0.06)


def test_summer_has_24_school_days_of_two_slots(settings: DistrictSettings) -> None:
    for place in (3, 5):
        # Five weeks of five days less the Fourth of July.
        assert len(school_days(settings.terms[place])) == 24
        assert len(term_slots(settings.terms[place]).inside) == 24 * 2


def test_local_text_is_the_instant_with_its_offset() -> None:
    moments = np.array([datetime(2018, 6, 25, 9, 30, 15), datetime(2018, 12, 3, 23, 5, 0)], dtype="datetime64[s]")
    texts = local(moments.astype(np.int64), ZoneInfo("America/Los_Angeles"))
    # 09:30:15 in summer time is 16:30:15 UTC; in winter the offset is eight hours.
    assert texts.to_pylist() == ["2018-06-25T09:30:15-07:00", "2018-12-03T23:05:00-08:00"]


def test_texts_of_numbers() -> None:
    printed = duration(np.array([0, 59, 61, 3599, 36_061])).to_pylist()
    assert printed == ["0:00:00", "0:00:59", "0:01:01", "0:59:59", "10:01:01"]
    assert decimal(np.array([1.25, np.nan, -0.5]), 1).to_pylist() == ["1.2", "", "-0.5"]


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), min_size=1, max_size=9))
def test_csv_is_what_a_reader_of_csv_reads(rows: list[tuple[str, str]]) -> None:
    # A carriage return or NUL is no text of a district; everything else comes back as it was.
    clean = [tuple(cell.replace("\r", "").replace("\0", "") for cell in row) for row in rows]
    columns: dict[str, pa.Array] = {name: plain([row[place] for row in clean]) for place, name in enumerate("ab")}
    read = list(csv.reader(io.StringIO(csv_lines(columns).decode(), newline="")))
    assert [tuple(row) for row in read] == clean


def test_piece_refuses_columns_of_different_length() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        Piece({"a": plain(["1"]), "b": plain([])})


def test_intercepts_plant_the_recovery_rates(settings: DistrictSettings) -> None:
    """Passing recounted from grades and completion as they are recorded, without the solver's shortcuts."""
    for entry, course in enumerate(settings.courses):
        one = draw_superpopulation(settings, Streams(11), entry)
        intercept = solve_grades(settings, entry, one)
        for assigned, target in ((True, course.recovered_online), (False, course.recovered_teacher_directed)):
            _, _, passed, taken = outcomes_under(settings, one, intercept, assigned)
            kept = ~taken.left
            # Exact on this superpopulation, up to one student of some 26,000 and the rounding of grades.
            assert weighted_mean(passed[kept].astype(float), one.size[kept]) == pytest.approx(target, abs=0.0005)


@pytest.mark.parametrize(("scale", "students", "schools"), [(100 / 1200, 100, 1), (650_000 / 1200, 650_000, 4333)])
def test_one_knob_scales_the_district(scale: float, students: int, schools: int) -> None:
    given_settings = {**copy.deepcopy(GIVEN), "scale": scale}
    settings = read_settings(given_settings)
    assert settings.students == students and settings.schools == schools
    lottery = sum(sum(course.randomised.values()) for course in settings.courses)
    assert lottery == pytest.approx(258 * scale, abs=2)
    assert scaled(read_settings(GIVEN)) == read_settings(GIVEN)


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
        (_changed("schols", value=3), r"district: unknown key 'schols'\. The keys here are: name, time_zone"),
        ({key: value for key, value in GIVEN.items() if key != "faults"}, r"district: the key 'faults' is missing"),
        (_changed("schools", value="many"), r"district\.schools: expected a value of type int"),
        (_changed("lottery", "no_show_share", value=1.2), r"district\.lottery\.no_show_share: expected a share"),
        (_changed("students_are", "sex_shares", value={"female": 0.4, "male": 0.4}), r"sex_shares: expected shares"),
        (_changed("courses", 0, "recovered_online", value=0.0), r"courses\[0\]\.recovered_online: expected a share"),
        (_changed("courses", 0, "randomised", value={2016: 90}), r"courses\[0\]\.randomised: expected summers"),
        (_changed("courses", 0, "randomised", value={2018: 9}), r"at least 48 students"),
        (_changed("user_types", "moonlighter", "session_minutes", value=80.0), r"session_minutes: expected minutes"),
        (_changed("user_types", "moonlighter", "share", value=0.5), r"user_types: expected shares that sum to 1"),
        (_changed("outcomes", "noise_sd", value=-1.0), r"outcomes\.noise_sd: expected a standard deviation"),
        (_changed("faults", "mark_twice", value=-1), r"faults: expected whole numbers of at least 0"),
        (_changed("faults", "marks_twice", value=1), r"faults\.marks_twice: expected one of the kinds"),
        (_changed("lottery", "online_share_lowest", value=0.9), r"online_share_lowest: expected a share not above"),
        (_changed("terms", 1, "starts_on", value=date(2019, 8, 1)), r"terms\[1\]\.ends_on: expected a day not before"),
        (_changed("terms", 0, "first_bell", value=480), r"terms\[0\]\.first_bell: expected a clock time in quotes"),
        (_changed("terms", 0, "kind", value="year"), r"terms\[0\]\.kind: expected school_year or summer"),
        (_changed("time_zone", value="Los Angeles"), r"district\.time_zone: expected an IANA name"),
        (_changed("scale", value=0.0), r"district\.scale: expected a number above 0"),
        (_changed("events", "format", value="xlsx"), r"events\.format: expected one of none, csv, parquet"),
    ],
)
def test_wrong_settings_are_named(given_settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_settings(given_settings)
